"""Rows on their way to a service: in chunks, each of which may be sent again without harm.

Two things make a broken connection harmless. A chunk's command id is derived from the run and the chunk's
number, so a chunk whose answer was lost is sent again under the same id and answered as the first time. And a
row is known to the service by its number, so after a break the same file again imports what is missing.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from apps.cli.workbooks.refusals import ImportInterrupted
from kernel.refusals import Refusal, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Call = Callable[[str, dict[str, Any]], dict[str, Any]]
    Row = dict[str, Any]

# A request may be 1 MiB; the rest of it is the envelope, the token and escapes of the transport.
CHUNK_BYTES = 700 * 1024
CHUNK_ROWS = 500
# A restart of the service or the broker takes seconds; longer is an outage, and the user should hear of it.
PAUSES = (0.2, 1.0, 3.0)


@dataclass(slots=True)
class Delivery:
    """One run of an import: the command, what all its chunks have in common, and its batch."""

    call: Call
    method: str
    common: dict[str, Any]
    dry_run: bool = field(kw_only=True)
    batch: uuid.UUID = field(default_factory=uuid.uuid4)

    def send(self, rows: Iterable[Row], counts: dict[str, int]) -> Iterator[dict[str, Any]]:
        """The service's answer to each chunk; its figures are added to `counts`, which names them.

        What the service refuses of the first chunk is passed on: nothing was done. `ImportInterrupted` when it
        refuses a later one, or stops answering.
        """
        for number, chunk in enumerate(chunks(rows)):
            answer = self._send(number, chunk, counts)
            for name in counts:
                counts[name] += answer[name]
            yield answer

    def _send(self, number: int, rows: list[Row], counts: dict[str, int]) -> dict[str, Any]:
        """The answer to one chunk, asked again under the same command id while nobody answers."""
        arguments = {
            **self.common,
            "command_id": str(uuid.uuid5(self.batch, str(number))),
            "batch": str(self.batch),
            "rows": rows,
            "dry_run": self.dry_run,
        }
        for pause in (*PAUSES, None):
            try:
                return self.call(self.method, arguments)
            except (Unavailable, OSError) as fault:
                if pause is None:
                    raise self._interrupted(fault, counts) from fault
                time.sleep(pause)
            except Refusal as refusal:
                if number:
                    raise self._interrupted(refusal, counts) from refusal
                raise
        raise AssertionError("the last attempt returns or raises")

    def _interrupted(self, fault: Exception, counts: dict[str, int]) -> ImportInterrupted:
        code = fault.code if isinstance(fault, Refusal) else Unavailable.code
        batch = None if self.dry_run else str(self.batch)
        return ImportInterrupted({"batch": batch, **counts, "code": code})


def chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """At most `CHUNK_ROWS` and about `CHUNK_BYTES` of JSON at a time."""
    chunk: list[Row] = []
    size = 0
    for row in rows:
        length = len(orjson.dumps(row)) + 1
        if chunk and (len(chunk) == CHUNK_ROWS or size + length > CHUNK_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(row)
        size += length
    if chunk:
        yield chunk
