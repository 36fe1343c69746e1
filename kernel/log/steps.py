"""What follows a commit outside its database, such as destroying a key: taken once it is sure, never lost."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from kernel.log.store import StoreGone

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kernel.log.store import Batch, LogStore

_log = logging.getLogger(__name__)


class Steps:
    """Writes batches and takes the steps that follow them; one thread at a time."""

    def __init__(self, store: LogStore, unfinished: Sequence[Callable[[], None]]) -> None:
        """Begin with steps that a process which ended behind a commit may have left."""
        self._store = store
        self._waiting = list(unfinished)
        self._take()

    def write(self, batch: Batch) -> None:
        """Commit a batch, then take its steps."""
        try:
            self._store.write(batch)
        except StoreGone:
            # Whether it was committed is unknown; a step goes by what it finds committed.
            self._waiting += batch.afterwards
            raise
        self._waiting += batch.afterwards
        self._take()

    def _take(self) -> None:
        waiting, self._waiting = self._waiting, []
        for step in waiting:
            try:
                step()
            except Exception as fault:  # noqa: BLE001 - what is committed is done, and its caller is told so
                # It is taken again after the next commit.
                _log.warning("a step after a commit waits: %s", type(fault).__name__)
                self._waiting.append(step)
