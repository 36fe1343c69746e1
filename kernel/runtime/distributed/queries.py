"""Queries run in a few threads of their own, so that a long report keeps no command waiting."""

from __future__ import annotations

import threading
from collections import deque
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kernel.runtime.distributed.waking import Waker

THREADS = 4


class QueryThreads:
    """Runs functions, hands their results back to the thread that polls the waker."""

    def __init__(self, waker: Waker, threads: int = THREADS) -> None:
        self.running = 0
        self._waker = waker
        self._waiting: SimpleQueue[tuple[Any, Callable[[], bytes]] | None] = SimpleQueue()
        self._finished: deque[tuple[Any, bytes]] = deque()
        self._threads = [
            threading.Thread(target=self._work, name=f"query-{n}", daemon=True) for n in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def start(self, message: Any, answer: Callable[[], bytes]) -> None:
        """Run `answer`, which never raises, in one of the threads (for the polling thread)."""
        self.running += 1
        self._waiting.put((message, answer))

    def finished(self) -> Iterator[tuple[Any, bytes]]:
        """The messages whose answer has come, each once (for the polling thread)."""
        while self._finished:
            self.running -= 1
            yield self._finished.popleft()

    def close(self) -> None:
        """End the threads; one that is still busy ends with its query."""
        for _ in self._threads:
            self._waiting.put(None)

    def _work(self) -> None:
        while (item := self._waiting.get()) is not None:
            message, answer = item
            self._finished.append((message, answer()))
            self._waker.set()
