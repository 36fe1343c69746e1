"""Values about evaluation: campaign, phases, indicators with items and responsible parties, work items."""

from __future__ import annotations

from marshmallow import validate

from kernel.policy.schema.pieces import (
    CLAUSE,
    LONGEST_REASON,
    Choice,
    Cited,
    Day,
    Id,
    Number,
    Strict,
    Text,
    listed,
    nested,
    texts,
)

_ID = r"[a-z][a-z0-9_]{0,39}"
_UNIT = r"[a-z0-9-]{1,40}"


class SpanSchema(Cited):
    """The days that the document's words are read as."""

    starts = Day(required=True)
    ends = Day(required=True)


class CampaignSchema(Cited):
    """A campaign in the document's words for its time, and the days that these are read as."""

    name = Text(required=True)
    stated = Text(required=True)
    reading = nested(SpanSchema, required=True)
    parties = texts()


class PhaseSchema(Cited):
    """A phase of the campaign; phases may overlap, and forbid nothing."""

    name = Text(required=True)
    stated = Text(required=True)
    reading = nested(SpanSchema, required=True)
    acts = texts(required=True)


class HeadSchema(Cited):
    """One of the heads under which the indicators stand."""

    name = Text(required=True)


class PartySchema(Cited):
    """A party that an indicator makes responsible: units of the institution, or groups."""

    name = Text(required=True)
    kind = Choice(("unit", "party_organisations", "groups"), required=True)
    unit = Id(_UNIT)


class ItemSchema(Strict):
    """A requirement item; its text is its clause, its proof the clause's treatment."""

    clause = Id(CLAUSE, error="not_a_clause", required=True)
    measure = Text(longest=LONGEST_REASON)


class IndicatorSchema(Strict):
    """A creation indicator; its text is its clause. `responsible` stands in the order of the document."""

    number = Number(1, required=True)
    clause = Id(CLAUSE, error="not_a_clause", required=True)
    head = Id(_ID, required=True)
    responsible = listed(
        Id(_ID),
        required=True,
        validate=validate.Length(min=1, error="no_responsible"),
    )
    items = listed(nested(ItemSchema), required=True)


class WorkItemSchema(Strict):
    """An item of the year's work; its text is its clause. Owner and date are local, and unset until entered."""

    clause = Id(CLAUSE, error="not_a_clause", required=True)
    owner = Text()
    due = Day()


class AppraisalSchema(Cited):
    """Where an appraisal takes contacts or united front work into account, and whose."""

    name = Text(required=True)
    of = texts(required=True)
    about = Text()
