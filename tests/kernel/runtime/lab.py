"""A small service of the tests' own: a real application in memory, hosted in a thread or in a process.

As a process: `python -m tests.kernel.runtime.lab AMQP_URI FOLDER`. What it did is then in the folder.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nameko.rpc import rpc

from kernel.refusals import Refusal, StaleVersion
from kernel.runtime.distributed.desk import Desk
from kernel.runtime.distributed.host import Host
from tests.support.letters import Letters

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kernel.runtime.calls import Call

ROOT = Path(__file__).parents[3]


class LabApplication:
    """Answers with what it was given; writes down what it ran, and in which batches."""

    name = "lab"
    commands = frozenset({"echo", "record", "refuse", "explode", "odd_answer", "die"})
    queries = frozenset({"ask", "slow", "hold", "crash"})

    def __init__(self, folder: Path | None = None) -> None:
        self.batches: list[list[Call]] = []
        self.asked: list[Call] = []
        self.gate = threading.Event()
        self.gate.set()
        self.released = threading.Event()
        self.closed = False
        self._diary = (folder / "diary").open("a") if folder else None

    def run_batch(self, calls: Sequence[Call]) -> list[Any]:
        self.gate.wait(10)
        self.batches.append(list(calls))
        return [self._run(call) for call in calls]

    def _run(self, call: Call) -> Any:
        match call.method:
            case "refuse":
                return StaleVersion({"version": 7}, clause="DT-15")
            case "explode":
                raise RuntimeError("a secret: 王先生")
            case "odd_answer":
                return {"answer": {1, 2}}
            case "die":
                os.kill(os.getpid(), signal.SIGKILL)
            case "record":
                self._diary.write(f"{call.arguments['number']}\n")
                self._diary.flush()
        return {"arguments": dict(call.arguments), "context": dict(call.context)}

    def run_query(self, call: Call) -> Any:
        self.asked.append(call)
        if call.method == "slow":
            time.sleep(call.arguments["seconds"])
        if call.method == "hold":
            self.released.wait(10)
        if call.method == "crash":
            raise RuntimeError("a secret: 王先生")
        if call.arguments.get("refuse"):
            raise StaleVersion({"version": 7})
        return {"arguments": dict(call.arguments), "context": dict(call.context)}

    def close(self) -> None:
        self.closed = True
        if self._diary:
            self._diary.close()


class Lab:
    """The service class, as any other."""

    name = "lab"
    desk = Desk(LabApplication)

    @rpc
    def echo(self, **arguments):
        return self.desk.command("echo", arguments)

    @rpc
    def record(self, **arguments):
        return self.desk.command("record", arguments)

    @rpc
    def refuse(self, **arguments):
        return self.desk.command("refuse", arguments)

    @rpc
    def explode(self, **arguments):
        return self.desk.command("explode", arguments)

    @rpc
    def odd_answer(self, **arguments):
        return self.desk.command("odd_answer", arguments)

    @rpc
    def die(self, **arguments):
        return self.desk.command("die", arguments)

    @rpc
    def ask(self, **arguments):
        return self.desk.query("ask", arguments)

    @rpc
    def slow(self, **arguments):
        return self.desk.query("slow", arguments)

    @rpc
    def hold(self, **arguments):
        return self.desk.query("hold", arguments)

    @rpc
    def crash(self, **arguments):
        return self.desk.query("crash", arguments)

    def not_an_entrypoint(self):
        return "nobody may call this"


class HostedLab:
    """The lab under our host, in a thread of this process."""

    def __init__(self, uri: str, letters: Letters | None = None, **options: Any) -> None:
        self.application = LabApplication()
        self.letters = letters or Letters()
        self.host = Host(Lab, uri, application=self.application, dead_letters=self.letters, **options)
        self.ended_with: BaseException | None = None
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            self.host.run()
        except Exception as error:  # noqa: BLE001 - the test asks what it ended with
            self.ended_with = error


@contextlib.contextmanager
def hosted(uri: str, **options: Any) -> Iterator[HostedLab]:
    """The lab, ready; stopped at the end of the block."""
    lab = HostedLab(uri, **options)
    lab.thread.start()
    try:
        assert lab.host.ready.wait(20), "the host does not get ready"
        yield lab
    finally:
        lab.host.stop()
        lab.thread.join(20)
        assert not lab.thread.is_alive(), "the host does not stop"
    if lab.ended_with is not None:
        raise lab.ended_with


def process(uri: str, folder: Path) -> subprocess.Popen[bytes]:
    """The lab in a process of its own."""
    return subprocess.Popen([sys.executable, "-W", "ignore", "-m", __spec__.name, uri, str(folder)], cwd=ROOT)


def _main(uri: str, folder: Path) -> None:
    logging.basicConfig(level=logging.ERROR)
    host = Host(Lab, uri, application=LabApplication(folder), dead_letters=Letters(folder))
    signal.signal(signal.SIGTERM, lambda *_: host.stop())
    host.run()


def refusal_of(call: Any, *arguments: Any, **options: Any) -> Refusal:
    """The refusal that a call ends with."""
    try:
        answer = call(*arguments, **options)
    except Refusal as refusal:
        return refusal
    raise AssertionError(f"answered {answer!r}")


if __name__ == "__main__":
    _main(sys.argv[1], Path(sys.argv[2]))
