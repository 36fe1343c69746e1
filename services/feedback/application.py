"""The feedback service put together: routes, store, keys, rules.

One builder for every host: embedded, our RPC host, a stock nameko container, the command line.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from kernel.application import CommandRoute, QueryRoute, ServiceApplication
from kernel.identity.access import AccessTable
from kernel.identity.provenance import secrets_of
from kernel.identity.tokens import Authenticator
from kernel.keys.keyring import KeyRing
from kernel.log.database import Database
from kernel.log.opening import open_store
from kernel.log.queries import LogQueries
from kernel.policy import Packs
from kernel.schemas import Nothing, OfInstitution, ReadLog
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
    from kernel.application import Schema
    from kernel.identity.secrets import Secrets
    from kernel.settings import Settings

NAME = "feedback"
MIGRATIONS = Path(__file__).parent / "migrations"
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
    packs = Packs.load(settings.policies)
    office = Office(packs, keys, secrets, database, calendars=Calendars(database))
    commands, queries = _commands(office), _queries(office)
    store = open_store(settings, NAME, database, secrets, log=LOG, live=WRITTEN)

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
    one, many, whole = TicketQueries(office), ListQueries(office), WholeQueries(office)
    log = LogQueries(NAME, office.database, office.keys, MIGRATIONS)
    plan: dict[str, tuple[Schema, Any]] = {
        "get_ticket": (schemas.GetTicket(), one),
        "get_timeline": (schemas.GetTicket(), one),
        "follow_receipt": (schemas.FollowReceipt(), one),
        "list_tickets": (schemas.ListTickets(), many),
        "list_department_queue": (schemas.ListDepartmentQueue(), many),
        "get_latency": (schemas.GetLatency(), whole),
        "list_units": (OfInstitution(), whole),
        "list_channels": (OfInstitution(), whole),
        "read_log": (ReadLog(), log),
        "get_log_head": (Nothing(), log),
        "get_health": (Nothing(), log),
    }
    return {method: QueryRoute(schema, getattr(owner, method)) for method, (schema, owner) in plan.items()}
