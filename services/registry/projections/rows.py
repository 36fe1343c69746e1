"""The live rows that a stream's events make: one function for the command's transaction and the rebuild."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from services.registry.domain.person.states import fold

if TYPE_CHECKING:
    from collections.abc import Callable

    from kernel.envelope import Event

Row = dict[str, Any]
Rows = dict[str, dict[str, Row]]
# Fields of a form of a unit or group that stand in its event.
_FORM = ("name", "kind", "form", "parent", "head", "party", "unit", "since", "until")


def rows_of(events: list[Event]) -> Rows:
    """Every live row that belongs to the stream, by table and key."""
    prefix = events[0].stream_id.partition("/")[0]
    return _ROWS[prefix](events)


def read_rows(events: list[Event]) -> Rows:
    """Who read a person's file."""
    return {"person_read": {event.event_id: _read(event) for event in events}}


def forms_of(row: Row | None) -> list[Row]:
    """The forms that a unit or group had, oldest first."""
    return orjson.loads(row["forms"]) if row else []


def form_in(stream: str, said: Row) -> Row:
    """The form in what is said of a unit or group."""
    own = _SHAPED[stream][2]
    return {name: said[name] for name in _FORM if said.get(name) is not None and name != own}


def form_row(stream: str, row: Row | None, event: Event) -> Rows:
    """A unit or group with one form more."""
    table, key, own = _SHAPED[stream]
    forms = [*forms_of(row), form_in(stream, event.data)]
    after = {
        key: event.stream_id.partition("/")[2],
        "institution": event.institution,
        own: event.data[own],
        "version": event.stream_version,
        "forms": orjson.dumps(forms).decode(),
    }
    return {table: {after[key]: after}}


def correction_rows(events: list[Event]) -> Rows:
    """A correction that somebody asked for, and what became of it."""
    row: Row | None = None
    for event in events:
        row = correction_row(row, event)
    return {"correction": {row["correction_id"]: row}} if row else {}


def correction_row(row: Row | None, event: Event) -> Row:
    """A request after one event more: the asking, then the answer."""
    data = event.data
    if row is not None:
        answered = {"answered_at": event.recorded_at, "answered_in": event.event_id}
        return row | answered | {"state": data["state"], "answer": data.get("reason", {}).get("$sealed", "")}
    return {
        "correction_id": data["correction_id"],
        "person_id": data["person_id"],
        "institution": event.institution,
        "state": data["state"],
        "requested_at": event.recorded_at,
        "fields": ",".join(data["fields"]),
        "sealed_in": event.event_id,
        "content": data["text"]["$sealed"],
        "answered_at": None,
        "answered_in": "",
        "answer": "",
    }


def activity_rows(events: list[Event]) -> Rows:
    """A plan or session of training."""
    newest = events[-1]
    sealed = newest.data["content"]["$sealed"]
    row = {
        "activity_id": newest.data["activity_id"],
        "institution": newest.institution,
        "kind": newest.data["kind"],
        "audience": newest.data["audience"],
        "held_on": newest.data["held_on"],
        "attended": newest.data["attended"],
        "key_id": sealed.partition(":")[0],
        "sealed_in": newest.event_id,
        "content": sealed,
        "version": newest.stream_version,
    }
    return {"activity": {row["activity_id"]: row}}


def imported_rows(event: Event) -> Rows:
    """Which import a person's event belongs to, and which it took back."""
    marks = {event.data.get("undone"): "undone", event.data.get("batch"): "done"}
    person_id = event.data["person_id"]
    common = {"person_id": person_id, "institution": event.institution, "version": event.stream_version}
    rows = {
        f"{person_id}/{batch}": {"batch": batch, "state": state, **common}
        for batch, state in marks.items()
        if batch
    }
    return {"imported": rows} if rows else {}


def policy_rows(events: list[Event]) -> Rows:
    """The rules that an institution adopted, one row each time."""
    return {"policy": {f"{event.institution}/{event.stream_version}": _adopted(event) for event in events}}


def _adopted(event: Event) -> Row:
    data = event.data
    return {
        "institution": event.institution,
        "number": event.stream_version,
        "adopted_at": event.recorded_at,
        "undated": int(data["undated"]),
        **{name: data[name] for name in ("version", "previous", "effective_from", "summary", "changes")},
    }


def _person_rows(events: list[Event]) -> Rows:
    person = fold(events)
    rows: Rows = {"person": {person.person_id: person._asdict()}} if person else {}
    for event in events:
        for table, keyed in imported_rows(event).items():
            rows.setdefault(table, {}).update(keyed)
    return rows


def _read(event: Event) -> Row:
    data = event.data
    return {
        "read_id": event.event_id,
        "person_id": data["person_id"],
        "institution": event.institution,
        "at": event.recorded_at,
        "reader": event.actor,
        "method": data["method"],
        "purpose": data.get("purpose", ""),
        "fields": ",".join(data["fields"]),
    }


def _shaped(stream: str) -> Callable[[list[Event]], Rows]:
    table, _, _ = _SHAPED[stream]

    def rows(events: list[Event]) -> Rows:
        row: Row | None = None
        for event in events:
            (row,) = form_row(stream, row, event)[table].values()
        return {table: {event.stream_id.partition("/")[2]: row}} if row else {}

    return rows


# By the first part of a stream's id: table, key column, and the field that holds its id.
_SHAPED = {"unit": ("unit", "unit_key", "unit"), "cohort": ("cohort", "group_key", "group_id")}
_ROWS: dict[str, Callable[[list[Event]], Rows]] = {
    "person": _person_rows,
    "reads": read_rows,
    "unit": _shaped("unit"),
    "cohort": _shaped("cohort"),
    "correction": correction_rows,
    "activity": activity_rows,
    "policy": policy_rows,
    # A seat's stream keeps two appointments apart; who holds it stands in the people's files.
    "liaison": lambda _events: {},
}
