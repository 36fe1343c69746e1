"""Server processes that end with their owner, loopback ports that stay theirs, and waiting for an answer."""

from __future__ import annotations

import random
import signal
import socket
import subprocess
import sys
import time
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_KEEPER = Path(__file__).with_name("keeper.py")
_PORTS = range(15_000, 32_000)


class ServersMissing(RuntimeError):
    """RabbitMQ or PostgreSQL is not installed; the message is a Chinese sentence that says what to do."""


class ServerFailed(RuntimeError):
    """A private server ended or did not answer in time; the message holds the end of its output."""


class KeptProcess:
    """One server under a keeper: it ends when this object says so, or when this process ends in whatever way.

    `user`: the system user it runs as, or None for the caller's. `output`: the file its output is appended to,
    or None for the caller's own standard error.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str],
        directory: Path,
        output: Path | None,
        user: str | None = None,
    ) -> None:
        """Start it; `pid` is the server's."""
        with output.open("ab") if output else nullcontext() as log:
            self._keeper = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_KEEPER), user or "-", *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=dict(env),
                cwd=directory,
                start_new_session=True,  # a Ctrl-C at the terminal is the owner's to act upon, in its own order
            )
        self._output = output
        self._orders = cast("IO[bytes]", self._keeper.stdin)
        with cast("IO[bytes]", self._keeper.stdout) as stdout:
            line = stdout.readline()
        if not line:
            self._keeper.wait()
            raise ServerFailed(self.last_words())
        self.pid = int(line)

    def running(self) -> bool:
        """Whether the server, or anything it started, is still there."""
        return self._keeper.poll() is None

    def send(self, number: int) -> None:
        """Send a signal to the server, SIGKILL to all it started too; nothing happens when it has ended."""
        with suppress(BrokenPipeError, ValueError):  # gone, or closed after it had gone
            self._orders.write(bytes([number]))
            self._orders.flush()

    def wait(self) -> int:
        """Wait until it has ended; its exit code, `128 + N` after signal N."""
        return self._keeper.wait()

    def stop(self, number: int = signal.SIGTERM, patience: float = 60.0) -> None:
        """Ask it to end, wait until it has gone, and after `patience` seconds end it by force."""
        if self.running():
            self.send(number)
            try:
                self._keeper.wait(patience)
            except subprocess.TimeoutExpired:
                self.send(signal.SIGKILL)
        self._close()

    def kill(self) -> None:
        """SIGKILL the server and everything it started; return when all of it has gone."""
        self.send(signal.SIGKILL)
        self._close()

    def _close(self) -> None:
        self._keeper.wait()
        with suppress(BrokenPipeError):
            self._orders.close()

    def last_words(self, size: int = 2_000) -> str:
        """The end of its output, as far as it went to a file."""
        if self._output is None:
            return ""
        return self._output.read_bytes()[-size:].decode(errors="replace")


def free_ports(count: int) -> list[int]:
    """Different loopback ports that nobody listens on.

    They lie below the range that the kernel hands to outgoing connections. A port from that range can be taken
    while the server is down by any client, even by one that keeps trying to reach this very port and so
    connects to itself; then the server could not come back on it.
    """
    found: list[int] = []
    while len(found) < count:
        port = random.choice(_PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in found:
            found.append(port)
    return found


def await_answer(process: KeptProcess, answers: Callable[[], bool], patience: float = 120.0) -> None:
    """Return when `answers()`; `ServerFailed` when the process ended or `patience` seconds have passed."""
    limit = time.monotonic() + patience
    while not answers():
        if not process.running() or time.monotonic() > limit:
            process.kill()
            raise ServerFailed(process.last_words())
        time.sleep(0.05)
