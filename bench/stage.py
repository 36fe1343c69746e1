"""The stage: private servers, our processes, and how much CPU each of them used."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import psutil

from apps.cluster.nodes import PrivatePostgres, PrivateRabbit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).resolve().parent.parent
READY_SECONDS = 60.0


@dataclass
class Stage:
    """RabbitMQ and PostgreSQL of our own, and the environment in which our processes find them."""

    home: Path
    postgres: PrivatePostgres
    rabbit: PrivateRabbit
    environment: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @classmethod
    def open(cls) -> Stage:
        """Start both servers."""
        home = Path(tempfile.mkdtemp(prefix="zhitongche-bench-"))
        home.chmod(0o755)
        postgres, rabbit = PrivatePostgres(home / "postgresql"), PrivateRabbit(home / "rabbitmq")
        postgres.start()
        rabbit.start()
        ours = {
            "ZHITONGCHE_HOME": str(home),
            "ZHITONGCHE_DATABASE_URL": postgres.url_template,
            "ZHITONGCHE_AMQP_URI": rabbit.amqp_uri,
            "PYTHONWARNINGS": "ignore",
        }
        os.environ.update(ours)
        return cls(home, postgres, rabbit, {**os.environ, **ours})

    def start(self, name: str, *words: str) -> None:
        """Start a process of ours under a name."""
        self.processes[name] = subprocess.Popen(words, env=self.environment, cwd=ROOT)

    def python(self, *words: str) -> dict[str, Any]:
        """Run a Python module to its end; the JSON document that it prints."""
        return run_python(self.environment, *words)

    def stop(self, *names: str) -> None:
        """End processes, all by default."""
        for name in names or tuple(self.processes):
            process = self.processes.pop(name)
            process.terminate()
            process.wait(30)

    def close(self) -> None:
        """End everything."""
        self.stop()
        self.rabbit.stop()
        self.postgres.stop()

    def cpu(self) -> dict[str, float]:
        """CPU seconds so far by part: our processes by name, `broker`, `postgresql`."""
        used = dict.fromkeys([*self.processes, "broker", "postgresql"], 0.0)
        for name, process in self.processes.items():
            for member in _family(psutil.Process(process.pid)):
                used[name] += _seconds(member)
        for process in psutil.process_iter():
            kind = _kind(process, self.home)
            if kind:
                used[kind] += _seconds(process, reaped=kind == "postgresql")
        return used


def _kind(process: psutil.Process, home: Path) -> str | None:
    try:
        name = process.name()
        if name == "beam.smp" and any(str(home) in word for word in process.cmdline()):
            return "broker"
        if name == "postgres":
            top = process
            while (parent := top.parent()) is not None and parent.name() == "postgres":
                top = parent
            return "postgresql" if any(str(home) in word for word in top.cmdline()) else None
    except psutil.Error:
        return None
    return None


def _family(process: psutil.Process) -> Iterator[psutil.Process]:
    yield process
    yield from process.children(recursive=True)


def _seconds(process: psutil.Process, *, reaped: bool = False) -> float:
    try:
        times = process.cpu_times()
    except psutil.Error:
        return 0.0
    own = times.user + times.system
    return own + times.children_user + times.children_system if reaped else own


def run_python(environment: Mapping[str, str], *words: str) -> dict[str, Any]:
    """Run a Python module to its end; the JSON document that it prints."""
    done = subprocess.run(
        [sys.executable, "-m", *words], env=environment, cwd=ROOT, stdout=subprocess.PIPE, check=True
    )
    document: dict[str, Any] = orjson.loads(done.stdout.splitlines()[-1])
    return document


def wait_until(question: Any, what: str, seconds: float = READY_SECONDS) -> None:
    """Ask until the answer is true; `TimeoutError` otherwise."""
    until = time.monotonic() + seconds
    while not question():
        if time.monotonic() > until:
            raise TimeoutError(what)
        time.sleep(0.05)
