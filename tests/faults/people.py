"""Who works on the line while it is being broken: clients with their tickets, and a department's machine."""

from __future__ import annotations

import json
import random
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from kombu import Connection, Queue

from kernel.identity.actor import Actor, Role
from kernel.identity.tokens import sign
from kernel.runtime.distributed.client import RpcClient
from tests.faults.history import Caller, Entry, History
from tests.support.school import CHANNEL, MACHINE, QUEUE, SCHOOL, SECOND_UNIT, UNIT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kernel.identity.secrets import Secrets

_GOES_AWAY, _SENDS_AGAIN, _GIVES_BACK = 0.3, 0.05, 0.05
_TEXT = "（合成）"
Step = tuple[str, str, list[str], dict[str, Any]]


class Tokens:
    """The rig's people, each with a token that outlives the run."""

    def __init__(self, secrets: Secrets) -> None:
        def of(role: Role, unit: str | None = None, institution: str = SCHOOL) -> str:
            return sign(secrets, Actor(f"rig-{role}", role, institution, unit), ttl=7200)

        self.operator = of(Role.OPERATOR, institution="*")
        self.service = of(Role.SERVICE, institution="*")
        self.handlers = {unit: of(Role.HANDLER, unit) for unit in (UNIT, SECOND_UNIT, MACHINE)}

    def of(self, who: str) -> str:
        return self.handlers.get(who) or self.operator


WAYS = ("straight", "straight", "returned", "declined", "withdrawn", "machine", "machine")


def steps(way: str) -> Iterator[Step]:
    """One ticket's way, step by step: who, method, the events it makes, arguments."""
    yield "operator", "submit_suggestion", ["ticket_submitted"], {}
    taken = ["ticket_accepted", "ticket_assigned"]
    if way in ("declined", "machine"):
        yield "operator", "accept_ticket", ["ticket_accepted"], {"note": _TEXT}
        taken = ["ticket_assigned"]
    if way == "declined":
        yield "operator", "decline_ticket", ["ticket_declined"], {"reason": _TEXT}
        return
    lead = MACHINE if way == "machine" else UNIT
    yield "operator", "assign_ticket", taken, {"lead": lead}
    if way == "withdrawn":
        yield "operator", "withdraw_ticket", ["ticket_withdrawn"], {"reason": _TEXT}
    elif way == "returned":
        yield UNIT, "return_ticket", ["ticket_returned"], {"reason": _TEXT}
        yield "operator", "assign_ticket", ["ticket_assigned"], {"lead": SECOND_UNIT}
        yield SECOND_UNIT, "reply_ticket", ["ticket_replied"], {"text": _TEXT}
    elif way == "straight":
        yield UNIT, "claim_ticket", ["ticket_claimed"], {}
        yield UNIT, "reply_ticket", ["ticket_replied"], {"text": _TEXT}
        yield "operator", "close_ticket", ["ticket_closed"], {}


class Clerk(threading.Thread):
    """A client that carries tickets along until it has sent its share of commands.

    Without a `machine` it assigns nothing to one, and it never goes away before it has its answer.
    """

    def __init__(
        self, seed: int, share: int, uri: str, tokens: Tokens, history: History, *, machine: bool = True
    ) -> None:
        super().__init__(daemon=True)
        self._machine = machine
        name = f"clerk-{seed}"
        self._client = RpcClient(uri)
        self._rng = random.Random(seed)
        self._caller = Caller(name, self._client, history, self._rng)
        self._left = share
        self._tokens = tokens

    def run(self) -> None:
        with self._client:
            while self._left > 0:
                self._carry()

    def stop(self) -> None:
        """Send nothing more after the command at hand."""
        self._left = 0

    def _carry(self) -> None:
        ticket_id, lease = None, None
        way = self._rng.choice(WAYS if self._machine else WAYS[:-2])
        for who, method, makes, arguments in steps(way):
            if self._left <= 0:
                return
            self._left -= 1
            entry = self._step(who, method, makes, _given(method, arguments, ticket_id, lease))
            if entry.answer is None:
                return  # nobody knows how the ticket stands
            ticket_id = entry.answer["ticket_id"]
            entry.ticket_id = ticket_id
            lease = entry.answer.get("lease_token")

    def _step(self, who: str, method: str, makes: list[str], given: dict[str, Any]) -> Entry:
        token = self._tokens.of(who)
        gives_up = self._machine and self._rng.random() < _GOES_AWAY
        entry = self._caller.do(token, method, makes, gives_up=gives_up, **given)
        if entry.answer is not None and self._rng.random() < _SENDS_AGAIN:
            self._caller.again(token, entry, **given)
        return entry


def _given(method: str, arguments: dict[str, Any], ticket_id: str | None, lease: int | None) -> dict[str, Any]:
    if ticket_id is None:
        return {"institution": SCHOOL, "channel": CHANNEL, "title": _TEXT, "body": _TEXT}
    token = {"lease_token": lease} if lease is not None and method == "reply_ticket" else {}
    return {"ticket_id": ticket_id, **arguments, **token}


class Machine(threading.Thread):
    """The department's system: takes an offer, claims, acknowledges, replies; now and then gives one back."""

    def __init__(self, seed: int, uri: str, tokens: Tokens, history: History) -> None:
        super().__init__(name="machine", daemon=True)
        self._uri = uri
        self._client = RpcClient(uri)
        self._rng = random.Random(seed)
        self._caller = Caller("machine", self._client, history, self._rng)
        self._token = tokens.of(MACHINE)
        self._stopping = threading.Event()
        self.taken = 0

    def stop(self) -> None:
        self._stopping.set()

    def run(self) -> None:
        with self._client:
            while not self._stopping.is_set():
                # Whatever a broken connection raises: a department's system connects anew.
                with suppress(Exception), Connection(self._uri, connect_timeout=2) as connection:
                    self._work(Queue(QUEUE, no_declare=True)(connection.channel()))
                self._stopping.wait(0.2)

    def _work(self, queue: Queue) -> None:
        while not self._stopping.is_set():
            message = queue.get(no_ack=False)
            if message is None:
                self._stopping.wait(0.05)
                continue
            self._serve(json.loads(message.body)["ticket_id"], message.ack)

    def _serve(self, ticket_id: str, acknowledge: Callable[[], None]) -> None:
        self.taken += 1
        outdated = ("wrong_state", "lease_held", "not_found")
        claim = self._do("claim_ticket", ["ticket_claimed"], outdated, ticket_id=ticket_id)
        broken = None
        try:
            acknowledge()
        except Exception as fault:  # noqa: BLE001 - the lease is ours, whatever became of the message
            broken = fault
        if claim.answer is not None:
            lease = claim.answer["lease_token"]
            if self._rng.random() < _GIVES_BACK:
                self._do("release_ticket", ["ticket_released"], ticket_id=ticket_id, lease_token=lease)
            else:
                reply = {"ticket_id": ticket_id, "text": _TEXT, "lease_token": lease}
                self._do("reply_ticket", ["ticket_replied"], **reply)
        if broken is not None:
            raise broken

    def _do(self, method: str, makes: list[str], expected: tuple[str, ...] = (), **arguments: Any) -> Entry:
        return self._caller.do(self._token, method, makes, expected=expected, **arguments)
