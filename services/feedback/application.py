"""The feedback service put together: routes, store, keys, rules.

One builder for every host: embedded, our RPC host, a stock nameko container, the command line.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import OperationalError

from kernel.application import CommandRoute, QueryRoute, ServiceApplication
from kernel.identity.access import AccessTable
from kernel.identity.provenance import secrets_of
from kernel.identity.tokens import Authenticator
from kernel.keys.keyring import KeyRing
from kernel.log.database import Database
from kernel.log.heads import HeadFile, HeadNoter, newest
from kernel.log.sealer import seal_pending
from kernel.log.writer_sqlite import SqliteStore
from kernel.policy import Packs
from services.feedback.access import ACCESS
from services.feedback.handlers.bulk import BulkCommands, needs_listed
from services.feedback.handlers.calendar import CalendarCommands, needs_year
from services.feedback.handlers.letters import LetterCommands
from services.feedback.handlers.submission import SubmissionCommands
from services.feedback.handlers.ticket import TicketCommands, needs_nothing, needs_ticket
from services.feedback.queries.lists import ListQueries
from services.feedback.queries.ticket import TicketQueries
from services.feedback.queries.whole import WholeQueries
from services.feedback.schemas import ticket as schemas
from services.feedback.storage.office import Calendars, Office
from services.feedback.storage.tables import LOG, WRITTEN

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from kernel.application import Schema
    from kernel.identity.secrets import Secrets
    from kernel.log.store import LogStore
    from kernel.settings import Settings

NAME = "feedback"
MIGRATIONS = Path(__file__).parent / "migrations"
_EVERYTHING = 2**31 - 1
_ON_A_TICKET: dict[str, type[schemas.ArgumentSchema]] = {
    "accept_ticket": schemas.AcceptTicket,
    "decline_ticket": schemas.DeclineTicket,
    "assign_ticket": schemas.AssignTicket,
    "return_ticket": schemas.ReturnTicket,
    "claim_ticket": schemas.ClaimTicket,
    "release_ticket": schemas.ReleaseTicket,
    "reply_ticket": schemas.ReplyTicket,
    "close_ticket": schemas.CloseTicket,
    "withdraw_ticket": schemas.WithdrawTicket,
}


def build(settings: Settings, secrets: Secrets | None = None) -> ServiceApplication:
    """The service over the databases of the settings, which must be migrated."""
    secrets = secrets or secrets_of(settings, NAME)
    database, key_database = Database(settings.url(NAME)), Database(settings.url(f"{NAME}_keys"))
    keys = KeyRing(key_database, secrets.wrapping_key)
    office = Office(Packs.load(settings.policies), Calendars(database), keys, secrets, database)
    commands, queries = _commands(office), _queries(office)
    store = _store(settings, database, secrets)

    def close() -> None:
        store.close()
        database.close()
        key_database.close()

    return ServiceApplication(
        NAME,
        commands=commands,
        queries=queries,
        access=AccessTable(ACCESS, [*commands, *queries]),
        authenticator=Authenticator(secrets),
        store=store,
        keys=keys,
        request_key=secrets.request_key,
        on_close=close,
    )


def _store(settings: Settings, database: Database, secrets: Secrets) -> LogStore:
    if database.dialect == "postgresql":
        # A program on SQLite starts without the driver.
        from kernel.log.writer_postgresql import PostgresqlStore  # noqa: PLC0415

        return PostgresqlStore(database, WRITTEN)
    noter = HeadNoter(HeadFile.of(settings.home, NAME), every=0)
    # A process that ended between its commit and its note left the newest head out. Where the tables are
    # missing there is none, and `get_health` says what is wrong.
    with suppress(OperationalError), database.read() as connection:
        head = newest(connection)
        if head is not None:
            noter.sealed(head)

    def seal(connection: Connection) -> Any:
        # The whole batch, whatever its size: nobody else would seal the rest before the next write.
        return seal_pending(connection, database.dialect, NAME, secrets.head_key, limit=_EVERYTHING)

    return SqliteStore(database, LOG, WRITTEN, seal=seal, sealed=noter.sealed)


def _commands(office: Office) -> dict[str, CommandRoute]:
    tickets = TicketCommands(office)
    submissions = SubmissionCommands(office, tickets)
    letters = LetterCommands(office, tickets)
    bulk = BulkCommands(office, tickets)
    calendar = CalendarCommands(office)
    routes = {
        "submit_suggestion": CommandRoute(
            schemas.SubmitSuggestion(),
            needs_nothing,
            tickets.in_institution,
            submissions.submit_suggestion,
            submissions.reveal_receipt,
        ),
        "close_tickets": CommandRoute(
            schemas.CloseTickets(), needs_listed, tickets.in_institution, bulk.close_tickets
        ),
        "import_letters": CommandRoute(
            schemas.ImportLetters(), needs_nothing, tickets.in_institution, letters.import_letters
        ),
        "undo_import": CommandRoute(schemas.UndoImport(), needs_nothing, bulk.of_whole_batch, bulk.undo_import),
        "import_calendar": CommandRoute(
            schemas.ImportCalendar(), needs_year, bulk.everywhere, calendar.import_calendar
        ),
    }
    for method, schema in _ON_A_TICKET.items():
        routes[method] = CommandRoute(schema(), needs_ticket, tickets.in_scope, getattr(tickets, method))
    return routes


def _queries(office: Office) -> dict[str, QueryRoute]:
    one, many, whole = TicketQueries(office), ListQueries(office), WholeQueries(office, NAME, MIGRATIONS)
    plan: dict[str, tuple[Schema, Any]] = {
        "get_ticket": (schemas.GetTicket(), one),
        "get_timeline": (schemas.GetTicket(), one),
        "follow_receipt": (schemas.FollowReceipt(), one),
        "list_tickets": (schemas.ListTickets(), many),
        "list_department_queue": (schemas.ListDepartmentQueue(), many),
        "get_latency": (schemas.GetLatency(), whole),
        "list_units": (schemas.OfInstitution(), whole),
        "list_channels": (schemas.OfInstitution(), whole),
        "read_log": (schemas.ReadLog(), whole),
        "get_log_head": (schemas.Nothing(), whole),
        "get_health": (schemas.Nothing(), whole),
    }
    return {method: QueryRoute(schema, getattr(owner, method)) for method, (schema, owner) in plan.items()}
