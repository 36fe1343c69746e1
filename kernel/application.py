"""The working side of a service: routes, one door for identity, schema and idempotency, and the batch.

Order of questions for every call: who is it, are the words right, was it done before, may they, does the
lifecycle allow it. A refusal at any of them changes nothing and is not stored.
"""

from __future__ import annotations

import json
import logging
import random
import threading
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import orjson
from sqlalchemy.exc import OperationalError

from kernel import canonical
from kernel.log.steps import Steps
from kernel.log.store import Conflict, LogStore, StoredCommand, StoreGone
from kernel.log.work import Overlay, Work
from kernel.refusals import CommandReused, InvalidInput, Refusal, StaleVersion, Unavailable
from kernel.trouble import internal_error

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kernel.identity.access import AccessTable
    from kernel.identity.actor import Actor
    from kernel.identity.tokens import Authenticator
    from kernel.keys.keyring import KeyRing
    from kernel.runtime.calls import Call

_log = logging.getLogger(__name__)
Answer = dict[str, Any]
# How often a command is decided anew because its ticket moved on meanwhile, before its caller hears of it.
_TRIES = 5
# A question rests on no version: whoever asks at the same moment is only waited for.
_QUESTION_TRIES, _LONGEST_PAUSE = 60, 0.02


class Schema(Protocol):
    """Turns arguments as they came into a clean dictionary, or raises `InvalidInput`."""

    def read(self, arguments: Mapping[str, Any]) -> Answer:
        """The clean arguments."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What a command wants read before it decides: stream ids, and keys of live rows by table."""

    streams: Sequence[str] = ()
    rows: Mapping[str, Sequence[str]] | None = None


@dataclass(frozen=True, slots=True)
class CommandRoute:
    """A command: its schema, what it reads, its scope and its handler.

    `scope` raises `NotFound` where what the command is about lies outside the caller's scope. `reveal` adds
    to an answer what must not be stored with it (a receipt), each time it is given. `reads`: a question whose
    asking is recorded; it is given an id of its own, and its answer is in no table.
    """

    schema: Schema
    needs: Callable[[Answer], Needs]
    scope: Callable[[Work, Answer], None]
    handle: Callable[[Work, Answer], Answer]
    reveal: Callable[[Answer, str], Answer] | None = None
    reads: bool = False


@dataclass(frozen=True, slots=True)
class QueryRoute:
    """A query: its schema and handler; the actor is `None` only for methods open to everybody."""

    schema: Schema
    handle: Callable[[Actor | None, Answer], Any]


@dataclass(frozen=True, slots=True)
class _Ready:
    place: int
    call: Call
    route: CommandRoute
    actor: Actor
    command_id: str
    arguments: Answer
    needs: Needs
    subject: str
    request_hash: bytes


class ServiceApplication:
    """Runs a service's calls (`kernel.runtime.calls.Application`)."""

    def __init__(
        self,
        name: str,
        *,
        commands: Mapping[str, CommandRoute],
        queries: Mapping[str, QueryRoute],
        access: AccessTable,
        authenticator: Authenticator,
        store: LogStore,
        keys: KeyRing,
        request_key: bytes,
        unfinished: Sequence[Callable[[], None]] = (),
        on_close: Callable[[], None] = lambda: None,
    ) -> None:
        """Bind routes to one service's store, keys and access table.

        `unfinished`: steps that a process which ended behind a commit may have left.
        """
        self.name = name
        self.commands = frozenset(commands)
        self.queries = frozenset(queries)
        self._commands = commands
        self._queries = queries
        self._access = access
        self._authenticator = authenticator
        self._store = store
        self._keys = keys
        self._request_key = request_key
        self._on_close = on_close
        self._steps = Steps(store, unfinished)
        # The store has one connection; embedded callers come from several threads.
        self._lock = threading.Lock()

    def run_batch(self, calls: Sequence[Call]) -> list[Any | Refusal]:
        """An answer or refusal per call; what was done is committed on return."""
        outcomes: list[Any | Refusal] = [None] * len(calls)
        ready = []
        for place, call in enumerate(calls):
            try:
                ready.append(self._prepare(place, call))
            except Refusal as refusal:
                outcomes[place] = refusal
            except Exception as fault:  # noqa: BLE001 - one call's fault must not take its neighbours down
                outcomes[place] = internal_error(fault, call.method)
        with self._lock:
            if ready:
                self._attempt(ready, outcomes)
        return outcomes

    def run_query(self, call: Call) -> Any:
        """The answer; raises a `Refusal`, whatever happens."""
        try:
            return self._answer(self._queries[call.method], call)
        except Refusal:
            raise
        except (StoreGone, OperationalError) as fault:
            raise _unavailable(fault, call.method) from None
        except Exception as fault:  # noqa: BLE001 - its text may hold what it was about
            raise internal_error(fault, call.method) from None

    def _answer(self, route: QueryRoute, call: Call) -> Any:
        actor = None
        if not self._access.is_open(call.method):
            actor = self._authenticator.actor(call.context.get("auth_token"))
        answer = route.handle(actor, route.schema.read(call.arguments))
        if actor is not None:
            # Behind the handler, which knows the scope: what lies outside is not found, whatever the role.
            self._access.check(call.method, actor)
        return answer

    def close(self) -> None:
        """Give back connections and threads."""
        self._on_close()

    def _prepare(self, place: int, call: Call) -> _Ready:
        route = self._commands[call.method]
        actor = self._authenticator.actor(call.context.get("auth_token"))
        arguments = route.schema.read(call.arguments)
        request_hash = canonical.keyed_hash(self._request_key, call.method.encode(), _words(arguments))
        # Only ever compared, and with its own command alone: in clear, or the same for all that a subject did,
        # it would tell whoever reads the database who is behind a confidential submission.
        # Never among the arguments of a question: two pages of one list are one question.
        command_id = str(uuid.uuid4()) if route.reads else arguments["command_id"]
        # With the institution: people of two of them may be called alike.
        parts = (b"subject", command_id.encode(), actor.institution.encode(), actor.subject.encode())
        subject = canonical.keyed_hash(self._request_key, *parts).hex()
        needs = route.needs(arguments)
        return _Ready(place, call, route, actor, command_id, arguments, needs, subject, request_hash)

    def _attempt(self, ready: Sequence[_Ready], outcomes: list[Any | Refusal], tried: int = 1) -> None:
        try:
            overlay = self._read(ready)
            for one in ready:
                outcomes[one.place] = self._decide(one, overlay)
            if overlay.batch:
                self._steps.write(overlay.batch)
        except StoreGone as fault:
            for one in ready:
                outcomes[one.place] = _unavailable(fault, one.call.method)
        except Exception as fault:  # noqa: BLE001 - one call's fault must not take its neighbours down
            self._repeat(ready, outcomes, tried, fault)

    def _repeat(
        self, ready: Sequence[_Ready], outcomes: list[Any | Refusal], tried: int, fault: Exception
    ) -> None:
        first = ready[0]
        if len(ready) > 1:
            # One command's conflict undid the whole batch; each gets a commit of its own.
            for one in ready:
                self._attempt([one], outcomes)
        elif not isinstance(fault, Conflict):
            outcomes[first.place] = internal_error(fault, first.call.method)
        elif tried < (_QUESTION_TRIES if first.route.reads else _TRIES):
            if first.route.reads:
                time.sleep(random.uniform(0, min(tried / 1000, _LONGEST_PAUSE)))
            self._attempt(ready, outcomes, tried + 1)
        else:
            outcomes[first.place] = self._stale(first, fault)

    def _stale(self, one: _Ready, fault: Exception) -> Refusal:
        if one.route.reads:
            return _unavailable(fault, one.call.method)
        try:
            heads = self._store.view([], one.needs.streams, {}).streams.values()
        except StoreGone as gone:
            return _unavailable(gone, one.call.method)
        return StaleVersion({"version": max((head.version for head in heads), default=0)})

    def _read(self, ready: Sequence[_Ready]) -> Overlay:
        rows: dict[str, list[str]] = {}
        for one in ready:
            for table, keys in (one.needs.rows or {}).items():
                rows.setdefault(table, []).extend(keys)
        command_ids = [one.command_id for one in ready]
        stream_ids = [stream_id for one in ready for stream_id in one.needs.streams]
        return Overlay(self._store.view(command_ids, stream_ids, rows), self._store)

    def _decide(self, one: _Ready, overlay: Overlay) -> Any | Refusal:
        command_id, method = one.command_id, one.call.method
        stored = overlay.command(command_id)
        if stored is not None:
            same = (one.subject, method, one.request_hash)
            if (stored.subject, stored.method, stored.request_hash) != same:
                return CommandReused()
            return self._revealed(one, orjson.loads(stored.answer))
        work = Work(
            overlay,
            service=self.name,
            actor=one.actor,
            command_id=command_id,
            keys=self._keys,
            traceparent=one.call.traceparent,
        )
        try:
            one.route.scope(work, one.arguments)
            self._access.check(method, one.actor)
            answer = one.route.handle(work, one.arguments)
        except Refusal as refusal:
            return refusal
        except (StoreGone, Conflict):
            raise
        except OperationalError as fault:
            return _unavailable(fault, method)
        except Exception as fault:  # noqa: BLE001 - one call's fault must not take its neighbours down
            return internal_error(fault, method)
        work.join(_stored(one, answer))
        return self._revealed(one, answer)

    def _revealed(self, one: _Ready, answer: Answer) -> Answer:
        return one.route.reveal(answer, one.command_id) if one.route.reveal else answer


def _stored(one: _Ready, answer: Answer) -> StoredCommand:
    kept = b"null" if one.route.reads else orjson.dumps(answer)
    return StoredCommand(one.subject, one.call.method, one.request_hash, kept)


def _unavailable(fault: Exception, method: str) -> Unavailable:
    # Only the class: a database's message quotes what it was asked to write.
    _log.warning("%s waits: %s", method, type(fault.__cause__ or fault).__name__)
    return Unavailable()


def _words(arguments: Answer) -> bytes:
    """What a command asks for, as bytes that are only compared.

    Made of the clean arguments, so that spellings of one value are one command; null is left out, so that an
    optional argument that a later version adds makes no command of today another.
    """
    asked = {name: value for name, value in arguments.items() if name != "command_id" and value is not None}
    try:
        return orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        pass
    # Rows to import are read one by one later on, so here may stand what UTF-8 or 64 bits cannot hold.
    try:
        return json.dumps(asked, sort_keys=True).encode()
    except RecursionError:
        raise InvalidInput.of(rows="not_an_object") from None
