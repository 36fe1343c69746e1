"""Keeps the processes of services running: one that ends is started again, ever more slowly while it fails."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import Any

_log = logging.getLogger(__name__)
_HEALTHY_SECONDS = 10.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0
_PATIENCE = 25.0


@dataclass
class _Child:
    service: str
    part: str
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    pause: float = _FIRST_PAUSE
    due_at: float = 0.0

    def start(self) -> None:
        words = [sys.executable, "-m", "apps.cli", "serve", self.service, "--part", self.part]
        self.process = subprocess.Popen(words)
        self.started_at = time.monotonic()

    def look_after(self) -> None:
        if self.process is None:
            if time.monotonic() >= self.due_at:
                self.start()
        elif self.process.poll() is not None:
            lived = time.monotonic() - self.started_at
            self.pause = _FIRST_PAUSE if lived > _HEALTHY_SECONDS else min(self.pause * 2, _LONGEST_PAUSE)
            self.due_at = time.monotonic() + self.pause
            _log.warning("%s %s ended with %s", self.service, self.part, self.process.returncode)
            self.process = None


class Supervisor:
    """Starts a process per service and part, and keeps each running until a signal asks to end."""

    def __init__(self, parts: list[tuple[str, str]]) -> None:
        """Parts are (service, `rpc` or `log`)."""
        self._children = [_Child(service, part) for service, part in parts]
        self._ending = threading.Event()

    def run(self) -> None:
        """Look after the processes; on a signal end them all and wait."""
        signal.signal(signal.SIGTERM, self._end)
        signal.signal(signal.SIGINT, self._end)
        while not self._ending.is_set():
            for child in self._children:
                child.look_after()
            self._ending.wait(0.1)
        running = [child.process for child in self._children if child.process is not None]
        for process in running:
            process.terminate()
        until = time.monotonic() + _PATIENCE
        for process in running:
            try:
                process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _end(self, _number: int, _frame: Any) -> None:
        self._ending.set()
