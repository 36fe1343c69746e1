"""`latency`."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table

from apps.cli.main import Institution, app
from apps.cli.output import OUTPUT, console
from apps.cli.results import Misused
from apps.cli.session import Session
from apps.cli.wording import STAGES

_HOUR = 3600
_KEY_WIDTH = 22
_DECIMALS_BELOW = 1000
_NOTHING = "没有符合条件的工单。"
_FIGURES = ("件数", "工作日\n中位", "工作日\n九成", "小时\n中位", "小时\n九成", "小时\n最长")
_READING = "九成：九成的工单在此时间以内。小时按自然时间计；尚未答复的，是到现在为止。"


class By(StrEnum):
    """What a report may be grouped by."""

    DEPARTMENT = "department"
    CHANNEL = "channel"
    MONTH = "month"


def _day(text: str) -> str:
    try:
        if date.fromisoformat(text).isoformat() == text:
            return text
    except ValueError:
        pass
    raise ValueError("应为日期，如 2026-03-05")


Since = Annotated[
    str | None, typer.Option("--from", metavar="D", parser=_day, help="提交日起（含），如 2026-03-05")
]
Until = Annotated[str | None, typer.Option("--to", metavar="D", parser=_day, help="提交日止（含）")]


@app.command(help="各环节时效：件数与精确的分位数，可按部门、信箱、月份分组。")
def latency(
    institution: Institution = None,
    by: Annotated[
        By | None, typer.Option("--by", metavar="G", help="分组：department、channel 或 month")
    ] = None,
    since: Since = None,
    until: Until = None,
) -> None:
    """Print the latency report."""
    if since and until and since > until:
        raise Misused("--from 晚于 --to")
    session = Session()
    try:
        arguments = {"institution": institution, "by": by, "submitted_from": since, "submitted_to": until}
        answer = session.call("feedback.get_latency", arguments)
    finally:
        session.close()
    OUTPUT.answer(answer, _show)


def _show(answer: Any) -> None:
    groups = answer["groups"] if "groups" in answer else [answer | {"key": "全部"}]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    longest = max((len(_key(group)) for group in groups), default=0)
    table.add_column("组别", overflow="fold", min_width=min(longest, _KEY_WIDTH))
    table.add_column("环节", no_wrap=True)
    for header in _FIGURES:
        table.add_column(header, justify="right", no_wrap=True)
    for group in groups:
        _add_group(table, group)
    show = console().print
    if not table.rows:
        show(_NOTHING)
        return
    show(table)
    show(_READING)
    if answer.get("provisional"):
        show("含暂定值：部分年份的放假安排尚未公布。")


def _add_group(table: Table, group: Any) -> None:
    key = _key(group)
    for stage, name in STAGES.items():
        figures = group["stages"][stage]
        if figures["count"]:
            days = [f"{figures['working_days'][part]:,.1f}" for part in ("p50", "p90")]
            table.add_row(key, name, f"{figures['count']:,}", *days, *_hours(figures["elapsed_seconds"]))
            key = ""
    pending = group["pending"]
    if pending["count"]:
        table.add_row(key, "尚未答复", f"{pending['count']:,}", "", "", *_hours(pending["elapsed_seconds"]))


def _key(group: Any) -> str:
    return str(group["key"] or "（未定）")


def _hours(seconds: Any) -> list[str]:
    hours = [seconds[part] / _HOUR for part in ("p50", "p90", "max")]
    return [f"{hour:,.1f}" if hour < _DECIMALS_BELOW else f"{hour:,.0f}" for hour in hours]
