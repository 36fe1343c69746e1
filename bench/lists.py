"""(f) lists, queues and latency reports at two sizes, and the verification of the larger log."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Any

from apps.cli.assembly import SERVICES, migrate_service
from apps.cluster.databases import add_database
from bench.latency import rebuild_one
from bench.profiling import sampled, shares
from bench.stage import ROOT
from kernel.identity.actor import Actor, Role
from kernel.identity.secrets import Secrets
from kernel.identity.tokens import sign
from kernel.log.database import Database
from kernel.log.process import drain
from kernel.log.verify import verify
from kernel.runtime.calls import Call
from kernel.settings import Settings
from services.feedback.storage.latency import ALL_INSTITUTIONS

if TYPE_CHECKING:
    from bench.stage import Stage
    from kernel.application import ServiceApplication

OPEN_TICKETS = 200
QUESTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "list of a department": ("list_tickets", {"institution": "datong", "lead": "library"}),
    "list of all": ("list_tickets", {"institution": "datong"}),
    "department queue": ("list_department_queue", {"institution": "datong", "unit": "library"}),
    "latency": ("get_latency", {"institution": "datong"}),
    "latency of whole months": (
        "get_latency",
        {"institution": "datong", "submitted_from": "2022-01-01", "submitted_to": "2023-12-31"},
    ),
    "latency by department": ("get_latency", {"institution": "datong", "by": "department"}),
    "latency by channel": ("get_latency", {"institution": "datong", "by": "channel"}),
    "latency by month": ("get_latency", {"institution": "datong", "by": "month"}),
}


def measure(stage: Stage, sizes: tuple[int, int], rounds: int) -> dict[str, Any]:
    """Milliseconds of each question at both sizes, interleaved; how long loading and verifying took."""
    loaded = {size: _load(stage, size) for size in sizes}
    applications = {size: SERVICES["feedback"].build(settings) for size, (settings, _) in loaded.items()}
    token = sign(Secrets.load(loaded[sizes[0]][0].secret_file), Actor("bench", Role.OPERATOR))
    answer: dict[str, Any] = {"load_seconds": {size: seconds for size, (_, seconds) in loaded.items()}}
    answer["questions"] = {
        name: _compare(applications, Call(method, arguments, {"auth_token": token}), rounds)
        for name, (method, arguments) in QUESTIONS.items()
    }
    for application in applications.values():
        application.close()
    answer["verified"] = _verify(loaded[max(sizes)][0])
    return answer


def _compare(applications: dict[int, ServiceApplication], call: Call, rounds: int) -> dict[str, Any]:
    """Milliseconds at both sizes, of these the service's own CPU, and where that goes at the larger one."""
    took: dict[int, list[tuple[float, float]]] = {size: [] for size in applications}
    for number in range(rounds + 2):
        for size, application in applications.items():
            began, used = time.perf_counter(), time.process_time()
            application.run_query(call)
            if number > 1:
                lasted = time.perf_counter() - began, time.process_time() - used
                took[size].append((lasted[0] * 1000, lasted[1] * 1000))
    with sampled() as found:
        for _ in range(rounds):
            applications[max(applications)].run_query(call)
    small, large = (
        [statistics.median(each) for each in zip(*took[size], strict=True)] for size in sorted(took)
    )
    return {
        "small_ms": small[0],
        "large_ms": large[0],
        "small_cpu_ms": small[1],
        "large_cpu_ms": large[1],
        "ratio": large[0] / small[0],
        "profile": shares(found),
    }


def _load(stage: Stage, size: int) -> tuple[Settings, float]:
    template = stage.postgres.url_template.replace("{service}", f"of{size}_{{service}}")
    for name in ("feedback", "feedback_keys"):
        add_database(stage.postgres.url_template, f"of{size}_{name}")
    environment = stage.environment | {
        "ZHITONGCHE_DATABASE_URL": template,
        "ZHITONGCHE_AMQP_URI": "",
        "ZHITONGCHE_HOME": str(stage.home / str(size)),
        "ZHITONGCHE_SECRET_FILE": str(stage.home / "secret.json"),
    }
    settings = Settings.from_environment(environment)
    Secrets.load_or_make(settings.secret_file)
    migrate_service(settings, "feedback")
    began = time.monotonic()
    workers = min(os.cpu_count() or 1, 4) if size > 100_000 else 1
    words = [sys.executable, "-W", "ignore", "-m", "bench.loader", str(size // workers)]
    running = [
        subprocess.Popen([*words, str(seed), str(OPEN_TICKETS // workers)], env=environment, cwd=ROOT)
        for seed in range(workers)
    ]
    if any(worker.wait() for worker in running):
        raise RuntimeError("loading failed")
    _settle(settings)
    return settings, time.monotonic() - began


def _settle(settings: Settings) -> None:
    """Seal, count and analyse what was loaded."""
    database = Database(settings.url("feedback"))
    drain(database, "feedback", Secrets.load(settings.secret_file), settings.home, patience=900)
    with database.write() as connection:
        connection.exec_driver_sql("INSERT INTO stage SELECT * FROM stage_pending")
        connection.exec_driver_sql("DELETE FROM stage_pending")
    with ProcessPoolExecutor(2) as pool:
        # As after a rebuild from the log: all at once, not batch by batch.
        list(
            pool.map(rebuild_one, [(settings.url("feedback"), place) for place in (ALL_INSTITUTIONS, "datong")])
        )
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")
    database.close()


def _verify(settings: Settings) -> dict[str, Any]:
    database = Database(settings.url("feedback"))
    secrets = Secrets.load(settings.secret_file)
    began = time.monotonic()
    report = verify(database, "feedback", secrets.head_key, settings.heads("feedback"))
    lasted = time.monotonic() - began
    database.close()
    return {"ok": report["ok"], "events": report["events"], "events_per_second": report["events"] / lasted}
