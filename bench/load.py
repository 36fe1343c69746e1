"""A client process: threads that carry suggestions from submission to close over real RPC.

`python -m bench.load THREADS SECONDS` prints one JSON document: lifecycles, seconds, cpu_seconds, and the
milliseconds of a command (p50, p99).
"""

from __future__ import annotations

import resource
import sys
import threading
import time
import uuid
from typing import Any

import orjson

from kernel.identity.actor import Actor, Role
from kernel.identity.secrets import Secrets
from kernel.identity.tokens import sign
from kernel.runtime.distributed.client import RpcClient
from kernel.settings import Settings

TITLE = "图书馆周末座位不够"
BODY = "周末自习座位紧张，建议开放二层会议室。" * 6
REPLY = "自下周起周末开放二层会议室作自习室。" * 4
_CALL_PATIENCE = 30.0


class Load:
    """Lifecycles, counted and timed."""

    def __init__(self, client: RpcClient) -> None:
        self.client = client
        self.took: list[float] = []
        self.finished = 0
        self._lock = threading.Lock()

    def lifecycle(self) -> None:
        ticket = self.command(
            "submit_suggestion", institution="datong", channel="office_mailbox", title=TITLE, body=BODY
        )["ticket_id"]
        self.command("assign_ticket", ticket_id=ticket, lead="library")
        self.command("reply_ticket", ticket_id=ticket, text=REPLY)
        self.command("close_ticket", ticket_id=ticket)

    def command(self, method: str, **arguments: Any) -> Any:
        arguments["command_id"] = str(uuid.uuid4())
        began = time.perf_counter()
        answer = self.client.call(f"feedback.{method}", arguments, timeout=_CALL_PATIENCE)
        self.took.append(time.perf_counter() - began)
        return answer

    def run(self, until: float) -> None:
        while time.monotonic() < until:
            self.lifecycle()
            with self._lock:
                self.finished += 1


def main(threads: int, seconds: float) -> None:
    settings = Settings.from_environment()
    token = sign(Secrets.load(settings.secret_file), Actor("bench", Role.OPERATOR))
    client = RpcClient(settings.amqp_uri, context={"auth_token": token})
    load = Load(client)
    for _ in range(threads):
        load.lifecycle()
    load.took.clear()
    before = resource.getrusage(resource.RUSAGE_SELF)
    began = time.monotonic()
    workers = [threading.Thread(target=load.run, args=(began + seconds,)) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    lasted = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_SELF)
    client.close()
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(orjson.dumps(report(load, lasted, cpu) | {"warm_up": threads}).decode())


def report(load: Load, lasted: float, cpu: float) -> dict[str, float]:
    took = sorted(load.took)
    return {
        "lifecycles": load.finished,
        "seconds": lasted,
        "cpu_seconds": cpu,
        "p50": took[len(took) // 2] * 1000,
        "p99": took[int(len(took) * 0.99)] * 1000,
    }


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
