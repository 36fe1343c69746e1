"""The feedback service: its routes, and what it is put together from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from kernel.application import CommandRoute
from kernel.building import Blueprint
from kernel.schemas import OfInstitution
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
    from kernel.keys.keyring import KeyRing
    from kernel.log.database import Database
    from kernel.policy import Packs

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


def _queries(office: Office) -> dict[str, tuple[Schema, Any]]:
    one, many, whole = TicketQueries(office), ListQueries(office), WholeQueries(office)
    return {
        "get_ticket": (schemas.GetTicket(), one),
        "get_timeline": (schemas.GetTicket(), one),
        "follow_receipt": (schemas.FollowReceipt(), one),
        "list_tickets": (schemas.ListTickets(), many),
        "list_department_queue": (schemas.ListDepartmentQueue(), many),
        "get_latency": (schemas.GetLatency(), whole),
        "list_units": (OfInstitution(), whole),
        "list_channels": (OfInstitution(), whole),
    }


def _office(packs: Packs, keys: KeyRing, secrets: Secrets, database: Database) -> Office:
    return Office(packs, keys, secrets, database, calendars=Calendars(database))


build = Blueprint(
    name=NAME,
    migrations=MIGRATIONS,
    access=ACCESS,
    log=LOG,
    live=WRITTEN,
    office=_office,
    commands=_commands,
    queries=_queries,
).build
