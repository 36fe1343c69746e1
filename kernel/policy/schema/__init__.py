"""The shape of a pack: the YAML files of `policies/<id>/` read as one document."""

from __future__ import annotations

from typing import Final

from marshmallow import fields

from kernel.policy.schema import contacts, evaluation, gatherings, institution, people
from kernel.policy.schema.clauses import ClauseSchema
from kernel.policy.schema.pieces import CLAUSE, UNIT_ID, Id, Strict, Text, by_id, listed, nested, values


class PackSchema(Strict):
    """A whole pack. What an institution's document does not speak of is left out."""

    id = Id(r"[a-z0-9-]{1,40}", required=True)
    name = Text(required=True)
    document = Id(r"[A-Z]{2}", error="not_a_clause", required=True)
    source = nested(institution.SourceSchema, required=True)
    versions = listed(nested(institution.VersionSchema), required=True)
    clauses = by_id(CLAUSE, ClauseSchema, error="not_a_clause")

    hours = nested(institution.HoursSchema, required=True)
    closed_days = listed(nested(institution.ClosedDaySchema), required=True)
    channels = by_id(r"[a-z0-9][a-z0-9_-]{0,39}", institution.ChannelSchema)
    units = by_id(UNIT_ID, institution.UnitSchema)
    clocks = by_id(r"[a-z][a-z_]{0,39}", institution.ClockSchema)
    academic_calendar = nested(institution.AcademicCalendarSchema)
    unit_shape = values(institution.UnitShapeSchema)
    open_lists = values(institution.OpenListSchema)
    open_points = values(institution.OpenPointSchema)
    bodies = values(institution.BodySchema)
    plans = values(institution.PlanSchema)
    feedback_duties = values(institution.DutySchema)

    leaders = values(people.LeaderSchema)
    talent_pools = values(people.PoolSchema)
    reserve_lists = values(people.ReserveListSchema)
    person_files = values(people.PersonFileSchema)
    ratios = values(people.RatioSchema)
    recommendations = values(people.RecommendationSchema)
    groups = values(people.GroupSchema)
    member_directories = values(people.DirectorySchema)
    training = values(people.TrainingSchema)
    contributions = values(people.ContributionSchema)
    liaison_rules = values(people.LiaisonRuleSchema)
    liaison_terms = values(people.LiaisonTermSchema)
    liaison_duties = values(institution.DutySchema)

    contact_categories = values(people.CategorySchema)
    contact_quotas = values(contacts.QuotaSchema)
    contact_cadences = values(contacts.CadenceSchema)
    contact_kinds = values(contacts.ContactKindSchema)
    contact_lists = values(contacts.ContactListSchema)
    list_reviews = values(contacts.ListReviewSchema)
    pairings = values(contacts.PairingSchema)
    festivals = values(contacts.FestivalSchema)
    talk_topics = values(contacts.TopicSchema)
    suggestion_categories = values(contacts.TopicSchema)
    report_routes = values(contacts.ReportRouteSchema)
    contact_duties = values(institution.DutySchema)

    symposia = values(gatherings.SymposiumSchema)
    meetings = values(gatherings.MeetingSchema)
    briefings = values(gatherings.BriefingSchema)
    publicity = values(gatherings.PublicitySchema)

    campaigns = values(evaluation.CampaignSchema)
    heads = values(evaluation.HeadSchema)
    phases = values(evaluation.PhaseSchema)
    responsible_parties = values(evaluation.PartySchema)
    indicators = listed(nested(evaluation.IndicatorSchema), load_default=list)
    work_items = listed(nested(evaluation.WorkItemSchema), load_default=list)
    appraisals = values(evaluation.AppraisalSchema)
    evaluation_duties = values(institution.DutySchema)


_FIELDS: Final = PackSchema().fields
MAPPINGS: Final = frozenset(name for name, field in _FIELDS.items() if isinstance(field, fields.Dict))
"""The parts whose keys are ids."""
SECTIONS: Final = tuple(
    name for name, field in _FIELDS.items() if name in MAPPINGS and not field.required and name != "clauses"
)
"""The parts that hold a document's values under their ids, in the order in which a pack is shown."""
