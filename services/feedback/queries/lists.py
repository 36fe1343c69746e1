"""Lists of tickets and department queues, by keyset.

Every page is a union of short index ranges, one per institution and state, each cut at the page's length:
so the first page and the thousandth cost the same, at ten thousand tickets and at a million. One SELECT
with `state IN (…)` would walk past everything that is closed to find the few that are open.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, and_, literal, select, tuple_, union_all

from kernel import instants
from kernel.identity.actor import Actor, Role
from kernel.paging import Cursors
from kernel.refusals import Damaged, NotFound
from services.feedback.domain.ticket.states import State, Ticket
from services.feedback.projections.shapes import lease_of
from services.feedback.queries.scope import known_units
from services.feedback.queries.shown import SUBMITTED, Shown, found, leases_of, texts_of, warn_of
from services.feedback.storage.tables import LEASE, TICKET

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Connection

    from services.feedback.domain.ticket.lease import Lease
    from services.feedback.queries.shown import Texts
    from services.feedback.storage.office import Office

Answer = dict[str, Any]
_T = TICKET.c


class ListQueries:
    """Handlers of `list_tickets` and `list_department_queue`."""

    def __init__(self, office: Office) -> None:
        """Read from the office's database with its keys."""
        self.office = office
        self.cursors = Cursors(office.secrets.request_key)

    def list_tickets(self, actor: Actor, arguments: Answer) -> Answer:
        """`{"items","next_cursor"}`, newest first unless asked otherwise."""
        institutions = self.office.institutions(actor, arguments["institution"])
        own = actor.unit if actor.role is Role.HANDLER else None
        known_units(self.office, institutions, lead=arguments["lead"], unit=own)
        newest_first = arguments["order"] == "-submitted_at"
        place = self.cursors.read(arguments, arguments["cursor"])
        ranges = [
            _range(base, arguments, place, newest_first=newest_first)
            for base in _bases(actor, institutions, arguments)
        ]
        with self.office.database.read() as connection:
            rows = _page(
                connection, ranges, ("received_at", "ticket_id"), arguments["limit"], newest_first=newest_first
            )
            shown = Shown(self.office, connection, actor, [Ticket(**row) for row in rows])
        answer = self._answer(arguments, rows, "received_at", lambda row: shown.listed(Ticket(**row)))
        warn_of(shown.damaged)
        return answer

    def list_department_queue(self, actor: Actor, arguments: Answer) -> Answer:
        """What a unit leads or assists in, longest waiting first."""
        unit = arguments["unit"]
        if actor.role is Role.HANDLER and unit != actor.unit:
            raise NotFound
        institutions = self.office.institutions(actor, arguments["institution"])
        known_units(self.office, institutions, unit=unit)
        place = self.cursors.read(arguments, arguments["cursor"])
        ranges = [
            base.where(*_claimed(claimed=arguments["claimed"])).where(
                *_after(place, _T.assigned_at, newest_first=False)
            )
            for base in _queues(institutions, unit)
        ]
        with self.office.database.read() as connection:
            rows = _page(
                connection, ranges, ("assigned_at", "ticket_id"), arguments["limit"], newest_first=False
            )
            ids = [row["ticket_id"] for row in rows]
            events = texts_of(connection, ids, [SUBMITTED])
            # All keys at once; opened one by one each would be a statement.
            self.office.keys.get([row["key_id"] for row in rows])
            leases = leases_of(connection, ids)
        answer = self._answer(
            arguments, rows, "assigned_at", lambda row: self._queued(row, unit, actor, leases)
        )
        damaged = [item["ticket_id"] for item in answer["items"] if not self._entitle(item, events)]
        warn_of(damaged)
        return answer

    def _answer(self, arguments: Answer, rows: list[Any], column: str, show: Any) -> Answer:
        shown, limit = rows[: arguments["limit"]], arguments["limit"]
        cursor = None
        if len(rows) > limit:
            last = shown[-1]
            cursor = self.cursors.make(arguments, [last[column], last["ticket_id"]])
        return {"items": [show(row) for row in shown], "next_cursor": cursor}

    def _queued(self, row: Any, unit: str, actor: Actor, leases: dict[str, Lease]) -> Answer:
        return {
            "ticket_id": row["ticket_id"],
            "number": row["number"],
            "title": None,
            "version": row["version"],
            "round": row["round"],
            "role": "lead" if row["lead"] == unit else "assisting",
            "assigned_at": instants.to_text(row["assigned_at"]),
            "due_at": instants.to_text(row["due_at"]) if row["due_at"] else None,
            "lease": lease_of(leases.get(row["ticket_id"]), actor, row["state"]),
        }

    def _entitle(self, item: Answer, events: Texts) -> bool:
        """Give an item its title; whether it could be read."""
        try:
            submission = found(events, item["ticket_id"], SUBMITTED)
            item["title"] = self.office.keys.open(submission.data.get("title"), submission.event_id, "title")
        except Damaged:
            return False
        return True


def _bases(actor: Actor, institutions: Sequence[str], arguments: Answer) -> list[Select[Any]]:
    states = arguments["state"] or list(State)
    bases = []
    for institution in institutions:
        for state in states:
            base = select(TICKET).where(_T.institution == institution, _T.state == state)
            lead = arguments["lead"]
            if actor.role is not Role.HANDLER:
                bases.append(base if lead is None else base.where(_T.lead == lead))
                continue
            if lead in (None, actor.unit):
                bases.append(base.where(_T.lead == actor.unit))
            if lead != actor.unit:
                assisted = base.where(_assists(actor.unit or ""))
                bases.append(assisted if lead is None else assisted.where(_T.lead == lead))
    return bases


def _range(base: Select[Any], arguments: Answer, place: list[Any] | None, *, newest_first: bool) -> Select[Any]:
    for name in ("channel", "category"):
        if arguments[name] is not None:
            base = base.where(_T[name] == arguments[name])
    if arguments["submitted_from"] is not None:
        base = base.where(_T.received_at >= start_of(arguments["submitted_from"]))
    if arguments["submitted_to"] is not None:
        base = base.where(_T.received_at < start_of(arguments["submitted_to"] + timedelta(days=1)))
    return base.where(*_after(place, _T.received_at, newest_first=newest_first))


def _queues(institutions: Sequence[str], unit: str) -> list[Select[Any]]:
    queues = []
    for institution in institutions:
        base = select(TICKET).where(_T.institution == institution, _T.state == "assigned")
        queues += [base.where(_T.lead == unit), base.where(_assists(unit))]
    return queues


def _assists(unit: str) -> ColumnElement[bool]:
    return and_(_T.assisting != "", (literal(",") + _T.assisting + ",").contains(f",{unit},", autoescape=True))


def _claimed(*, claimed: bool | None) -> list[ColumnElement[bool]]:
    if claimed is None:
        return []
    held = (
        select(LEASE.c.ticket_id)
        .where(LEASE.c.ticket_id == _T.ticket_id, LEASE.c.expires_at > instants.now())
        .exists()
    )
    return [held if claimed else ~held]


def _after(place: list[Any] | None, column: Any, *, newest_first: bool) -> list[ColumnElement[bool]]:
    if place is None:
        return []
    row, last = tuple_(column, _T.ticket_id), tuple_(*(literal(value) for value in place))
    return [row < last if newest_first else row > last]


def _page(
    connection: Connection, ranges: list[Select[Any]], order: tuple[str, str], limit: int, *, newest_first: bool
) -> list[Any]:
    if not ranges:
        return []

    def by(columns: Any) -> list[Any]:
        return [columns[name].desc() if newest_first else columns[name].asc() for name in order]

    # Only what orders them goes through the union: SQLAlchemy would build every column of every range anew,
    # which takes three times as long as the page, and the database would carry rows that nobody is shown.
    keys = [_T[name] for name in order]
    cut = [
        select(part.with_only_columns(*keys).order_by(*by(_T)).limit(limit + 1).subquery()) for part in ranges
    ]
    whole = union_all(*cut).subquery()
    found = (
        connection.execute(select(whole.c.ticket_id).order_by(*by(whole.c)).limit(limit + 1)).scalars().all()
    )
    rows = connection.execute(select(TICKET).where(_T.ticket_id.in_(found))).mappings()
    by_id = {row["ticket_id"]: row for row in rows}
    return [by_id[ticket_id] for ticket_id in found]


def start_of(day: date) -> int:
    """The first instant of a day in Asia/Shanghai."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=instants.SHANGHAI)
    return instants.from_datetime(midnight.astimezone(UTC))
