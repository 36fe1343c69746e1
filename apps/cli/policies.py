"""`policy check`, `policy show`, `policy clauses` and `policy schema`; what the log knows: `policy_history`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from apps.cli.main import app
from apps.cli.output import OUTPUT
from apps.cli.policy_history import diff, history
from apps.cli.results import FaultFound, Misused
from apps.cli.usage import Commands
from apps.cli.wording import FORCES, TREATMENTS
from kernel.policy import Pack, Packs, check, describe, describe_clauses, editor_schema
from kernel.settings import Settings

policy = Commands(
    help="政策包：check 检查，show 查看，clauses 条款，history 版本，diff 改动；schema 编辑器用的格式。"
)
app.add_typer(policy, name="policy")


@policy.command("check", help="检查政策包；每个值都要有条款或注明为本地设定。")
def check_packs(
    packs: Annotated[list[str] | None, typer.Argument(metavar="[PACK…]", help="不写为全部")] = None,
) -> None:
    """Check packs."""
    folder = Settings.from_environment().policies
    for name in packs or ():
        # A name, not a path: what lies elsewhere is nobody's pack, and "" would be all of them.
        if not name.strip(".") or "/" in name or not (folder / name).is_dir():
            raise Misused(f"没有政策包 {name}")
    paths = [folder / name for name in packs] if packs else [folder]
    faults = [fault.to_dict() for path in paths for fault in check(path)]
    sound = [] if faults else [_summary(pack) for path in paths for pack in _packs(path)]
    OUTPUT.answer({"ok": not faults, "faults": faults, "packs": sound}, _show_check)
    if faults:
        raise FaultFound


@policy.command("show", help="显示一个政策包的全部取值及其依据。")
def show(pack: Annotated[str, typer.Argument(metavar="PACK", help="如 datong")]) -> None:
    """Show a pack."""
    OUTPUT.answer(describe(_named(pack)), _show_pack)


@policy.command("clauses", help="逐条显示来源文件的条款、约束力、处理方式和采用之处。")
def clauses(pack: Annotated[str, typer.Argument(metavar="PACK", help="如 datong")]) -> None:
    """Show a pack's clauses."""
    found = _named(pack)
    OUTPUT.answer({"id": found.id, "name": found.name, "clauses": describe_clauses(found)}, _show_clauses)


@policy.command("schema", help="输出政策包文件的 JSON Schema，供编辑器校验和补全。")
def schema() -> None:
    """Print the JSON Schema of a pack's files."""
    OUTPUT.answer(editor_schema())


policy.command("history", help="单位采用过的政策包版本：自何日起生效，何时载入，改了多少。")(history)
policy.command("diff", help="两个版本之间改了什么，逐项列出；不写版本则为最近一次改动。")(diff)


def _named(pack: str) -> Pack:
    found = Packs.load(Settings.from_environment().policies).get(pack)
    if found is None:
        raise Misused(f"没有政策包 {pack}")
    return found


def _packs(path: Path) -> list[Pack]:
    packs = Packs.load(path)
    return [pack for name in packs.ids() if (pack := packs.get(name))]


def _summary(pack: Pack) -> dict[str, Any]:
    told = describe(pack)
    indicators = [
        {
            "number": row["number"],
            "responsible": row["responsible"],
            "items": [item["clause"] for item in row["items"]],
        }
        for row in told["indicators"]
    ]
    return {
        "id": pack.id,
        "name": pack.name,
        "version": pack.version,
        "clauses": len(pack.clauses),
        "operative": sum(clause.operative for clause in pack.clauses.values()),
        "indicators": indicators,
        "items": sum(len(row["items"]) for row in indicators),
    }


def _show_check(answer: Any) -> None:
    for fault in answer["faults"]:
        typer.echo(f"{fault['file']}:{fault['line']} {fault['message']} [{fault['code']}]")
    for pack in answer["packs"]:
        counted = f"条款 {pack['clauses']} 条，其中设有要求的 {pack['operative']} 条"
        typer.echo(f"{pack['id']}  {pack['name']}  版本 {pack['version']}  {counted}")
        if pack["indicators"]:
            typer.echo(f"  创建指标 {len(pack['indicators'])} 项，具体要求 {pack['items']} 条")
        for row in pack["indicators"]:
            parties = "、".join(row["responsible"])
            typer.echo(f"  {row['number']:>4}  具体要求 {len(row['items'])} 条  责任单位：{parties}")
    if answer["ok"]:
        typer.echo("政策包全部通过检查。")


def _show_clauses(answer: Any) -> None:
    typer.echo(f"{answer['name']}（{answer['id']}）  条款 {len(answer['clauses'])} 条")
    for row in answer["clauses"]:
        force, treatment = FORCES[row["force"]], TREATMENTS[row["treatment"]]
        typer.echo(f"\n{row['id']}  [{force}，{treatment}]\n  {row['quote']}")
        for title, name in (("未采用", "declined"), ("保留", "kept"), ("理由", "reason")):
            if row[name]:
                typer.echo(f"      {title}：{row[name]}")
        if row["used_by"]:
            typer.echo(f"      用于：{'、'.join(dict.fromkeys(row['used_by']))}")


def _show_pack(answer: Any) -> None:
    typer.echo(f"{answer['name']}（{answer['id']}）  版本 {answer['version']}")
    _section("办公时间", [("、".join(answer["hours"]["spans"]), answer["hours"])])
    _section("时限", [(f"{row['id']}  {row['working_days']} 个工作日", row) for row in answer["clocks"]])
    _section("信箱", [(f"{row['id']}  {row['name']}", row) for row in answer["channels"]])
    queued = {True: "  [队列]", False: ""}
    units = [(f"{row['id']}  {row['name']}{queued[row['machine_queue']]}", row) for row in answer["units"]]
    _section("承办部门", units)
    _section("本单位放假日", [(row["date"], row) for row in answer["closed_days"]])
    for section in answer["sections"]:
        _section(section["title"], [(f"{row['id']}  {row['name']}", row) for row in section["values"]])
    _indicators(answer["indicators"])
    _section("工作项", [(row["text"], row) for row in answer["work_items"]])


def _indicators(indicators: list[dict[str, Any]]) -> None:
    if indicators:
        typer.echo("\n创建指标")
    for row in indicators:
        typer.echo(f"  {row['number']}. {row['text']}\n      依据：{row['clause']}")
        typer.echo(f"      责任单位：{'、'.join(row['responsible'])}")
        for item in row["items"]:
            typer.echo(f"      {item['clause']}  {item['text']}")


def _section(title: str, rows: list[tuple[str, dict[str, Any]]]) -> None:
    if rows:
        typer.echo(f"\n{title}")
    for text, row in rows:
        basis = row.get("clause") or f"本地设定，{row['reason']}"
        typer.echo(f"  {text}\n      依据：{basis}")
