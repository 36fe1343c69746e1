"""What makes a town: units, groups, people with posts and pools, letters: 以下人员均为程序虚构."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from apps.synthetic.school import School
from kernel.identity.actor import Role
from tests.proofs.town import MARKS, telling
from tests.support.at_work import new_id

if TYPE_CHECKING:
    from tests.proofs.town import Document, Known, Town

_TEXTS = ("name", "discipline", "post", "phone", "email")


def settle(town: Town, institution: str, people: int = 24, tickets: int = 10, seed: int = 7) -> Known:
    """Give an institution units, groups, people, and what they do; and letters of all kinds."""
    known = town.known[institution]
    school = School.generate(known.pack, seed=seed, people=people)
    _organise(town, known, school)
    _register(town, known, school)
    _distinguish(town, known)
    _write(town, known, tickets)
    _correct(town, known)
    _look(town, known)
    return known


def marked(text: str, institution: str) -> str:
    return text + MARKS[institution]


def of_there(value: Any, institution: str, name: str = "") -> Any:
    """A document with the institution's mark in every text, and numbers that only it gives."""
    if isinstance(value, dict):
        return {key: of_there(inner, institution, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [of_there(inner, institution, name) for inner in value]
    if name in _TEXTS:
        return marked(value, institution)
    return f"{institution}-{value}" if name == "staff_number" else value


def _organise(town: Town, known: Known, school: School) -> None:
    own = {"id": f"only-{known.institution}-1", "name": "虚构研究院", "kind": "affiliated"}
    for unit in (*school.units, own):
        said = {key: value for key, value in unit.items() if value and key != "id"}
        said["name"] = marked(said["name"], known.institution)
        asked = {"institution": known.institution, "unit": unit["id"], **said}
        town.done(known.institution, "registry", "register_unit", **asked)
    group = {"id": f"only-group-{known.institution}-1", "name": "虚构联谊会", "kind": "association"}
    for one in (*school.groups, group):
        said = {key: value for key, value in one.items() if key != "id"}
        said["name"] = marked(said["name"], known.institution)
        asked = {"institution": known.institution, "group": one["id"], **said}
        town.done(known.institution, "registry", "register_group", **asked)
    known.units = [own["id"], *(unit["id"] for unit in school.units)]
    known.groups = [group["id"], *(one["id"] for one in school.groups)]
    known.told |= {own["id"], group["id"]}


def _register(town: Town, known: Known, school: School) -> None:
    batch = new_id()
    known.batches.append(batch)
    documents = [of_there(one, known.institution) for one in school.people()]
    half = len(documents) // 2
    # In one group that nobody else has, so that lists have somebody to tell of.
    for document in documents[:6]:
        document["groups"] = [*document.get("groups", []), {"group": known.groups[0]}]
    rows = [{"row": row, **one} for row, one in enumerate(documents[half:], 1)]
    town.done(known.institution, "registry", "import_roster",
              institution=known.institution, batch=batch, rows=rows)  # fmt: skip
    for number, document in enumerate(documents[:half]):
        login = f"login-{known.institution}-{school.seed}-{number}"
        asked = {"institution": known.institution, "subject": login, **document}
        known.people.append(town.done(known.institution, "registry", "register_person", **asked)["person_id"])
        known.logins.append(login)
    known.names = [document["name"] for document in documents]
    known.told |= {document["staff_number"] for document in documents} | {batch, *known.logins}


def _distinguish(town: Town, known: Known) -> None:
    """Posts, pools, liaisons, facts: whatever the rules of the institution offer."""
    institution, note = known.institution, marked("理由", known.institution)
    # Who is confirmed already is not confirmed again when a second school comes into being.
    fact = "cultivated" if known.entries else "representative"
    for person_id in known.people[:6]:
        deeds: list[tuple[str, Document]] = [
            ("add_tenure", {"kind": "seat", "body": "cppcc", "post": note, "level": "city"}),
            ("recommend_person", {"kind": "post", "place": note}),
            ("confirm_fact", {"fact": fact, "reason": note}),
        ]
        decided = {"reason": note, "decided_by": note}
        for argument, section in (("pool", "talent_pools"), ("reserve_list", "reserve_lists")):
            named = list(known.pack.section(section))[:2]
            deeds += [("admit_to_pool", {argument: name, **decided}) for name in named]
        if known.pack.section("contributions"):
            deeds.append(("record_contribution", {"kind": "建言献策", "title": note, "consent": True}))
        for method, words in deeds:
            answer = town.done(institution, "registry", method, person_id=person_id, **words)
            known.entries += [answer[name] for name in answer if name.endswith("_id") and name != "person_id"]
    if known.pack.section("liaison_rules"):
        asked = {"institution": institution, "name": marked("虚构乙", institution)}
        member = town.done(institution, "registry", "register_person", **asked, memberships=[{"party": "13"}])
        town.done(institution, "registry", "appoint_liaison", person_id=member["person_id"], unit="library")
    town.done(institution, "registry", "record_training", institution=institution, kind="session",
              audience="scholar", title=note, held_on="2026-03", attendees=known.people[:3])  # fmt: skip


def _write(town: Town, known: Known, tickets: int) -> None:
    for number in range(tickets):
        ticket_id = _letter(town, known, number)
        known.tickets.append(ticket_id)
        _move(town, known.institution, ticket_id, number % 4)
    batch = new_id()
    letter = {"ref": batch, "title": "题", "body": "文", "received_at": "2026-03-05T09:00:00+08:00"}
    letter = {name: marked(text, known.institution) if name in "title body" else text
              for name, text in letter.items()}  # fmt: skip
    town.done(known.institution, "feedback", "import_letters",
              institution=known.institution, channel="office_mailbox", batch=batch, rows=[letter])  # fmt: skip
    known.letters.append(batch)
    known.told.add(batch)


def _letter(town: Town, known: Known, number: int) -> str:
    submitter = {"person_id": known.logins[number % 6], "name": marked("虚构甲", known.institution)}
    answer = town.done(
        known.institution,
        "feedback",
        "submit_suggestion",
        institution=known.institution,
        channel="office_mailbox",
        title=marked("路灯不亮", known.institution),
        body=marked("图书馆东侧的路灯坏了", known.institution),
        category=f"only-{known.institution}",
        submitter=submitter,
        confidentiality="withheld" if number % 3 == 0 else "named",
    )
    return str(answer["ticket_id"])


def _move(town: Town, institution: str, ticket_id: str, steps: int) -> None:
    note = marked("好", institution)
    way: list[tuple[str, Document]] = [
        ("assign_ticket", {"lead": "logistics", "assisting": ["library"], "note": note}),
        ("claim_ticket", {}),
        ("reply_ticket", {"text": note, "lease_token": 1}),
    ]
    for method, words in way[:steps]:
        town.done(institution, "feedback", method, ticket_id=ticket_id, **words)


def _correct(town: Town, known: Known) -> None:
    """What people of the institution say is wrong in their files."""
    for login in known.logins[:3]:
        actor = known.actor(Role.SUBMITTER, login)
        asked = {"fields": ["name"], "text": marked("写错了", known.institution)}
        kind, text = town.ask("registry", actor, "request_correction", asked)
        assert kind == "answered", text
        known.told |= telling(text)
        known.corrections.append(orjson.loads(text)["correction_id"])


def _look(town: Town, known: Known) -> None:
    """Have everything read by its own people: what was told, others must never be told."""
    institution = known.institution
    for person_id in known.people:
        told = town.done(institution, "registry", "get_person", person_id=person_id)
        lists = [entries for entries in told["file"].values() if isinstance(entries, list)]
        known.entries += [entry["id"] for entries in lists for entry in entries]
        town.done(institution, "registry", "list_reads", person_id=person_id)
    for ticket_id in known.tickets:
        town.done(institution, "feedback", "get_ticket", ticket_id=ticket_id)
        town.done(institution, "feedback", "get_timeline", ticket_id=ticket_id)
    for method, service in (("search_people", "registry"), ("list_tickets", "feedback")):
        for limit in (1, 2, 5, 200):
            page = town.done(institution, service, method, limit=limit)
            known.cursors += [page["next_cursor"]] if page["next_cursor"] else []
