"""The private servers keep their data and ports, lose them when told, and never outlive their owner."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import amqp
import psutil
import psycopg
import pytest

from apps.cluster import postgres as postgres_module
from apps.cluster import rabbit as rabbit_module
from apps.cluster.nodes import PrivatePostgres, PrivateRabbit, ServersMissing
from apps.cluster.processes import KeptProcess, ServerFailed, await_answer, free_ports
from tests.support.waiting import until

ROOT = Path(__file__).parents[3]


def connect(uri: str) -> amqp.Connection:
    host, _, vhost = uri.rpartition("@")[2].partition("/")
    connection = amqp.Connection(host, virtual_host=vhost or "/", connect_timeout=5)
    connection.connect()
    return connection


def publish(uri: str, queue: str) -> None:
    with connect(uri) as connection:
        channel = connection.channel()
        channel.confirm_select()
        # Classic: RabbitMQ 3.10 does not bring a quorum queue back that was declared a moment before SIGKILL.
        channel.queue_declare(queue, durable=True, auto_delete=False)
        channel.basic_publish_confirm(amqp.Message("kept", delivery_mode=2), routing_key=queue)


def ready(uri: str, queue: str) -> int:
    with connect(uri) as connection:
        return connection.channel().queue_declare(queue, passive=True).message_count


def test_a_confirmed_message_survives_sigkill_on_the_same_address(rabbit, amqp_uri):
    # Given a confirmed message in a durable queue
    publish(amqp_uri, "kept")
    # When the broker is killed and started again
    rabbit.kill()
    assert not rabbit.running()
    with pytest.raises(OSError):
        connect(amqp_uri)
    rabbit.start()
    # Then it is there, under the same URI
    until(lambda: ready(amqp_uri, "kept") == 1)


def test_a_wiped_broker_has_lost_its_queues_and_still_lets_the_test_in(rabbit, amqp_uri):
    publish(amqp_uri, "lost")
    rabbit.wipe()
    assert not rabbit.running()
    rabbit.start()
    with pytest.raises(amqp.NotFound):
        ready(amqp_uri, "lost")


def test_virtual_hosts_do_not_see_each_other(rabbit, amqp_uri):
    publish(amqp_uri, "mine")
    other = rabbit.add_vhost("other")
    try:
        with pytest.raises(amqp.NotFound):
            ready(other, "mine")
    finally:
        rabbit.remove_vhost("other")


@pytest.mark.databases("ledger")
def test_a_commit_survives_sigkill_on_the_same_address(postgres, database_url):
    url = database_url.format(service="ledger")
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS figure")
    postgres.kill()
    assert not postgres.running()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)
    postgres.start()
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT figure FROM kept").fetchone() == (7,)


@pytest.mark.parametrize("setting", ["fsync", "synchronous_commit", "full_page_writes"])
def test_durability_is_never_traded_for_speed(database_url, setting):
    with psycopg.connect(database_url.format(service="feedback")) as connection:
        assert connection.execute(f"SHOW {setting}").fetchone() == ("on",)


@pytest.mark.parametrize("borrower", ["first", "second"])
def test_each_test_has_empty_databases_of_its_own(database_url, borrower):
    for service in ("feedback", "feedback_keys"):
        with psycopg.connect(database_url.format(service=service)) as connection:
            tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
            assert tables == (0,)
            connection.execute("CREATE TABLE left_behind ()")


def test_the_servers_listen_on_loopback_only(rabbit, postgres):
    for server in (rabbit, postgres):
        processes = [psutil.Process(server.pid), *psutil.Process(server.pid).children(recursive=True)]
        listening = {
            connection.laddr.ip
            for process in processes
            for connection in process.net_connections()
            if connection.status == psutil.CONN_LISTEN
        }
        assert listening == {"127.0.0.1"}


OWNER = """
    import sys, time
    from pathlib import Path
    from apps.cluster.nodes import PrivatePostgres, PrivateRabbit

    directory = Path(sys.argv[1])
    nodes = [PrivateRabbit(directory / "rabbit"), PrivatePostgres(directory / "postgres")]
    for node in nodes:
        node.start()
    print(*(node.pid for node in nodes), flush=True)
    time.sleep(600)
"""


@pytest.mark.servers
def test_nothing_is_left_when_the_owner_is_killed(open_directory):
    # Given a process that owns both servers
    command = [sys.executable, "-c", textwrap.dedent(OWNER), str(open_directory)]
    owner = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        with owner.stdout:
            pids = [int(word) for word in owner.stdout.readline().split()]
        below = psutil.Process(owner.pid).children(recursive=True)
        assert {process.pid for process in below} > set(pids)
        # Both servers have processes that come and go: what has gone has no name any more.
        names = {process.info["name"] for process in psutil.process_iter(["name"]) if process in below}
        assert "epmd" in names
    # When it is killed, so that no handler of its own runs
    finally:
        owner.kill()
        owner.wait()
    # Then all that it started goes
    gone, alive = psutil.wait_procs(below, timeout=20)
    assert alive == []
    assert len(gone) >= 10


def test_a_server_lives_on_when_the_thread_that_started_it_ends(tmp_path):
    from threading import Thread

    started = []
    thread = Thread(target=lambda: started.append(kept(tmp_path, "sleep", "600")))
    thread.start()
    thread.join()
    time.sleep(0.2)
    assert started[0].running()
    started[0].kill()


def test_a_keeper_that_is_killed_takes_its_server_along(tmp_path):
    process = kept(tmp_path, "sleep", "600")
    server = psutil.Process(process.pid)
    os.kill(server.ppid(), signal.SIGKILL)
    until(lambda: not server.is_running() or server.status() == psutil.STATUS_ZOMBIE)
    assert not process.running()
    process.kill()


def test_a_daemon_that_leaves_its_parent_and_session_ends_with_the_server(tmp_path):
    process = kept(tmp_path, "sh", "-c", "setsid sh -c 'echo $$ > daemon; exec sleep 600' & sleep 600")
    until(lambda: (tmp_path / "daemon").exists() and (tmp_path / "daemon").read_text().strip())
    daemon = psutil.Process(int((tmp_path / "daemon").read_text()))
    process.stop()
    assert not daemon.is_running()


def test_a_server_that_does_not_heed_is_ended_by_force(tmp_path):
    process = kept(tmp_path, "sh", "-c", "trap '' TERM; echo deaf; sleep 600 & wait; sleep 600")
    until(lambda: "deaf" in process.last_words())
    process.stop(signal.SIGTERM, patience=0.2)
    assert not process.running()


def test_a_server_that_does_not_come_up_says_its_last_words(tmp_path):
    process = kept(tmp_path, "sh", "-c", "echo the disk is full; exit 3")
    with pytest.raises(ServerFailed, match="the disk is full"):
        await_answer(process, lambda: False)


def test_a_server_that_never_answers_is_ended(tmp_path):
    process = kept(tmp_path, "sleep", "600")
    with pytest.raises(ServerFailed):
        await_answer(process, lambda: False, patience=0.2)
    assert not process.running()


def test_ports_lie_outside_the_range_of_outgoing_connections():
    first, last = (int(word) for word in Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
    ports = free_ports(20)
    assert len(set(ports)) == 20
    assert not [port for port in ports if first <= port <= last]


def test_a_missing_broker_is_said_in_a_sentence_that_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(rabbit_module, "_SERVER", tmp_path / "absent")
    with pytest.raises(ServersMissing, match="请先安装：apt-get install rabbitmq-server postgresql"):
        PrivateRabbit(tmp_path)
    monkeypatch.setattr(postgres_module, "_VERSIONS", tmp_path / "absent")
    with pytest.raises(ServersMissing, match="请先安装：apt-get install rabbitmq-server postgresql"):
        PrivatePostgres(tmp_path)


def test_the_newest_postgresql_is_taken_by_number_not_by_letters(tmp_path, monkeypatch):
    for version in ("9", "15", "100"):
        (tmp_path / version / "bin").mkdir(parents=True)
        (tmp_path / version / "bin" / "initdb").touch()
    monkeypatch.setattr(postgres_module, "_VERSIONS", tmp_path)
    assert postgres_module._newest_binaries() == tmp_path / "100" / "bin"


def kept(directory: Path, *command: str) -> KeptProcess:
    return KeptProcess(command, env=dict(os.environ), directory=directory, output=directory / "output")
