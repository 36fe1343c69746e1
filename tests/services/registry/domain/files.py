"""Files of invented people for the tests of the registry's rules, and strategies that make any file."""

from __future__ import annotations

from datetime import date
from random import Random

from hypothesis import strategies as st

from services.registry.domain.person.entries import (
    ASSOCIATION_BODIES,
    CONFIRMED,
    LEADER_LEVELS,
    LEFT_REASONS,
    LEVELS,
    POST_KINDS,
    SEAT_BODIES,
    TENURE_KINDS,
    TENURE_ROLES,
    Confirmation,
    Membership,
    StudyAbroad,
    Tenure,
    Title,
)
from services.registry.domain.person.file import LISTS, File

SPRING = date(2026, 3, 5)
CPC, PROBATIONARY, MINMENG, NONPARTISAN, MASSES = "01", "02", "05", "12", "13"


def person(*entries, **fields) -> File:
    """A file of an invented person with these entries, each in its list."""
    names = {kind: name for name, kind in LISTS.items()}
    lists: dict[str, tuple] = {}
    for entry in entries:
        name = names[type(entry)]
        lists[name] = (*lists.get(name, ()), entry)
    return File(**{"name": "虚构甲", "post_kind": "teacher"} | lists | fields)


def member(party, since="", until="") -> Membership:
    return Membership(f"m-{party}-{since}", party, since, until)


def leader(level="middle", role="head", since="", until="", **fields) -> Tenure:
    return Tenure(
        f"t-{level}-{role}-{since}", "leadership", level=level, role=role, since=since, until=until, **fields
    )


def tenure(kind, **fields) -> Tenure:
    return Tenure(f"t-{kind}", kind, **fields)


def title(**fields) -> Title:
    return Title("title", **fields)


def abroad(since="", until="") -> StudyAbroad:
    return StudyAbroad("abroad", since, until)


def confirmed(fact, since="", until="") -> Confirmation:
    return Confirmation(f"c-{fact}", fact, "理由（虚构）", "operator", since=since, until=until)


calendar_days = st.dates(date(1930, 1, 1), date(2060, 12, 31))
day_texts = st.builds(lambda day, length: day.isoformat()[:length], calendar_days, st.sampled_from([4, 7, 10]))
spans = st.tuples(st.just("") | day_texts, st.just("") | day_texts)


# Words that the rules know, so that any file is one they have something to say about.
WORDS = {
    "party": [CPC, PROBATIONARY, "03", MINMENG, "10", NONPARTISAN, MASSES],
    "kind": TENURE_KINDS,
    "level": ["", *LEADER_LEVELS, *LEVELS],
    "role": ["", *TENURE_ROLES],
    "body": ["", *SEAT_BODIES, *ASSOCIATION_BODIES, CPC, MINMENG],
    "code": ["", "011", "012"],
    "fact": CONFIRMED,
    "pool": ["non_party_cadres", "ethnic_minorities"],
    "post_kind": ["", *POST_KINDS],
    "left_reason": ["", *LEFT_REASONS],
    "ethnicity": ["", "01", "03"],
}
DAYS = ("since", "until", "on", "decided_on", "birth", "joined", "left", "retired")
SOME_DAYS = [
    "",
    "1985",
    "1990-06-15",
    "2012-05",
    "2015",
    "2020-02-29",
    "2024-06-01",
    "2026-03",
    "2026-03-05",
    "2030",
]
FIELDS = WORDS | dict.fromkeys(DAYS, SOME_DAYS)
FIELDS |= {"id": ["a", "b", "c"], "consent": [False, True], "portfolio": [(), ("maths", "physics")]}


def made(dice: Random, names, required) -> dict[str, str | bool | tuple[str, ...]]:
    """Any words for these fields, often none where none are required."""
    return {
        name: dice.choice(FIELDS.get(name, ["字"] if name in required else ["", "字", "两字"]))
        for name in names
    }


def any_file(seed: int) -> File:
    """A file by its seed: drawing each word of a file one by one would take a hundred times as long."""
    dice = Random(seed)
    single = [name for name in File.__dataclass_fields__ if name not in LISTS]
    lists = {
        name: tuple(
            kind(**made(dice, kind._fields, set(kind._fields) - set(kind._field_defaults)))
            for _ in range(dice.choice([0, 0, 1, 2, 3]))
        )
        for name, kind in LISTS.items()
    }
    return File(**made(dice, single, {"name"}), **lists)


files = st.integers(0, 2**32).map(any_file)
