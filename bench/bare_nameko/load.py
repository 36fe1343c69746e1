"""Lifecycles through stock nameko clients, one thread each, and what they measured as JSON on stdout.

`load.py AMQP_URI CLIENTS SECONDS [WARM_UP_SECONDS]` prints
`{"clients", "lifecycles", "seconds", "cpu_seconds", "commands": {name: {"p50", "p99"}}}`, latencies in
milliseconds; what happens during the warm-up is not in it.
"""

import json
import statistics
import sys
import threading
import time
from typing import Any

from nameko.standalone.rpc import ClusterRpcClient

TEXT = "建议延长图书馆的开放时间，以便晚间上课的同学使用。" * 8


class Caller(threading.Thread):
    """One client, one lifecycle after another."""

    def __init__(self, uri: str, begin: float, end: float) -> None:
        super().__init__()
        self.uri, self.begin, self.end = uri, begin, end
        self.finished = 0
        self.latencies: dict[str, list[float]] = {"submit": [], "assign": [], "reply": [], "close": []}

    def run(self) -> None:
        with ClusterRpcClient(uri=self.uri, timeout=30) as services:
            while time.monotonic() < self.end:
                self.lifecycle(services.bare_feedback)

    def lifecycle(self, service: Any) -> None:
        ticket = self.timed(
            "submit", service, institution="synthetic", channel="web", title="合成建议", body=TEXT
        )
        for name, arguments in (("assign", {"lead": "library"}), ("reply", {"text": TEXT}), ("close", {})):
            self.timed(name, service, ticket_id=ticket["ticket_id"], **arguments)
        if self.begin <= time.monotonic() <= self.end:
            self.finished += 1

    def timed(self, name: str, service: Any, **arguments: str) -> Any:
        begun = time.perf_counter()
        answer = getattr(service, name)(**arguments)
        if time.monotonic() >= self.begin:
            self.latencies[name].append((time.perf_counter() - begun) * 1000)
        return answer


def percentiles(values: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return {"p50": round(cuts[49], 3), "p99": round(cuts[98], 3)}


def main(uri: str, clients: str, seconds: str, warm_up: str = "1") -> None:
    begin = time.monotonic() + float(warm_up)
    callers = [Caller(uri, begin, begin + float(seconds)) for _ in range(int(clients))]
    for caller in callers:
        caller.start()
    time.sleep(max(0.0, begin - time.monotonic()))
    worked = time.process_time()
    time.sleep(float(seconds))
    worked = time.process_time() - worked
    for caller in callers:
        caller.join()
    report = {
        "clients": int(clients),
        "lifecycles": sum(caller.finished for caller in callers),
        "seconds": float(seconds),
        "cpu_seconds": round(worked, 3),
        "commands": {
            name: percentiles([each for caller in callers for each in caller.latencies[name]])
            for name in ("submit", "assign", "reply", "close")
        },
    }
    json.dump(report, sys.stdout)


main(*sys.argv[1:])
