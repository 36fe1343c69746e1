"""Letters on their way to the service, and what is told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apps.cli.letters.columns import LAYOUT
from apps.cli.letters.mailbox import Mailbox, read_mailbox
from apps.cli.workbooks.faults import RowFault
from apps.cli.workbooks.report import check_report, write_report
from apps.cli.workbooks.sending import Delivery
from kernel import instants

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from apps.cli.letters.rows import Letter
    from apps.cli.workbooks.sending import Call


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
    common = {"institution": institution, "channel": channel}
    delivery = Delivery(call, "feedback.import_letters", common, dry_run=dry_run)
    counts = {"imported": 0, "duplicates": 0}
    faults = sorted([*mailbox.faults, *_send(delivery, mailbox, counts)], key=lambda fault: fault.row)
    if report is not None:
        write_report(path, LAYOUT, faults, report)
    return {
        "batch": str(delivery.batch) if counts["imported"] and not dry_run else None,
        "rows": mailbox.total,
        "imported": counts["imported"],
        "duplicates": mailbox.duplicates + counts["duplicates"],
        "refused": len({fault.row for fault in faults}),
        "errors": [fault.told() for fault in faults],
    }


def _send(delivery: Delivery, mailbox: Mailbox, counts: dict[str, int]) -> list[RowFault]:
    """What the service refuses, by the row and the header of the file."""
    row_of = {letter.ref: letter.row for letter in mailbox.rows}
    faults = []
    for answer in delivery.send(map(on_the_wire, mailbox.rows), counts):
        for refused in answer["refused"]:
            header = mailbox.headers.get(refused.get("field") or "ref") or mailbox.headers["ref"]
            faults.append(RowFault(row_of[refused["ref"]], header, refused["code"]))
    return faults


def on_the_wire(letter: Letter) -> dict[str, Any]:
    """A letter as `feedback.import_letters` takes it: instants as RFC 3339 text, no row number."""
    row = letter._asdict()
    del row["row"]
    row["received_at"] = instants.to_text(letter.received_at)
    row["replied_at"] = None if letter.replied_at is None else instants.to_text(letter.replied_at)
    return row
