"""What the rig's clients did, kept by themselves: the checker believes this and the database, nothing else."""

from __future__ import annotations

import json
import threading
import time
import uuid
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from kernel.refusals import DeadlinePassed, Refusal, Unavailable

if TYPE_CHECKING:
    import random
    from pathlib import Path

    from kernel.runtime.distributed.client import RpcClient

ONCE, PATIENCE = 4.0, 90.0
_PAUSE = 0.05


@dataclass
class Entry:
    """One command: who sent it, what it should make, and what became of it.

    `outcome`: `acknowledged` with the answer, the code of a refusal, or `unknown` when nobody answered.
    """

    client: str
    command_id: str
    method: str
    ticket_id: str | None
    makes: list[str]
    attempts: int = 0
    outcome: str = "unknown"
    answer: dict[str, Any] | None = None
    seconds: float = 0.0


@dataclass
class History:
    """All entries; safe for several threads. `write` puts them beside a failed run."""

    entries: list[Entry] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    acknowledged: int = 0

    def begin(self, entry: Entry) -> None:
        with self._lock:
            self.entries.append(entry)

    def end(self, entry: Entry) -> None:
        with self._lock:
            self.acknowledged += entry.outcome == "acknowledged"

    def violated(self, what: str) -> None:
        with self._lock:
            self.violations.append(what)

    def with_outcome(self, outcome: str) -> list[Entry]:
        return [entry for entry in self.entries if entry.outcome == outcome]

    def write(self, path: Path) -> None:
        lines = [json.dumps(asdict(entry), ensure_ascii=False) for entry in self.entries]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


class Caller:
    """Sends commands, the same id again while the system is `unavailable`, and writes its history."""

    def __init__(self, name: str, client: RpcClient, history: History, rng: random.Random) -> None:
        self.name = name
        self.rng = rng
        self._client = client
        self._history = history

    def do(
        self,
        token: str,
        method: str,
        makes: list[str],
        *,
        expected: tuple[str, ...] = (),
        gives_up: bool = False,
        **arguments: Any,
    ) -> Entry:
        """Carry one command out. `expected`: refusals that are no violation; `gives_up`: never ask twice."""
        command_id = str(uuid.UUID(int=self.rng.getrandbits(128), version=4))
        entry = Entry(self.name, command_id, method, arguments.get("ticket_id"), makes)
        self._history.begin(entry)
        started = time.monotonic()
        while time.monotonic() - started < PATIENCE:
            entry.attempts += 1
            try:
                entry.answer = self._call(token, entry, arguments)
                entry.outcome = "acknowledged"
                break
            except (Unavailable, DeadlinePassed):
                if gives_up:
                    break
                time.sleep(_PAUSE * self.rng.uniform(0.5, 2))
            except Refusal as refusal:
                entry.outcome = refusal.code
                if refusal.code not in expected:
                    self._history.violated(f"{self.name} {method} {entry.command_id}: {refusal}")
                break
        entry.seconds = time.monotonic() - started
        self._history.end(entry)
        return entry

    def again(self, token: str, entry: Entry, **arguments: Any) -> None:
        """Send an acknowledged command once more: the answer must be the same."""
        try:
            answer = self._call(token, entry, arguments)
        except (Unavailable, DeadlinePassed):
            return
        except Refusal as refusal:
            self._history.violated(f"{entry.command_id} sent again is refused: {refusal}")
            return
        if answer != entry.answer:
            self._history.violated(f"{entry.command_id} sent again is answered otherwise")

    def _call(self, token: str, entry: Entry, arguments: dict[str, Any]) -> dict[str, Any]:
        given = {"command_id": entry.command_id, **arguments}
        context = {"auth_token": token}
        return self._client.call(f"feedback.{entry.method}", given, context=context, timeout=ONCE)
