"""The tables of the feedback database.

Live tables can be rebuilt from the log; `lease` only as it was claimed, without its renewals, and `offer` not
at all: they are coordination, and losing them costs a wait, not a fact.

Column names of `ticket` are the fields of `domain.ticket.states.Ticket`; a test holds them together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, Table, Text, exists, select

from kernel.log.schema import key_text, log_tables
from services.feedback.storage.latency import latency_tables, open_ticket_index

if TYPE_CHECKING:
    from sqlalchemy import Connection

METADATA = MetaData()
LOG = log_tables(METADATA)


def _optional(name: str, length: int) -> Column[str]:
    return Column(name, key_text(length), nullable=True)


def _instant(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=True)


TICKET = Table(
    "ticket",
    METADATA,
    Column("ticket_id", key_text(36), primary_key=True),
    Column("institution", key_text(40), nullable=False),
    Column("number", key_text(12), nullable=False),
    Column("channel", key_text(40), nullable=False),
    _optional("category", 40),
    Column("state", key_text(12), nullable=False),
    Column("round", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("confidentiality", key_text(12), nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("key_id", key_text(36), nullable=False),
    Column("policy", key_text(64), nullable=False),
    _instant("accepted_at"),
    _instant("first_assigned_at"),
    _instant("assigned_at"),
    _instant("replied_at"),
    _instant("closed_at"),
    _instant("ended_at"),
    _optional("lead", 40),
    Column("assisting", Text, nullable=False),
    _optional("outcome", 40),
    _instant("due_at"),
    Column("due_working_days", Integer, nullable=True),
    Column("due_provisional", Integer, nullable=False),
    Column("lease_token", Integer, nullable=False),
    _optional("owner", 64),
    _optional("receipt_index", 64),
    _optional("source_key", 64),
    _optional("import_key", 64),
    _optional("import_digest", 64),
    _optional("batch", 36),
)
CALENDAR_YEAR = Table(
    "calendar_year",
    METADATA,
    Column("year", key_text(4), primary_key=True),
    Column("content", Text, nullable=False),
    Column("imported_at", BigInteger, nullable=False),
)
LEASE = Table(
    "lease",
    METADATA,
    Column("ticket_id", key_text(36), primary_key=True),
    Column("token", Integer, nullable=False),
    Column("holder", Text, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)
OFFER = Table(
    "offer",
    METADATA,
    Column("ticket_id", key_text(36), primary_key=True),
    # For which assignment, and after which lease: of another one it says nothing.
    Column("assigned_at", BigInteger, nullable=False),
    Column("lease_token", Integer, nullable=False),
    Column("offered_at", BigInteger, nullable=False),
)
LATENCY = latency_tables(METADATA)

_assigned = TICKET.c.state == "assigned"
_assisted = TICKET.c.assisting != ""
INDEXES = (
    open_ticket_index(TICKET),
    Index("ticket_number", TICKET.c.institution, TICKET.c.number, unique=True),
    Index("ticket_state", TICKET.c.institution, TICKET.c.state, TICKET.c.received_at, TICKET.c.ticket_id),
    Index(
        "ticket_lead",
        TICKET.c.institution,
        TICKET.c.lead,
        TICKET.c.state,
        TICKET.c.received_at,
        TICKET.c.ticket_id,
        postgresql_where=TICKET.c.lead.is_not(None),
        sqlite_where=TICKET.c.lead.is_not(None),
    ),
    Index(
        "ticket_assisting",
        TICKET.c.institution,
        TICKET.c.state,
        TICKET.c.received_at,
        TICKET.c.ticket_id,
        postgresql_where=_assisted,
        sqlite_where=_assisted,
    ),
    Index(
        "ticket_queue",
        TICKET.c.institution,
        TICKET.c.lead,
        TICKET.c.assigned_at,
        TICKET.c.ticket_id,
        postgresql_where=_assigned,
        sqlite_where=_assigned,
    ),
    Index(
        "ticket_receipt",
        TICKET.c.receipt_index,
        unique=True,
        postgresql_where=TICKET.c.receipt_index.is_not(None),
        sqlite_where=TICKET.c.receipt_index.is_not(None),
    ),
    Index(
        "ticket_source",
        TICKET.c.institution,
        TICKET.c.source_key,
        unique=True,
        postgresql_where=TICKET.c.source_key.is_not(None),
        sqlite_where=TICKET.c.source_key.is_not(None),
    ),
    Index(
        # The key says the institution too. A column more would let the planner, which knows nothing of a
        # new table, prefer any index that begins with it.
        "ticket_import",
        TICKET.c.import_key,
        unique=True,
        postgresql_where=TICKET.c.import_key.is_not(None),
        sqlite_where=TICKET.c.import_key.is_not(None),
    ),
    Index(
        "ticket_batch",
        TICKET.c.batch,
        postgresql_where=TICKET.c.batch.is_not(None),
        sqlite_where=TICKET.c.batch.is_not(None),
    ),
)
# What a command may write.
WRITTEN = (TICKET, CALENDAR_YEAR, LEASE, LATENCY["stage_pending"], LATENCY["stage_undone"])


def stages_wait(connection: Connection) -> bool:
    """Whether some ended stage is not counted yet, or some undone one still is."""
    queues = (LATENCY["stage_pending"], LATENCY["stage_undone"])
    return any(connection.execute(select(exists(select(queue.c.ticket_id)))).scalar_one() for queue in queues)
