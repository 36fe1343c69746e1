"""Values about contacts: how many, how often, by which list, in which form, and what is passed on."""

from __future__ import annotations

from kernel.policy.pack import AUDIENCES, LEVELS, LIST_STEPS, PERIODS
from kernel.policy.schema.pieces import (
    SOME,
    VALUE_ID,
    Choice,
    Cited,
    Flag,
    Id,
    Named,
    Number,
    Strict,
    Text,
    listed,
    nested,
    texts,
)


class QuotaSchema(Named):
    """How many persons, or groups, each leader of these levels keeps in touch with.

    `bound`: `least` (至少) or `stated` (a number to keep to as a rule). `categories`: the contact categories
    that they come from, where the document names any.
    """

    levels = listed(Choice(LEVELS), required=True, validate=SOME)
    count = Number(1, required=True)
    bound = Choice(("least", "stated"), required=True)
    whom = Choice(AUDIENCES, required=True)
    categories = listed(Id(VALUE_ID), validate=SOME)


class YearSchema(Cited):
    """Which year the document's “每年” is read as."""

    year = Choice(("calendar_year", "academic_year"), required=True)


class CadenceSchema(Named):
    """How often each person is met in a period; without `least` the document sets none.

    `stated_most` is the upper end of a range that the document states, and no ceiling. `kinds`: the contact
    kinds that satisfy it.
    """

    whom = Choice(AUDIENCES, required=True)
    per = Choice(PERIODS)
    least = Number(1)
    stated_most = Number(1)
    initiative = Choice(("leader",))
    kinds = listed(Id(VALUE_ID), required=True, validate=SOME)
    reading = nested(YearSchema)


class ContactKindSchema(Named):
    """A form of contact; `counts`: it satisfies a cadence."""

    counts = Flag(required=True)
    consent = Flag(load_default=False)


class ListStepSchema(Strict):
    """A step of a list, and who takes it."""

    step = Choice(LIST_STEPS, required=True)
    by = texts(required=True)


class ContactListSchema(Named):
    """The way of a contact list of that level from its first step to its last."""

    levels = listed(Choice(LEVELS), required=True, validate=SOME)
    steps = listed(nested(ListStepSchema), required=True, validate=SOME)


class ListReviewSchema(Named):
    """How often a list is looked at again; `optional`: a review may end without a change."""

    per = Choice(PERIODS, required=True)
    optional = Flag(required=True)
    expires = Flag(required=True)


class PairingSchema(Named):
    """Whom leaders of these levels are paired with first, or only; a person decides, nobody is ranked."""

    levels = listed(Choice(LEVELS), required=True, validate=SOME)
    rule = Choice(("preference", "own_unit", "open"), required=True)
    whom = texts(required=True)
    category = Id(VALUE_ID)
    within = Text()


class FestivalSchema(Named):
    """A festival with an optional reminder: nothing is missed."""

    kind = Id(VALUE_ID, required=True)


class TopicSchema(Named):
    """A topic of a talk, or a category of a suggestion, to choose from."""


class EscalationSchema(Cited):
    """Where a report goes beyond its route, and when."""

    to = Text(required=True)
    when = Text(required=True)


class ReportRouteSchema(Named):
    """The way on which a leader reports what the person agreed to pass on."""

    reported_by = Text(required=True)
    via = Text()
    to = texts(required=True)
    about = texts(required=True)
    when = Text()
    escalation = nested(EscalationSchema)
