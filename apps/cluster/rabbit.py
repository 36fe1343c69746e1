"""A private RabbitMQ node as an ordinary process, from the system's package, as root or as any user."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import amqp

from apps.cluster.processes import KeptProcess, ServerFailed, ServersMissing, await_answer, free_ports

# Not the wrappers in /usr/sbin: they refuse other users, or become `rabbitmq` in the system's directory.
_SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
_CALL = Path("/usr/bin/erl_call")  # 20 ms a call; rabbitmqctl starts an Erlang machine each time and takes 3 s
_NOT_LET_IN = "failed to connect"
_PAUSES = (0.1, 0.5, 2.0, 5.0)
_MISSING = "未找到 RabbitMQ（{}）。请先安装：apt-get install rabbitmq-server postgresql"

_CONFIGURATION = """\
listeners.tcp.1 = 127.0.0.1:{amqp}
vm_memory_high_watermark.absolute = 1GB
disk_free_limit.absolute = 200MB
"""


class PrivateRabbit:
    """One broker in `directory`, on free loopback ports that it keeps over restarts; its user is `guest`.

    It ends with the process that started it, however that ends. `ServersMissing` when RabbitMQ is not
    installed, `ServerFailed` when it does not come up.
    """

    def __init__(self, directory: Path) -> None:
        """Nothing is written or started yet."""
        if not _SERVER.exists():
            raise ServersMissing(_MISSING.format(_SERVER))
        self._directory = directory.absolute()
        self._process: KeptProcess | None = None
        self._ports: list[int] = []
        self._cookie = secrets.token_hex(16)
        self._vhosts: set[str] = set()

    @property
    def amqp_uri(self) -> str:
        """`amqp://guest:guest@127.0.0.1:PORT/`, the default virtual host."""
        return f"amqp://guest:guest@127.0.0.1:{self._ports[0]}/"

    @property
    def pid(self) -> int:
        """Of the Erlang machine."""
        if self._process is None:
            raise ServerFailed("not started")
        return self._process.pid

    def running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.running()

    def start(self) -> None:
        """Start and return when it answers an AMQP handshake; nothing happens when it runs."""
        if self.running():
            return
        if self._ports:
            self._boot()
        else:
            self._boot_on_new_ports()
        for name in self._vhosts:
            self._create_vhost(name)

    def _boot_on_new_ports(self) -> None:
        """Between the choice of a port and its use another process may take it: then once more with others."""
        try:
            self._ports = free_ports(3)
            self._boot()
        except ServerFailed:
            self._ports = free_ports(3)
            self._boot()

    def _boot(self) -> None:
        self._write_files()
        self._process = KeptProcess(
            [str(_SERVER)],
            env=self._environment(),
            directory=self._directory,
            output=self._directory / "output.log",
        )
        await_answer(self._process, self._answers)

    def _write_files(self) -> None:
        home = self._directory / "home"
        for folder in (home, self._directory / "mnesia", self._directory / "log"):
            folder.mkdir(parents=True, exist_ok=True)
        cookie = home / ".erlang.cookie"
        cookie.unlink(missing_ok=True)
        cookie.touch(0o600)
        cookie.write_text(self._cookie)
        cookie.chmod(0o400)
        (self._directory / "rabbitmq.conf").write_text(_CONFIGURATION.format(amqp=self._ports[0]))
        (self._directory / "enabled_plugins").write_text("[].\n")  # the management agent alone stops 5 s later

    def _environment(self) -> dict[str, str]:
        _, distribution, epmd = self._ports
        quiet = (
            "+sbwt none +sbwtdcpu none +sbwtdio none"  # an idle node must not spin on cores that tests share
        )
        return {
            "PATH": os.defpath,
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "HOME": str(self._directory / "home"),
            "ERL_EPMD_PORT": str(epmd),  # a system's epmd may run on the usual port
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": "zhitongche@localhost",
            "RABBITMQ_DIST_PORT": str(distribution),
            "RABBITMQ_MNESIA_BASE": str(self._directory / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self._directory / "log"),
            "RABBITMQ_CONFIG_FILE": str(self._directory / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._directory / "enabled_plugins"),
            "RABBITMQ_CONF_ENV_FILE": os.devnull,  # the system node's settings are not ours
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"-kernel inet_dist_use_interface {{127,0,0,1}} {quiet}",
            # The script then becomes the Erlang machine instead of waiting above it: signals reach the machine.
            "RABBITMQ_ALLOW_INPUT": "1",
            "RABBITMQ_SERVER_START_ARGS": "-noinput",
        }

    def _answers(self) -> bool:
        try:
            with amqp.Connection(f"127.0.0.1:{self._ports[0]}", connect_timeout=2, read_timeout=5):
                return True
        except (OSError, amqp.AMQPError):
            return False

    def stop(self) -> None:
        """Ask it to end and return when it has gone."""
        if self._process is not None:
            self._process.stop(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL, as a power cut would; return when it has gone."""
        if self._process is not None:
            self._process.kill()

    def restart(self) -> None:
        """Stop if it runs, and start on the same ports with the same data."""
        self.stop()
        self.start()

    def wipe(self) -> None:
        """Lose all the broker knew: it is stopped, its data deleted, and it stays stopped until `start`."""
        self.stop()
        shutil.rmtree(self._directory / "mnesia", ignore_errors=True)

    def add_vhost(self, name: str) -> str:
        """Make an empty virtual host, again after a `wipe`, and give its AMQP URI: a broker of one's own."""
        self._create_vhost(name)
        self._vhosts.add(name)
        return self.amqp_uri + name

    def remove_vhost(self, name: str) -> None:
        """Delete a virtual host with all it holds."""
        self._vhosts.discard(name)
        self._call("rabbit_vhost", "delete", name, "zhitongche")

    def _create_vhost(self, name: str) -> None:
        self._call("rabbit_vhost", "add", name, "zhitongche")
        self._call(
            "rabbit_auth_backend_internal", "set_permissions", "guest", name, ".*", ".*", ".*", "zhitongche"
        )

    def _call(self, module: str, function: str, *arguments: str) -> None:
        terms = ",".join(f'<<"{argument}">>' for argument in arguments)
        for pause in _PAUSES:
            answer = self._erl_call(f"{module}:{function}({terms}).\n")
            if answer.stdout.strip() == "{ok, ok}":
                return
            # One in thousands is not let in by a node that has let in the one before; nothing was asked yet.
            if _NOT_LET_IN not in answer.stderr:
                break
            time.sleep(pause)
        raise ServerFailed(f"{module}:{function}: {answer.stdout}{answer.stderr}")

    def _erl_call(self, command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(_CALL), "-sname", "zhitongche@localhost", "-e"],
            input=command,
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def load(self, definitions: dict[str, Any]) -> None:
        """Make what RabbitMQ definitions describe, users included; what is there stays."""
        text = json.dumps(definitions).replace("\\", "\\\\").replace('"', '\\"')
        self._call("rabbit_definitions", "import_raw", text)
