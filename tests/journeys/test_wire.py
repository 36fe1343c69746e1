"""What no caller should send, on the wire of the real service: answered, kept, never said aloud, survived."""

from __future__ import annotations

import signal
import time
import uuid

import orjson
import pytest

from kernel import instants
from kernel.identity.secrets import Secrets
from kernel.log.database import Database
from kernel.log.dead_letters import DeadLetters
from kernel.refusals import DeadlinePassed, TooLarge
from kernel.runtime.distributed.client import RpcClient
from tests.kernel.runtime.raw import raw_caller
from tests.support.school import CHANNEL, SCHOOL
from tests.support.waiting import until

GOOD = {"institution": SCHOOL, "channel": CHANNEL, "title": "（合成）", "body": "（合成）"}
SECRET = "合成隐语壬癸"


@pytest.fixture
def caller(distributed):
    with raw_caller(distributed.settings.amqp_uri) as raw:
        yield raw


@pytest.fixture
def nothing_written(distributed):
    """After the test no event was added; and the process that answered before answers now."""
    distributed.await_sealed()
    before = distributed.call("get_log_head")["position"]
    pids = [process.pid for process in distributed.cluster.processes]
    yield
    distributed.await_sealed()
    assert distributed.call("get_log_head")["position"] == before
    assert all(process.running() for process in distributed.cluster.processes)
    assert [process.pid for process in distributed.cluster.processes] == pids
    assert SECRET not in distributed.cluster.output()


@pytest.fixture
def dead_letters(distributed):
    database = Database(distributed.settings.url("feedback"))
    letters = DeadLetters(database, Secrets.load(distributed.settings.secret_file))
    yield letters
    database.close()


def kept(letters, body: bytes) -> dict:
    """The dead letter of that body, once it is there."""

    def find():
        return [row for row in letters.waiting(1000) if letters.body(row["dead_letter_id"]) == body]

    (found,) = until(find)
    return found


def request(**arguments) -> bytes:
    return orjson.dumps({"args": [], "kwargs": {"command_id": str(uuid.uuid4()), **arguments}})


@pytest.mark.parametrize(
    "body",
    [
        SECRET.encode(),
        b'{"args": [], "kwargs": {"title": "' + SECRET.encode() + b"\xff",
        f'["{SECRET}"]'.encode(),
    ],
    ids=["no JSON", "no UTF-8", "no object"],
)
def test_a_malformed_body_is_answered_where_it_can_be_and_kept_in_any_case(
    distributed, nothing_written, caller, dead_letters, body
):
    assert caller.code("feedback.submit_suggestion", body) == "malformed_message"
    assert kept(dead_letters, body)["reason"] == "malformed_message"
    mute = body + b" "
    caller.send("feedback.submit_suggestion", mute, reply_to=None)
    assert kept(dead_letters, mute)["consumer"] == "rpc-feedback"
    (rows,) = _stored(distributed, SECRET)
    assert rows == 0, "the body stands in the database in clear"


def _stored(distributed, word: str):
    database = Database(distributed.settings.url("feedback"))
    with database.read() as connection:
        found = connection.exec_driver_sql(
            "SELECT count(*) FROM dead_letter WHERE position(convert_to(%s, 'UTF8') IN body_sealed) > 0",
            (word,),
        ).one()
    database.close()
    return found


def test_ten_megabytes_are_refused_and_the_service_goes_on(distributed, nothing_written, caller):
    body = request(**GOOD | {"body": SECRET + "长" * 3_500_000})
    assert len(body) > 10_000_000
    assert caller.code("feedback.submit_suggestion", body) == "too_large"
    with RpcClient(distributed.settings.amqp_uri) as client, pytest.raises(TooLarge):
        client.call("feedback.submit_suggestion", GOOD | {"body": "x" * 10_000_000})


def test_arguments_by_position_are_refused_by_name(nothing_written, caller):
    body = orjson.dumps({"args": [SECRET], "kwargs": {}})
    assert caller.code("feedback.submit_suggestion", body) == "invalid_input"


def test_no_token_and_a_wrong_one_are_refused(nothing_written, caller):
    assert caller.code("feedback.submit_suggestion", request(**GOOD)) == "not_authenticated"
    for token in (SECRET, "a.b.c", 7, ["x"]):
        headers = {"nameko.auth_token": token}
        code = caller.code("feedback.submit_suggestion", request(**GOOD), application_headers=headers)
        assert code == "not_authenticated"


def test_a_call_after_its_deadline_is_refused_and_writes_nothing(distributed, nothing_written):
    late = {"auth_token": distributed.token(), "deadline": instants.to_text(instants.now() - 1)}
    with RpcClient(distributed.settings.amqp_uri, context=late) as client:
        for method in ("submit_suggestion", "list_tickets"):
            with pytest.raises(DeadlinePassed):
                client.call(f"feedback.{method}", GOOD | {"command_id": str(uuid.uuid4())})


def test_a_call_that_waited_behind_others_until_its_deadline_is_not_run(distributed, nothing_written):
    # Given a host that does not take calls for a while
    host = distributed.cluster.processes[0]
    with RpcClient(distributed.settings.amqp_uri) as client, raw_caller(distributed.settings.amqp_uri) as raw:
        client.call("feedback.get_health", {})
        host.send(signal.SIGSTOP)
        try:
            # When a call's deadline passes meanwhile
            headers = {
                "nameko.auth_token": distributed.token(),
                "nameko.deadline": instants.to_text(instants.now() + instants.SECOND // 2),
            }
            sent = raw.send("feedback.submit_suggestion", request(**GOOD), application_headers=headers)
            time.sleep(0.8)
        finally:
            host.send(signal.SIGCONT)
        # Then it is refused when the host goes on
        assert orjson.loads(raw.reply(sent)["error"]["value"])["code"] == "deadline_passed"
