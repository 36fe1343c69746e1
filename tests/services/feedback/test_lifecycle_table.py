"""The lifecycle is one table; this is the same table once more, from docs/interface.md, "RPC"."""

from __future__ import annotations

import pytest

from kernel.identity.actor import Role
from kernel.refusals import WrongState
from services.feedback.domain.ticket.lifecycle import LIFECYCLE, LOCAL, STATE_AFTER, step, who
from services.feedback.domain.ticket.states import OPEN, State, Ticket
from services.feedback.storage.tables import METADATA, TICKET

_COMMANDS = {
    "submit_suggestion": ((None,), "submitted", "operator submitter leader liaison service"),
    "accept_ticket": (("submitted",), "accepted", "operator"),
    "decline_ticket": (("submitted", "accepted"), "declined", "operator"),
    "assign_ticket": (("submitted", "accepted", "assigned"), "assigned", "operator"),
    "return_ticket": (("assigned",), "accepted", "handler"),
    "claim_ticket": (("assigned",), "assigned", "handler"),
    "release_ticket": (("assigned",), "assigned", "handler"),
    "reply_ticket": (("assigned",), "replied", "handler operator"),
    "close_ticket": (("replied",), "closed", "operator"),
    "close_tickets": (("replied",), "closed", "operator"),
    # The submitter, whichever role he or she has.
    "withdraw_ticket": (
        ("submitted", "accepted", "assigned"),
        "withdrawn",
        "operator submitter leader liaison",
    ),
}
_IMPORTS = {"import_letters", "undo_import"}
_EVENTS = {
    "submitted accepted declined assigned returned claimed released replied closed withdrawn": "ticket_",
}
_TERMINAL = {State.CLOSED, State.DECLINED, State.WITHDRAWN}


def test_the_table_has_exactly_the_steps_of_the_interface():
    written = {
        (state, command, to, frozenset(roles.split()))
        for command, (states, to, roles) in _COMMANDS.items()
        for state in states
    }
    found = {
        (row.state and str(row.state), row.command, str(row.to), frozenset(map(str, row.who)))
        for row in LIFECYCLE
        if row.command not in _IMPORTS
    }
    assert found == written


def test_no_two_rows_say_what_one_command_does_from_one_state():
    keys = [(row.state, row.command) for row in LIFECYCLE]
    assert len(keys) == len(set(keys))


@pytest.mark.clause("DT-15.1")
def test_every_state_can_be_reached_from_a_submission():
    reached: set[State | None] = {None}
    for _ in State:
        reached |= {row.to for row in LIFECYCLE if row.state in reached}
    assert reached - {None} == set(State)


@pytest.mark.clause("DT-15.1")
def test_every_state_that_is_no_end_has_a_way_to_an_end():
    for state in set(State) - _TERMINAL:
        ways = {state}
        for _ in State:
            ways |= {row.to for row in LIFECYCLE if row.state in ways}
        assert ways & _TERMINAL, state


def test_nothing_leaves_an_end():
    assert not [row for row in LIFECYCLE if row.state in _TERMINAL]


@pytest.mark.parametrize("row", LIFECYCLE, ids=lambda row: f"{row.state}-{row.command}")
def test_every_row_names_command_event_clause_and_clock(row):
    assert row.command.islower()
    assert row.events
    assert row.who
    assert row.clause == LOCAL or row.clause.startswith("DT-15.")
    assert row.clock in {"start", "stop", "none"}


@pytest.mark.parametrize("row", LIFECYCLE, ids=lambda row: f"{row.state}-{row.command}")
def test_a_rows_last_event_leads_where_the_row_leads(row):
    assert STATE_AFTER[row.events[-1]] == str(row.to)
    assert set(row.events) <= set(STATE_AFTER)


@pytest.mark.parametrize("row", LIFECYCLE, ids=lambda row: f"{row.state}-{row.command}")
def test_the_reply_clock_starts_once_and_stops_where_no_answer_is_owed_any_more(row):
    owed = row.state in OPEN
    expected = "start" if row.state is None else "stop" if owed and row.to not in OPEN else "none"
    assert row.clock == expected


def test_every_event_of_the_interface_stands_in_some_row():
    ((names, prefix),) = _EVENTS.items()
    assert set(STATE_AFTER) == {prefix + name for name in names.split()}
    assert {event for row in LIFECYCLE for event in row.events} == set(STATE_AFTER)


@pytest.mark.parametrize("command", sorted({row.command for row in LIFECYCLE}))
def test_a_command_without_a_row_for_a_state_names_the_states_it_has_one_for(command):
    allowed = [str(row.state) for row in LIFECYCLE if row.command == command and row.state]
    for state in State:
        if str(state) in allowed:
            assert step(state, command).state is state
            continue
        with pytest.raises(WrongState) as refused:
            step(state, command)
        assert refused.value.details == {"state": state, "allowed": allowed}


def test_who_collects_the_roles_of_all_rows_and_nobody_for_an_unknown_command():
    assert who("reply_ticket") == {Role.OPERATOR, Role.HANDLER}
    assert who("no_such_command") == frozenset()


def test_a_ticket_and_its_row_have_the_same_names():
    assert set(Ticket._fields) == set(TICKET.columns.keys())
    assert {name for name, column in TICKET.columns.items() if column.nullable} == {
        name for name, kind in Ticket.__annotations__.items() if "None" in str(kind)
    }


def test_every_state_fits_its_column():
    assert max(map(len, State)) <= TICKET.c.state.type.length


def test_the_migrated_database_has_the_tables_columns_and_indexes_of_the_code(new_line):
    from sqlalchemy import inspect

    found = inspect(new_line.database.engine)
    assert set(found.get_table_names()) - {"alembic_version"} == set(METADATA.tables)
    for name, table in METADATA.tables.items():
        columns = {column["name"]: column for column in found.get_columns(name)}
        assert set(columns) == set(table.columns.keys()), name
        for column in table.columns:
            assert columns[column.name]["nullable"] == column.nullable, (name, column.name)
    written = {index.name for table in METADATA.tables.values() for index in table.indexes}
    made = new_line.rows("SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
    assert {name for (name,) in made} == written
