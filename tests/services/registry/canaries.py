"""Invented people whose every text is unmistakable, what happens to them, and a search for the texts.

Each text holds a piece that occurs nowhere else; a file is searched for pieces of these, in every spelling in
which a program may have put them there.
"""

from __future__ import annotations

import base64
import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from kernel.identity.actor import EVERYWHERE, Role
from kernel.refusals import Refusal
from tests.support.at_work import new_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from apps.cli.session import Session

SCHOOL, UNIT = "datong", "library"
# Birds that no Chinese text of ours names, a word that no program says, and days on which nothing happened.
_BIRDS, _LATIN, _DAY = "鹮鸫鷩", "Zq7xVkW", "0712-03-04"
_PIECES = ("鹮鸫", "鸫鷩", _LATIN[:-1], _LATIN[1:], _DAY)


def spellings(piece: str) -> set[bytes]:
    """A text as files may hold it: plain, wide, escaped, quoted, in hexadecimal and in Base64 at any offset."""
    plain = piece.encode()
    found = {plain, piece.encode("utf-16-le"), piece.encode("utf-16-be"), piece.encode("gb18030")}
    found |= {plain.hex().encode(), plain.hex().upper().encode(), quote(piece).encode()}
    if not piece.isascii():
        escaped = piece.encode("unicode_escape")
        found |= {escaped, re.sub(rb"u([0-9a-f]{4})", lambda m: b"u" + m[1].upper(), escaped)}
        found.add("".join(f"\\{byte:03o}" for byte in plain).encode())
    for offset in range(3):
        # Without the characters that neighbours have a part in.
        code = base64.b64encode(b"\x00" * offset + plain)
        found.add(code[(0, 2, 3)[offset] : len(code) - (0, 3, 2)[(offset + len(plain)) % 3]])
    return found


_SPELLINGS = sorted({one for piece in _PIECES for one in spellings(piece)})


def heard(content: bytes) -> list[bytes]:
    """What of the texts stands in some bytes."""
    # One by one: a pattern of all of them takes ten times as long over the zeros of a database's files.
    return [spelling for spelling in _SPELLINGS if spelling in content]


def heard_in(folders: Iterable[Path]) -> dict[str, list[bytes]]:
    """What of the texts stands in any file below some folders, by file."""
    found = {}
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file() and (pieces := heard(path.read_bytes())):
                found[str(path.relative_to(folder))] = pieces
    return found


def song(field: str, number: int = 0) -> str:
    """A text for a field of a person."""
    return f"{_BIRDS}{field}{_LATIN}{number:04}"


def person(number: int) -> dict[str, Any]:
    """What a registration may say, all of it unmistakable."""
    open_post = {"kind": "leadership", "level": "middle", "post": song("post", number), "unit": UNIT}
    return {
        "name": song("name", number),
        "staff_number": song("number", number),
        "subject": song("login", number),
        "birth": _DAY,
        "phone": song("phone", number),
        "email": song("mail", number),
        "discipline": song("discipline", number),
        "joined": _DAY,
        "units": [{"unit": UNIT, "since": _DAY}],
        "memberships": [{"party": "05", "since": _DAY}],
        "tenures": [
            open_post | {"body": song("team", number)},
            {"kind": "seat", "post": song("seat", number), "body": song("body", number), "since": _DAY},
        ],
        "titles": [{"name": song("title", number), "since": _DAY}],
        "studies_abroad": [{"since": _DAY}],
    }


class Choir:
    """People with unmistakable texts, through every method that takes or shows one."""

    def __init__(self, session: Session, count: int) -> None:
        self.session = session
        self.count = count
        self.ids: list[str] = []
        self.told: list[Any] = []

    def call(self, method: str, arguments: dict[str, Any], **who: Any) -> Any:
        token = self.session.token(**{"role": Role.OPERATOR, "institution": SCHOOL} | who)
        return self.session.call(f"registry.{method}", arguments, token)

    def write(self, method: str, **arguments: Any) -> Any:
        return self.call(method, {"command_id": new_id()} | arguments)

    def refused(self, method: str, arguments: dict[str, Any], **who: Any) -> Refusal:
        try:
            answer = self.call(method, arguments, **who)
        except Refusal as refusal:
            return refusal
        raise AssertionError(f"{method} answered {answer}")

    def _all(self, work: Callable[[int], Any]) -> list[Any]:
        with ThreadPoolExecutor(8) as threads:
            return list(threads.map(work, range(self.count)))

    def sing(self) -> None:
        """Register, amend, read and search everybody; a few go through everything else."""
        self.ids = self._all(
            lambda n: self.write("register_person", institution=SCHOOL, **person(n))["person_id"]
        )
        self._all(self._amend_and_read)
        for number in range(0, self.count, max(self.count // 10, 1)):
            self._career(number)
            self._search(number)
        self._roster()
        self._refusals()
        self.told += self._log()

    def erase(self) -> None:
        self._all(lambda n: self.write("erase_person", person_id=self.ids[n], reason="own_request"))

    def _register(self, number: int) -> str:
        answer = self.write("register_person", institution=SCHOOL, **person(number))
        return str(answer["person_id"])

    def _amend_and_read(self, number: int) -> None:
        person_id = self.ids[number]
        changed = {"phone": song("phone2", number), "reason": song("reason", number)}
        self.write("amend_person", person_id=person_id, **changed)
        shown = self.call("get_person", {"person_id": person_id})
        assert shown["file"]["phone"] == changed["phone"]

    def _career(self, number: int) -> None:
        on = {"person_id": self.ids[number]}
        said = {name: song(name, number) for name in ("reason", "decided_by")}
        self.write("admit_to_pool", **on, pool="nonpartisans", since=_DAY, **said)
        self.write("remove_from_pool", **on, pool="nonpartisans", until=_DAY, **said)
        self.write("recommend_person", **on, kind="seat", place=song("place", number), since=_DAY)
        self.write("confirm_fact", **on, fact="representative", reason=song("why", number), since=_DAY)
        self.write("add_tenure", **on, kind="association_post", post=song("added", number), since=_DAY)
        own = {"role": Role.SUBMITTER, "subject": song("login", number)}
        assert self.call("get_own_file", {}, **own)["person_id"] == self.ids[number]
        asked = {"command_id": new_id(), "text": song("asked", number)}
        correction_id = self.call("request_correction", asked, **own)["correction_id"]
        self.write("answer_correction", correction_id=correction_id, accepted=False, reason=song("no", number))
        self.call("list_corrections", {}, **own)
        self.call("list_reads", {}, **own)
        self.call("explain_scope", {"person_id": self.ids[number]})
        self.write("retire_person", **on, reason="retired", on=_DAY, note=song("note", number))

    def _search(self, number: int) -> None:
        found = self.call("search_people", {"text": song("name", number)})["items"]
        assert [one["person_id"] for one in found] == [self.ids[number]]
        for words in ({"words": _BIRDS}, {"text": _BIRDS, "limit": 1}, {"text": _LATIN.lower()}):
            self.call("search_people", words)
        inner = {"institution": SCHOOL, "words": song("discipline", number), "party": "05"}
        (found,) = self.call("search_files", inner)["items"]
        assert found["person_id"] == self.ids[number]
        for role in (Role.LEADER, Role.SERVICE):
            self.call("search_people", {"text": _BIRDS}, role=role)
        self.call("get_ratio", {"institution": SCHOOL, "names": True})

    def _roster(self) -> None:
        rows = [
            person(number) | {"row": number, "staff_number": song("roster", number), "subject": None}
            for number in range(1, 10)
        ]
        rows[0]["birth"] = song("birth")
        batch = new_id()
        told = self.write("import_roster", institution=SCHOOL, batch=batch, rows=rows)
        assert (told["new"], [row["row"] for row in told["refused"]]) == (8, [1])
        assert not heard(repr(told).encode())
        self.write("undo_import", batch=batch)

    def _refusals(self) -> None:
        """Every way of saying a text where it does not belong: no refusal says it back."""
        for method, arguments in _misplaced({"person_id": self.ids[0]}):
            refusal = self.refused(method, arguments)
            assert not heard(refusal.to_json().encode()), method
            assert not heard(str(refusal).encode()), method
        nobody = {"role": Role.SUBMITTER, "subject": song("nobody")}
        for method in ("get_own_file", "list_reads", "list_corrections"):
            assert not heard(self.refused(method, {}, **nobody).to_json().encode())

    def _log(self) -> list[Any]:
        """The whole log as an auditor exports it."""
        events, after = [], 0
        while True:
            page = self.call(
                "read_log", {"after": after, "limit": 1000}, role=Role.AUDITOR, institution=EVERYWHERE
            )
            events += page["events"]
            if page["next_after"] == after:
                return events
            after = page["next_after"]


Words = dict[str, Any]
Case = tuple[str, Words]


def _misplaced(person_id: Words) -> list[Case]:
    """Calls that say a text where it does not belong."""
    words = song("wrong")
    begun = {"command_id": new_id()}
    named = begun | {"institution": SCHOOL, "name": words}
    return [
        ("register_person", named | {"staff_number": song("number", 1)}),
        ("register_person", named | {"subject": song("login", 1)}),
        ("register_person", named | {"birth": words}),
        ("register_person", named | {"gender": words}),
        ("register_person", named | {"units": [{"unit": words}]}),
        ("register_person", named | {"titles": [{"name": words, "rank": words}]}),
        ("register_person", named | {"titles": [{"name": words * 20}]}),
        ("register_person", begun | {"institution": words, "name": words}),
        *_about(person_id, begun, words),
    ]


def _about(person_id: Words, begun: Words, words: str) -> list[Case]:
    return [
        ("amend_person", begun | person_id | {"phone": words, "expected_version": 99}),
        ("amend_person", begun | person_id | {"phone": words, "clear": ["phone"]}),
        ("amend_person", begun | {"person_id": words, "name": words}),
        ("retire_person", begun | person_id | {"reason": words}),
        ("erase_person", begun | person_id | {"reason": words}),
        ("get_person", {"person_id": words}),
        ("get_person", person_id | {"purpose": words}),
        ("search_people", {"cursor": words}),
        ("search_files", {"institution": SCHOOL, "text": words, "party": words}),
        ("search_people", {"institution": words}),
        ("list_reads", {"cursor": words}),
        ("answer_correction", begun | {"correction_id": words, "accepted": True, "reason": words}),
        ("no_such_method", {"name": words}),
    ]
