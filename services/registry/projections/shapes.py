"""How people and what rules make of them look in answers (docs/interface.md, "Registry")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from services.registry.domain.person.file import standing

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from services.registry.domain.person.file import File
    from services.registry.domain.person.findings import Because, Finding
    from services.registry.domain.person.scope import Alternative, Duty, Explained
    from services.registry.domain.person.states import Person

Answer = dict[str, Any]
LINE: Final = ("name", "units", "tenures", "titles")
"""The fields of a file that a person in a list shows."""


def person_line(person: Person, file: File, on: date) -> Answer:
    """A person in a list: what tells people of one name apart, and nothing else."""
    units, titles, posts = (standing(listed, on) for listed in (file.units, file.titles, file.tenures))
    return {
        "person_id": person.person_id,
        "institution": person.institution,
        "name": file.name,
        "unit": units[-1].unit if units else None,
        "titles": [title.name for title in titles if title.name],
        "posts": [post.post for post in posts if post.kind == "leadership" and post.post],
        "state": person.state,
    }


def explained_of(category: Explained) -> Answer:
    """A contact category, whether it applies, and each condition with what the file says to it."""
    return {
        "category": category.category,
        "name": category.name,
        "clause": category.clause,
        "local": category.clause is None,
        "applies": category.applies,
        "unknown": category.unknown,
        "outside": category.outside.text if category.outside else None,
        "because": because_of(category.because),
        "alternatives": [_way(way) for way in category.alternatives],
    }


def duty_of(duty: Duty) -> Answer:
    """A group of leaders with contact duties, and whether the person is one of them."""
    return {
        "leaders": duty.leaders,
        "name": duty.name,
        "clause": duty.clause,
        "applies": duty.applies,
        "unknown": duty.unknown,
        "because": because_of(duty.because),
    }


def because_of(reasons: Iterable[Because]) -> list[Answer]:
    """Reasons in words, with the field and the entry they stand in."""
    return [{"field": one.field, "entry": one.entry or None, "text": one.text} for one in reasons]


def _way(way: Alternative) -> Answer:
    return {
        "holds": way.finding.holds,
        "conditions": [{**checked.condition, **_finding(checked.finding)} for checked in way.conditions],
    }


def _finding(finding: Finding) -> Answer:
    return {"holds": finding.holds, "unknown": finding.unknown, "because": because_of(finding.because)}
