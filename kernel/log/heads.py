"""The head of a log, and the file outside the database in which it is kept.

A database that is set back to an earlier state looks whole from inside; only a head that was written down
elsewhere shows that its tail is missing. One line a head: `{"at","epoch","keyed_hash","root","size"}`.
"""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson
from sqlalchemy import text

from kernel import canonical, instants
from kernel.merkle import EMPTY_ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

FIRST_EPOCH = 1
NOTE_EVERY = 0.5
_LONGEST_LINE = 1024


@dataclass(frozen=True, slots=True)
class Head:
    """What the log was when it had `size` events. An epoch ends only where a log had to be restored shorter."""

    epoch: int
    size: int
    root: bytes
    sealed_at: int
    keyed_hash: bytes

    def to_line(self) -> bytes:
        """The line of the file, with its end."""
        document = {
            "epoch": self.epoch,
            "size": self.size,
            "root": self.root.hex(),
            "at": instants.to_text(self.sealed_at),
            "keyed_hash": self.keyed_hash.hex(),
        }
        return canonical.encode(document) + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Head:
        """The head of a line; `ValueError` where it is not one."""
        try:
            document = orjson.loads(line)
            return cls(
                document["epoch"],
                document["size"],
                bytes.fromhex(document["root"]),
                instants.parse(document["at"]),
                bytes.fromhex(document["keyed_hash"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError("not a head") from error

    def is_genuine(self, head_key: bytes, service: str) -> bool:
        """Whether whoever made it held the key."""
        return self.keyed_hash == _keyed(head_key, service, self.root, (self.epoch, self.size, self.sealed_at))


def sign(head_key: bytes, service: str, epoch: int, size: int, root: bytes) -> Head:
    """The head of a log as of now."""
    sealed_at = instants.now()
    return Head(epoch, size, root, sealed_at, _keyed(head_key, service, root, (epoch, size, sealed_at)))


def _keyed(head_key: bytes, service: str, root: bytes, numbers: tuple[int, ...]) -> bytes:
    parts = (number.to_bytes(8, "big", signed=True) for number in numbers)
    return canonical.keyed_hash(head_key, b"head", service.encode(), root, *parts)


_CHECKPOINT = "SELECT epoch, size, root, sealed_at, keyed_hash FROM checkpoint ORDER BY size"
_OLDEST, _NEWEST = text(f"{_CHECKPOINT} LIMIT 1"), text(f"{_CHECKPOINT} DESC LIMIT 1")


def oldest(connection: Connection) -> Head | None:
    """The first sealed head in the database."""
    row = connection.execute(_OLDEST).one_or_none()
    return None if row is None else Head(*row)


def newest(connection: Connection) -> Head | None:
    """The last sealed head in the database; none where nothing was ever sealed."""
    row = connection.execute(_NEWEST).one_or_none()
    return None if row is None else Head(*row)


def current(connection: Connection) -> tuple[int, int, bytes]:
    """Epoch, size and root as of now, also of an empty log."""
    head = newest(connection)
    return (FIRST_EPOCH, 0, EMPTY_ROOT) if head is None else (head.epoch, head.size, head.root)


class HeadFile:
    """`{home}/heads/<service>.log`.

    Several processes may append to it: lines stand only nearly in order of size, and a head may stand twice.
    """

    def __init__(self, path: Path) -> None:
        """Nothing is read or made yet."""
        self.path = path
        self._noted: int | None = None

    @classmethod
    def of(cls, home: Path, service: str) -> HeadFile:
        """The file of a service in a data directory."""
        return cls(home / "heads" / f"{service}.log")

    def note(self, head: Head) -> bool:
        """Append the head unless it stands there already; answer whether it was appended."""
        if self._noted is None:
            last = self.last()
            self._noted = last.size if last else 0
        if head.size <= self._noted:
            return False
        self._append(head.to_line())
        self._noted = head.size
        return True

    def _append(self, line: bytes) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o640)
        try:
            # A line that a power cut tore must not swallow the next one. One write: appends do not interleave.
            os.write(descriptor, line if _ends_in_line(descriptor) else b"\n" + line)
            os.fdatasync(descriptor)
        finally:
            os.close(descriptor)

    def last(self) -> Head | None:
        """The last whole line's head."""
        if not self.path.exists():
            return None
        with self.path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _LONGEST_LINE))
            lines = file.read().split(b"\n")
        return next((head for head in map(_head_or_none, reversed(lines)) if head), None)

    def size(self) -> int:
        """How many bytes the file has now."""
        return self.path.stat().st_size if self.path.exists() else 0

    def heads_in(self, until: int) -> Iterator[Head]:
        """Every head in the first so many bytes of the file, in its order.

        What is no whole line proves nothing and is left out.
        """
        return self._heads(until) if until else iter(())

    def witnessed(self, until: int, head_key: bytes, service: str) -> int:
        """The largest size that a genuine head in the first so many bytes names; 0 where there is none."""
        largest = 0
        for head in self.heads_in(until):
            if head.size > largest and head.is_genuine(head_key, service):
                largest = head.size
        return largest

    def _heads(self, until: int) -> Iterator[Head]:
        with self.path.open("rb") as file:
            read = 0
            for line in file:
                read += len(line)
                if read > until:
                    return
                head = _head_or_none(line)
                if head is not None:
                    yield head


def _head_or_none(line: bytes) -> Head | None:
    try:
        return Head.from_line(line)
    except ValueError:
        return None


def _ends_in_line(descriptor: int) -> bool:
    size = os.fstat(descriptor).st_size
    return size == 0 or os.pread(descriptor, 1, size - 1) == b"\n"


class HeadNoter:
    """Notes the newest of the heads it is told, at most every so many seconds; safe for several threads.

    Under load a line for every sealed batch would be a megabyte a minute, and its flush to the disk would
    cost as much as the commit.
    """

    def __init__(self, file: HeadFile, every: float = NOTE_EVERY) -> None:
        """Seconds between two lines; the public promise is one second after the seal."""
        self._file = file
        self._every = every
        self._lock = threading.Lock()
        self._waiting: Head | None = None
        self._noted_at = -every

    def sealed(self, head: Head) -> None:
        """The log has this head; called after the commit."""
        with self._lock:
            if self._waiting is None or head.size > self._waiting.size:
                self._waiting = head
        self.flush_if_due()

    def flush_if_due(self) -> None:
        """Call it several times a second, or the last head of a busy time waits for the next one."""
        if self._waiting is not None and time.monotonic() - self._noted_at >= self._every:
            self.flush()

    def flush(self) -> None:
        """Note what was not noted yet; call it before the process ends."""
        with self._lock:
            if self._waiting is not None:
                self._file.note(self._waiting)
                self._waiting = None
                self._noted_at = time.monotonic()
