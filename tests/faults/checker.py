"""Whether a log is what its clients saw: plain SQL and hashes, no code of the product."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import psycopg

from tests.support.states import STATE_AFTER

if TYPE_CHECKING:
    from tests.faults.history import Entry, History

_TAG = b"zhitongche-event-1\n"
_LOG = (
    "SELECT entry.position, event.event_id, event.stream_id, event.stream_version, event.command_id,"
    " event.name, event.body, event.prev_hash, event.event_hash"
    " FROM event LEFT JOIN log_entry AS entry USING (event_id) ORDER BY entry.position"
)


class Checker:
    """Reads a feedback database once; each question answers sentences, none where all is well."""

    @classmethod
    def of(cls, url: str) -> Checker:
        """Of a database by its URL."""
        with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://")) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            return cls(connection)

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        """Read in the connection's transaction."""

        def rows(query: str) -> list[tuple[Any, ...]]:
            return connection.execute(query).fetchall()

        self.log = rows(_LOG)
        self.entries = rows("SELECT position, event_id FROM log_entry ORDER BY position")
        self.unsealed = rows("SELECT event_id FROM unsealed")
        self.commands = {command_id for (command_id,) in rows("SELECT command_id FROM command")}
        self.streams = {
            key: tuple(rest) for key, *rest in rows("SELECT stream_id, version, head_hash FROM stream")
        }
        self.states = dict(rows("SELECT 'ticket/' || ticket_id, state FROM ticket"))
        self.relayed = rows("SELECT position FROM cursor WHERE consumer = 'relay'")
        self.waiting = rows("SELECT ticket_id FROM ticket WHERE state = 'assigned' AND lead = 'logistics'")
        self.made: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
        for _, _, stream, _, command_id, name, _, _, event_hash in self.log:
            self.made[command_id].append((stream, name, event_hash.hex()))

    def faults(self, history: History) -> list[str]:
        """Everything that is not as it must be."""
        return [
            *history.violations,
            *self.commands_wrong(history),
            *self.positions_wrong(),
            *self.chains_wrong(),
            *self.states_wrong(),
        ]

    def finished(self) -> bool:
        """Whether everything is sealed and relayed, and the machine has nothing left to answer."""
        return not self.unsealed and not self.waiting and self.relayed == [(len(self.log),)]

    def commands_wrong(self, history: History) -> list[str]:
        """Acknowledged: in the log exactly once. Unknown: whole or not at all. Refused: not at all."""
        found = [sentence for entry in history.entries for sentence in self._command_wrong(entry)]
        known = Counter(entry.command_id for entry in history.entries)
        found += [f"{command_id} was sent by nobody" for command_id in set(self.made) - set(known)]
        found += [f"{command_id} is stored and nobody sent it" for command_id in self.commands - set(known)]
        return found

    def _command_wrong(self, entry: Entry) -> list[str]:
        made = sorted(self.made.get(entry.command_id, []), key=lambda event: entry.makes.index(event[1]))
        names = [name for _, name, _ in made]
        stored = entry.command_id in self.commands
        what = f"{entry.client} {entry.method} {entry.command_id} ({entry.outcome}, {entry.attempts} attempts)"
        if entry.outcome == "acknowledged":
            if not stored or names != entry.makes:
                return [f"{what}: acknowledged, stored {stored}, in the log {names}"]
            answer = entry.answer or {}
            if made[-1][0] != f"ticket/{answer['ticket_id']}" or made[-1][2] != answer["event_hash"]:
                return [f"{what}: the log holds another event than was answered"]
            return []
        if entry.outcome == "unknown" and stored and names == entry.makes:
            return []
        return [f"{what}: stored {stored}, in the log {names}"] if stored or names else []

    def positions_wrong(self) -> list[str]:
        """Positions 1..N, each event at exactly one, nothing left to seal or to relay."""
        found = []
        count = len(self.log)
        if [position for position, _ in self.entries] != list(range(1, count + 1)):
            found.append(f"{count} events, and not the positions 1 to {count}")
        if {event_id for _, event_id in self.entries} != {row[1] for row in self.log}:
            found.append("the positions are not those of the events")
        if self.unsealed:
            found.append(f"{len(self.unsealed)} events are not sealed")
        if self.relayed != [(count,)]:
            found.append(f"relayed up to {self.relayed} of {count}")
        return found

    def chains_wrong(self) -> list[str]:
        """Versions 1, 2, 3 … of each stream in the order of positions, each with its predecessor's hash."""
        found = []
        heads: dict[str, tuple[int, bytes]] = defaultdict(lambda: (0, bytes(32)))
        for position, _, stream, version, _, _, body, prev_hash, event_hash in self.log:
            last, digest = heads[stream]
            if version != last + 1 or prev_hash != digest:
                found.append(f"{stream} {version} at {position} does not follow {last}")
            if hashlib.sha256(_TAG + prev_hash + body).digest() != event_hash:
                found.append(f"{stream} {version} does not have the hash of its body")
            heads[stream] = (version, event_hash)
        if dict(heads) != self.streams:
            found.append("the streams' heads are not those of their last events")
        return found

    def states_wrong(self) -> list[str]:
        """Every ticket stands where its last event left it, and the machine has answered all its own."""
        states: dict[str, str] = {}
        for _, _, stream, _, _, name, *_ in self.log:
            states[stream] = STATE_AFTER.get(name) or states[stream]
        found = [
            f"{stream} is {self.states.get(stream)}, its events say {states.get(stream)}"
            for stream in states.keys() | self.states.keys()
            if states.get(stream) != self.states.get(stream)
        ]
        return found + [f"{ticket_id} still waits for the machine" for (ticket_id,) in self.waiting]

    def copied_wrong(self, applied: list[tuple[str, str, str]]) -> list[str]:
        """What a consumer applied must be the log, in its order."""
        expected = [(row[1], row[2], row[5]) for row in self.log]
        if applied == expected:
            return []
        same = next(
            (i for i, pair in enumerate(zip(applied, expected, strict=False)) if pair[0] != pair[1]), None
        )
        return [f"the consumer applied {len(applied)} of {len(expected)} events, the first other one at {same}"]
