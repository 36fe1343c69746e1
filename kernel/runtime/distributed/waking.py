"""How one thread is woken by others."""

from __future__ import annotations

import contextlib
import socket


class Waker:
    """Ends another thread's `poll`; may be set from any thread and from a signal handler."""

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._reader.settimeout(0)
        self._writer.settimeout(0)

    def fileno(self) -> int:
        """The number to poll on."""
        return self._reader.fileno()

    def set(self) -> None:
        """Wake the thread; a full buffer means that it is woken already."""
        with contextlib.suppress(BlockingIOError, OSError):
            self._writer.send(b"!")

    def clear(self) -> None:
        """Forget what woke us."""
        with contextlib.suppress(BlockingIOError):
            while self._reader.recv(4096):
                pass

    def close(self) -> None:
        """Give the sockets back."""
        self._reader.close()
        self._writer.close()
