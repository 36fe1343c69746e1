"""A broker that closes a channel is heard: the connection ends, and whoever needs it connects anew."""

from __future__ import annotations

import gc
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import amqp
import pytest
from amqp.exceptions import NotFound

from kernel.runtime.distributed import topology
from kernel.runtime.distributed.client import RpcClient
from kernel.runtime.distributed.host import BrokerGone
from kernel.runtime.distributed.link import Link, poller
from tests.kernel.runtime.lab import HostedLab, hosted, refusal_of
from tests.kernel.runtime.raw import connection


def test_a_link_that_holds_its_writes_hears_that_its_channel_was_closed(amqp_uri):
    link = Link(amqp_uri)
    link.hold()
    link.publish("no-such-exchange", "key", amqp.Message(b""))
    link.flush()
    assert poller(link)(10)

    def hear() -> None:
        with pytest.raises(NotFound):
            link.drain()

    thread = threading.Thread(target=hear, daemon=True)
    thread.start()
    thread.join(10)
    assert not thread.is_alive(), "it waits for an answer to what it has not sent"
    link.close()


def test_a_link_that_holds_its_writes_can_still_ask(amqp_uri):
    link = Link(amqp_uri)
    link.hold()
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(link.channel.queue_declare, "asked", auto_delete=True)
        try:
            assert asked.result(10).message_count == 0
        finally:
            link.abandon()


def test_a_client_that_cannot_ask_for_replies_gives_back_what_it_opened(amqp_uri):
    with connection(amqp_uri) as other:
        channel = other.channel()
        channel.exchange_delete(topology.RPC_EXCHANGE)
        channel.exchange_declare(topology.RPC_EXCHANGE, "fanout", durable=False, auto_delete=False)
        try:
            gc.collect()
            before = open_files()
            with RpcClient(amqp_uri, timeout=5) as client:
                assert refusal_of(client.call, "lab.echo", {}).details == {"part": "broker"}
                # Closed by the client, and not by whoever collects the garbage
                assert open_files() == before
        finally:
            channel.exchange_delete(topology.RPC_EXCHANGE)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_host_and_a_client_whose_exchange_was_deleted_connect_anew(amqp_uri):
    lab = HostedLab(amqp_uri)
    lab.thread.start()
    assert lab.host.ready.wait(20)
    with RpcClient(amqp_uri, timeout=10) as client:
        client.call("lab.echo", {})
        # When the exchange of both is deleted, the client is told at once
        with connection(amqp_uri) as other:
            other.channel().exchange_delete(topology.RPC_EXCHANGE)
        assert refusal_of(client.call, "lab.echo", {}).details == {"part": "broker"}
        # And a host that answers finds out too
        with connection(amqp_uri) as other:
            message = amqp.Message(b'{"args": [], "kwargs": {}}', content_type="application/json", reply_to="x")
            other.channel().basic_publish(message, "", topology.rpc_queue("lab"))
        lab.thread.join(10)
        assert isinstance(lab.ended_with, BrokerGone)
        # Then the next host and the same client serve
        with hosted(amqp_uri):
            assert client.call_with_retry("lab.echo", {"n": 1}, patience=20)["arguments"] == {"n": 1}
