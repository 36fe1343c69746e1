"""One door for every call: who, which words, done before, where, whose role; and a fault stays its call's."""

from __future__ import annotations

import uuid

import pytest

from kernel.identity.actor import Actor, Role
from kernel.identity.secrets import Secrets
from kernel.identity.tokens import sign
from kernel.log.store import StoreGone
from kernel.refusals import Refusal
from kernel.runtime.calls import Call
from tests.kernel.small_service import ROOM, Small, urls
from tests.support.homes import a_home


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def url(request):
    yield from urls(request, a_home())


@pytest.fixture
def small(url, tmp_path):
    service = Small(url, tmp_path).empty()
    yield service
    service.close()


def _new() -> str:
    return str(uuid.uuid4())


def test_one_conflicting_command_does_not_hurt_its_neighbours(small):
    # Given a name that is taken
    small.run(small.call(_new(), name="taken"))
    # When a batch holds a command that wants it too, between two that do not
    first, conflicting, last = small.run(
        small.call(_new()), small.call(_new(), name="taken"), small.call(_new())
    )
    # Then the two are done and the third is refused by name
    assert (first["amount"], last["amount"]) == (1, 1)
    assert conflicting.code == "stale_version"
    assert len(small.rows("SELECT 1 FROM event")) == 3
    assert len(small.rows("SELECT 1 FROM command")) == 3


@pytest.mark.parametrize(("fails", "code"), [("refuses", "not_found"), ("breaks", "internal_error")])
def test_a_command_that_fails_leaves_no_trace_and_its_neighbours_alone(small, caplog, fails, code):
    thing_id = _new()
    one, failed, two = small.run(
        small.call(thing_id), small.call(thing_id, amount=5, fails=fails), small.call(thing_id)
    )
    assert failed.code == code
    assert (one["amount"], two["amount"]) == (1, 2)
    assert (one["version"], two["version"]) == (1, 2)
    assert "a text that nobody may read" not in caplog.text
    assert "a text that nobody may read" not in failed.to_json()


def test_an_error_of_ours_is_found_in_the_log_by_its_correlation_id(small, caplog):
    (failed,) = small.run(small.call(_new(), fails="breaks"))
    assert failed.details["correlation_id"] in caplog.text
    with pytest.raises(Refusal) as query:
        small.application.run_query(Call("read_thing", {"thing_id": "breaks"}, {"auth_token": small.token}))
    assert query.value.code == "internal_error"
    assert query.value.details["correlation_id"] in caplog.text
    assert "a text that nobody may read" not in caplog.text


def test_several_commands_on_one_stream_share_a_commit_and_see_each_other(small):
    thing_id = _new()
    answers = small.run(*(small.call(thing_id, times=n) for n in (1, 2, 3)))
    assert [answer["version"] for answer in answers] == [1, 3, 6]
    assert [answer["amount"] for answer in answers] == [1, 3, 6]
    ((base, version),) = small.rows("SELECT base_version, version FROM stream")
    assert (base, version) == (0, 6)


def test_a_large_batch_of_new_and_old_streams_is_written_whole(small):
    ids = [_new() for _ in range(100)]
    assert not [answer for answer in small.run(*map(small.call, ids)) if isinstance(answer, Refusal)]
    again = small.run(*map(small.call, [*ids[:50], *(_new() for _ in range(50))]))
    assert not [answer for answer in again if isinstance(answer, Refusal)]
    assert small.rows("SELECT count(*) FROM event") == [(200,)]
    assert small.rows("SELECT count(*), max(amount) FROM thing") == [(150, 2)]


def test_a_held_stream_moves_no_version_and_adds_no_event(small):
    thing_id = _new()
    small.run(small.call(thing_id))
    (held,) = small.run(small.call(thing_id, holds=True))
    assert (held["version"], held["amount"]) == (1, 2)
    assert len(small.rows("SELECT 1 FROM event")) == 1


def test_a_value_that_the_database_refuses_is_one_calls_error_and_not_its_neighbours(small, monkeypatch):
    original = type(small.store).write

    def write(store, batch):
        if any(row["amount"] == 13 for row in batch.rows.get("thing", {}).values()):
            raise ValueError("a driver that cannot encode this")
        original(store, batch)

    monkeypatch.setattr(type(small.store), "write", write)
    first, bad, last = small.run(small.call(_new()), small.call(_new(), amount=13), small.call(_new()))
    assert (first["amount"], bad.code, last["amount"]) == (1, "internal_error", 1)


class _Away:
    """A store that lost its database."""

    def view(self, *_):
        raise StoreGone

    write = view


def test_a_database_that_is_away_makes_every_command_unavailable_and_loses_none_that_comes_again(url, tmp_path):
    away, back = Small(url, tmp_path, store=_Away()), Small(url, tmp_path).empty()
    call = back.call(_new())
    assert [refusal.code for refusal in away.run(call, away.call(_new()))] == ["unavailable", "unavailable"]
    assert back.run(call)[0]["amount"] == 1
    away.close()
    back.close()


def test_an_answer_lost_after_the_commit_is_given_again(small, monkeypatch):
    # Given a database whose commit succeeded but whose answer never came
    call = small.call(_new())
    original = type(small.store).write

    def commit_and_vanish(this, batch):
        original(this, batch)
        raise StoreGone

    monkeypatch.setattr(type(small.store), "write", commit_and_vanish)
    assert small.run(call)[0].code == "unavailable"
    # When the caller sends the same command again, then it is answered and not done again
    monkeypatch.undo()
    assert small.run(call)[0]["amount"] == 1
    assert len(small.rows("SELECT 1 FROM event")) == 1


def test_scope_is_asked_before_role_and_both_before_the_handler(small, tmp_path):
    auditor = sign(Secrets.load(tmp_path / "secret.json"), Actor("a-1", Role.AUDITOR, "datong"))
    outside = small.call(_new(), name=ROOM)
    for token, name, code in ((auditor, ROOM, "not_found"), (auditor, "else", "not_allowed")):
        call = Call("write_thing", outside.arguments | {"name": name}, {"auth_token": token})
        assert small.run(call)[0].code == code
    for method, thing, code in (
        ("admin_thing", ROOM, "not_found"),
        ("admin_thing", "else", "not_allowed"),
    ):
        with pytest.raises(Refusal) as refused:
            small.application.run_query(Call(method, {"thing_id": thing}, {"auth_token": auditor}))
        assert refused.value.code == code


def test_an_open_query_needs_no_token_and_reads_none(small):
    for context in ({}, {"auth_token": "nonsense"}, {"auth_token": 7}):
        assert small.application.run_query(Call("open_thing", {"thing_id": "x"}, context)) == {"thing_id": "x"}


def test_words_are_read_before_what_was_done_is_looked_up(small):
    call = small.call(_new())
    small.run(call)
    broken = Call("write_thing", call.arguments | {"surprise": 1}, call.context)
    assert small.run(broken)[0].code == "invalid_input"
