"""What happens in a service so that its log holds an event of every name: samples are taken from it.

An event of a new name needs a line here, then `python tests/golden/collect.py registry`. All people are
invented.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import insert

from kernel import instants
from kernel.identity.actor import Actor, Role
from kernel.keys.keyring import DATA_KEY, DataKey
from services.registry.application import NAME as REGISTRY
from tests.services.registry.school import PARTS, School
from tests.support.homes import migrated, settings_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.at_work import AtWork

# What the texts of all samples are sealed with, under ids that count from 1.
KEY = bytes(range(32))
_NONCE = bytes(12)
_OPERATOR, _SELF = Actor("o-1", Role.OPERATOR), Actor("s-1", Role.SUBMITTER, "datong")
_SCHOLAR = {
    "staff_number": "G-0001",
    "subject": "s-1",
    "birth": "1979-05",
    "discipline": "（虚构）化学工程",
    "units": [{"unit": "library", "since": "2010"}],
    "memberships": [{"party": "06", "since": "2012"}],
    "titles": [{"name": "教授", "rank": "senior", "since": "2015"}],
    "education": [{"degree": "doctor", "since": "2008"}],
}


def told(service: str, home: Path) -> str:
    """Tell a service's story in a fresh home; the URL template of its databases."""
    STORIES[service](home)
    return settings_of(home).database_url


def _registry(home: Path) -> None:
    school = School(migrated(settings_of(home), PARTS))
    _seal_with_known_keys(school)
    _units_and_training(school)
    _a_scholar(school)
    _a_liaison(school)
    _an_import(school)
    school.close()


def _units_and_training(school: School) -> None:
    place = {"institution": "datong", "since": "2020"}
    school.do(_OPERATOR, "register_unit", unit="lab", name="（虚构）实验中心", kind="college", **place)
    school.do(
        _OPERATOR, "register_group", group="circle", name="（虚构）知联会小组", kind="association", **place
    )


def _a_scholar(school: School) -> None:
    """Somebody is registered, does what the registry records, and is erased at the end."""

    def do(method: str, **arguments: Any) -> dict[str, Any]:
        answer: dict[str, Any] = school.do(_OPERATOR, method, person_id=person_id, **arguments)
        return answer

    person_id = school.register(_OPERATOR, institution="datong", name="虚构甲", **_SCHOLAR)
    do("amend_person", phone="000-0000", reason="（虚构）本人更正")
    do("get_person", purpose="contact")
    asked = school.do(_SELF, "request_correction", text="（虚构）职称有误", fields=["titles"])
    ids = {"correction_id": asked["correction_id"]}
    school.do(_OPERATOR, "answer_correction", accepted=False, reason="（虚构）未见证书", **ids)
    tenure = do("add_tenure", kind="seat", body="cppcc", level="city", since="2017")
    do("end_tenure", tenure_id=tenure["tenure_id"], until="2022")
    do("register_leader", level="middle", role="deputy", post="（虚构）副馆长", unit="library", since="2018")
    pool = {"pool": "democratic_parties", "reason": "（虚构）会议决定", "decided_by": "（虚构）部务会"}
    do("admit_to_pool", since="2019", **pool)
    do("remove_from_pool", until="2023", **pool)
    seat = do("recommend_person", kind="seat", place="（虚构）市政协", level="city", since="2021")
    do("recommend_person", recommendation_id=seat["recommendation_id"], outcome="appointed", decided_on="2022")
    do("record_contribution", kind="proposal", title="（虚构）提案", on="2021", consent=True)
    fact = {"fact": "representative", "reason": "（虚构）多年联系"}
    do("confirm_fact", since="2020", **fact)
    do("confirm_fact", holds=False, **fact)
    training = {"kind": "selection", "audience": "united_front_member", "held_on": "2024-05-06"}
    words = {"institution": "datong", "title": "（虚构）研修班", "attendees": [person_id]}
    school.do(_OPERATOR, "record_training", **training, **words)
    do("retire_person", reason="retired", on="2025-03", note="（虚构）到龄")
    do("erase_person", reason="own_request")


def _a_liaison(school: School) -> None:
    for name in ("虚构乙", "虚构丙"):
        standing = [{"party": "12", "since": "2010"}]
        person_id = school.register(_OPERATOR, institution="chifeng", name=name, memberships=standing)
        appointed = {"unit": "library", "reason": "（虚构）推荐", "nominated_by": "（虚构）党总支"}
        school.do(_OPERATOR, "appoint_liaison", person_id=person_id, **appointed)


def _an_import(school: School) -> None:
    """A roster makes somebody known, another one changes what is known, and both are undone."""
    batches = [str(uuid.uuid4()), str(uuid.uuid4())]
    for batch, name in zip(batches, ("虚构丁", "虚构戊"), strict=True):
        rows = [{"staff_number": "G-0002", "name": name}]
        school.do(_OPERATOR, "import_roster", institution="datong", batch=batch, rows=rows)
    for batch in reversed(batches):
        school.do(_OPERATOR, "undo_import", batch=batch)


def _seal_with_known_keys(service: AtWork, count: int = 64) -> None:
    """Keep keys that everybody knows, and let them be the next that are handed out."""
    wrapper, ring = AESGCM(service.secrets.wrapping_key), service.application._keys
    ids = [f"{number:032x}" for number in range(1, count + 1)]
    with service.key_database.write() as connection:
        for key_id in ids:
            wrapped = _NONCE + wrapper.encrypt(_NONCE, KEY, key_id.encode())
            row = {"key_id": key_id, "wrapped": wrapped, "wrapping_key": "1", "created_at": instants.now()}
            connection.execute(insert(DATA_KEY), row)
    ring._ready = [DataKey(key_id, AESGCM(KEY)) for key_id in ids]


STORIES: dict[str, Callable[[Path], None]] = {REGISTRY: _registry}
