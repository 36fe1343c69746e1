"""`policy check` and `policy show`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from apps.cli.main import app
from apps.cli.output import OUTPUT
from apps.cli.results import FaultFound, Misused
from apps.cli.usage import Commands
from kernel.policy import Packs, check, describe
from kernel.settings import Settings

policy = Commands(help="政策包：check 检查，show 查看。")
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
    OUTPUT.answer({"ok": not faults, "faults": faults}, _show_faults)
    if faults:
        raise FaultFound


@policy.command("show", help="显示一个政策包的全部取值及其依据。")
def show(pack: Annotated[str, typer.Argument(metavar="PACK", help="如 datong")]) -> None:
    """Show a pack."""
    found = Packs.load(Settings.from_environment().policies).get(pack)
    if found is None:
        raise Misused(f"没有政策包 {pack}")
    OUTPUT.answer(describe(found), _show_pack)


def _show_faults(answer: Any) -> None:
    for fault in answer["faults"]:
        typer.echo(f"{fault['file']}:{fault['line']} {fault['message']} [{fault['code']}]")
    if answer["ok"]:
        typer.echo("政策包全部通过检查。")


def _show_pack(answer: Any) -> None:
    typer.echo(f"{answer['name']}（{answer['id']}）  版本 {answer['version']}")
    _section("办公时间", [("、".join(answer["hours"]["spans"]), answer["hours"])])
    _section("时限", [(f"{row['id']}  {row['working_days']} 个工作日", row) for row in answer["clocks"]])
    _section("信箱", [(f"{row['id']}  {row['name']}", row) for row in answer["channels"]])
    queued = {True: "  [队列]", False: ""}
    units = [(f"{row['id']}  {row['name']}{queued[row['machine_queue']]}", row) for row in answer["units"]]
    _section("承办部门", units)
    _section("本单位放假日", [(row["date"], row) for row in answer["closed_days"]])


def _section(title: str, rows: list[tuple[str, dict[str, Any]]]) -> None:
    if rows:
        typer.echo(f"\n{title}")
    for text, row in rows:
        basis = row.get("clause") or f"本地设定，{row['reason']}"
        typer.echo(f"  {text}\n      依据：{basis}")
