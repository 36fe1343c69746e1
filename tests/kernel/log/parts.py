"""Log processes as the operating system sees them, parts in threads of ours, and waiting for what they do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kernel.log.database import Database

SCRIPT = Path(__file__).with_name("log_part.py")


class Part:
    """A running log process."""

    def __init__(self, database: Database, home: Path, amqp_uri: str = "", fault: str = "") -> None:
        url = database.url.render_as_string(hide_password=False)
        words = [sys.executable, str(SCRIPT), url, str(home), amqp_uri]
        self._process = subprocess.Popen(words, env=os.environ | {"ZHITONGCHE_FAULT": fault})

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def died_of_its_fault(self) -> bool:
        return self._process.wait(timeout=30) == -signal.SIGKILL

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def end(self) -> None:
        if self.running:
            self.send(signal.SIGCONT)
            self.send(signal.SIGTERM)
            self._process.wait(timeout=30)


@contextmanager
def running(database: Database, home: Path, amqp_uri: str = "", fault: str = "") -> Iterator[Part]:
    part = Part(database, home, amqp_uri, fault)
    try:
        yield part
    finally:
        part.end()


class Stoppable(Protocol):
    """What runs until it is stopped."""

    def run(self) -> None: ...

    def stop(self) -> None: ...


_Stoppable = TypeVar("_Stoppable", bound=Stoppable)


@contextmanager
def in_a_thread(part: _Stoppable) -> Iterator[_Stoppable]:
    """It runs for the block, in this process."""
    thread = threading.Thread(target=part.run)
    thread.start()
    try:
        yield part
    finally:
        part.stop()
        thread.join()
