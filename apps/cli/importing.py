"""`import letters`, `import roster`, `import calendar`, `import undo`."""

from __future__ import annotations

import uuid
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from apps.cli.calendars import read_calendar_file
from apps.cli.letters import import_letters
from apps.cli.main import app
from apps.cli.memory import collect_rarely
from apps.cli.output import OUTPUT
from apps.cli.results import FaultFound, Misused
from apps.cli.roster import LABELS, import_roster, units_of, write_template
from apps.cli.session import Session
from apps.cli.usage import Commands
from kernel.refusals import InvalidInput, NotFound

# Who may have made a batch, and the word for what its rows became.
_IMPORTERS = {"feedback": "件", "registry": "人"}
_CHANGES_SHOWN = 50

imports = Commands(help="导入：letters 信箱，roster 花名册，calendar 工作日，undo 撤销一批。")
app.add_typer(imports, name="import")


@imports.command("letters", help="导入 Excel 信箱台账；每行各自导入或各自退回。")
def letters(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="xlsx、xls 或 ods 文件")],
    institution: Annotated[str, typer.Option("--institution", metavar="I", help="单位编号，如 datong")],
    channel: Annotated[str, typer.Option("--channel", metavar="C", help="信箱编号，如 office_mailbox")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查，不写入")] = False,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="OUT.xlsx", help="退回的行写入此工作簿")
    ] = None,
) -> None:
    """Import a mailbox kept in Excel."""
    collect_rarely()
    session = Session()
    try:
        _refuse_unknown(session, institution, channel)
        answer = import_letters(
            session.call, file, institution, channel, dry_run=dry_run, report=report, notice=OUTPUT.note
        )
    finally:
        session.close()
    OUTPUT.answer(answer, partial(_show_letters, dry_run=dry_run, report=report))
    if answer["refused"]:
        raise FaultFound


@imports.command("roster", help="导入 Excel 花名册；按工号认人，每行各自导入或各自退回。")
def roster(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="xlsx、xls 或 ods 文件")] = None,
    *,
    institution: Annotated[str, typer.Option("--institution", metavar="I", help="单位编号，如 datong")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查，不写入")] = False,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="OUT.xlsx", help="退回的行写入此工作簿")
    ] = None,
    template: Annotated[
        Path | None, typer.Option("--template", metavar="OUT.xlsx", help="不导入，写出带下拉选项的空白模板")
    ] = None,
) -> None:
    """Import people kept in Excel, or write the template for them."""
    if file is None or template is not None:
        _write_template(file, institution, template)
        return
    collect_rarely()
    session = Session()
    try:
        answer = import_roster(
            session.call, file, institution, dry_run=dry_run, report=report, notice=OUTPUT.note
        )
    finally:
        session.close()
    OUTPUT.answer(answer, partial(_show_roster, dry_run=dry_run, report=report))
    if answer["refused"]:
        raise FaultFound


@imports.command("calendar", help="导入国务院公布的一年工作日安排（YAML）。")
def calendar(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="year、source、off、work 四项")],
) -> None:
    """Import a year of working days."""
    year = read_calendar_file(file)
    session = Session()
    try:
        arguments = year.to_mapping() | {"command_id": str(uuid.uuid4())}
        answer = session.call("feedback.import_calendar", arguments)
    finally:
        session.close()
    done = "已导入" if answer["changed"] else "内容相同，未改动"
    OUTPUT.answer(answer, lambda _: typer.echo(f"{answer['year']} 年工作日：{done}"))


@imports.command("undo", help="撤销一批导入（只撤销此后无人办理的工单、无人改动的人员）。")
def undo(batch: Annotated[str, typer.Argument(metavar="BATCH", help="导入时给出的批次")]) -> None:
    """Undo a batch by compensating events."""
    session = Session()
    try:
        service, answer = _undo(session, batch)
    finally:
        session.close()
    unit = _IMPORTERS[service]
    told = f"已撤销 {answer['undone']} {unit}，未撤销 {len(answer['refused'])} {unit}"
    OUTPUT.answer(answer, lambda _: typer.echo(told))
    if answer["refused"]:
        raise FaultFound


def _undo(session: Session, batch: str) -> tuple[str, Any]:
    """The service that knows the batch, and its answer; `NotFound` where none does."""
    arguments = {"command_id": str(uuid.uuid4()), "batch": batch}
    for service in _IMPORTERS:
        try:
            return service, session.call(f"{service}.undo_import", arguments)
        except NotFound:
            continue
    raise NotFound


def _write_template(file: Path | None, institution: str, out: Path | None) -> None:
    """The template instead of an import; one of the two."""
    if out is None:
        raise Misused("缺少 FILE（或用 --template 写出模板）")
    if file is not None:
        raise Misused("--template 不能与 FILE 同用")
    session = Session()
    try:
        write_template(out, units_of(session.call, institution).names)
    finally:
        session.close()
    OUTPUT.answer({"template": str(out)}, lambda _: typer.echo(f"模板已写入 {out}"))


def _refuse_unknown(session: Session, institution: str, channel: str) -> None:
    """Refuse where such letters could never go, also a file without rows: nobody else would be asked."""
    channels = session.call("feedback.list_channels", {"institution": institution})["items"]
    if channel not in {known["id"] for known in channels}:
        raise InvalidInput.of(channel="unknown_channel")


def _show_letters(answer: Any, *, dry_run: bool, report: Path | None) -> None:
    typer.echo(
        f"{'只检查，未写入。' if dry_run else ''}共 {answer['rows']} 行：导入 {answer['imported']}，"
        f"重复 {answer['duplicates']}，退回 {answer['refused']}"
    )
    if answer["batch"]:
        typer.echo(f"批次 {answer['batch']}")
    _show_errors(answer, report)


def _show_roster(answer: Any, *, dry_run: bool, report: Path | None) -> None:
    typer.echo(
        f"{'只检查，未写入。' if dry_run else ''}共 {answer['rows']} 行：新增 {answer['new']}，"
        f"变更 {answer['changed']}，不变 {answer['unchanged']}，退回 {answer['refused']}"
    )
    if answer["batch"]:
        typer.echo(f"批次 {answer['batch']}")
    changed = [change for change in answer["changes"] if change["verdict"] == "changed"]
    for change in changed[:_CHANGES_SHOWN]:
        fields = "、".join(LABELS.get(field, field) for field in change["fields"])
        typer.echo(f"  第 {change['row']} 行变更：{fields}")
    if len(changed) > _CHANGES_SHOWN:
        typer.echo(f"  另有 {len(changed) - _CHANGES_SHOWN} 行变更（用 --json 查看全部）")
    _show_errors(answer, report)


def _show_errors(answer: Any, report: Path | None) -> None:
    for error in answer["errors"]:
        typer.echo(f"  第 {error['row']} 行 {error['column']}：{error['message']} [{error['code']}]")
    if report is not None and answer["refused"]:
        typer.echo(f"退回的行已写入 {report}，改正后可单独导入。")
