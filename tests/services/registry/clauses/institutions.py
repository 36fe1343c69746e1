"""The operators of the five institutions, and forms of the people whom their documents name: all invented."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernel.identity.actor import Actor, Role

if TYPE_CHECKING:
    from tests.services.registry.school import School

DATONG, HUNAN, SHANGHAI, CHIFENG, MIANYANG = (
    "datong",
    "hunan-first-normal",
    "shanghai-dianji",
    "chifeng",
    "mianyang",
)
CPC, PROBATIONARY, MINMENG, NONPARTISAN, MASSES = "01", "02", "05", "12", "13"
DAY, NEXT_DAY = "2026-03-05", "2026-03-06"
Answer = dict[str, Any]


def operator(institution: str) -> Actor:
    return Actor(f"o-{institution}", Role.OPERATOR, institution)


def somebody(school: School, institution: str, *parties: str, **fields: Any) -> str:
    """The id of a new person of these standings."""
    fields |= {"memberships": [{"party": party} for party in parties]} if parties else {}
    return school.register(operator(institution), **fields)


def ask(school: School, institution: str, method: str, /, **arguments: Any) -> Answer:
    """What the operator of an institution is answered about it."""
    return school.do(operator(institution), method, institution=institution, **arguments)


def on(school: School, institution: str, method: str, person_id: str, /, **arguments: Any) -> Answer:
    """What the operator does to a person, or asks of one."""
    return school.do(operator(institution), method, person_id=person_id, **arguments)


def leading(level: str, role: str = "head", **more: Any) -> Answer:
    return {"kind": "leadership", "level": level, "role": role, "post": "虚构职务", **more}
