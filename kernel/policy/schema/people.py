"""Values about the people whom an institution knows: leaders, pools, lists, groups, training, liaisons."""

from __future__ import annotations

from kernel.policy.pack import AUDIENCES, CONDITIONS, GROUP_KINDS, LEVELS, PERIODS
from kernel.policy.schema.pieces import (
    LONGEST_REASON,
    SOME,
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

_OLDEST = 120
_WHOLE = 100


class LeaderSchema(Named):
    """Leaders with contact duties: always members of the CPC, of these levels and leadership teams."""

    levels = listed(Choice(LEVELS), required=True, validate=SOME)
    teams = texts()


class PoolSchema(Named):
    """A talent pool; `automatic`: candidates are found from posts, which only non-party cadres may be."""

    automatic = Flag(load_default=False)


class ReserveListSchema(Named):
    """A list of reserve cadres and the body that holds it."""

    held_by = Text(required=True)


class PersonFileSchema(Named):
    """Files on persons: of whom, and which sections keep them together."""

    of = texts(required=True)
    kept_by = texts()


class RatioSchema(Named):
    """A share that is shown; below `least_percent`, where there is one, it is explained."""

    of = Text(required=True)
    within = Text(required=True)
    least_percent = Number(1, _WHOLE)


class RecommendationSchema(Named):
    """Seats, posts and secondments that people are recommended to."""

    kind = Choice(("seat", "post", "secondment"), required=True)
    places = texts(required=True)


class GroupSchema(Named):
    """A group, or groups of a kind; `least` of them `per` unit where the document says so."""

    kind = Choice(GROUP_KINDS, required=True)
    per = Text()
    least = Number(1)
    state = Text()


class DirectorySchema(Named):
    """The register of members of groups."""

    of = texts(required=True)


class TrainingSchema(Named):
    """Study and training: for whom, in which form, how often, by whom."""

    kind = Choice(("plan", "session", "content", "selection", "study"), required=True)
    audience = Choice(AUDIENCES, required=True)
    whom = texts()
    organisers = texts()
    forms = texts()
    subjects = texts()
    per = Choice(PERIODS)


class ContributionSchema(Named):
    """What people give, by kind, and what the institution may count it for."""

    kinds = texts()
    used_for = texts()
    weight = Text()


class ConditionSchema(Strict):
    """One thing that a file shows or does not; `scope` narrows it to a level, `age` to years."""

    fact = Choice(CONDITIONS, error="unknown_condition", required=True)
    scope = Choice(("district", "city", "province_or_city", "school"))
    age = Number(1, _OLDEST)


class AlternativeSchema(Strict):
    """Conditions that must all hold."""

    all_of = listed(nested(ConditionSchema), required=True, validate=SOME)


class CategorySchema(Cited):
    """A contact category: whoever fulfils one of the alternatives belongs to it."""

    name = Text(longest=LONGEST_REASON, required=True)
    of = Choice(("person", "group"), required=True)
    any_of = listed(nested(AlternativeSchema), required=True, validate=SOME)


class BranchSchema(Strict):
    """A way to be nominated."""

    id = Id(r"[a-z][a-z_]{0,39}", required=True)
    name = Text(required=True)
    all_of = listed(nested(ConditionSchema), required=True, validate=SOME)


class YoungSchema(Cited):
    """Up to which age in full years the document's “年轻” is read, that age included."""

    age_at_most = Number(1, _OLDEST, required=True)


class LiaisonRuleSchema(Named):
    """Who may be nominated as liaison on a date: one of the branches, else the fallback, with a reason.

    `young`: the age that the condition of that name goes by where it has none of its own.
    """

    per = Text(required=True)
    count = Number(1, required=True)
    nominated_by = Text(required=True)
    branches = listed(nested(BranchSchema), required=True, validate=SOME)
    fallback = nested(BranchSchema)
    young = nested(YoungSchema)


class LiaisonTermSchema(Named):
    """Who appoints a liaison, and for how many years."""

    appointed_by = Text(required=True)
    years = Number(1, required=True)
