"""Files of invented people for the tests of the registry's rules, and strategies that make any file."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from services.registry.domain.person.entries import (
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
    return Confirmation(f"c-{fact}", fact, "理由（虚构）", "operator", since, until)


calendar_days = st.dates(date(1930, 1, 1), date(2060, 12, 31))
day_texts = st.builds(lambda day, length: day.isoformat()[:length], calendar_days, st.sampled_from([4, 7, 10]))
spans = st.tuples(st.just("") | day_texts, st.just("") | day_texts)


@st.composite
def entries_of(draw, kind):
    """Any entry of a kind: texts where texts belong, days where days do."""
    special = {
        "since": st.just("") | day_texts,
        "until": st.just("") | day_texts,
        "on": st.just("") | day_texts,
    }
    special |= {"decided_on": special["on"], "id": st.uuids().map(str), "consent": st.booleans()}
    special["portfolio"] = st.lists(st.sampled_from(["maths", "physics"]), max_size=2).map(tuple)
    asked = {name: st.text(min_size=name not in kind._field_defaults, max_size=5) for name in kind._fields}
    return kind(**{name: draw(strategy) for name, strategy in (asked | special).items() if name in asked})


@st.composite
def files(draw):
    """Any file at all."""
    single = [name for name in File.__dataclass_fields__ if name not in LISTS and name != "name"]
    fields = {name: draw(st.text(max_size=5)) for name in single}
    fields |= {name: draw(st.just("") | day_texts) for name in ("birth", "joined", "left", "retired")}
    lists = {name: tuple(draw(st.lists(entries_of(kind), max_size=2))) for name, kind in LISTS.items()}
    return File(name=draw(st.text(min_size=1, max_size=5)), **fields, **lists)
