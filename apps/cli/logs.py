"""`log …`: what auditors and operators ask of the logs. The commands read the databases directly."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from apps.cli.assembly import SERVICES, prepare
from apps.cli.calling import known_services
from apps.cli.main import app
from apps.cli.output import OUTPUT
from apps.cli.results import FaultFound, Misused
from apps.cli.usage import Commands
from apps.cli.wording import PERSON_STATES, STATES
from kernel import instants
from kernel.identity.provenance import secrets_of
from kernel.log import export as exporting
from kernel.log import rebuild
from kernel.log.database import Database
from kernel.log.dead_letters import DeadLetters
from kernel.log.verify import verify
from kernel.settings import Settings

_MOST = 2**63 - 1
# What a service's log counts by state, and the words of those states.
_COUNTED = {"feedback": ("工单", STATES), "registry": ("人员", PERSON_STATES)}
log = Commands(help="事件日志：核对、比对、重建、重放、导出、跟随，以及无人能够答复的死信。")
app.add_typer(log, name="log")


class Format(StrEnum):
    """What the log can be exported as."""

    JSONL = "jsonl"
    XES = "xes"
    OCEL = "ocel"


def verify_services(settings: Settings, names: list[str], workers: int | None = None) -> dict[str, Any]:
    """`{"ok","services"}`: every position, hash, chain, root and noted head of each service's log."""
    reports = []
    for name in names:
        with _opened(settings, name) as database:
            head_key = secrets_of(settings, name).head_key
            reports.append(verify(database, name, head_key, settings.heads(name), workers=workers))
    return {"ok": all(report["ok"] for report in reports), "services": reports}


@log.command("verify", help="核对日志：每个位置、哈希、链、根与库外留存的日志头。")
def verify_log(
    services: Annotated[list[str] | None, typer.Argument(metavar="[SERVICE…]", help="服务，不写为全部")] = None,
    workers: Annotated[
        int | None,
        typer.Option("--workers", metavar="N", help="几个进程同时核对；不写为按日志长短自定", min=1, max=64),
    ] = None,
) -> None:
    """Verify logs."""
    answer = verify_services(Settings.from_environment(), known_services(services), workers)
    OUTPUT.answer(answer, _show_verified)
    if not answer["ok"]:
        raise FaultFound


@log.command("diff", help="由日志重建每张表并与现状逐行比对。")
def diff_log(service: Annotated[str, typer.Argument(metavar="SERVICE", help="服务，如 feedback")]) -> None:
    """Compare live tables with what the log makes."""
    with _log_of(service) as (database, projection):
        answer = rebuild.diff(database, projection, service)
    OUTPUT.answer(answer, _show_diff)
    if not answer["ok"]:
        raise FaultFound


@log.command("rebuild", help="由日志重新填写每张表；请先停止服务并核对日志。")
def rebuild_log(service: Annotated[str, typer.Argument(metavar="SERVICE", help="服务，如 feedback")]) -> None:
    """Fill the live tables anew."""
    with _log_of(service) as (database, projection):
        rows = rebuild.rebuild(database, projection, service)
    answer = {"service": service, "rows": rows}
    OUTPUT.answer(answer, lambda _: typer.echo(f"{service}：已由日志重建 {rows} 行"))


@log.command("replay", help="把日志重放到某一时刻，数出各状态的工单或人员。")
def replay_log(
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="服务，如 feedback")],
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="T", help="时刻，如 2026-06-30T17:00:00+08:00")
    ] = None,
) -> None:
    """Replay the log."""
    try:
        instant = None if as_of is None else instants.parse(as_of)
        # A text within the years that we can write may name an instant behind them.
        instants.to_text(instant or 0)
    except (ValueError, OverflowError) as fault:
        raise Misused("--as-of 应为带时区偏移的时间") from fault
    with _log_of(service) as (database, projection):
        answer = rebuild.replay(database, projection, service, instant)
    OUTPUT.answer(answer, _show_replayed)


@log.command("export", help="导出日志：jsonl（CloudEvents）、xes、ocel。")
def export_log(
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="服务，如 feedback")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="写到哪个文件")],
    form: Annotated[Format, typer.Option("--format", metavar="F", help="jsonl、xes 或 ocel")],
) -> None:
    """Export a log."""
    with _log_of(service) as (database, _):
        count = exporting.export(database, service, form.value, out)
    answer = {"service": service, "format": form.value, "events": count, "out": str(out)}
    OUTPUT.answer(answer, lambda _: typer.echo(f"已导出 {count} 个事件到 {out}"))


@log.command("tail", help="输出日志事件，每行一个 CloudEvent；--follow 持续跟随。")
def tail_log(
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="服务，如 feedback")],
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="持续跟随，直到 Ctrl-C")] = False,
    after: Annotated[int, typer.Option("--after", metavar="N", help="从此位置之后", min=0, max=_MOST)] = 0,
) -> None:
    """Print events."""
    with _log_of(service) as (database, _):
        while True:
            for document in exporting.tail(database, after):
                sys.stdout.buffer.write(orjson.dumps(document) + b"\n")
                after = document["position"]
            sys.stdout.flush()
            if not follow:
                return
            time.sleep(0.5)


@log.command("dead-letters", help="列出死信：无人能够答复、保留待查的消息；只列编号、来源与大小，不列内容。")
def list_dead_letters(
    services: Annotated[list[str] | None, typer.Argument(metavar="[SERVICE…]", help="服务，不写为全部")] = None,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", help="每个服务至多列出几条", min=1, max=_MOST)
    ] = 100,
) -> None:
    """List dead letters, oldest first."""
    settings = Settings.from_environment()
    found = []
    for name in known_services(services):
        with _opened(settings, name) as database:
            letters = DeadLetters(database, secrets_of(settings, name))
            found += [_dead_letter(name, row) for row in letters.waiting(limit)]
    OUTPUT.answer({"dead_letters": found}, _show_dead_letters)


def _dead_letter(service: str, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["dead_letter_id"],
        "service": service,
        "consumer": row["consumer"],
        "reason": row["reason"],
        "attempts": row["attempts"],
        "at": instants.to_text(row["first_at"]),
        "last_at": instants.to_text(row["last_at"]),
        "size": row["size"],
        "fingerprint": row["fingerprint"],
    }


def _show_dead_letters(answer: Any) -> None:
    for row in answer["dead_letters"]:
        at = instants.shanghai(instants.parse(row["last_at"])).strftime("%Y-%m-%d %H:%M:%S")
        typer.echo(
            f"{row['id']}  {at}  {row['consumer']}  {row['reason']}  {row['attempts']} 次  {row['size']} 字节"
        )
    if not answer["dead_letters"]:
        typer.echo("没有死信")


@contextmanager
def _opened(settings: Settings, name: str) -> Iterator[Database]:
    prepare(settings, name)
    with closing(Database(settings.url(name))) as database:
        yield database


@contextmanager
def _log_of(service: str) -> Iterator[tuple[Database, Any]]:
    (name,) = known_services([service])
    settings = Settings.from_environment()
    with _opened(settings, name) as database:
        yield database, SERVICES[name].projection(settings)


def _show_verified(answer: Any) -> None:
    for report in answer["services"]:
        verdict = "完整" if report["ok"] else "发现问题"
        root = str(report["root"])[:16]
        typer.echo(f"{report['service']}：{report['events']} 个事件，{verdict}，根 {root}…{_witnessed(report)}")
        for fault in report["faults"]:
            place = "无位置" if fault["position"] is None else f"位置 {fault['position']}"
            typer.echo(f"  {place} {fault['kind']}：{fault['message']}")


def _witnessed(report: dict[str, Any]) -> str:
    """Up to where somebody outside the database bears witness, and what stands behind."""
    noted, behind = report["noted"], report["head"] - report["noted"]
    if not noted:
        return f"，库外没有日志头为证（{behind} 个已封存事件）" if behind else ""
    told = f"，库外日志头为证到第 {noted} 号"
    return f"{told}，其后 {behind} 个已封存事件没有" if behind > 0 else told


def _show_replayed(answer: Any) -> None:
    counted, words = _COUNTED[answer["service"]]
    counts = "，".join(f"{words[state]} {number}" for state, number in answer["counts"].items())
    typer.echo(f"位置 {answer['position']}：{counts or f'没有{counted}'}")


def _show_diff(answer: Any) -> None:
    rows = sum(table["rows"] for table in answer["tables"])
    different = sum(len(table["different"]) for table in answer["tables"])
    verdict = "与日志一致" if answer["ok"] else f"{different} 行与日志不一致"
    typer.echo(f"{answer['service']}：位置 {answer['position']}，{rows} 行，{verdict}")
    for table in answer["tables"]:
        for key in table["different"]:
            typer.echo(f"  {table['table']} {key}")
