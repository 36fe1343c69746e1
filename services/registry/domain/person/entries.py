"""What a file lists of a person: one kind of entry each, with the words that it may use (pure).

An entry has an id, which never changes, and most have the days `since` and `until`, an empty text being an
open end. Named tuples, because a list of people opens thousands of files and makes all their entries.
"""

from __future__ import annotations

from typing import Final, NamedTuple

CPC_MEMBER: Final = "01"
CPC_PROBATIONARY: Final = "02"
DEMOCRATIC_PARTIES: Final = ("04", "05", "06", "07", "08", "09", "10", "11")
NONPARTISAN: Final = "12"
MASSES: Final = "13"
"""Codes of political standing, GB/T 4762. 12 无党派人士 is a recognised standing; 13 群众 is not it."""

POST_KINDS: Final = ("teacher", "administrator", "technician", "worker", "other")
LEFT_REASONS: Final = ("retired", "transferred", "resigned", "deceased", "other")
TENURE_KINDS: Final = (
    "leadership",
    "seat",
    "party_post",
    "nonpartisan_post",
    "association_post",
    "external_post",
    "secondment",
    "congress_delegate",
)
LEADER_LEVELS: Final = ("school", "middle")
SEAT_BODIES: Final = ("people_congress", "cppcc", "counsellor", "special_inspector", "other")
ASSOCIATION_BODIES: Final = (
    "scholars_association",
    "overseas_association",
    "overseas_chinese_federation",
    "other",
)
LEVELS: Final = ("national", "province", "city", "county", "district", "township", "school")
"""Levels of bodies outside and inside the school; a county and a district are of one height."""
TENURE_ROLES: Final = ("head", "deputy", "committee_member", "key_member")
TITLE_RANKS: Final = ("senior", "associate_senior", "intermediate", "junior")
DEGREES: Final = ("doctor", "master", "bachelor", "none")
GROUP_ROLES: Final = ("member", "officer")
RECOMMENDATION_KINDS: Final = ("seat", "post", "secondment")
OUTCOMES: Final = ("elected", "appointed", "not_chosen", "withdrawn")
CONFIRMED: Final = (
    "discipline_leader",
    "cultivated",
    "young_or_middle_aged_representative",
    "representative",
    "long_cooperation_confirmed",
    "influence_confirmed",
    "entered_by_hand",
)
"""Facts that need judgement: a person of the department enters them, with a reason."""


class UnitPlace(NamedTuple):
    """A unit that the person belongs to."""

    id: str
    unit: str
    since: str = ""
    until: str = ""


class Membership(NamedTuple):
    """A political standing by its code; two at once are legal."""

    id: str
    party: str
    since: str = ""
    until: str = ""


class Tenure(NamedTuple):
    """A post that the person holds (任职); which of the fields say something depends on `kind`.

    `body` is a team in words for a leadership, the code of the party for a party post, else one of the
    bodies above or words. `portfolio`: ids of the units 分管 or 联系.
    """

    id: str
    kind: str
    post: str = ""
    level: str = ""
    role: str = ""
    body: str = ""
    unit: str = ""
    portfolio: tuple[str, ...] = ()
    since: str = ""
    until: str = ""


class Title(NamedTuple):
    """A professional title; `code` by GB/T 8561, or empty."""

    id: str
    code: str = ""
    name: str = ""
    rank: str = ""
    since: str = ""
    until: str = ""


class Education(NamedTuple):
    """A level of education by GB/T 4658, and the degree."""

    id: str
    level: str = ""
    degree: str = ""
    since: str = ""
    until: str = ""


class StudyAbroad(NamedTuple):
    """A time of study abroad; the country is nobody's business here."""

    id: str
    since: str = ""
    until: str = ""


class GroupPlace(NamedTuple):
    """A place in a group."""

    id: str
    group: str
    role: str = ""
    post: str = ""
    since: str = ""
    until: str = ""


class PoolPlace(NamedTuple):
    """A place in a talent pool, by a person's decision."""

    id: str
    pool: str
    reason: str = ""
    decided_by: str = ""
    removal_reason: str = ""
    removed_by: str = ""
    since: str = ""
    until: str = ""


class ReservePlace(NamedTuple):
    """A place on a reserve list, by a decision of the body that holds it."""

    id: str
    list: str
    reason: str = ""
    decided_by: str = ""
    removal_reason: str = ""
    removed_by: str = ""
    since: str = ""
    until: str = ""


class Liaison(NamedTuple):
    """A term as liaison of a unit, and the branch of the rule that allowed the nomination."""

    id: str
    unit: str
    branch: str = ""
    reason: str = ""
    nominated_by: str = ""
    appointed_by: str = ""
    since: str = ""
    until: str = ""


class Recommendation(NamedTuple):
    """A recommendation to a seat, a post or a secondment, and what became of it on `decided_on`."""

    id: str
    kind: str
    place: str = ""
    level: str = ""
    since: str = ""
    outcome: str = ""
    decided_on: str = ""


class Course(NamedTuple):
    """A course that the person was selected for."""

    id: str
    name: str = ""
    organiser: str = ""
    since: str = ""
    until: str = ""
    result: str = ""


class Contribution(NamedTuple):
    """Something the person gave, shown with their consent; `source` is a ticket id or empty."""

    id: str
    kind: str
    title: str = ""
    on: str = ""
    source: str = ""
    consent: bool = False


class Confirmation(NamedTuple):
    """A fact that a person of the department entered by judgement."""

    id: str
    fact: str
    reason: str = ""
    confirmed_by: str = ""
    withdrawal_reason: str = ""
    since: str = ""
    until: str = ""
