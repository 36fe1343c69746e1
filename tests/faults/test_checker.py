"""The checker finds what it is there for: each kind of damage that a fault could do, one at a time."""

from __future__ import annotations

import copy
import random
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from apps.cli.session import Session
from kernel.identity.secrets import Secrets
from kernel.settings import Settings
from tests.faults.checker import Checker
from tests.faults.history import Caller, Entry, History
from tests.faults.people import Clerk, Tokens
from tests.support.lending import lent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.servers import Postgres

_ONE = "(SELECT event_id FROM event WHERE name = 'ticket_assigned' ORDER BY event_id LIMIT 1)"
_LAST = "(SELECT event_id FROM log_entry ORDER BY position DESC LIMIT 1)"
_TWICE = (
    "INSERT INTO event SELECT 'again', stream_id, 99, command_id, name, recorded_at, body, prev_hash,"
    f" event_hash FROM event WHERE event_id = {_ONE}"
)
DAMAGE = {
    "an event is lost": (f"DELETE FROM event WHERE event_id = {_ONE}", "acknowledged, stored True"),
    "an event is there twice": (_TWICE, "acknowledged, stored True"),
    "a command is forgotten": ("DELETE FROM command WHERE method = 'assign_ticket'", "stored False"),
    "a position is missing": (f"DELETE FROM log_entry WHERE event_id = {_ONE}", "not the positions 1 to"),
    "an event is not sealed": (
        f"INSERT INTO unsealed (event_id, event_hash) VALUES ({_ONE}, '')",
        "1 events are not sealed",
    ),
    "the relay stands still": ("UPDATE cursor SET position = position - 1", "relayed up to"),
    "a body is another": (f"UPDATE event SET body = body || ' ' WHERE event_id = {_ONE}", "hash of its body"),
    "a chain is broken": (f"UPDATE event SET prev_hash = '' WHERE event_id = {_ONE}", "does not follow"),
    "a version is skipped": (
        f"UPDATE event SET stream_version = stream_version + 7 WHERE event_id = {_LAST}",
        "does not follow",
    ),
    "a ticket stands elsewhere": (
        "UPDATE ticket SET state = 'closed' WHERE state = 'replied'",
        "its events say",
    ),
    "a stranger's command": (
        "UPDATE event SET command_id = 'x' WHERE name = 'ticket_declined'",
        "sent by nobody",
    ),
}


@pytest.fixture(scope="module")
def written(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, History]]:
    """The URL of a sealed log that some clerks wrote, and their history."""
    home = str(tmp_path_factory.mktemp("checked"))
    with lent(postgres, "feedback") as url:
        settings = Settings.from_environment({"ZHITONGCHE_HOME": home, "ZHITONGCHE_DATABASE_URL": url})
        session, history = Session(settings), History()
        tokens = Tokens(Secrets.load_or_make(settings.secret_file))
        for seed in range(3):
            clerk = Clerk(seed, 40, "amqp://nowhere/", tokens, history, machine=False)
            clerk._caller = Caller(f"clerk-{seed}", _Direct(session), history, random.Random(seed))
            clerk.run()
        session.close()
        yield settings.url("feedback").replace("+psycopg", ""), history


@pytest.fixture
def whole(written: tuple[str, History]) -> Iterator[tuple[psycopg.Connection[Any], History]]:
    """That log as if it were relayed, in a transaction that is rolled back; and a history of the test's own."""
    url, history = written
    with psycopg.connect(url) as connection:
        head = len(Checker(connection).log)
        connection.execute(f"INSERT INTO cursor VALUES ('relay', 'feedback', 1, {head})")
        yield connection, History(copy.deepcopy(history.entries), list(history.violations))
        connection.rollback()


class _Direct:
    """A session with the words of a client."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def call(self, name, arguments, *, context, timeout):
        return self._session.call(name, arguments, context["auth_token"])


def test_it_finds_nothing_where_nothing_is_wrong(whole):
    connection, history = whole
    checker = Checker(connection)
    assert checker.finished()
    assert checker.faults(history) == []
    log = [(row[1], row[2], row[5]) for row in checker.log]
    assert checker.copied_wrong(log) == []
    assert checker.copied_wrong(log[:-1]) != []


@pytest.mark.parametrize(("statement", "named"), DAMAGE.values(), ids=DAMAGE)
def test_it_names_what_is_wrong(whole, statement, named):
    connection, history = whole
    assert connection.execute(statement).rowcount >= 1, "nothing was damaged"
    found = Checker(connection).faults(history)
    assert any(named in sentence for sentence in found), found


def test_it_believes_a_client_that_was_not_answered_only_so_far(whole):
    connection, history = whole
    entry = next(entry for entry in history.entries if entry.method == "assign_ticket")
    # Whole in the log, and nobody heard of it: allowed
    entry.outcome, entry.answer = "unknown", None
    assert Checker(connection).faults(history) == []
    # Half of it, or anything of a refused one: not
    entry.makes = [*entry.makes, "ticket_claimed"]
    assert Checker(connection).faults(history) != []
    entry.makes, entry.outcome = entry.makes[:-1], "wrong_state"
    assert Checker(connection).faults(history) != []


def test_it_believes_no_answer_of_which_the_log_knows_nothing(whole):
    connection, history = whole
    invented = Entry("clerk", "00000000-0000-4000-8000-000000000000", "close_ticket", "t", ["ticket_closed"])
    invented.outcome = "acknowledged"
    history.entries.append(invented)
    assert len(Checker(connection).faults(history)) == 1
