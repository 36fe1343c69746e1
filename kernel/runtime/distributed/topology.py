"""The names on the broker that nameko's RPC uses, declared exactly as nameko declares them."""

from __future__ import annotations

from typing import Any

RPC_EXCHANGE = "nameko-rpc"


def rpc_queue(service: str) -> str:
    """The durable queue that holds the calls of a service."""
    return f"rpc-{service}"


def declare_exchange(channel: Any) -> None:
    """The exchange that carries requests and replies."""
    channel.exchange_declare(RPC_EXCHANGE, "topic", durable=True, auto_delete=False)


def declare_service(channel: Any, service: str) -> str:
    """Exchange, queue and binding of a service; answers the queue's name."""
    declare_exchange(channel)
    queue = rpc_queue(service)
    channel.queue_declare(queue, durable=True, auto_delete=False)
    channel.queue_bind(queue, RPC_EXCHANGE, f"{service}.*")
    return queue


def declare_replies(channel: Any, key: str) -> str:
    """A queue of this connection alone, bound by the caller's key; answers its name.

    The broker names it: the queue of a connection that broke may still be there when the next one is made.
    """
    declare_exchange(channel)
    queue: str = channel.queue_declare(exclusive=True, auto_delete=True).queue
    channel.queue_bind(queue, RPC_EXCHANGE, key)
    return queue
