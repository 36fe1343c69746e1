"""Packs that a test changes, and what the registry says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernel import instants
from kernel.keys.keyring import KeyRing
from kernel.policy import Packs, check
from services.registry.storage.office import Office
from tests.services.registry.school import OPERATOR, SCHOOL

if TYPE_CHECKING:
    from datetime import date

    from kernel.identity.actor import Actor
    from kernel.policy import Pack
    from kernel.settings import Settings
    from tests.services.registry.school import School

REPLY = "working_days: 10"
SHORTER = "working_days: 7"
WHY = "    local: true\n    reason: （合成）\n"


def today() -> date:
    return instants.shanghai(instants.now()).date()


def office_of(school: School, settings: Settings) -> Office:
    """What another process with the packs of now would share."""
    keys = KeyRing(school.key_database, school.secrets.wrapping_key)
    return Office(Packs.load(settings.policies), keys, school.secrets, school.database)


def write(settings: Settings, old: str, new: str, institution: str = SCHOOL) -> Pack:
    """Change a pack's file."""
    path = settings.policies / institution / "pack.yaml"
    before = path.read_text()
    assert before.count(old) == 1
    path.write_text(before.replace(old, new))
    assert check(settings.policies) == []
    return pack_of(settings, institution)


def dated(settings: Settings, day: object, summary: str) -> Pack:
    """Write a new dated version into a pack's file."""
    entry = f"  - effective_from: {day}\n    summary: {summary}\n{WHY}\nhours:"
    return write(settings, "\nhours:", entry)


def pack_of(settings: Settings, institution: str = SCHOOL) -> Pack:
    return Packs.load(settings.policies).get(institution)


def adopted(school: School, institution: str = SCHOOL) -> list[dict[str, Any]]:
    """The events of an institution's rules."""
    return [event["data"] for event in school.events(f"policy/{institution}")]


def asked(school: School, method: str = "get_policy", actor: Actor = OPERATOR, **more: Any) -> Any:
    return school.do(actor, method, **{"institution": SCHOOL} | more)
