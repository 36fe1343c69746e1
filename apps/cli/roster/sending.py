"""A roster on its way to the registry, and what is told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apps.cli.roster.columns import FIELD_OF_FILE, LAYOUT
from apps.cli.roster.reading import Roster, read_roster
from apps.cli.roster.units import Units
from apps.cli.workbooks.faults import RowFault, SaidFault
from apps.cli.workbooks.report import check_report, write_report
from apps.cli.workbooks.sending import Delivery
from kernel import instants

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from apps.cli.workbooks.sending import Call

# Nobody works in a branch of the party: a roster's 所在单位 is never one.
_NO_WORKPLACE = "party_organisation"


def units_of(call: Call, institution: str) -> Units:
    """The units in which somebody may work; `NotFound` for an unknown institution."""
    items = call("registry.list_units", {"institution": institution})["items"]
    return Units(item for item in items if item["kind"] != _NO_WORKPLACE)


def import_roster(
    call: Call,
    path: Path,
    institution: str,
    *,
    dry_run: bool,
    report: Path | None,
    notice: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Import a roster and answer as docs/interface.md, `import roster`, says.

    `{"batch": id or null, "rows", "new", "changed", "unchanged", "refused", "errors": [{"row","column","code",
    "message"}], "changes": [{"row","verdict","fields"}]}`, both lists by row; `refused` counts rows. On a dry
    run the figures are what would be. `report` is written on every run, so that an older one is never taken for
    it. `notice` takes Chinese sentences for the person who looks on.

    Refuses the workbook as `read_roster` does; passes on what the service refuses; `UnwritableReport`;
    `ImportInterrupted` when the service stops answering.
    """
    if report is not None:
        check_report(path, report)
    units = units_of(call, institution)
    roster = read_roster(path, units, instants.shanghai(instants.now()).date())
    if notice is not None:
        for sentence in _notices(roster, units):
            notice(sentence)
    delivery = Delivery(call, "registry.import_roster", {"institution": institution}, dry_run=dry_run)
    counts = {"new": 0, "changed": 0, "unchanged": 0}
    changes: list[dict[str, Any]] = []
    faults = sorted([*roster.faults, *_send(delivery, roster, counts, changes)], key=lambda fault: fault.row)
    if report is not None:
        write_report(path, LAYOUT, faults, report)
    return {
        "batch": str(delivery.batch) if counts["new"] + counts["changed"] and not dry_run else None,
        "rows": roster.total,
        **counts,
        "refused": len({fault.row for fault in faults}),
        "errors": [fault.told() for fault in faults],
        "changes": changes,
    }


def _send(
    delivery: Delivery, roster: Roster, counts: dict[str, int], changes: list[dict[str, Any]]
) -> Iterator[RowFault]:
    """What the service refuses; what it would change or has changed is added to `changes`, in sheet order."""
    for answer in delivery.send(roster.rows, counts):
        changes += answer["changes"]
        yield from (_fault(roster, refused) for refused in answer["refused"])


def _fault(roster: Roster, refused: dict[str, Any]) -> RowFault:
    """What the service says of a field of the file, at the column that fills it."""
    field = str(refused.get("field") or "").partition(".")[0]
    header = roster.headers.get(FIELD_OF_FILE.get(field, field)) or roster.headers["staff_number"]
    fault = RowFault(refused["row"], header, refused["code"])
    return SaidFault.saying(fault, refused["message"]) if refused.get("message") else fault


def _notices(roster: Roster, units: Units) -> Iterator[str]:
    if roster.ignored:
        yield f"以下列与花名册无关，未导入：{'、'.join(roster.ignored)}"
    if units.understood:
        taken = "；".join(f"{text} → {name}" for text, name in units.understood.items())
        yield f"以下简称按唯一可能的单位认定，请核对：{taken}"
    if not roster.exact:
        yield "这种文件看不出日期格式：每月 1 日的日期单元格只取到月，请在需要时写成文字。"
    if roster.samples:
        yield f"已跳过样例 {roster.samples} 行。"
