"""What stands on the broker before the first event: exchanges, queues, bindings and rights, as definitions.

`python -m apps.cluster.definitions` writes deploy/rabbitmq/definitions.json from the policy packs.
`python -m apps.cluster.definitions users SECRETS OUT` adds the users for a broker that starts: those whose
password stands in a file `SECRETS/rabbitmq_<user>`; it leaves as a salted hash.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apps.cli.assembly import SERVICES
from kernel.policy.loading import Packs
from kernel.runtime.distributed.doorbell import BELL_QUEUE, bell_queue
from kernel.runtime.distributed.publisher import events_exchange
from kernel.runtime.distributed.topology import RPC_EXCHANGE, rpc_queue
from kernel.runtime.distributed.work_queues import DEAD_QUEUE, DEAD_TICKETS, WORK_QUEUE, tickets_queue

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ROOT = Path(__file__).parents[2]
FILE = ROOT / "deploy" / "rabbitmq" / "definitions.json"

CLIENTS = "clients"
# The service whose tickets are offered in department queues.
_OFFERING = "feedback"

# A reply's routing key is its caller's own UUID, so nobody can bind a queue to another's replies by a pattern.
_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_REPLIES = r"rpc\.reply-.*|amq\.gen-.*"


def machine_queues(policies: Path) -> list[str]:
    """The queue of each unit whose pack says `machine_queue: true`, sorted."""
    packs = Packs.load(policies)
    return sorted(
        tickets_queue(institution, unit.id)
        for institution in packs.ids()
        if (pack := packs.get(institution)) is not None
        for unit in pack.units.values()
        if unit.machine_queue
    )


def rabbit_definitions(queues: Iterable[str], vhost: str = "/") -> dict[str, Any]:
    """Definitions without users for these department queues (docs/interface.md, "Events")."""
    departments = sorted(queues)
    heard = [(name, listening.source) for name in SERVICES for listening in SERVICES[name].listens]
    return {
        "vhosts": [{"name": vhost}],
        "exchanges": [_exchange(vhost, name) for name in (RPC_EXCHANGE, *map(events_exchange, SERVICES))],
        "queues": [
            *(_queue(vhost, rpc_queue(name), {}) for name in SERVICES),
            *(_queue(vhost, bell_queue(*pair), BELL_QUEUE) for pair in heard),
            _queue(vhost, DEAD_TICKETS, DEAD_QUEUE),
            *(_queue(vhost, name, WORK_QUEUE) for name in departments),
        ],
        "bindings": [
            *(_bound(vhost, RPC_EXCHANGE, rpc_queue(name), f"{name}.*") for name in SERVICES),
            *(_bound(vhost, events_exchange(pair[1]), bell_queue(*pair), "#") for pair in heard),
        ],
        "permissions": [
            _client_rights(vhost, CLIENTS),
            *(_client_rights(vhost, name.removeprefix("tickets."), name) for name in departments),
            *(_service_rights(vhost, name) for name in SERVICES),
        ],
        "topic_permissions": [
            _client_topics(vhost, CLIENTS),
            *(_client_topics(vhost, name.removeprefix("tickets.")) for name in departments),
            *(_service_topics(vhost, name) for name in SERVICES),
        ],
    }


def _exchange(vhost: str, name: str) -> dict[str, Any]:
    """Exactly as nameko declares it: stock listeners declare it too, and the broker refuses a difference."""
    return {
        "vhost": vhost,
        "name": name,
        "type": "topic",
        "durable": True,
        "auto_delete": False,
        "internal": False,
        "arguments": {},
    }


def _queue(vhost: str, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {"vhost": vhost, "name": name, "durable": True, "auto_delete": False, "arguments": dict(arguments)}


def _bound(vhost: str, exchange: str, queue: str, key: str) -> dict[str, Any]:
    return {
        "vhost": vhost,
        "source": exchange,
        "destination": queue,
        "destination_type": "queue",
        "routing_key": key,
        "arguments": {},
    }


def _client_rights(vhost: str, user: str, queue: str = "") -> dict[str, str]:
    """Who calls and reads the replies; a department's own system also takes from its queue, and no other."""
    own = f"nameko-rpc|{_REPLIES}"
    offers = "|" + queue.replace(".", r"\.") if queue else ""
    return {
        "user": user,
        "vhost": vhost,
        "configure": f"^({own})$",
        "write": f"^({own})$",
        "read": f"^({own}{offers})$",
    }


def _service_rights(vhost: str, name: str) -> dict[str, str]:
    """A service: its own calls and events, listening to others' events, and the queues of what it offers.

    It listens through queues of its own: our doorbell's, and those of stock nameko's handlers.
    """
    exchanges = r"nameko-rpc|[a-z]+\.events"
    bells = rf"[a-z]+\.events--{name}|evt-.*--{name}\..*"
    offered, by = (r"|tickets\..*", r"|amq\.default") if name == _OFFERING else ("", "")
    queues = rf"rpc-{name}|{bells}|{_REPLIES}{offered}"
    return {
        "user": name,
        "vhost": vhost,
        "configure": f"^({exchanges}|{queues})$",
        "write": rf"^(nameko-rpc|{name}\.events{by}|{queues})$",
        "read": f"^({exchanges}|{queues})$",
    }


def _client_topics(vhost: str, user: str) -> dict[str, str]:
    """A client calls methods and binds its own replies: calls carry tokens and are not for it to read."""
    return {
        "user": user,
        "vhost": vhost,
        "exchange": RPC_EXCHANGE,
        "write": r"^[a-z]+\.[a-z_]+$",
        "read": f"^{_UUID}$",
    }


def _service_topics(vhost: str, name: str) -> dict[str, str]:
    """A service answers anybody, calls others, and reads the calls to itself and its own replies."""
    return {
        "user": name,
        "vhost": vhost,
        "exchange": RPC_EXCHANGE,
        "write": rf"^([a-z]+\.[a-z_]+|{_UUID})$",
        "read": rf"^({name}\.\*|{_UUID})$",
    }


def with_users(definitions: dict[str, Any], passwords: dict[str, str]) -> dict[str, Any]:
    """The definitions with these users and nobody else's rights, which RabbitMQ would refuse to load.

    RabbitMQ seeds no user of its own where it loads definitions.
    """
    users = [
        {
            "name": name,
            "password_hash": hashed(password),
            "hashing_algorithm": "rabbit_password_hashing_sha256",
            "tags": [],
        }
        for name, password in sorted(passwords.items())
    ]
    rights = {
        kind: [right for right in definitions[kind] if right["user"] in passwords]
        for kind in ("permissions", "topic_permissions")
    }
    return {**definitions, **rights, "users": users}


def hashed(password: str) -> str:
    """RabbitMQ's salted form: base64 of a four-byte salt and SHA-256 over salt and password."""
    salt = secrets.token_bytes(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def text(definitions: dict[str, Any]) -> str:
    """As the file holds them."""
    return json.dumps(definitions, indent=2, sort_keys=True) + "\n"


def _add_users(folder: Path, out: Path) -> None:
    files = {path.name.removeprefix("rabbitmq_"): path for path in folder.glob("rabbitmq_*")}
    if absent := {CLIENTS, *SERVICES} - set(files):
        sys.exit(f"缺少密码文件：{', '.join(f'rabbitmq_{name}' for name in sorted(absent))}")
    passwords = {name: path.read_text().strip() for name, path in files.items()}
    out.write_text(text(with_users(json.loads(FILE.read_text()), passwords)))


if __name__ == "__main__":
    if sys.argv[1:2] == ["users"]:
        _add_users(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        FILE.write_text(text(rabbit_definitions(machine_queues(ROOT / "policies"))))
