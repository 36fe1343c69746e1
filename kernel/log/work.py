"""The unit of work: one command's effect in the making, inside a batch that one commit makes durable.

A command that is refused leaves no trace in the batch; a later command of the batch sees what an earlier
one did, so several commands on one stream may share a commit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernel import canonical
from kernel.envelope import GENESIS, Event, event_hash
from kernel.identifiers import time_ordered
from kernel.log.store import Batch, EventRow, SetChange, StreamHead
from kernel.refusals import Erased

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from kernel.facts import Fact
    from kernel.identity.actor import Actor
    from kernel.keys.keyring import DataKey, KeyRing
    from kernel.log.store import LogStore, StoredCommand, View


class Overlay:
    """What the batch has read, with what it is going to write laid over it."""

    def __init__(self, view: View, store: LogStore) -> None:
        """Start with nothing to write."""
        self.view = view
        self._store = store
        self.batch = Batch(recorded_at=view.now)

    def load(self, stream_ids: Sequence[str], rows: Mapping[str, Sequence[str]]) -> None:
        """Read more; what was read before stays, so that the batch is decided on its oldest view."""
        more = self._store.view([], stream_ids, rows)
        self.view.streams = more.streams | self.view.streams
        for table, found in more.rows.items():
            self.view.rows[table] = found | self.view.rows.get(table, {})

    def command(self, command_id: str) -> StoredCommand | None:
        """The command of that id, stored before or earlier in this batch."""
        return self.batch.commands.get(command_id) or self.view.commands.get(command_id)

    def head(self, stream_id: str) -> StreamHead | None:
        """Where a stream stands now."""
        moved = self.batch.streams.get(stream_id)
        return moved[1] if moved else self.view.streams.get(stream_id)

    def row(self, table: str, key: str) -> dict[str, Any] | None:
        """A live row as it stands now."""
        return self.batch.rows.get(table, {}).get(key) or self.view.rows.get(table, {}).get(key)


class Work:
    """One command: reads through the overlay, collects events and rows, then joins the batch or is dropped."""

    def __init__(
        self,
        overlay: Overlay,
        *,
        service: str,
        actor: Actor,
        command_id: str,
        keys: KeyRing,
        traceparent: str | None = None,
    ) -> None:
        """Nothing is written before `join`."""
        self.actor = actor
        self.command_id = command_id
        self.keys = keys
        # What the handler made of rows, so that scope and decision read a row once.
        self.memory: dict[str, Any] = {}
        self._overlay = overlay
        self._service = service
        self._traceparent = traceparent
        self._heads: dict[str, StreamHead] = {}
        self._events: list[EventRow] = []
        self._rows: dict[str, dict[str, dict[str, Any]]] = {}
        self._sets: dict[str, SetChange] = {}
        self._afterwards: list[Callable[[], None]] = []

    def head(self, stream_id: str) -> StreamHead | None:
        """Where a stream stands, this command's own events included."""
        return self._heads.get(stream_id) or self._overlay.head(stream_id)

    def instant(self, stream_id: str | None = None) -> int:
        """The database's clock at the start of the batch, never before the stream's last event."""
        head = self.head(stream_id) if stream_id else None
        return max(self._overlay.view.now, head.recorded_at + 1) if head else self._overlay.view.now

    def row(self, table: str, key: str) -> dict[str, Any] | None:
        """A live row, this command's own changes included."""
        return self._rows.get(table, {}).get(key) or self._overlay.row(table, key)

    def load(self, stream_ids: Sequence[str], rows: Mapping[str, Sequence[str]]) -> None:
        """Read streams and rows that could not be named before the handler began."""
        self._overlay.load(stream_ids, rows)

    def moved(self, stream_id: str) -> bool:
        """Whether an earlier command of this batch wrote to the stream, which no query shows yet."""
        return stream_id in self._overlay.batch.streams

    def put(self, table: str, key: str, row: dict[str, Any]) -> None:
        """Write a live row; the last one of a key wins."""
        self._rows.setdefault(table, {})[key] = row

    def change_set(self, table: str, change: SetChange) -> None:
        """Add rows to a set table and take others out."""
        self._sets.setdefault(table, SetChange()).then(change)

    def afterwards(self, step: Callable[[], None]) -> None:
        """Do something outside the database once this is committed.

        It may be done again, and late; and where nobody knows whether this was committed: so it goes by what it
        finds committed itself.
        """
        self._afterwards.append(step)

    def hold(self, stream_id: str) -> None:
        """Make the batch fail if the stream moves before the commit, without adding an event to it."""
        head = self.head(stream_id)
        if head is not None:
            self._heads.setdefault(stream_id, head)

    def record(
        self,
        stream_id: str,
        institution: str,
        facts: Iterable[Fact],
        *,
        key: DataKey | None,
        identity_key: DataKey | None = None,
        policy: str | None = None,
        sealed_actor: bool = False,
    ) -> list[Event]:
        """Append facts to a stream as events: numbered, sealed with the given keys, chained by hash.

        `Erased` where there is text and no key.
        """
        fixed = {
            "institution": institution,
            "actor": "sealed" if sealed_actor else self.actor.label,
            "policy": policy,
        }
        events = []
        for fact in facts:
            event_id = time_ordered()
            sealed = _sealed(fact.texts, key, event_id)
            sealed |= _sealed(fact.identities, identity_key or key, event_id)
            events.append(self._append(stream_id, fact, event_id, {**fact.data, **sealed}, fixed))
        return events

    def last_hash(self, stream_id: str) -> str | None:
        """The hash of a stream's newest event in hex: the receipt a caller can check the log by."""
        head = self.head(stream_id)
        return head.head_hash.hex() if head else None

    def join(self, command: StoredCommand) -> None:
        """Make this command part of the batch."""
        batch = self._overlay.batch
        batch.commands[self.command_id] = command
        for stream_id, head in self._heads.items():
            moved = batch.streams.get(stream_id)
            known = self._overlay.view.streams.get(stream_id)
            base = moved[0] if moved else (known.version if known else 0)
            batch.streams[stream_id] = (base, head)
        batch.events += self._events
        batch.afterwards += self._afterwards
        for table, rows in self._rows.items():
            batch.rows.setdefault(table, {}).update(rows)
        for table, change in self._sets.items():
            batch.sets.setdefault(table, SetChange()).then(change)

    def _append(
        self, stream_id: str, fact: Fact, event_id: str, data: dict[str, Any], fixed: dict[str, Any]
    ) -> Event:
        head = self.head(stream_id)
        recorded_at = self.instant(stream_id)
        event = Event(
            event_id=event_id,
            service=self._service,
            name=fact.name,
            schema_version=fact.schema_version,
            stream_id=stream_id,
            stream_version=head.version + 1 if head else 1,
            occurred_at=recorded_at if fact.occurred_at is None else fact.occurred_at,
            recorded_at=recorded_at,
            command_id=self.command_id,
            data=data,
            traceparent=self._traceparent,
            **fixed,
        )
        self._chain(event, head.head_hash if head else GENESIS)
        return event

    def _chain(self, event: Event, previous: bytes) -> None:
        body = canonical.encode(event.cloud_event())
        digest = event_hash(previous, body)
        self._heads[event.stream_id] = StreamHead(
            event.institution, event.stream_version, digest, event.recorded_at
        )
        self._events.append(
            EventRow(
                event_id=event.event_id,
                stream_id=event.stream_id,
                stream_version=event.stream_version,
                command_id=event.command_id,
                name=event.name,
                recorded_at=event.recorded_at,
                body=body,
                prev_hash=previous,
                event_hash=digest,
            )
        )


def _sealed(texts: Mapping[str, str], key: DataKey | None, event_id: str) -> dict[str, dict[str, str]]:
    if not texts:
        return {}
    if key is None:
        # What cannot be kept secret is not kept at all.
        raise Erased
    return {name: key.seal(text, event_id, name) for name, text in texts.items()}
