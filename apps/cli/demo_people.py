"""The people of the demo: each institution gets invented ones, and its own rules say what they make of them."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from apps.synthetic.school import School

if TYPE_CHECKING:
    from apps.cli.session import Session
    from kernel.policy import Pack

Answer = dict[str, Any]
_SEED, _PEOPLE = 2019, 40
_SENIOR = "senior"
_CPC = ("01", "02")


def settle(session: Session, pack: Pack) -> Answer:
    """Give an institution its units, groups and people, and ask the registry what there is."""
    school = School.generate(pack, seed=_SEED, people=_PEOPLE)
    for kind, listed in (("unit", school.units), ("group", school.groups)):
        for one in listed:
            said = {name: value for name, value in one.items() if value and name != "id"}
            _command(session, f"register_{kind}", institution=pack.id, **{kind: one["id"]}, **said)
    people = [{"row": row, **person} for row, person in enumerate(school.people(), 1)]
    batch = str(uuid.uuid4())
    answer = _command(session, "import_roster", institution=pack.id, batch=batch, rows=people)
    told = {"id": pack.id, "name": pack.name, "people": len(people), "units": len(school.units)}
    told["imported"] = {verdict: answer[verdict] for verdict in ("new", "changed", "unchanged")}
    told["refused"] = len(answer["refused"])
    told["categories"] = len(pack.section("contact_categories"))
    told["ratio"] = _ratio(session, pack)
    return told


def explained(session: Session, pack: Pack) -> Answer:
    """What the rules of an institution make of one of its invented people: a professor who is in no CPC."""
    school = School.generate(pack, seed=_SEED, people=_PEOPLE)
    chosen = next(person for person in school.people() if _is_wanted(person))
    asked = {"institution": pack.id, "text": chosen["name"]}
    (found, *_) = session.call("registry.search_people", asked)["items"]
    answer: Answer = session.call("registry.explain_scope", {"person_id": found["person_id"]})
    return {"name": found["name"], **answer}


def _is_wanted(person: Answer) -> bool:
    ranks = {title.get("rank") for title in person.get("titles", ()) if not title.get("until")}
    parties = {one["party"] for one in person.get("memberships", ()) if not one.get("until")}
    return _SENIOR in ranks and bool(parties) and not parties & set(_CPC) and not person.get("left")


def _ratio(session: Session, pack: Pack) -> Answer | None:
    if not pack.section("ratios"):
        return None
    answer: Answer = session.call("registry.get_ratio", {"institution": pack.id})
    return answer


def _command(session: Session, method: str, /, **arguments: Any) -> Answer:
    arguments["command_id"] = str(uuid.uuid4())
    answer: Answer = session.call(f"registry.{method}", arguments)
    return answer
