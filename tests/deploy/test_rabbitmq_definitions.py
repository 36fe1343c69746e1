"""The topology stands before the first event, agrees with packs and code, and each user does its part only."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import subprocess
import sys
import time
import uuid
from typing import TYPE_CHECKING

import amqp
import pytest

from apps.cli.assembly import SERVICES
from apps.cluster.definitions import (
    FILE,
    ROOT,
    hashed,
    machine_queues,
    rabbit_definitions,
    text,
    with_users,
)
from kernel.policy.loading import Packs
from kernel.runtime.distributed import publisher, topology
from kernel.runtime.distributed.doorbell import declare_bell
from kernel.runtime.distributed.work_queues import DEAD_TICKETS as DEAD
from kernel.runtime.distributed.work_queues import Letter, WorkQueues

if TYPE_CHECKING:
    from pathlib import Path

QUEUE = "tickets.datong.logistics"
DEPARTMENT = "datong.logistics"
OTHER_QUEUE = "tickets.chifeng.logistics"
PASSWORDS = {user: secrets.token_hex(8) for user in (*SERVICES, "clients", DEPARTMENT)}
# Each service, and one that is not it.
NEIGHBOURS = [(service, next(other for other in SERVICES if other != service)) for service in SERVICES]


class Broker:
    """A virtual host that holds the definitions and their users."""

    def __init__(self, uri: str) -> None:
        self.address, _, self.vhost = uri.rpartition("@")[2].partition("/")
        self.opened: list[amqp.Connection] = []

    def uri(self, user: str) -> str:
        return f"amqp://{user}:{PASSWORDS[user]}@{self.address}/{self.vhost}"

    def __call__(self, user: str) -> amqp.Channel:
        """A channel of a connection of its own."""
        connection = amqp.Connection(
            self.address, userid=user, password=PASSWORDS[user], virtual_host=self.vhost
        )
        connection.connect()
        self.opened.append(connection)
        return connection.channel()


@pytest.fixture(scope="module")
def broker(rabbit):
    rabbit.start()
    vhost = f"d{secrets.token_hex(4)}"
    broker = Broker(rabbit.add_vhost(vhost))
    rabbit.load(with_users(rabbit_definitions(machine_queues(ROOT / "policies"), vhost), PASSWORDS))
    yield broker
    for connection in broker.opened:
        connection.close()
    rabbit.remove_vhost(vhost)


def publish(channel: amqp.Channel, exchange: str, key: str) -> None:
    channel.basic_publish_confirm(amqp.Message("{}", delivery_mode=2), exchange, key, mandatory=True)


def replies(channel: amqp.Channel, key: str) -> str:
    return topology.declare_replies(channel, key)


def test_the_committed_file_is_what_the_packs_ask_for():
    assert FILE.read_text() == text(rabbit_definitions(machine_queues(ROOT / "policies")))


def test_every_machine_queue_of_the_packs_is_there_and_no_other():
    packs = Packs.load(ROOT / "policies")
    wanted = {
        f"tickets.{pack.id}.{unit.id}"
        for pack in map(packs.get, packs.ids())
        for unit in pack.units.values()
        if unit.machine_queue
    }
    queues = {queue["name"]: queue["arguments"] for queue in json.loads(FILE.read_text())["queues"]}
    assert {name for name in queues if name.startswith("tickets.")} == wanted | {DEAD}
    assert len(wanted) >= 5
    assert {queues[name]["x-delivery-limit"] for name in wanted} == {10}
    assert {queues[name]["x-dead-letter-routing-key"] for name in wanted} == {DEAD}
    assert {queues[name]["x-queue-type"] for name in wanted | {DEAD}} == {"quorum"}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_finds_what_it_declares_itself(broker, service):
    channel = broker(service)
    assert topology.declare_service(channel, service) == f"rpc-{service}"
    publisher.declare_events(channel, service)


def test_the_feedback_service_finds_the_department_queues(broker):
    channel = broker("feedback")
    queues = WorkQueues(broker.uri("feedback"))
    assert queues.put([Letter(QUEUE, "1", b"{}"), Letter(DEAD, "2", b"{}")]) == [True, True]
    queues.close()
    channel.queue_purge(QUEUE)
    channel.queue_purge(DEAD)


@pytest.mark.parametrize("service", SERVICES)
def test_a_call_and_its_answer_pass(broker, service):
    # Given a client that listens for its replies
    client, answering, key = broker("clients"), broker(service), str(uuid.uuid4())
    queue = replies(client, key)
    # When it calls, and the service takes the call and answers
    publish(client, "nameko-rpc", f"{service}.get_health")
    call = answering.basic_get(f"rpc-{service}", no_ack=True)
    publish(answering, "nameko-rpc", key)
    # Then both have arrived
    assert call is not None
    assert client.basic_get(queue, no_ack=True) is not None


@pytest.mark.parametrize(("service", "other"), NEIGHBOURS)
def test_a_service_calls_another_and_hears_its_events(broker, service, other):
    # Given a service that listens to another one's events
    listening, answering, key = broker(service), broker(other), str(uuid.uuid4())
    queue = declare_bell(listening, service, other)
    # When it calls the other, which answers and tells an event
    answers = replies(listening, key)
    publish(listening, "nameko-rpc", f"{other}.read_log")
    assert answering.basic_get(f"rpc-{other}", no_ack=True) is not None
    publish(answering, "nameko-rpc", key)
    publish(answering, f"{other}.events", "something_happened")
    # Then it has heard both
    assert listening.basic_get(answers, no_ack=True) is not None
    assert listening.basic_get(queue, no_ack=True) is not None


@pytest.mark.parametrize(("service", "other"), NEIGHBOURS)
@pytest.mark.parametrize(
    "attempt",
    [
        lambda channel, other: channel.basic_get(f"rpc-{other}"),
        lambda channel, other: channel.queue_purge(f"rpc-{other}"),
        lambda channel, other: publish(channel, f"{other}.events", "something_happened"),
        lambda channel, other: declare_bell(channel, other, "feedback"),
        lambda channel, other: channel.queue_declare(f"evt-x-happened--{other}.hear", durable=True),
        lambda channel, other: replies(channel, f"{other}.*"),
    ],
    ids=[
        "take_its_calls",
        "purge_its_calls",
        "forge_its_events",
        "take_its_bells",
        "take_its_news",
        "overhear",
    ],
)
def test_a_service_may_not_to_another(broker, service, other, attempt):
    with pytest.raises(amqp.AccessRefused):
        attempt(broker(service), other)


@pytest.mark.parametrize("service", [service for service in SERVICES if service != "feedback"])
@pytest.mark.parametrize(
    "attempt",
    [
        lambda channel: channel.basic_get(QUEUE),
        lambda channel: channel.queue_delete(QUEUE),
        lambda channel: publish(channel, "", QUEUE),
    ],
    ids=["take_an_offer", "delete_the_queue", "forge_an_offer"],
)
def test_a_service_without_department_queues_has_no_right_to_them(broker, service, attempt):
    with pytest.raises(amqp.AccessRefused):
        attempt(broker(service))


def test_an_offer_reaches_its_department_and_no_other_user(broker):
    publish(broker("feedback"), "", QUEUE)
    with pytest.raises(amqp.AccessRefused):
        broker("clients").basic_get(QUEUE)
    with pytest.raises(amqp.AccessRefused):
        broker(DEPARTMENT).basic_get(OTHER_QUEUE)
    assert broker(DEPARTMENT).basic_get(QUEUE, no_ack=True) is not None


def test_a_refused_offer_ends_among_the_dead_letters(broker):
    publish(broker("feedback"), "", OTHER_QUEUE)
    service = broker("feedback")
    service.basic_reject(service.basic_get(OTHER_QUEUE).delivery_tag, requeue=False)
    dead, limit = None, time.monotonic() + 20
    while dead is None and time.monotonic() < limit:
        dead = service.basic_get(DEAD, no_ack=True)
    assert dead.headers["x-death"][0]["queue"] == OTHER_QUEUE


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("user", ["clients", DEPARTMENT])
@pytest.mark.parametrize(
    "attempt",
    [
        lambda channel, of: channel.basic_get(f"rpc-{of}"),
        lambda channel, of: channel.queue_declare(f"rpc-{of}", durable=True, auto_delete=False),
        lambda channel, of: channel.queue_purge(f"rpc-{of}"),
        lambda channel, of: channel.exchange_declare(f"{of}.events", "topic", durable=True, auto_delete=False),
        lambda channel, of: publish(channel, f"{of}.events", "something_happened"),
        lambda channel, _: publish(channel, "", QUEUE),
        lambda channel, of: channel.queue_bind(channel.queue_declare().queue, f"{of}.events", "#"),
        lambda channel, of: replies(channel, f"{of}.*"),
        lambda channel, _: replies(channel, "#"),
        lambda channel, _: publish(channel, "nameko-rpc", str(uuid.uuid4())),
    ],
    ids=[
        "take_a_call",
        "declare_the_calls",
        "purge_the_calls",
        "declare_events",
        "forge_an_event",
        "forge_an_offer",
        "listen_to_events",
        "listen_to_calls",
        "listen_to_all",
        "forge_a_reply",
    ],
)
def test_a_client_may_not(broker, service, user, attempt):
    with pytest.raises(amqp.AccessRefused):
        attempt(broker(user), service)


def test_a_password_leaves_as_rabbitmqs_salted_hash():
    salted = base64.b64decode(hashed("secret"))
    assert salted[4:] == hashlib.sha256(salted[:4] + b"secret").digest()
    assert hashed("secret") != hashed("secret")


def add_users(folder: Path, out: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "apps.cluster.definitions", "users", str(folder), str(out)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_only_users_whose_password_is_there_are_made(tmp_path):
    for user in PASSWORDS:
        (tmp_path / f"rabbitmq_{user}").write_text("of " + user)
    answer = add_users(tmp_path, tmp_path / "out")
    assert answer.returncode == 0, answer.stderr
    made = json.loads((tmp_path / "out").read_text())
    for kind, field in (("users", "name"), ("permissions", "user"), ("topic_permissions", "user")):
        assert {entry[field] for entry in made[kind]} == set(PASSWORDS)
    assert "of feedback" not in (tmp_path / "out").read_text()


@pytest.mark.slow
def test_a_missing_password_is_said_and_nothing_is_written(tmp_path):
    answer = add_users(tmp_path, tmp_path / "out")
    assert answer.returncode == 1
    wanted = ", ".join(f"rabbitmq_{user}" for user in sorted(("clients", *SERVICES)))
    assert f"缺少密码文件：{wanted}" in answer.stderr
    assert not (tmp_path / "out").exists()
