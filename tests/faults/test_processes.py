"""A process of the service is stopped, paused or ended at work: another goes on, and nothing is done twice."""

from __future__ import annotations

import signal
import time
import uuid
from contextlib import suppress

import psutil
import pytest
from amqp.exceptions import NotFound
from kombu import Connection

from kernel.refusals import Unavailable
from tests.faults.history import Entry
from tests.faults.people import Clerk
from tests.support.school import CHANNEL, SCHOOL
from tests.support.waiting import until

pytestmark = pytest.mark.slow
GOOD = {"institution": SCHOOL, "channel": CHANNEL, "title": "（合成）", "body": "（合成）"}
TAKEN_OVER_SECONDS = 6.0


def submit(operator, history, command_id: str | None = None) -> str:
    """One suggestion, and its entry in the history; the ticket's id."""
    command_id = command_id or str(uuid.uuid4())
    entry = Entry("operator", command_id, "submit_suggestion", None, ["ticket_submitted"])
    history.begin(entry)
    arguments = GOOD | {"command_id": entry.command_id}
    entry.answer = operator.call_with_retry("feedback.submit_suggestion", arguments, patience=30)
    entry.outcome = "acknowledged"
    return entry.answer["ticket_id"]


def sealed(cluster, ticket_id: str) -> bool:
    query = "SELECT count(*) FROM log_entry JOIN event USING (event_id) WHERE stream_id = %s"
    return cluster.rows(query, f"ticket/{ticket_id}") == [(1,)]


def has_a_session(cluster, process) -> bool:
    """Whether a process is connected to its database; a standby is, to ask for the lead."""
    ports = [connection.laddr.port for connection in psutil.Process(process.pid).net_connections("tcp")]
    return bool(cluster.rows("SELECT pid FROM pg_stat_activity WHERE client_port = ANY(%s)", ports))


def serving(cluster) -> int:
    """How many hosts take calls."""
    with Connection(cluster.amqp_uri) as connection, suppress(NotFound):
        return connection.default_channel.queue_declare("rpc-feedback", passive=True).consumer_count
    return 0


def test_a_paused_leader_is_replaced_and_does_no_harm_when_it_wakes(cluster, operator, history, all_is_well):
    # Given a leader and a standby
    cluster.serve("rpc")
    leader = cluster.serve("log")
    cluster.await_ready()
    first = submit(operator, history)
    until(lambda: sealed(cluster, first))
    standby = cluster.serve("log")
    until(lambda: has_a_session(cluster, standby))
    # When the leader is paused
    leader.send(signal.SIGSTOP)
    written = submit(operator, history)
    paused = time.monotonic()
    # Then the standby seals
    until(lambda: sealed(cluster, written), TAKEN_OVER_SECONDS)
    assert time.monotonic() - paused <= TAKEN_OVER_SECONDS
    # And the one that wakes up does no harm, and leads again when the other one ends
    leader.send(signal.SIGCONT)
    for _ in range(20):
        submit(operator, history)
    assert standby.stop() == 0
    last = submit(operator, history)
    until(lambda: sealed(cluster, last), TAKEN_OVER_SECONDS)
    assert leader.running()
    all_is_well(history)


def test_hosts_ended_at_work_finish_what_they_began_and_nothing_runs_twice(
    cluster, tokens, history, all_is_well
):
    cluster.serve("log")
    *ending, staying = [cluster.serve("rpc") for _ in range(6)]
    until(lambda: serving(cluster) == 6, 60)
    clerks = [Clerk(seed, 100_000, cluster.amqp_uri, tokens, history, machine=False) for seed in range(4)]
    for clerk in clerks:
        clerk.start()
    for host in ending:
        before = history.acknowledged
        until(lambda before=before: history.acknowledged >= before + 20, 60)
        assert host.stop() == 0, host.words()
    for clerk in clerks:
        clerk.stop()
    for clerk in clerks:
        clerk.join(120)
        assert not clerk.is_alive()
    assert staying.running()
    assert all(entry.outcome == "acknowledged" for entry in history.entries)
    all_is_well(history)


@pytest.mark.parametrize("point", ["writer.before", "writer.committed"])
def test_a_host_that_dies_around_its_commit_leaves_the_command_undone_or_done_once(
    cluster, operator, history, all_is_well, point
):
    cluster.serve("log")
    cluster.environment["ZHITONGCHE_FAULT"] = f"{point}:2"
    dying = cluster.serve("rpc")
    del cluster.environment["ZHITONGCHE_FAULT"]
    cluster.await_ready()
    submit(operator, history)
    # When the host dies with the second command, and another one takes its place
    command_id = str(uuid.uuid4())
    with pytest.raises(Unavailable):
        operator.call("feedback.submit_suggestion", GOOD | {"command_id": command_id}, timeout=3.0)
    until(lambda: not dying.running())
    cluster.serve("rpc")
    # Then the same command, sent again, is done exactly once
    submit(operator, history, command_id)
    all_is_well(history)


def test_an_idle_supervisor_ends_its_processes_with_itself(cluster):
    supervisor = cluster.serve(supervised=True)
    cluster.await_ready()
    pids = until(lambda: [*supervisor.children("rpc"), *supervisor.children("log")])
    assert supervisor.stop() == 0
    assert [pid for pid in pids if psutil.pid_exists(pid)] == []
