"""`policy check` and `policy show`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from apps.cli.main import app
from apps.cli.output import OUTPUT
from apps.cli.results import FaultFound, Misused
from kernel.policy import Packs, check, describe
from kernel.settings import Settings

policy = typer.Typer(no_args_is_help=True, help="政策包：check 检查，show 查看。")
app.add_typer(policy, name="policy")


@policy.command("check", help="检查政策包；每个值都要有条款或注明为本地设定。")
def check_packs(packs: Annotated[list[str] | None, typer.Argument(metavar="[PACK…]")] = None) -> None:
    """Check packs."""
    folder = Settings.from_environment().policies
    paths = [folder / name for name in packs] if packs else [folder]
    faults = [fault.to_dict() for path in paths for fault in check(path)]
    OUTPUT.answer({"ok": not faults, "faults": faults}, _show_faults)
    if faults:
        raise FaultFound


@policy.command("show", help="显示一个政策包的全部取值及其依据。")
def show(pack: Annotated[str, typer.Argument(metavar="PACK")]) -> None:
    """Show a pack."""
    found = Packs.load(Settings.from_environment().policies).get(pack)
    if found is None:
        raise Misused(f"没有政策包 {pack}")
    OUTPUT.answer(describe(found))


def _show_faults(answer: Any) -> None:
    for fault in answer["faults"]:
        typer.echo(f"{fault['file']}:{fault['line']} {fault['message']} [{fault['code']}]")
    if answer["ok"]:
        typer.echo("政策包全部通过检查。")
