"""Letters on their way to the service: in chunks, each of which may be sent again without harm.

Two things make a broken connection harmless. A chunk's command id is derived from the run and the chunk's
number, so a chunk whose answer was lost is sent again under the same id and answered as the first time. And a
row is known by (institution, channel, number), so after a break the same file again imports what is missing and
counts the rest as duplicates.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from apps.cli.letters.mailbox import Mailbox, read_mailbox
from apps.cli.letters.refusals import ImportInterrupted
from apps.cli.letters.report import check_report, write_report
from apps.cli.letters.rows import Letter, RowFault
from kernel import instants
from kernel.refusals import Refusal, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    Call = Callable[[str, dict[str, Any]], dict[str, Any]]

# A request may be 1 MiB; the rest of it is the envelope, the token and escapes of the transport.
CHUNK_BYTES = 700 * 1024
CHUNK_ROWS = 500
# A restart of the service or the broker takes seconds; longer is an outage, and the user should hear of it.
PAUSES = (0.2, 1.0, 3.0)


def import_letters(
    call: Call,
    path: Path,
    institution: str,
    channel: str,
    *,
    dry_run: bool,
    report: Path | None,
    notice: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Import a mailbox and answer as docs/interface.md, `import letters`, says.

    `{"batch": id or null, "rows", "imported", "duplicates", "refused", "errors": [{"row","column","code",
    "message"}]}`, errors by row; `refused` counts rows. On a dry run `imported` is what would be. `report` is
    written on every run, so that an older one is never taken for it. `notice` takes a Chinese sentence for the
    person who looks on (columns that were ignored).

    Refuses the workbook as `read_mailbox` does; passes on what the service refuses; `UnwritableReport`;
    `ImportInterrupted` when the service stops answering.
    """
    if report is not None:
        check_report(path, report)
    mailbox = read_mailbox(path, instants.now())
    if mailbox.ignored and notice is not None:
        notice(f"以下列与信件无关，未导入：{'、'.join(mailbox.ignored)}")
    run = _Run(call, institution, channel, dry_run=dry_run)
    run.send(mailbox)
    faults = sorted([*mailbox.faults, *run.faults], key=lambda fault: fault.row)
    if report is not None:
        write_report(path, faults, report)
    return {
        "batch": str(run.batch) if run.imported and not dry_run else None,
        "rows": mailbox.total,
        "imported": run.imported,
        "duplicates": mailbox.duplicates + run.duplicates,
        "refused": len({fault.row for fault in faults}),
        "errors": [{**fault._asdict(), "message": fault.message} for fault in faults],
    }


@dataclass(slots=True)
class _Run:
    """One run of the command: its batch, and what the service has acknowledged so far."""

    call: Call
    institution: str
    channel: str
    dry_run: bool = field(kw_only=True)
    batch: uuid.UUID = field(default_factory=uuid.uuid4)
    imported: int = 0
    duplicates: int = 0
    faults: list[RowFault] = field(default_factory=list)

    def send(self, mailbox: Mailbox) -> None:
        row_of = {letter.ref: letter.row for letter in mailbox.rows}
        for number, rows in enumerate(chunks(mailbox.rows)):
            answer = self._send_chunk(number, rows)
            self.imported += answer["imported"]
            self.duplicates += answer["duplicates"]
            for refused in answer["refused"]:
                header = mailbox.headers.get(refused.get("field") or "ref") or mailbox.headers["ref"]
                self.faults.append(RowFault(row_of[refused["ref"]], header, refused["code"]))

    def _send_chunk(self, number: int, rows: list[dict[str, Any]]) -> dict[str, Any]:
        """The service's answer to one chunk, asked again under the same command id while nobody answers."""
        arguments = {
            "command_id": str(uuid.uuid5(self.batch, str(number))),
            "institution": self.institution,
            "channel": self.channel,
            "batch": str(self.batch),
            "rows": rows,
            "dry_run": self.dry_run,
        }
        for pause in (*PAUSES, None):
            try:
                return self.call("feedback.import_letters", arguments)
            except (Unavailable, OSError) as fault:
                if pause is None:
                    raise self._interrupted(fault) from fault
                time.sleep(pause)
            except Refusal as refusal:
                if number:
                    raise self._interrupted(refusal) from refusal
                raise
        raise AssertionError("the last attempt returns or raises")

    def _interrupted(self, fault: Exception) -> ImportInterrupted:
        code = fault.code if isinstance(fault, Refusal) else Unavailable.code
        batch = None if self.dry_run else str(self.batch)
        done = {"imported": self.imported, "duplicates": self.duplicates}
        return ImportInterrupted({"batch": batch, **done, "code": code})


def chunks(letters: Sequence[Letter]) -> Iterator[list[dict[str, Any]]]:
    """Rows as the wire has them, at most `CHUNK_ROWS` and about `CHUNK_BYTES` of JSON at a time."""
    chunk: list[dict[str, Any]] = []
    size = 0
    for letter in letters:
        row = on_the_wire(letter)
        length = len(orjson.dumps(row)) + 1
        if chunk and (len(chunk) == CHUNK_ROWS or size + length > CHUNK_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(row)
        size += length
    if chunk:
        yield chunk


def on_the_wire(letter: Letter) -> dict[str, Any]:
    """A letter as `feedback.import_letters` takes it: instants as RFC 3339 text, no row number."""
    row = letter._asdict()
    del row["row"]
    row["received_at"] = instants.to_text(letter.received_at)
    row["replied_at"] = None if letter.replied_at is None else instants.to_text(letter.replied_at)
    return row
