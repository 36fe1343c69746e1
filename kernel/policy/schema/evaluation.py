"""Values about evaluation: campaign, phases, indicators with items and responsible parties, work items."""

from __future__ import annotations

from marshmallow import validate

from kernel.policy.schema.pieces import (
    CLAUSE,
    LONGEST_REASON,
    UNIT_ID,
    VALUE_ID,
    Choice,
    Cited,
    Day,
    Id,
    Named,
    Number,
    Strict,
    Text,
    listed,
    nested,
    texts,
)


class SpanSchema(Cited):
    """The days that the document's words are read as."""

    starts = Day(required=True)
    ends = Day(required=True)


class CampaignSchema(Named):
    """A campaign in the document's words for its time, and the days that these are read as."""

    stated = Text(required=True)
    reading = nested(SpanSchema, required=True)
    parties = texts()


class PhaseSchema(Named):
    """A phase of the campaign; phases may overlap, and forbid nothing."""

    stated = Text(required=True)
    reading = nested(SpanSchema, required=True)
    acts = texts(required=True)


class HeadSchema(Named):
    """One of the heads under which the indicators stand."""


class PartySchema(Named):
    """A party that an indicator makes responsible: units of the institution, or groups."""

    kind = Choice(("unit", "party_organisations", "groups"), required=True)
    unit = Id(UNIT_ID)


class ItemSchema(Strict):
    """A requirement item; its text is its clause, its proof the clause's treatment."""

    clause = Id(CLAUSE, error="not_a_clause", required=True)
    measure = Text(longest=LONGEST_REASON)


class IndicatorSchema(Strict):
    """A creation indicator; its text is its clause. `responsible` stands in the order of the document."""

    number = Number(1, required=True)
    clause = Id(CLAUSE, error="not_a_clause", required=True)
    head = Id(VALUE_ID, required=True)
    responsible = listed(
        Id(VALUE_ID),
        required=True,
        validate=validate.Length(min=1, error="no_responsible"),
    )
    items = listed(nested(ItemSchema), required=True)


class WorkItemSchema(Strict):
    """An item of the year's work; its text is its clause. Owner and date are local, and unset until entered."""

    clause = Id(CLAUSE, error="not_a_clause", required=True)
    owner = Text()
    due = Day()


class AppraisalSchema(Named):
    """Where an appraisal takes contacts or united front work into account, and whose."""

    of = texts(required=True)
    about = Text()
