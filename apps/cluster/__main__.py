"""`make cluster`: private RabbitMQ and PostgreSQL and the processes of each service, until Ctrl-C.

The same topology as deploy/compose.yaml, without containers. Its home, with the servers' data, secret file and
heads, is `{ZHITONGCHE_HOME}/cluster`: beside the heads of another log its own would look cut.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from apps.cli.assembly import SERVICES
from apps.cluster.definitions import ROOT, machine_queues, rabbit_definitions, with_users
from apps.cluster.nodes import PrivatePostgres, PrivateRabbit, ServerFailed, ServersMissing
from apps.cluster.postgres import reachable
from apps.cluster.processes import KeptProcess
from kernel.settings import Settings

_COMMAND = [sys.executable, "-m", "apps.cli"]
_SETTINGS = (
    "ZHITONGCHE_HOME",
    "ZHITONGCHE_POLICIES",
    "ZHITONGCHE_SECRET_FILE",
    "ZHITONGCHE_DATABASE_URL",
    "ZHITONGCHE_AMQP_URI",
)
_STOPPING = 130


def main() -> int:
    """Run until Ctrl-C or until the services end; the exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with ExitStack() as stack:
            return _run(stack)
    except (ServersMissing, ServerFailed) as fault:
        print(f"错误：{fault}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return _STOPPING


def _run(stack: ExitStack) -> int:
    home = Path(os.environ.get("ZHITONGCHE_HOME") or "var").absolute() / "cluster"
    directory = _open_directory(home)
    rabbit, postgres = PrivateRabbit(directory / "rabbit"), PrivatePostgres(directory / "postgres")
    print(f"正在启动 RabbitMQ 与 PostgreSQL（数据在 {directory}）……", flush=True)
    for node in (rabbit, postgres):
        stack.callback(node.stop)
        node.start()
    environment = _environment(home, rabbit, postgres)
    policies = Settings.from_environment(environment).policies
    rabbit.load(with_users(rabbit_definitions(machine_queues(policies)), {}))  # `guest` may do everything
    for service in SERVICES:
        for name in (service, f"{service}_keys"):
            postgres.add_database(name)
    migrated = subprocess.run([*_COMMAND, "migrate", *SERVICES], env=environment, cwd=ROOT, check=False)
    if migrated.returncode != 0:
        return migrated.returncode
    services = KeptProcess([*_COMMAND, "serve", *SERVICES], env=environment, directory=ROOT, output=None)
    stack.callback(services.stop)
    print("运行中，按 Ctrl-C 停止。在另一个终端使用：")
    for name in _SETTINGS:
        if name in environment:
            print(f"export {name}={shlex.quote(environment[name])}")
    sys.stdout.flush()
    return services.wait()


def _open_directory(wanted: Path) -> Path:
    """`wanted`; or one under /var/lib where root runs this and PostgreSQL's user cannot enter `wanted`."""
    wanted.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0 or reachable(wanted):
        return wanted
    name = hashlib.sha256(str(wanted).encode()).hexdigest()[:12]
    directory = Path("/var/lib/zhitongche") / name
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def _environment(home: Path, rabbit: PrivateRabbit, postgres: PrivatePostgres) -> dict[str, str]:
    return {
        **os.environ,
        "ZHITONGCHE_HOME": str(home),
        "ZHITONGCHE_DATABASE_URL": postgres.url_template,
        "ZHITONGCHE_AMQP_URI": rabbit.amqp_uri,
    }


if __name__ == "__main__":
    sys.exit(main())
