"""`up`, `serve` and `console`: the long-running commands."""

from __future__ import annotations

import gc
import logging
import os
import signal
import threading
import time
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from apps.cli.assembly import SERVICES, Housekeeping, migrate_service, refuse_old_schema
from apps.cli.calling import known_services
from apps.cli.faults import is_away
from apps.cli.main import app
from apps.cli.memory import collect_rarely
from apps.cli.results import Misused
from apps.cli.supervision import Supervisor
from kernel.identity.provenance import secrets_of
from kernel.refusals import Unavailable
from kernel.settings import Settings, SettingsFault

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger(__name__)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 2.0
_NICENESS = 10


class Part(StrEnum):
    """The two kinds of process of a service."""

    RPC = "rpc"
    LOG = "log"


@app.command(help="启动全部服务（单进程，无需消息中间件），直到 Ctrl-C。")
def up(
    port: Annotated[
        int, typer.Option("--port", help="控制台端口（控制台就绪后使用）", min=1, max=65535)
    ] = 8000,
) -> None:
    """Run every service in this process."""
    settings = Settings.from_environment()
    if not settings.embedded:
        raise SettingsFault("up 只用于嵌入模式；设置了 ZHITONGCHE_AMQP_URI 时请用 zhitongche serve。")
    del port
    keepers = []
    for service in SERVICES:
        migrate_service(settings, service)
        keepers.append(Housekeeping(settings, service))
    run_all(
        keepers, f"直通车已启动，数据在 {settings.home}；另开一个终端即可使用 zhitongche 命令。Ctrl-C 结束。"
    )


@app.command(help="启动服务进程：rpc 应答调用，log 封存并发布事件；不指定 --part 时由本进程看护两者。")
def serve(
    services: Annotated[list[str], typer.Argument(metavar="SERVICE…", help="服务，如 feedback")],
    part: Annotated[
        Part | None,
        typer.Option("--part", metavar="PART", help="只在本进程运行一部分：rpc 或 log；一次一个服务"),
    ] = None,
) -> None:
    """Run the processes of services over RabbitMQ."""
    settings = Settings.from_environment()
    if settings.embedded:
        raise SettingsFault("serve 需要 ZHITONGCHE_AMQP_URI；单机请用 zhitongche up。")
    names = known_services(services)
    if part is None:
        for name in names:
            _when_its_databases_answer(name, lambda name=name: migrate_service(settings, name))
            _when_its_databases_answer(name, lambda name=name: secrets_of(settings, name))
        Supervisor([(name, kind.value) for name in names for kind in Part]).run()
        return
    if len(names) != 1:
        raise Misused("--part 一次只能启动一个服务")
    (name,) = names
    _when_its_databases_answer(name, lambda: refuse_old_schema(settings, name))
    _serve_rpc(settings, name) if part is Part.RPC else _serve_log(settings, name)


def run_all(keepers: list[Housekeeping], announcement: str) -> None:
    """Run housekeepers until a signal asks to end; the announcement goes to stderr once they run."""
    threads = [threading.Thread(target=keeper.run, daemon=True) for keeper in keepers]
    ending = threading.Event()
    _on_signal(ending.set)
    _settle()
    for thread in threads:
        thread.start()
    typer.echo(announcement, err=True)
    ending.wait()
    for keeper in keepers:
        keeper.stop()
    for thread in threads:
        thread.join()


def _when_its_databases_answer(name: str, step: Callable[[], object]) -> None:
    """Take a step, again and again while a database is away: told once, and never a reason to end.

    Whatever else is wrong (an old schema) is refused at once.
    """
    pause = 0.0
    while True:
        try:
            step()
        except Exception as fault:
            if not is_away(fault):
                raise
            if not pause:
                _log.warning("serving %s waits for its databases: %s", name, type(fault).__name__)
        else:
            return
        pause = min(2 * pause or _FIRST_PAUSE, _LONGEST_PAUSE)
        time.sleep(pause)


def _serve_rpc(settings: Settings, name: str) -> None:
    from apps.cli.distributed import BrokerGone, rpc_host  # noqa: PLC0415 - embedded commands load no broker code

    host = rpc_host(settings, name)
    _settle()
    _on_signal(host.stop)
    try:
        host.run()
    except BrokerGone as gone:
        raise Unavailable({"part": "broker"}) from gone


def _serve_log(settings: Settings, name: str) -> None:
    from apps.cli.distributed import LogPart  # noqa: PLC0415 - embedded commands load no broker code

    # Where cores are scarce, whoever waits for an answer goes first; events are late then, never lost.
    os.nice(_NICENESS)
    process = LogPart(settings, name)
    _settle()
    _on_signal(process.stop)
    process.run()


def _settle() -> None:
    gc.collect()
    gc.freeze()
    collect_rarely()


def _on_signal(end: Callable[[], None]) -> None:
    def ending(number: int, _frame: Any) -> None:
        _log.info("ending on signal %s", number)
        end()

    signal.signal(signal.SIGTERM, ending)
    signal.signal(signal.SIGINT, ending)
