"""The tables of the registry database.

Everything that is known about a person stands in one sealed file; what stands beside it in clear says where
it belongs and how to find it, and nothing about anybody (docs/decisions/0015). All live tables can be rebuilt
from the log, the index `person_token` with the keys; `suggestion` from the feedback service's.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, Table, Text

from kernel.log.schema import key_text, log_tables

METADATA = MetaData()
LOG = log_tables(METADATA)

PERSON = Table(
    "person",
    METADATA,
    Column("person_id", key_text(36), primary_key=True),
    Column("institution", key_text(40), nullable=False),
    Column("state", key_text(8), nullable=False),
    Column("version", Integer, nullable=False),
    Column("key_id", key_text(36), nullable=False),
    # The event in which the newest file stands, and its ciphertext; '' once it is erased.
    Column("sealed_in", key_text(36), nullable=False),
    Column("file", Text, nullable=False),
    Column("registered_at", BigInteger, nullable=False),
    Column("number_mark", key_text(64), nullable=True),
    Column("login_mark", key_text(64), nullable=True),
    # What an erased person still counts as in figures of past days, sealed; '' for everybody else.
    Column("residue", Text, nullable=False),
)
IMPORTED = Table(
    "imported",
    METADATA,
    Column("person_id", key_text(36), primary_key=True),
    Column("batch", key_text(36), primary_key=True),
    Column("institution", key_text(40), nullable=False),
    # The version that the import made of the person, or that came of taking a later one back.
    Column("version", Integer, nullable=False),
    Column("state", key_text(6), nullable=False),
)
PERSON_TOKEN = Table(
    "person_token",
    METADATA,
    Column("token", BigInteger, primary_key=True, autoincrement=False),
    Column("person_id", key_text(36), primary_key=True),
    sqlite_with_rowid=False,
)
UNIT = Table(
    "unit",
    METADATA,
    Column("unit_key", key_text(81), primary_key=True),
    Column("institution", key_text(40), nullable=False),
    Column("unit", key_text(40), nullable=False),
    Column("version", Integer, nullable=False),
    # What it was called, and under which, since when: a JSON list, oldest first.
    Column("forms", Text, nullable=False),
)
GROUP = Table(
    "cohort",
    METADATA,
    Column("group_key", key_text(81), primary_key=True),
    Column("institution", key_text(40), nullable=False),
    Column("group_id", key_text(40), nullable=False),
    Column("version", Integer, nullable=False),
    Column("forms", Text, nullable=False),
)
ACTIVITY = Table(
    "activity",
    METADATA,
    Column("activity_id", key_text(36), primary_key=True),
    Column("institution", key_text(40), nullable=False),
    Column("kind", key_text(12), nullable=False),
    Column("audience", key_text(24), nullable=False),
    Column("held_on", key_text(10), nullable=False),
    Column("attended", Integer, nullable=False),
    Column("key_id", key_text(36), nullable=False),
    Column("sealed_in", key_text(36), nullable=False),
    Column("content", Text, nullable=False),
    Column("version", Integer, nullable=False),
)
READ = Table(
    "person_read",
    METADATA,
    # In the order of streams, and of time within one: the ids of reads are.
    Column("person_id", key_text(36), primary_key=True),
    Column("read_id", key_text(36), primary_key=True),
    Column("institution", key_text(40), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("reader", Text, nullable=False),
    Column("method", key_text(40), nullable=False),
    Column("purpose", key_text(20), nullable=False),
    Column("fields", Text, nullable=False),
)
CORRECTION = Table(
    "correction",
    METADATA,
    Column("correction_id", key_text(36), primary_key=True),
    Column("person_id", key_text(36), nullable=False),
    Column("institution", key_text(40), nullable=False),
    Column("state", key_text(8), nullable=False),
    Column("requested_at", BigInteger, nullable=False),
    Column("fields", Text, nullable=False),
    Column("sealed_in", key_text(36), nullable=False),
    Column("content", Text, nullable=False),
    # The answer and its reason; '' for none.
    Column("answered_at", BigInteger, nullable=True),
    Column("answered_in", key_text(36), nullable=False),
    Column("answer", Text, nullable=False),
)
# Which rules were adopted, numbered by institution. What they say stands once, in the event of that number.
POLICY = Table(
    "policy",
    METADATA,
    Column("institution", key_text(40), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("version", key_text(12), nullable=False),
    Column("previous", key_text(12), nullable=True),
    Column("effective_from", key_text(10), nullable=False),
    Column("adopted_at", BigInteger, nullable=False),
    # 1 where no dated version of the pack speaks of the change.
    Column("undated", Integer, nullable=False),
    Column("summary", Text, nullable=True),
    Column("changes", Integer, nullable=False),
)
# Heard from the feedback service, and so not in this service's log; see domain/suggestions.py.
SUGGESTION = Table(
    "suggestion",
    METADATA,
    Column("ticket_id", key_text(36), primary_key=True),
    Column("institution", key_text(40), nullable=False),
    Column("owner", key_text(64), nullable=False),
    Column("state", key_text(8), nullable=False),
    Column("closed_at", BigInteger, nullable=True),
)
# Whose key is to be destroyed: a worklist, written with the event that says so and emptied when it is done.
ERASURE = Table("erasure", METADATA, Column("person_id", key_text(36), primary_key=True))

INDEXES = (
    Index("person_institution", PERSON.c.institution, PERSON.c.state, PERSON.c.person_id),
    Index(
        "person_number",
        PERSON.c.number_mark,
        unique=True,
        postgresql_where=PERSON.c.number_mark.is_not(None),
        sqlite_where=PERSON.c.number_mark.is_not(None),
    ),
    Index(
        "person_login",
        PERSON.c.login_mark,
        unique=True,
        postgresql_where=PERSON.c.login_mark.is_not(None),
        sqlite_where=PERSON.c.login_mark.is_not(None),
    ),
    Index("imported_batch", IMPORTED.c.batch, IMPORTED.c.person_id),
    Index("unit_institution", UNIT.c.institution, UNIT.c.unit),
    Index("cohort_institution", GROUP.c.institution, GROUP.c.group_id),
    Index("activity_held", ACTIVITY.c.institution, ACTIVITY.c.kind, ACTIVITY.c.held_on, ACTIVITY.c.activity_id),
    Index("correction_open", CORRECTION.c.institution, CORRECTION.c.state, CORRECTION.c.correction_id),
    Index("correction_person", CORRECTION.c.person_id, CORRECTION.c.correction_id),
    Index(
        "suggestion_closed",
        SUGGESTION.c.institution,
        SUGGESTION.c.state,
        SUGGESTION.c.closed_at,
        SUGGESTION.c.ticket_id,
    ),
)
# What a command may write.
WRITTEN = (PERSON, IMPORTED, PERSON_TOKEN, UNIT, GROUP, ACTIVITY, READ, CORRECTION, POLICY, SUGGESTION, ERASURE)
