"""The log process of a service: seals, notes heads outside the database, relays.

Several may run; on PostgreSQL one of them leads and the others wait.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Protocol

from sqlalchemy.exc import DBAPIError

from kernel.log import heads, sealer
from kernel.log.relay import Publisher, PublisherUnavailable, Relay

if TYPE_CHECKING:
    from pathlib import Path

    from kernel.log.database import Database

BUSY_PAUSE = 0.02
IDLE_PAUSE = 0.25
STANDBY_PAUSE = 0.5
RELAY_IDLE_PAUSE = 1.0
_FIRST_BACKOFF, _LONGEST_BACKOFF = 0.1, 5.0
_LOG = logging.getLogger(__name__)


class HoldsHeadKey(Protocol):
    """The part of the secrets that heads need."""

    @property
    def head_key(self) -> bytes:
        """Keys the hash of a head."""


class LogProcess:
    """`run` works until `stop`, which any thread or signal handler may call."""

    def __init__(
        self,
        database: Database,
        service: str,
        secrets: HoldsHeadKey,
        home: Path,
        publisher: Publisher | None = None,
        *,
        subscribed: frozenset[str] = frozenset(),
    ) -> None:
        """Without a publisher nothing is relayed. `subscribed`: see `Relay`."""
        self._service = service
        noter = heads.HeadNoter(heads.HeadFile.of(home, service))
        self._sealer = sealer.Sealer(database, service, secrets.head_key, noter)
        self._publisher = publisher
        self._relay = Relay(database, service, publisher, subscribed) if publisher else None
        self._stopping = threading.Event()
        self._work = threading.Event()
        self._sealed = threading.Event()
        self._failure: BaseException | None = None

    def run(self) -> None:
        """Seal and relay until stopped. What nobody expected ends it, for the supervisor to see."""
        relay = threading.Thread(target=self._relay_thread, name=f"relay-{self._service}", daemon=True)
        relay.start()
        try:
            self._seal_loop()
        finally:
            self.stop()
            self._sealer.resign()
            relay.join()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """End `run` after the step at hand."""
        self._stopping.set()
        self._work.set()
        self._sealed.set()

    def wake(self) -> None:
        """Something was written: look now."""
        self._work.set()

    @property
    def leads(self) -> bool:
        """Whether this process seals and relays."""
        return self._sealer.leads

    @property
    def returned(self) -> int:
        """Events since the start that no queue wanted."""
        return self._relay.returned if self._relay else 0

    def _seal_loop(self) -> None:
        pause = BUSY_PAUSE
        while not self._stopping.is_set():
            sealed = self._sealer.step()
            if sealed:
                self._sealed.set()
            if sealed < sealer.LIMIT:
                pause = BUSY_PAUSE if sealed else min(pause * 1.5, IDLE_PAUSE)
                self._work.wait(pause if self.leads else STANDBY_PAUSE)
                self._work.clear()

    def _relay_thread(self) -> None:
        if self._relay is None or self._publisher is None:
            return
        try:
            self._relay_loop(self._relay, self._publisher)
        except BaseException as failure:  # noqa: BLE001 - a thread's end must end the process, not go unseen
            self._failure = failure
            self.stop()
        finally:
            self._relay.reset()
            self._publisher.close()

    def _relay_loop(self, relay: Relay, publisher: Publisher) -> None:
        backoff = _FIRST_BACKOFF
        while not self._stopping.is_set():
            self._sealed.clear()
            if not self.leads:
                relay.reset()
                self._sealed.wait(STANDBY_PAUSE)
                continue
            try:
                if not relay.step():
                    publisher.idle()
                    self._sealed.wait(RELAY_IDLE_PAUSE)
                backoff = _FIRST_BACKOFF
            except (DBAPIError, PublisherUnavailable) as fault:
                _LOG.warning("relaying %s waits: %s", self._service, type(fault).__name__)
                relay.reset()
                self._stopping.wait(backoff)
                backoff = min(backoff * 2, _LONGEST_BACKOFF)


def drain(database: Database, service: str, secrets: HoldsHeadKey, home: Path, patience: float = 5.0) -> bool:
    """Have everything committed so far sealed and its head noted, before a process without `run` ends.

    Seals here where no other process leads, else waits for that one; whether it was done in `patience`
    seconds.
    """
    noter = heads.HeadNoter(heads.HeadFile.of(home, service))
    own = sealer.Sealer(database, service, secrets.head_key, noter)
    end = time.monotonic() + patience
    try:
        own.step()
        while not (done := own.all_sealed()) and time.monotonic() < end:
            time.sleep(BUSY_PAUSE)
            own.step()
        return done
    finally:
        own.resign()
