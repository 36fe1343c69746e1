"""A registry full of invented people, on either database: one institution, or several."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from contextlib import closing
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import orjson

from apps.cli.assembly import SERVICES, migrate_service
from apps.cluster.databases import add_database
from apps.synthetic.school import School
from bench.people_tables import Staging
from bench.stage import ROOT
from kernel.identity.actor import Actor, Role
from kernel.identity.secrets import Secrets
from kernel.identity.tokens import sign
from kernel.log.database import Database
from kernel.log.process import drain
from kernel.log.verify import verify
from kernel.policy import Packs
from kernel.runtime.calls import Call
from kernel.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kernel.application import ServiceApplication

NAME = "registry"
SEED = 20
# Below this a second process costs more than it saves.
_WORTH_TWO = 50_000
_DONE = "filled.json"
_SEALING_PATIENCE = 3600.0


def settings_in(home: Path, template: str) -> tuple[Settings, dict[str, str]]:
    """Settings over databases of that URL template with a home of their own, and as an environment."""
    home.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {
        "ZHITONGCHE_DATABASE_URL": template,
        "ZHITONGCHE_AMQP_URI": "",
        "ZHITONGCHE_HOME": str(home),
        "ZHITONGCHE_SECRET_FILE": str(home / "secret.json"),
        "PYTHONWARNINGS": "ignore",
    }
    return Settings.from_environment(environment), environment


def template_of(home: Path, server: str | None) -> str:
    """Where the databases of that home are: on SQLite in it where there is no server."""
    return (
        "sqlite:///{home}/{service}.db"
        if server is None
        else server.replace("{service}", f"{home.name}_{{service}}")
    )


def prepared(
    home: Path, server: str | None, schools: Mapping[str, int]
) -> tuple[Settings, dict[str, str], dict[str, School]]:
    """Migrated databases with the units and groups of the schools."""
    if server is not None:
        for name in (NAME, f"{NAME}_keys"):
            add_database(server, f"{home.name}_{name}")
    settings, environment = settings_in(home, template_of(home, server))
    Secrets.load_or_make(settings.secret_file)
    migrate_service(settings, NAME)
    packs = Packs.load(settings.policies)
    made = {
        pack_id: School.generate(pack, seed=SEED, people=size)
        for pack_id, size in schools.items()
        if (pack := packs.get(pack_id)) is not None
    }
    with closing(SERVICES[NAME].build(settings)) as application:
        for school in made.values():
            _found(application, operator_token(settings), school)
    return settings, environment, made


def filled(home: Path, server: str | None, schools: Mapping[str, int]) -> tuple[Settings, dict[str, Any]]:
    """A registry with so many people of each pack, filled if it is not; seconds of each step."""
    done = home / _DONE
    if done.exists():
        return settings_in(home, template_of(home, server))[0], orjson.loads(done.read_bytes())
    settings, environment, _ = prepared(home, server, schools)
    took: dict[str, Any] = {}
    with closing(Database(settings.url(NAME))) as database:
        staging = Staging(database)
        staging.begin()
        _timed(took, "writing", lambda: _write(environment, schools, alone=server is None))
        secrets = Secrets.load(settings.secret_file)
        sealed = _timed(
            took, "sealing", lambda: drain(database, NAME, secrets, settings.home, _SEALING_PATIENCE)
        )
        if not sealed:
            raise RuntimeError("the log is not sealed")
        _timed(took, "indexing", staging.end)
        _timed(took, "counting", lambda: _counted(settings))
    done.write_bytes(orjson.dumps(took))
    return settings, took


def verified(settings: Settings) -> dict[str, Any]:
    """Whether the log is what was written, and how fast that is told."""
    with closing(Database(settings.url(NAME))) as database:
        secrets, began = Secrets.load(settings.secret_file), time.monotonic()
        report = verify(database, NAME, secrets.head_key, settings.heads(NAME))
    lasted = time.monotonic() - began
    return {"ok": report["ok"], "events": report["events"], "events_per_second": report["events"] / lasted}


def operator_token(settings: Settings) -> str:
    """The token of an operator of all institutions."""
    return sign(Secrets.load(settings.secret_file), Actor("bench", Role.OPERATOR))


def _found(application: ServiceApplication, token: str, school: School) -> None:
    for kind, listed in (("unit", school.units), ("group", school.groups)):
        for one in listed:
            said = {name: value for name, value in one.items() if value and name != "id"}
            arguments = {
                "command_id": str(uuid.uuid4()),
                "institution": school.pack_id,
                kind: one["id"],
                **said,
            }
            (answer,) = application.run_batch([Call(f"register_{kind}", arguments, {"auth_token": token})])
            if isinstance(answer, Exception):
                raise answer


def _write(environment: Mapping[str, str], schools: Mapping[str, int], *, alone: bool) -> None:
    for pack_id, size in schools.items():
        workers = 1 if alone or size < _WORTH_TWO else min(os.cpu_count() or 1, 4)
        bounds = [size * at // workers for at in range(workers + 1)]
        command = [sys.executable, "-W", "ignore", "-m", "bench.people_loader", pack_id, str(SEED), str(size)]
        running = [
            subprocess.Popen([*command, str(first), str(until)], env=environment, cwd=ROOT)
            for first, until in pairwise(bounds)
        ]
        if sum(abs(worker.wait()) for worker in running):
            raise RuntimeError("loading failed")


def _counted(settings: Settings) -> None:
    for name in (NAME, f"{NAME}_keys"):
        with closing(Database(settings.url(name))) as database:
            sqlite = database.dialect == "sqlite"
            words = "ANALYZE" if sqlite else "VACUUM ANALYZE"
            with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql(words)


def _timed(took: dict[str, Any], name: str, work: Any) -> Any:
    began = time.monotonic()
    answer = work()
    took[name] = time.monotonic() - began
    return answer
