"""Offers: what is assigned to a unit with a machine queue stands in that queue until somebody claims it.

The database decides what is due and remembers what the broker confirmed. An offer is a hint: a unit's
system that finds it outdated is refused by `claim_ticket` and takes the next one. So a second offer is
harmless and a missing one is not, and every doubt here ends in offering again.

Sources: docs/interface.md, "Department queues", and `claim_ticket`, `release_ticket`.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from kernel import instants
from kernel.log import faults
from kernel.runtime.distributed.work_queues import Letter, QueuesUnavailable, tickets_queue

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy import Connection

    from kernel.log.database import Database
    from kernel.policy import Packs
    from kernel.runtime.distributed.work_queues import WorkQueues

PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 5.0
BATCH: Final = 2000
CHUNK: Final = 500
LOST_AFTER: Final = 15.0
TIDY_EVERY: Final = 60 * instants.SECOND
_SHARE: Final = 10
_FIRST_BACKOFF: Final = 0.5
_TIDY_LIMIT: Final = 5000
_LOG = logging.getLogger(__name__)

_STEER: Final = text(
    "SELECT "
    + ", ".join(f"set_config('enable_{way}', 'off', true)" for way in ("seqscan", "hashjoin", "mergejoin"))
)
_CLOCK: Final = text("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
_SERVED: Final = """
WITH served AS (
    SELECT * FROM unnest(CAST(:institutions AS text[]), CAST(:units AS text[]), CAST(:most AS int[]))
    AS served (institution, unit, most)
)"""
_TICKET: Final = """
SELECT ticket.ticket_id, ticket.round, ticket.institution, ticket.lead, ticket.assigned_at,
    ticket.lease_token"""
_UNLEASED: Final = """
FROM ticket
LEFT JOIN lease ON lease.ticket_id = ticket.ticket_id
LEFT JOIN offer ON offer.ticket_id = ticket.ticket_id
    AND offer.assigned_at = ticket.assigned_at AND offer.lease_token = ticket.lease_token
WHERE ticket.state = 'assigned' AND ticket.institution = served.institution AND ticket.lead = served.unit
    AND coalesce(lease.expires_at, 0) <= :now"""
# The assignment counts from its position on: a system that reads the log finds it there.
_PLACED: Final = """
CROSS JOIN LATERAL (
    SELECT event_id FROM event
    WHERE event.stream_id = 'ticket/' || chosen.ticket_id AND event.name = 'ticket_assigned'
    ORDER BY stream_version DESC LIMIT 1
) AS assignment
JOIN log_entry ON log_entry.event_id = assignment.event_id"""
_FIELDS: Final = """
SELECT chosen.ticket_id, chosen.round, chosen.institution, chosen.lead AS unit, chosen.assigned_at,
    chosen.lease_token, log_entry.position
"""
_DUE: Final = text(f"""{_SERVED} {_FIELDS} FROM served CROSS JOIN LATERAL (
    {_TICKET} {_UNLEASED} AND offer.ticket_id IS NULL
    ORDER BY ticket.assigned_at, ticket.ticket_id LIMIT served.most
) AS chosen {_PLACED}
ORDER BY chosen.assigned_at, chosen.ticket_id""")
_OUTSTANDING: Final = text(f"""{_SERVED}
SELECT served.institution, served.unit, found.outstanding FROM served CROSS JOIN LATERAL (
    SELECT count(*) AS outstanding {_UNLEASED} AND offer.ticket_id IS NOT NULL
) AS found WHERE found.outstanding > 0""")
# A queue gives out in the order in which it was filled: what it no longer has are its oldest offers.
_LOST: Final = text(f"""{_SERVED} {_FIELDS} FROM served CROSS JOIN LATERAL (
    {_TICKET}, offer.offered_at {_UNLEASED} AND offer.ticket_id IS NOT NULL
    ORDER BY offer.offered_at, ticket.assigned_at, ticket.ticket_id LIMIT served.most
) AS chosen {_PLACED}
WHERE chosen.offered_at <= :lost_before
ORDER BY chosen.assigned_at, chosen.ticket_id""")
_RECORD: Final = text("""
INSERT INTO offer (ticket_id, assigned_at, lease_token, offered_at)
SELECT ticket_id, assigned_at, lease_token, :now
FROM unnest(CAST(:ticket_ids AS text[]), CAST(:assigned_at AS bigint[]), CAST(:lease_tokens AS int[]))
    AS made (ticket_id, assigned_at, lease_token)
ORDER BY ticket_id
ON CONFLICT (ticket_id) DO UPDATE SET assigned_at = EXCLUDED.assigned_at,
    lease_token = EXCLUDED.lease_token, offered_at = EXCLUDED.offered_at""")
_TIDY: Final = text("""
DELETE FROM offer WHERE ticket_id IN (
    SELECT offer.ticket_id FROM offer
    LEFT JOIN ticket ON ticket.ticket_id = offer.ticket_id AND ticket.state = 'assigned'
    WHERE ticket.ticket_id IS NULL LIMIT :limit
)""")


class _Due(NamedTuple):
    ticket_id: str
    round: int
    institution: str
    unit: str
    assigned_at: int
    lease_token: int
    position: int

    def letter(self) -> Letter:
        body = {
            "ticket_id": self.ticket_id,
            "round": self.round,
            "institution": self.institution,
            "unit": self.unit,
            "position": self.position,
        }
        # The same offer made twice has the same id, so that its reader may know it again.
        name = f"{self.ticket_id}/{self.position}/{self.lease_token}"
        return Letter(tickets_queue(self.institution, self.unit), name, orjson.dumps(body))


class Offers:
    """Keeps an offer in the queue for every assigned ticket of a machine's unit. Used by one thread.

    Two at once do no harm; they offer some tickets twice.
    """

    def __init__(
        self, database: Database, packs: Packs, queues: WorkQueues, *, lost_after: float = LOST_AFTER
    ) -> None:
        """Offer to the units that the packs give a queue.

        An offer may have been lost once it is `lost_after` seconds old; a third of that passes between two
        looks at the queues, so a lost one is made again within one and a half times that.
        """
        self._database = database
        self._queues = queues
        self._served = [
            (pack.id, unit.id)
            for pack in map(packs.get, packs.ids())
            if pack is not None
            for unit in pack.units.values()
            if unit.machine_queue
        ]
        self._lost_after = int(lost_after * instants.SECOND)
        self._looked_at = self._tidied_at = 0

    def step(self, now: int | None = None) -> int:
        """Offer what is due; how many offers were made.

        `now`: the instant by which leases and ages are judged, the database's clock where none is given.
        `QueuesUnavailable` or SQLAlchemy's errors leave the rest due; call again later.
        """
        if not self._served:
            return 0
        with self._database.read() as connection:
            asked_at = self._now(connection, now)
            due = _rows(connection, _DUE, self._each(BATCH), now=asked_at)
        offered = self._offer(due, now)
        if _passed(self._looked_at, asked_at, self._lost_after // 3):
            lost = self._lost(asked_at)
            offered += self._offer(lost, now)
            if len(lost) < BATCH:
                self._looked_at = asked_at
        if _passed(self._tidied_at, asked_at, TIDY_EVERY):
            self._tidy()
            self._tidied_at = asked_at
        self._queues.idle()
        return offered

    def run(self, stop: threading.Event, leads: Callable[[], bool]) -> None:
        """Step until `stop` is set, while `leads()`; a broker or database that is away is waited for."""
        backoff = _FIRST_BACKOFF
        try:
            while not stop.is_set():
                started = time.monotonic()
                try:
                    busy = self._lead() if leads() else self._rest()
                    # Many waiting tickets make the question dear: then it is asked less often.
                    spent = time.monotonic() - started
                    pause = 0.0 if busy else min(max(PAUSE, _SHARE * spent), LONGEST_PAUSE)
                    backoff = _FIRST_BACKOFF
                except (QueuesUnavailable, SQLAlchemyError) as fault:
                    _LOG.warning("offering tickets waits: %s", type(fault).__name__)
                    pause, backoff = backoff, min(backoff * 2, LONGEST_PAUSE)
                stop.wait(pause)
        finally:
            self._queues.close()

    def _lead(self) -> bool:
        return self.step() >= BATCH

    def _rest(self) -> bool:
        self._queues.close()
        return False

    def _each(self, most: int) -> list[tuple[str, str, int]]:
        return [(institution, unit, most) for institution, unit in self._served]

    def _offer(self, due: Sequence[_Due], now: int | None) -> int:
        # In parts: what a crash finds confirmed and not recorded is offered twice.
        return sum(self._offer_part(due[start : start + CHUNK], now) for start in range(0, len(due), CHUNK))

    def _offer_part(self, due: Sequence[_Due], now: int | None) -> int:
        kept = self._queues.put([each.letter() for each in due])
        made = [each for each, stands in zip(due, kept, strict=True) if stands]
        faults.point("offers.confirmed")
        if made:
            with self._database.write() as connection:
                connection.execute(
                    _RECORD,
                    {
                        "now": self._now(connection, now),
                        "ticket_ids": [each.ticket_id for each in made],
                        "assigned_at": [each.assigned_at for each in made],
                        "lease_tokens": [each.lease_token for each in made],
                    },
                )
        return len(made)

    def _lost(self, now: int) -> list[_Due]:
        """Outstanding offers that their queue no longer holds, as far as its length tells.

        A letter in a machine's hands counts as lost too: it is either acknowledged at once, or its machine
        is stuck and another may take the second one.
        """
        with self._database.read() as connection:
            outstanding = _steered(connection).execute(_OUTSTANDING, _arguments(self._each(0), now=now)).all()
        missing = []
        for institution, unit, count in outstanding:
            ready = self._queues.ready(tickets_queue(institution, unit))
            if ready is not None and ready < count:
                missing.append((institution, unit, min(count - ready, BATCH)))
        if not missing:
            return []
        with self._database.read() as connection:
            return _rows(connection, _LOST, missing, now=now, lost_before=now - self._lost_after)

    def _tidy(self) -> None:
        with self._database.write() as connection:
            connection.execute(_TIDY, {"limit": _TIDY_LIMIT})

    @staticmethod
    def _now(connection: Connection, now: int | None) -> int:
        return int(connection.execute(_CLOCK).scalar_one()) if now is None else now


def _passed(since: int, now: int, span: int) -> bool:
    # Also where the clock went back: a time to come would keep the question from being asked.
    return not since <= now < since + span


def _arguments(served: Iterable[tuple[str, str, int]], **others: int) -> dict[str, Any]:
    institutions, units, most = (list(column) for column in zip(*served, strict=True))
    return {"institutions": institutions, "units": units, "most": most} | others


def _steered(connection: Connection) -> Connection:
    # By index, ticket by ticket: a plan made for small tables would read all of them whole for every unit.
    connection.execute(_STEER)
    return connection


def _rows(
    connection: Connection, query: Any, served: Iterable[tuple[str, str, int]], **others: int
) -> list[_Due]:
    found = _steered(connection).execute(query, _arguments(served, **others)).all()
    return [_Due(*row) for row in found]
