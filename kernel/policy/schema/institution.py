"""What every institution has: its document, hours, channels, units, clocks and calendar."""

from __future__ import annotations

from marshmallow import validate

from kernel.policy.pack import UNIT_KINDS
from kernel.policy.schema.pieces import (
    LONGEST_QUOTE,
    LONGEST_REASON,
    SOME,
    Choice,
    Cited,
    Day,
    DayOfYear,
    Flag,
    Id,
    Named,
    Number,
    Spans,
    Strict,
    Text,
    WorkingDays,
    listed,
    nested,
    texts,
)


class SourceSchema(Strict):
    """The document that the institution issued for itself; `quotes`: its words about title, number and date."""

    file = Id(r"[a-z][a-z0-9_-]*\.txt", error="not_a_file_name", required=True)
    sha256 = Id(r"[0-9a-f]{64}", error="not_a_digest", required=True)
    title = Text(required=True)
    number = Text()
    issued_by = Text()
    issued_on = Day()
    quotes = listed(Text(longest=LONGEST_QUOTE), required=True, validate=SOME)


class VersionSchema(Cited):
    """From which day on the pack holds in this form, and what is new in it."""

    effective_from = Day(required=True)
    summary = Text(longest=LONGEST_REASON, required=True)


class HoursSchema(Cited):
    """Office hours."""

    spans = Spans(required=True)


class ClosedDaySchema(Strict):
    """A day on which the institution is closed: always local, for no source document closes a day."""

    date = Day(required=True)
    local = Flag(required=True, validate=validate.OneOf([True], error="uncited"))
    reason = Text(longest=LONGEST_REASON, required=True)


class ChannelSchema(Named):
    """A channel under its id."""


class UnitSchema(Named):
    """A unit under its id."""

    kind = Choice(UNIT_KINDS, required=True)
    machine_queue = Flag(load_default=False)


class ClockSchema(Cited):
    """A clock under its id."""

    working_days = WorkingDays(required=True)


class TermSchema(Strict):
    """A semester by its first and last day of every year."""

    name = Text(required=True)
    starts = DayOfYear(required=True)
    ends = DayOfYear(required=True)


class AcademicCalendarSchema(Cited):
    """The academic year (学年) and its semesters (学期)."""

    year_starts = DayOfYear(required=True)
    semesters = listed(nested(TermSchema), required=True, validate=SOME)


class UnitShapeSchema(Named):
    """How many units of a kind the document counts."""

    kind = Choice(UNIT_KINDS, required=True)
    count = Number(1, required=True)


class OpenListSchema(Named):
    """A section whose list the document leaves open, by the word (等) that leaves it open."""


class OpenPointSchema(Named):
    """What the document leaves to the institution and nobody has set yet."""


class BodySchema(Named):
    """A body of the institution, what it answers to and what it does."""

    led_by = Text()
    taken_on_by = Text()
    answers_to = texts()
    members = texts()
    acts = texts()
    about = texts()


class DutySchema(Named):
    """A duty of the organisation that has no number: who does what, for whom, when and in which form."""

    by = texts()
    acts = texts()
    to = texts()
    about = texts()
    when = Text()


class PlanSchema(Named):
    """A plan of work: which body adopted it, and for which year or time it holds."""

    decided_by = Text()
    decided_on = Day()
    area = texts()
    valid_from = Day()
    valid_to = Day()
    interpreted_by = Text()
