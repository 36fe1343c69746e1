"""The loop over every event of a log in order of positions.

Each event is hashed from its stored bytes, chained to its stream's previous one and compared with its
columns; what does not fit is fetched again and judged apart. Kept in memory is (version, hash) of each
stream: about 310 bytes a stream.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from operator import itemgetter
from struct import Struct
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import text

from kernel import envelope, instants
from kernel.log.diagnosis import Diagnosis, Stored, Streams
from kernel.log.tree_check import WHOLE, Stretch
from kernel.merkle import leaf_hash

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kernel.log.snapshot import Snapshot
    from kernel.log.tree_check import TreeCheck

_START = (0, envelope.GENESIS)
# One column of hashes and one of labels: a row of four columns is taken apart in half the time of one of
# eleven. The lengths keep a byte from moving between neighbours unseen.
_LABELS = (
    "event.event_id || '|' || event.stream_id || '|' || event.stream_version || '|' || event.command_id"
    " || '|zhitongche.{service}.' || event.name || '|' || event.recorded_at"
    " || '|' || length(event.prev_hash) || '|' || length(event.event_hash)"
)
_SEALED = (
    "SELECT entry.position, {hashes}, {labels}, event.body"
    " FROM log_entry AS entry LEFT JOIN event ON event.event_id = entry.event_id"
    " WHERE {stretch} ORDER BY entry.position"
)
_COLUMNS = (
    "event.stream_id, event.stream_version, event.command_id, event.name, event.recorded_at, event.body,"
    " event.prev_hash, event.event_hash"
)
_ENTRY = text(
    f"SELECT entry.position, entry.leaf_hash, entry.event_id, {_COLUMNS}"
    " FROM log_entry AS entry LEFT JOIN event ON event.event_id = entry.event_id"
    " WHERE entry.position = :position"
)
_LABELLED = itemgetter("id", "subject", "streamversion", "commandid", "type", "recordedtime")
_STREAMS = "SELECT version, head_hash, stream_id FROM stream"
_UNSEALED = (
    f"SELECT NULL, unsealed.event_hash, unsealed.event_id, {_COLUMNS}"
    " FROM unsealed LEFT JOIN event ON event.event_id = unsealed.event_id ORDER BY unsealed.seq"
)
_UNSEALED_TYPES = ("int8", "bytea", "text", "text", "int4", "text", "text", "int8", "bytea", "bytea", "bytea")

_HASHES_SIZE = 96
# Count of fields, then the version and the length of the head hash.
_STREAM_ROW = Struct(">hiii")
# Count of fields, then position, hashes and the length of the labels.
_FIELDS = Struct(f">hiqi{_HASHES_SIZE}si")

Row = tuple[int, bytes | None, str, bytes]


class Inspection:
    """One pass over a snapshot. `present` counts the events that were there, sealed or about to be."""

    def __init__(
        self, snapshot: Snapshot, dialect: str, service: str, diagnosis: Diagnosis, stretch: Stretch = WHOLE
    ) -> None:
        """Nothing is read yet."""
        self._stretch = stretch
        self._snapshot = snapshot
        self._dialect = dialect
        self._service = service
        self._diagnosis = diagnosis
        self._streams: Streams = diagnosis.streams
        self._leaves: list[bytes] = []
        self._whole = True
        self.present = 0
        self.size = 0

    def read_sealed(self, tree: TreeCheck) -> None:
        """Every position, and the tree at every size of which something was said."""
        streams, event_hash, loads = self._streams, envelope.event_hash, orjson.loads
        expected, boundary, moment, instant = self._stretch.after + 1, tree.boundary, "", 0
        for position, hashes, labels, body in self._rows():
            try:
                # What lies in `data` is in no column, and its hash says whether it is what was written: in
                # canonical bytes no text before it and no text behind it can hold these words unescaped.
                opening, _, rest = body.partition(b',"data":{')
                document = loads(opening + b"," + rest[rest.rfind(b'"datacontenttype":') :])
                event_id, stream, stated, command, kind, recorded = _LABELLED(document)
                version, previous = streams.get(stream) or self._opening(stream, document, hashes)
                version += 1
                # Events of one transaction share it.
                if recorded != moment:
                    moment, instant = recorded, _minute(recorded[:17]) + int(recorded[17:19] + recorded[20:26])
                digest = event_hash(previous, body)
                leaf = sha256(b"\0" + digest).digest()
                fits = (
                    hashes == previous + digest + leaf
                    and stated == version
                    and labels == f"{event_id}|{stream}|{version}|{command}|{kind}|{instant}|32|32"
                    and position == expected
                )
            except (ValueError, TypeError, KeyError, AttributeError):
                fits = False
            if fits:
                streams[stream] = (version, digest)
                self._leaves.append(leaf)
            else:
                self._odd(tree, expected, position)
            if position >= boundary:
                self._reach(tree, position)
                boundary = tree.boundary
            expected = position + 1
        self.size = expected - 1
        self.present += self.size - self._stretch.after

    def _opening(self, _stream: str, _document: dict[str, Any], _hashes: bytes | None) -> tuple[int, bytes]:
        """What stands before the first event of a stream that is seen: nothing, at the log's beginning."""
        return _START

    def _rows(self) -> Iterator[Row]:
        labels = _LABELS.format(service=self._service)
        if self._dialect == "sqlite":
            return self._sqlite_rows(labels)
        hashes = "event.prev_hash || event.event_hash || entry.leaf_hash"
        query = _SEALED.format(hashes=hashes, labels=labels, stretch=self._stretch.condition("entry.position"))
        return map(_unpacked, self._snapshot.raw_rows(query))

    def _sqlite_rows(self, labels: str) -> Iterator[Row]:
        # SQLite's || makes text of bytes.
        hashes = "event.prev_hash, event.event_hash, entry.leaf_hash"
        query = _SEALED.format(hashes=hashes, labels=labels, stretch=self._stretch.condition("entry.position"))
        for position, previous, digest, leaf, label, body in self._snapshot.rows(query, ()):
            try:
                yield position, previous + digest + leaf, label, body
            except TypeError:
                yield position, None, label, body

    def _reach(self, tree: TreeCheck, size: int) -> None:
        """Have the tree checked at every boundary up to a size; behind a hole there may be several."""
        while tree.boundary <= size:
            boundary = tree.boundary
            tree.advance(self._leaves, boundary, whole=self._whole)
            self._leaves = []
            self._whole = boundary == size

    def _odd(self, tree: TreeCheck, expected: int, position: int) -> None:
        if position > expected:
            self._diagnosis.missing_positions(expected, position - 1)
            self.present -= position - expected
            self._whole = False
            self._reach(tree, position - 1)
        row = self._snapshot.connection.execute(_ENTRY, {"position": position}).one()
        self._leaves.append(_bytes(row.leaf_hash))
        if row.body is None:
            self._diagnosis.missing_event(position, _bytes(row.leaf_hash), row.event_id)
            self.present -= 1
            return
        self._take(_stored(tuple(row), _bytes(row.leaf_hash)))

    def read_unsealed(self) -> None:
        """Events that are committed and not numbered yet continue the same chains."""
        for row in self._snapshot.rows(_UNSEALED, _UNSEALED_TYPES):
            leaf = leaf_hash(_bytes(row[1]))
            if row[3] is None:
                self._diagnosis.missing_event(None, leaf, row[2])
            else:
                self.present += 1
                self._take(_stored(row, leaf))

    def stream_rows(self) -> Iterator[tuple[str, int, bytes]]:
        """(stream id, version, head hash) of every row of `stream`."""
        if self._dialect == "sqlite":
            for version, head_hash, stream_id in self._snapshot.rows(_STREAMS, ()):
                yield stream_id, version, _bytes(head_hash)
        for row in self._snapshot.raw_rows(_STREAMS) if self._dialect == "postgresql" else ():
            _, _, version, size = _STREAM_ROW.unpack_from(row)
            end = _STREAM_ROW.size + size
            yield row[end + 4 :].decode(), version, row[_STREAM_ROW.size : end]

    def _take(self, row: Stored) -> None:
        version, previous = self._streams.get(row.stream_id, _START)
        digest = envelope.event_hash(previous, row.body)
        in_place = (row.stream_version, row.prev_hash, row.event_hash) == (version + 1, previous, digest)
        if in_place and leaf_hash(digest) == row.leaf and row.columns_agree():
            self._streams[row.stream_id] = (row.stream_version, digest)
        else:
            self._diagnosis.judge(row)


@lru_cache(maxsize=16)
def _minute(beginning: str) -> int:
    """The instant at which a minute begins: neighbours share it, and the rest is cheaper to read."""
    return instants.parse(f"{beginning}00Z")


def _unpacked(row: bytes) -> Row:
    """The fields of a row of binary COPY: each is its length (-1 for null) and its bytes."""
    if len(row) > _FIELDS.size:
        _, _, position, size, hashes, length = _FIELDS.unpack_from(row)
        if size == _HASHES_SIZE and length >= 0:
            body = _FIELDS.size + length
            return position, hashes, row[_FIELDS.size : body].decode(), row[body + 4 :]
    return int.from_bytes(row[6:14], "big"), None, "", b""


def _stored(row: tuple[Any, ...], leaf: bytes) -> Stored:
    position, _, event_id, stream_id, version, command_id, name, recorded_at, body, previous, digest = row
    hashes = (_bytes(body), _bytes(previous), _bytes(digest))
    return Stored(position, leaf, event_id, stream_id, version, command_id, name, recorded_at, *hashes)


def _bytes(value: bytes | str | None) -> bytes:
    """SQLite keeps what it is given: a column of bytes may have been overwritten with text."""
    return value.encode() if isinstance(value, str) else bytes(value or b"")
