"""Values about contacts: how many, how often, by which list, in which form, and what is passed on."""

from __future__ import annotations

from marshmallow import validate

from kernel.policy.pack import AUDIENCES, LEVELS, LIST_STEPS, PERIODS
from kernel.policy.schema.pieces import Choice, Cited, Flag, Id, Number, Strict, Text, listed, nested, texts

_SOME = validate.Length(min=1, error="empty")
_ID = r"[a-z][a-z0-9_]{0,39}"


class QuotaSchema(Cited):
    """How many persons, or groups, each leader of these levels keeps in touch with.

    `bound`: `least` (至少) or `stated` (a number to keep to as a rule). `categories`: the contact categories
    that they come from, where the document names any.
    """

    name = Text(required=True)
    levels = listed(Choice(LEVELS), required=True, validate=_SOME)
    count = Number(1, required=True)
    bound = Choice(("least", "stated"), required=True)
    whom = Choice(AUDIENCES, required=True)
    categories = listed(Id(_ID), validate=_SOME)


class YearSchema(Cited):
    """Which year the document's “每年” is read as."""

    year = Choice(("calendar_year", "academic_year"), required=True)


class CadenceSchema(Cited):
    """How often each person is met in a period; without `least` the document sets none.

    `stated_most` is the upper end of a range that the document states, and no ceiling. `kinds`: the contact
    kinds that satisfy it.
    """

    name = Text(required=True)
    whom = Choice(AUDIENCES, required=True)
    per = Choice(PERIODS)
    least = Number(1)
    stated_most = Number(1)
    initiative = Choice(("leader",))
    kinds = listed(Id(_ID), required=True, validate=_SOME)
    reading = nested(YearSchema)


class ContactKindSchema(Cited):
    """A form of contact; `counts`: it satisfies a cadence."""

    name = Text(required=True)
    counts = Flag(required=True)
    consent = Flag(load_default=False)


class ListStepSchema(Strict):
    """A step of a list, and who takes it."""

    step = Choice(LIST_STEPS, required=True)
    by = texts(required=True)


class ContactListSchema(Cited):
    """The way of a contact list of that level from its first step to its last."""

    name = Text(required=True)
    levels = listed(Choice(LEVELS), required=True, validate=_SOME)
    steps = listed(nested(ListStepSchema), required=True, validate=_SOME)


class ListReviewSchema(Cited):
    """How often a list is looked at again; `optional`: a review may end without a change."""

    name = Text(required=True)
    per = Choice(PERIODS, required=True)
    optional = Flag(required=True)
    expires = Flag(required=True)


class PairingSchema(Cited):
    """Whom leaders of these levels are paired with first, or only; a person decides, nobody is ranked."""

    name = Text(required=True)
    levels = listed(Choice(LEVELS), required=True, validate=_SOME)
    rule = Choice(("preference", "own_unit", "open"), required=True)
    whom = texts(required=True)
    category = Id(_ID)
    within = Text()


class FestivalSchema(Cited):
    """A festival with an optional reminder: nothing is missed."""

    name = Text(required=True)
    kind = Id(_ID, required=True)


class TopicSchema(Cited):
    """A topic of a talk, or a category of a suggestion, to choose from."""

    name = Text(required=True)


class EscalationSchema(Cited):
    """Where a report goes beyond its route, and when."""

    to = Text(required=True)
    when = Text(required=True)


class ReportRouteSchema(Cited):
    """The way on which a leader reports what the person agreed to pass on."""

    name = Text(required=True)
    reported_by = Text(required=True)
    via = Text()
    to = texts(required=True)
    about = texts(required=True)
    when = Text()
    escalation = nested(EscalationSchema)
