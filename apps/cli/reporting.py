"""`latency`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from apps.cli.main import Institution, app
from apps.cli.output import OUTPUT
from apps.cli.session import Session

_STAGES = {
    "submit_to_assign": "提交→交办",
    "assign_to_reply": "交办→答复",
    "submit_to_reply": "提交→答复",
    "reply_to_close": "答复→办结",
    "submit_to_close": "提交→办结",
}
_HOUR = 3600


class By(StrEnum):
    """What a report may be grouped by."""

    DEPARTMENT = "department"
    CHANNEL = "channel"
    MONTH = "month"


@app.command(help="各环节时效：件数与分位数（精确），可按部门、渠道、月份分组。")
def latency(
    institution: Institution = None,
    by: Annotated[By | None, typer.Option("--by")] = None,
    since: Annotated[str | None, typer.Option("--from", help="提交日起（含）")] = None,
    until: Annotated[str | None, typer.Option("--to", help="提交日止（含）")] = None,
) -> None:
    """Print the latency report."""
    session = Session()
    try:
        arguments = {"institution": institution, "by": by, "submitted_from": since, "submitted_to": until}
        answer = session.call("feedback.get_latency", arguments)
    finally:
        session.close()
    OUTPUT.answer(answer, _show)


def _show(answer: Any) -> None:
    groups = answer["groups"] if "groups" in answer else [answer | {"key": "全部"}]
    table = Table("组别", "环节", "件数", "工作日 中位", "90%", "小时 中位", "90%", "最长")
    for group in groups:
        for stage, name in _STAGES.items():
            figures = group["stages"][stage]
            if not figures["count"]:
                continue
            days, seconds = figures["working_days"], figures["elapsed_seconds"]
            hours = [f"{seconds[part] / _HOUR:,.1f}" for part in ("p50", "p90", "max")]
            table.add_row(
                str(group["key"] or "（未定）"),
                name,
                str(figures["count"]),
                f"{days['p50']:g}",
                f"{days['p90']:g}",
                *hours,
            )
    console = Console()
    console.print(table)
    console.print(f"尚未答复：{sum(group['pending']['count'] for group in groups)} 件")
    if answer.get("provisional"):
        console.print("含暂定值：部分年份的放假安排尚未公布。")
