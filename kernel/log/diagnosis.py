"""From a row that does not fit to the one thing that was done to it.

A single change shows in many places: the hash, the next event of the stream, every later root. What the
first finding explains is not reported again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from kernel import envelope, instants
from kernel.merkle import Frontier, leaf_hash
from kernel.refusals import sentence

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

MOST_FAULTS = 1000
# What is told of an event by its position has another sentence where the event has none yet.
_SEALED = frozenset(
    {"changed_event", "changed_columns", "changed_link", "broken_chain", "missing_versions", "missing_event"}
)


@dataclass(slots=True)
class Fault:
    """One finding. `detail` chooses the sentence; positions count from 1, none for what is not sealed."""

    kind: str
    detail: str
    position: int | None
    stream: str | None = None
    event_id: str | None = None
    other: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """`{"kind","position","stream","event_id","message"}`."""
        detail = f"{self.detail}_unsealed" if self.position is None and self.detail in _SEALED else self.detail
        message = sentence("log", detail, position=self.position, stream=self.stream or "", other=self.other)
        return {
            "kind": self.kind,
            "position": self.position,
            "stream": self.stream,
            "event_id": self.event_id,
            "message": message,
        }


@dataclass(frozen=True, slots=True)
class Stored:
    """One row of `event`, with the leaf that the log has at its position."""

    position: int | None
    leaf: bytes
    event_id: str
    stream_id: str
    stream_version: int
    command_id: str
    name: str
    recorded_at: int
    body: bytes
    prev_hash: bytes
    event_hash: bytes

    def document(self) -> dict[str, Any]:
        """The decoded body; empty where it is none of ours."""
        try:
            document = orjson.loads(self.body)
        except ValueError:
            return {}
        return document if isinstance(document, dict) else {}

    def columns_agree(self) -> bool:
        """Whether the columns say what the body says."""
        try:
            event = envelope.from_body(self.body)
        except (ValueError, KeyError, TypeError):
            return False
        return (
            event.event_id,
            event.stream_id,
            event.stream_version,
            event.command_id,
            event.name,
            instants.to_text(event.recorded_at),
        ) == (
            self.event_id,
            self.stream_id,
            self.stream_version,
            self.command_id,
            self.name,
            instants.to_text(self.recorded_at),
        )


Streams = dict[str, tuple[int, bytes]]
_START = (0, envelope.GENESIS)


@dataclass
class Diagnosis:
    """Collects faults; `streams` is the checker's own (version, hash) of each stream, put right here."""

    streams: Streams
    faults: list[Fault] = field(default_factory=list)
    # What the next event of a stream may be chained to although it was not seen: leaf -> why.
    loose: dict[bytes, Fault] = field(default_factory=dict)
    conflicts: dict[bytes, tuple[Fault, bytes]] = field(default_factory=dict)
    foreign: dict[str, tuple[Fault, str]] = field(default_factory=dict)
    rewritten: dict[str, bytes] = field(default_factory=dict)
    breaks: list[Fault] = field(default_factory=list)
    gaps: list[Fault] = field(default_factory=list)
    exchanges: tuple[int, ...] = ()
    cut: bool = False

    def _add(self, fault: Fault) -> Fault:
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(fault)
        return fault

    def bad_root(self, detail: str, position: int) -> None:
        """Something that was said about the tree of this size is not true of today's."""
        self._add(Fault("bad_root", detail, position))

    def missing_positions(self, first: int, last: int) -> None:
        """The log has no rows at these positions: one fault for all of them."""
        detail = "missing_position" if first == last else "missing_positions"
        fault = Fault("missing_event", detail, first, other=last)
        self.gaps += [self._add(fault)] * min(last + 1 - first, MOST_FAULTS)

    def missing_event(self, position: int | None, leaf: bytes, event_id: str) -> None:
        """The log names an event that is not there."""
        self.loose[leaf] = self._add(Fault("missing_event", "missing_event", position, event_id=event_id))

    def exchanged(self, one: int, other: int) -> None:
        """Two positions of the log were exchanged: with their right order the root is the stated one."""
        self.exchanges += (one, other)
        self._add(Fault("swapped_events", "swapped_positions", one, other=other))

    def withdraw_tears(self, stream_ids: Container[str]) -> None:
        """Streams whose events were exchanged look torn to whoever reads by position."""
        for fault in list(self.faults):
            if fault.kind == "broken_chain" and fault.stream in stream_ids:
                self._withdraw(fault)

    def cut_tail(self, size: int, stated: int) -> None:
        """The log once had `stated` events and has `size`."""
        self.cut = True
        self._add(Fault("cut_tail", "cut_tail", size + 1, other=stated))

    def judge(self, row: Stored) -> None:
        """Name what is wrong with a row that does not fit, and let its stream go on behind it."""
        hash_fits = envelope.event_hash(row.prev_hash, row.body) == row.event_hash
        leaf_fits = leaf_hash(row.event_hash) == row.leaf
        if hash_fits and leaf_fits and row.columns_agree():
            self._judge_place(row)
        elif hash_fits and leaf_fits:
            self._judge_columns(row)
        elif leaf_fits:
            self._judge_body(row)
        else:
            self._judge_rewritten(row, hash_fits=hash_fits)

    def _judge_place(self, row: Stored) -> None:
        """Only its place is wrong: it does not follow what stood before it in its stream."""
        version, _ = self.streams.get(row.stream_id, _START)
        cause = self.loose.get(leaf_hash(row.prev_hash))
        if cause is not None:
            cause.stream = cause.stream or row.stream_id
        else:
            detail = "broken_chain" if row.stream_version <= version + 1 else "missing_versions"
            fault = Fault("broken_chain", detail, row.position, row.stream_id, row.event_id)
            self.breaks.append(self._add(fault))
        self.streams[row.stream_id] = (row.stream_version, row.event_hash)

    def _judge_columns(self, row: Stored) -> None:
        document = row.document()
        fault = Fault("changed_event", "changed_columns", row.position, row.stream_id, row.event_id)
        self._note_foreign(self._add(fault), document)
        stream, version = document.get("subject"), document.get("streamversion")
        if isinstance(stream, str) and isinstance(version, int):
            self.streams[stream] = (version, row.event_hash)

    def _judge_body(self, row: Stored) -> None:
        _, previous = self.streams.get(row.stream_id, _START)
        if envelope.event_hash(previous, row.body) == row.event_hash:
            kind, detail = "broken_chain", "changed_link"
        else:
            kind, detail = "changed_event", "changed_event"
        fault = self._add(Fault(kind, detail, row.position, row.stream_id, row.event_id))
        self._note_foreign(fault, row.document())
        self.streams[row.stream_id] = (row.stream_version, row.event_hash)

    def _judge_rewritten(self, row: Stored, *, hash_fits: bool) -> None:
        computed = envelope.event_hash(row.prev_hash, row.body)
        if self.rewritten.get(row.stream_id) == row.prev_hash and hash_fits:
            # Somebody changed an earlier event and carried the chain on from it.
            self.rewritten[row.stream_id] = row.event_hash
            self.loose[row.leaf] = self.loose.get(row.leaf) or self.faults[-1]
            return
        fault = self._add(Fault("changed_event", "changed_event", row.position, row.stream_id, row.event_id))
        if leaf_hash(computed) == row.leaf:
            self.streams[row.stream_id] = (row.stream_version, computed)
            return
        self._note_foreign(fault, row.document())
        self.loose[row.leaf] = fault
        self.conflicts[row.leaf] = (fault, leaf_hash(computed))
        version, previous = self.streams.get(row.stream_id, _START)
        if hash_fits and (row.stream_version, row.prev_hash) == (version + 1, previous):
            self.rewritten[row.stream_id] = row.event_hash
            self.streams[row.stream_id] = (row.stream_version, row.event_hash)

    def _note_foreign(self, fault: Fault, document: dict[str, Any]) -> None:
        """Remember whose body this is, should it be another event's."""
        owner = document.get("id")
        if fault.event_id and isinstance(owner, str) and owner != fault.event_id:
            self.foreign[fault.event_id] = (fault, owner)

    def explains(self, before: Frontier, leaves: list[bytes], root: bytes) -> bool:
        """Whether changes already found among these leaves explain that their root is not the stated one.

        Where only leaves were changed, the events' own leaves give the stated root.
        """
        found = [leaf for leaf in leaves if leaf in self.conflicts]
        tree = before.copy()
        tree.extend([self.conflicts[leaf][1] if leaf in self.conflicts else leaf for leaf in leaves])
        if found and tree.root() == root:
            for leaf in found:
                fault, _ = self.conflicts.pop(leaf)
                fault.kind, fault.detail = "bad_root", "other_leaf"
        return bool(found)

    def stream_row(self, stream_id: str, version: int, head_hash: bytes) -> None:
        """A row of `stream` against the stream's last event."""
        if self.streams.pop(stream_id, None) == (version, head_hash):
            return
        cause = self.loose.get(leaf_hash(head_hash))
        if cause is not None:
            cause.stream = cause.stream or stream_id
            return
        self._add(Fault("broken_chain", "stream_head", None, stream_id))

    def finish(self, orphans: Iterable[tuple[str, str]]) -> list[Fault]:
        """All faults by position; `orphans` are (event id, stream) neither sealed nor about to be."""
        self._pair_swapped()
        lost = list(orphans)
        if len(lost) == len(self.gaps) == 1:
            self.gaps[0].event_id, self.gaps[0].stream = lost[0]
        self._withdraw_consequences({stream_id for _, stream_id in lost})
        if not self.cut and len(lost) > len(self.gaps):
            for event_id, stream_id in lost:
                self._add(Fault("unsealed_gap", "unsealed_gap", None, stream_id, event_id))
        return sorted(self.faults, key=lambda fault: (fault.position is None, fault.position or 0))

    def _withdraw_consequences(self, torn: set[str]) -> None:
        """Faults that follow from events that are lost: a stream goes on behind a hole, or ends before it."""
        nameless = [fault for fault in self.gaps if fault.stream is None]
        for fault in self.breaks:
            if fault.stream in torn:
                self._withdraw(fault)
            elif fault.detail == "missing_versions" and nameless:
                nameless.pop().stream = fault.stream
                self._withdraw(fault)
        named = {fault.stream for fault in self.faults if fault.detail != "stream_head"}
        for fault in [each for each in self.faults if each.detail == "stream_head"]:
            if self.cut or self.gaps or fault.stream in named | torn:
                self._withdraw(fault)

    def _withdraw(self, fault: Fault) -> None:
        self.faults = [each for each in self.faults if each is not fault]

    def _pair_swapped(self) -> None:
        for leaf, (fault, own) in list(self.conflicts.items()):
            other, owned = self.conflicts.get(own, (fault, b""))
            if owned == leaf and other is not fault:
                self._merge(fault, other)
        for event_id, (fault, owner) in list(self.foreign.items()):
            other, owned_id = self.foreign.get(owner, (fault, ""))
            if owned_id == event_id and other is not fault:
                self._merge(fault, other)

    def _merge(self, one: Fault, other: Fault) -> None:
        first, second = sorted((one, other), key=lambda fault: fault.position or 0)
        if any(each is second for each in self.faults):
            first.kind, first.detail, first.other = "swapped_events", "swapped_events", second.position
            self._withdraw(second)
