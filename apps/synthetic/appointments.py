"""Who holds which post, one after the other: the posts of an institution, shared out over the people's numbers.

A post has one holder at a time and a day on which one follows the other. That is decided here, before there
are people: each is then made so that their life fits the post.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from apps.synthetic.dice import NEWEST, YEAR, Dice, month, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from apps.synthetic.institution import Institution, Unit

CPC, NONPARTISAN = "01", "12"
_LAST_HANDOVER = (month(2017), NEWEST - 1)
_TERM = (3 * YEAR, 7 * YEAR)
_VACANT = 0.03
_HOLDERS = (1, 1, 1, 2, 2, 3)
_PEOPLE_PER_HOLDER = (3, 5)
_MOST_UNITS_OF_ONE = 8
_ASSOCIATIONS_FROM, _NONPARTISANS_FROM, _FEDERATION_FROM = 25, 100, 350
BODIES_OF = {"scholars": "scholars_association", "returned": "overseas_association", "peoples": "other"}
"""The body of a post in an association, by whom the association is for."""


class Post(NamedTuple):
    """A post as an entry of `tenures` says it, the group it heads, and what its holder must be.

    `for_whom`: `returned` from study abroad, of the smaller `peoples`, or one of the `scholars`.
    """

    entry: Mapping[str, Any]
    opens: int
    party: str = ""
    group: str = ""
    for_whom: str = ""


class Appointment(NamedTuple):
    """A post held from one month to the other, and the days as they are known; `until` is None to this day."""

    post: Post
    entry: Mapping[str, Any]
    since: int
    until: int | None

    @property
    def end(self) -> int:
        """The month in which the holder is still needed."""
        return NEWEST if self.until is None else self.until


def appointments(institution: Institution, seed: int) -> Mapping[int, Appointment]:
    """The appointments by the number of the person; most people have none."""
    dice = Dice()
    dice.begin(institution.pack.id, seed, "posts")
    number, made = 0, {}
    for post in sorted(_posts(institution), key=lambda post: post.opens):
        number = max(number, post.opens)
        for appointment in _holders(post, institution, number, dice):
            made[number] = appointment
            number += dice.between(*_PEOPLE_PER_HOLDER)
    return made


def _holders(post: Post, institution: Institution, number: int, dice: Dice) -> Iterator[Appointment]:
    """The holders of a post, the newest first, each until the day on which the next began."""
    until, known = (None, "")
    if dice.throw() < _VACANT:
        until = dice.between(*_LAST_HANDOVER)
        known = dice.day(until)
    since = (until or dice.between(*_LAST_HANDOVER)) - (dice.between(*_TERM) if until else 0)
    for _ in range(dice.pick(_HOLDERS)):
        begun = dice.day(since)
        entry = dict(post.entry)
        if entry["kind"] == "leadership" and entry["level"] == "school":
            entry["portfolio"] = _portfolio(institution, number, dice)
        entry["since"] = begun
        if known:
            entry["until"] = known
        yield Appointment(post, entry, since, until)
        until, known = since, begun
        since -= dice.between(*_TERM)


def _portfolio(institution: Institution, number: int, dice: Dice) -> list[str]:
    """Units 分管 or 联系: of those at the top that are there already."""
    tops = [unit.id for unit in institution.units.before(number + 1) if unit.parent is None]
    return sorted({dice.pick(tops) for _ in range(dice.between(1, _MOST_UNITS_OF_ONE))})


def _posts(institution: Institution) -> Iterator[Post]:
    yield from _school_posts(institution)
    for unit in institution.units.all:
        yield from _unit_posts(unit)
    yield from _group_posts(institution)


def _school_posts(institution: Institution) -> Iterator[Post]:
    for words_of_post, role, team, for_party, opens in words("words.yaml")["school_posts"]:
        post = words_of_post.replace("院长", "校长") if institution.large else words_of_post
        entry = {"kind": "leadership", "post": post, "level": "school", "role": role, "body": team}
        yield Post(entry, opens, CPC if for_party else "")


def _unit_posts(unit: Unit) -> Iterator[Post]:
    """Head and deputies; a department inside a college has no post of the middle level."""
    if unit.parent is not None and not unit.form:
        return
    team = "基层党委班子" if unit.form else "学院行政班子" if unit.discipline else "部门班子"
    party = CPC if unit.form or unit.kind == "party_department" else ""
    deputies = {"college": 2, "department": 1}.get(unit.kind, 1)
    for number in range(deputies + 1):
        word, role = (f"副{unit.head}", "deputy") if number else (unit.head, "head")
        entry = {"kind": "leadership", "post": unit.name + word, "level": "middle", "role": role, "body": team}
        yield Post(entry | {"unit": unit.id}, unit.opens + number * 2, party)


def _group_posts(institution: Institution) -> Iterator[Post]:
    """The heads of party branches and associations, and the one of the people without party."""
    for group in institution.groups.all:
        if group.party:
            entry = {"kind": "party_post", "post": f"{group.name}主委", "body": group.party}
            yield Post(entry | {"level": "school", "role": "head"}, group.opens, group.party, group.id)
        elif group.for_whom:
            entry = {
                "kind": "association_post",
                "post": f"{group.name}会长",
                "body": BODIES_OF[group.for_whom],
            }
            party = NONPARTISAN if group.for_whom == "scholars" else ""
            yield Post(
                entry | {"level": "school", "role": "head"}, _ASSOCIATIONS_FROM, party, group.id, group.for_whom
            )
    entry = {"kind": "nonpartisan_post", "post": "无党派人士小组组长", "level": "school", "role": "head"}
    yield Post(entry, _NONPARTISANS_FROM, NONPARTISAN)
    federation = {"kind": "association_post", "post": "校侨联主席", "body": "overseas_chinese_federation"}
    yield Post(federation | {"level": "school", "role": "head"}, _FEDERATION_FROM, for_whom="returned")
