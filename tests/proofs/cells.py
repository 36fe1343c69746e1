"""The cells of the matrix: everybody who may come, something to ask about, and words that are right."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from kernel.identity.actor import EVERYWHERE, Actor, Role
from tests.proofs.rule import OWNERS, Target
from tests.proofs.town import HERE, PACKS, THERE
from tests.support.at_work import new_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.proofs.town import Town

UNIT, ASSISTING, THIRD = "library", "personnel", "logistics"
UNITS = (UNIT, ASSISTING, THIRD, None)
Document = dict[str, Any]
_LETTER = {"ref": "1", "title": "题", "body": "文", "received_at": "2026-03-05T09:00:00+08:00"}
# The state in which a command on a ticket may be given; elsewhere it is assigned.
_STATES = {
    **dict.fromkeys(("accept_ticket", "decline_ticket", "get_ticket"), "submitted"),
    "close_ticket": "replied",
}


class Stand(NamedTuple):
    """Who stands there, and whether the target is theirs."""

    actor: Actor
    owns: bool


def actors(target: Target, *, whole: bool) -> Iterator[Stand]:
    """Everybody: each role, each institution, each unit; owners also as somebody else.

    Not whole: one unit for each role and institution, another one each time.
    """
    turn = itertools.cycle((UNIT, THIRD, None) if not whole else (None,))
    places = (target.institution, THERE if target.institution == HERE else HERE, EVERYWHERE)
    for role, place in itertools.product(Role, places):
        for unit in UNITS if whole else (next(turn),):
            yield Stand(Actor(f"{role}-1", role, place, unit), owns=False)
            if role in OWNERS:
                yield Stand(Actor(target.login, role, place, unit), owns=True)


class Targets:
    """Makes something to ask about, anew where a command has used it up."""

    def __init__(self, town: Town, institution: str) -> None:
        self.town, self.institution = town, institution

    def make(self, method: str, sort: str) -> Target:
        """A target on which the method may succeed."""
        login = f"target-{new_id()}"
        target = Target(self.institution, UNIT, login, batch=new_id(), assisting=ASSISTING)
        if sort == "ticket":
            return self._with_ticket(method, target)
        if sort == "batch":
            rows = [{"staff_number": target.batch, "name": "虚构甲"}]
            asked = {"institution": self.institution, "batch": target.batch, "rows": rows}
            if method in self.town.registry.application.commands:
                self._done("registry", "import_roster", **asked)
            asked = {"institution": self.institution, "channel": "office_mailbox", "batch": target.batch}
            self._done("feedback", "import_letters", **asked, rows=[_LETTER | {"ref": target.batch}])
            return target
        return self._with_person(method, target)

    def nobody(self) -> Target:
        """An id of the same shape that nothing has."""
        never = new_id()
        return Target(self.institution, UNIT, "nobody", never, never, never, never, exists=False)

    def _with_person(self, method: str, target: Target) -> Target:
        person = {"name": "虚构甲", "subject": target.login, "memberships": [{"party": "13"}]}
        person |= {"units": [{"unit": UNIT}], "tenures": [{"kind": "seat", "post": "委员"}]}
        told = self._done("registry", "register_person", institution=self.institution, **person)
        target = target_with(target, person_id=told["person_id"])
        pools = PACKS.get(self.institution).section("talent_pools")
        if method == "remove_from_pool" and pools:
            self._done("registry", "admit_to_pool", person_id=target.person_id, **_pool(self.institution))
        if method == "answer_correction":
            own = Actor(target.login, Role.SUBMITTER, self.institution)
            asked = {"fields": ["name"], "text": "写错了"}
            text = self.town.ask("registry", own, "request_correction", asked).text
            target = target_with(target, correction_id=orjson.loads(text)["correction_id"])
        return target

    def _with_ticket(self, method: str, target: Target) -> Target:
        words = {
            "channel": "office_mailbox",
            "title": "题",
            "body": "文",
            "submitter": {"person_id": target.login},
        }
        told = self._done("feedback", "submit_suggestion", institution=self.institution, **words)
        ticket_id = told["ticket_id"]
        state = _STATES.get(method, "assigned")
        if state == "submitted":
            return target_with(target, ticket_id=ticket_id, unit="", assisting="")
        self._done("feedback", "assign_ticket", ticket_id=ticket_id, lead=UNIT, assisting=[ASSISTING])
        if state == "replied":
            self._done("feedback", "reply_ticket", ticket_id=ticket_id, text="好。")
        return target_with(target, ticket_id=ticket_id)

    def _done(self, service: str, method: str, /, **arguments: Any) -> Document:
        return self.town.done(self.institution, service, method, **arguments)

    def words(self, service: str, method: str, target: Target) -> Document | None:
        """Words that are right for the method; none where it is not known here."""
        words = {} if method in _WORDLESS.split() else _WORDS.get(method)
        if words is None:
            return None
        named = {name: getattr(target, name) for name in ("person_id", "ticket_id", "correction_id", "batch")}
        named["institution"] = target.institution
        at_work = self.town.at(service).application
        route = at_work._commands.get(method) or at_work._queries[method]
        own = {name: value for name, value in named.items() if value and name in route.schema.fields}
        extra = words(self.town, target) if callable(words) else words
        return own | extra


def target_with(target: Target, **changed: Any) -> Target:
    return Target(**{**target.__dict__, **changed})


def _pool(institution: str) -> Document:
    pools = [*PACKS.get(institution).section("talent_pools"), "none"]
    return {"pool": pools[0], "reason": "决定", "decided_by": "校党委"}


def _tenure(town: Town, target: Target) -> Document:
    if not target.exists:
        return {"tenure_id": "0" * 12}
    told = town.done(target.institution, "registry", "get_person", person_id=target.person_id)
    return {"tenure_id": told["file"]["tenures"][0]["id"]}


def _receipt(town: Town, target: Target) -> Document:
    words = {"channel": "office_mailbox", "title": "题", "body": "文"}
    told = town.done(
        target.institution, "feedback", "submit_suggestion", institution=target.institution, **words
    )
    return {"receipt": told["receipt"]}


_NEW_UNIT = {"unit": "matrix-1", "name": "虚构中心", "kind": "affiliated"}
_TICKET = {"channel": "office_mailbox", "title": "题", "body": "文"}
# Methods that need no word beside what they are about.
_WORDLESS = (
    "undo_import get_person get_own_file explain_scope get_ratio list_reads search_people search_files"
    " list_units list_groups list_liaisons list_trainings list_channels list_corrections read_log"
    " get_log_head get_health accept_ticket claim_ticket close_ticket withdraw_ticket get_ticket"
    " get_timeline list_tickets get_latency"
)
_WORDS: dict[str, Any] = {
    "register_person": {"name": "虚构乙"},
    "amend_person": {"discipline": "虚构学"},
    "retire_person": {"reason": "transferred"},
    "erase_person": {"reason": "own_request"},
    "add_tenure": {"kind": "seat", "post": "代表"},
    "end_tenure": _tenure,
    "register_leader": {"level": "middle", "post": "主任"},
    "admit_to_pool": lambda _town, target: _pool(target.institution),
    "remove_from_pool": lambda _town, target: _pool(target.institution),
    "appoint_liaison": {"unit": UNIT},
    "recommend_person": {"kind": "seat", "place": "市政协"},
    "record_contribution": {"kind": "建言献策", "title": "建议", "consent": True},
    "confirm_fact": {"fact": "representative", "reason": "认定"},
    "import_roster": {"rows": []},
    "register_unit": _NEW_UNIT,
    "register_group": {"group": "matrix-1", "name": "虚构小组", "kind": "association"},
    "record_training": {"kind": "session", "audience": "scholar", "title": "学习", "held_on": "2026-03"},
    "list_pool": lambda _town, target: {"pool": _pool(target.institution)["pool"]},
    "list_members": lambda town, target: {"group": town.known[target.institution].groups[0]},
    "request_correction": {"fields": ["name"], "text": "写错了"},
    "answer_correction": {"accepted": False, "reason": "核实无误"},
    "submit_suggestion": _TICKET,
    "decline_ticket": {"reason": "重复"},
    "assign_ticket": {"lead": UNIT},
    "return_ticket": {"reason": "不属于我们"},
    "release_ticket": {"lease_token": 1},
    "reply_ticket": {"text": "好。"},
    "close_tickets": {"ticket_ids": []},
    "import_letters": {"channel": "office_mailbox", "rows": []},
    "import_calendar": {"year": 2030, "source": "合成数据", "off": [], "work": []},
    "list_department_queue": {"unit": UNIT},
    "follow_receipt": _receipt,
}
