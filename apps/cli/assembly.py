"""The composition root: the one place that knows which services there are and what they are made of."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import DBAPIError

import services.feedback
import services.registry
from apps.cli.listening import Neighbours
from kernel.identity.provenance import secrets_of
from kernel.identity.secrets import Secrets
from kernel.log.database import Database
from kernel.log.process import LogProcess, drain
from kernel.migration import KEYS, migrate, newest, revision
from kernel.runtime.embedded import direct
from kernel.settings import SettingsFault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from kernel.parts import ServiceParts
    from kernel.runtime.calls import Call
    from kernel.settings import Settings

_log = logging.getLogger(__name__)


class _Services(Mapping[str, "ServiceParts"]):
    """The parts of services by name, each loaded when it is first asked for.

    A service takes longer to load than most commands take to run, and a command needs one.
    """

    def __init__(self, *roots: ModuleType) -> None:
        """Services by their package roots."""
        self._roots = {root.__name__.rpartition(".")[2]: root for root in roots}
        self._loaded: dict[str, ServiceParts] = {}

    def __getitem__(self, name: str) -> ServiceParts:
        if name not in self._loaded:
            self._loaded[name] = self._roots[name].parts()
        return self._loaded[name]

    def __contains__(self, name: object) -> bool:
        return name in self._roots

    def __iter__(self) -> Iterator[str]:
        return iter(self._roots)

    def __len__(self) -> int:
        return len(self._roots)


# The one list of services; broker definitions, processes and commands are made from it.
SERVICES = _Services(services.feedback, services.registry)


def migrate_service(settings: Settings, service: str) -> dict[str, str]:
    """Bring both databases of a service to the newest schema; their revisions."""
    revisions = {}
    for name, scripts in ((service, SERVICES[service].migrations), (f"{service}_keys", KEYS)):
        database = Database(settings.url(name))
        try:
            revisions[name] = migrate(database, scripts)
        finally:
            database.close()
    return revisions


def refuse_old_schema(settings: Settings, service: str) -> None:
    """`SettingsFault` where a database is not at the newest schema: a service's own role may not change it."""
    for name, scripts in ((service, SERVICES[service].migrations), (f"{service}_keys", KEYS)):
        database = Database(settings.url(name))
        try:
            with database.read() as connection:
                current = revision(connection)
        finally:
            database.close()
        if current != newest(scripts):
            raise SettingsFault(f"数据库 {name} 不是最新结构，请先运行 zhitongche migrate。")


def prepare(settings: Settings, service: str) -> None:
    """Make and migrate an embedded service's databases; refuse where that is somebody else's to do."""
    if settings.embedded:
        migrate_service(settings, service)
    else:
        refuse_old_schema(settings, service)


def own_secrets(settings: Settings, service: str | None = None) -> Secrets:
    """What to sign with: the secret file, made by the first command that needs it where no service has data.

    Embedded, it must be the one that the data was written with: of the service that is called, or of all.
    Over RabbitMQ that is for the services to say, whose databases may be out of reach.
    """
    there = settings.secret_file.exists()
    if there and not settings.embedded:
        return Secrets.load(settings.secret_file)
    return secrets_of(settings, *([service] if there and service in SERVICES else SERVICES))


def keep_up(
    parts: ServiceParts, settings: Settings, database: Database, stopped: Callable[[], bool] = lambda: False
) -> None:
    """Do what waits between calls: move derived figures on, and what else the service has to do."""
    parts.upkeep(settings, database)
    with database.read() as connection:
        waiting = parts.waits(connection)
    while waiting and not stopped():
        with database.write() as connection:
            waiting = bool(parts.roll_up(connection, database.dialect))


class Embedded:
    """A service in this process: calls are direct, and what PostgreSQL leaves unsealed is sealed here."""

    def __init__(self, settings: Settings, service: str) -> None:
        """Open the service's databases, which must be migrated."""
        self.parts = SERVICES[service]
        self.settings = settings
        self.application = self.parts.build(settings)
        self._database = Database(settings.url(service))
        self._neighbours = Neighbours(self.parts, settings, self._database)

    def call(self, call: Call) -> Any:
        """The answer, by what the other services have said until now; raises a `Refusal`."""
        self._neighbours.listen()
        return direct.answer(self.application, call)

    def close(self) -> None:
        """Seal and count what was written, then give back connections."""
        self.application.close()
        self._neighbours.close()
        with closing(self._database) as database:
            if database.dialect != "sqlite":
                drain(database, self.parts.name, Secrets.load(self.settings.secret_file), self.settings.home)
            # What is not done stays waiting, and whoever comes next does it.
            with suppress(DBAPIError):
                keep_up(self.parts, self.settings, database)


def open_embedded(settings: Settings, service: str) -> Embedded:
    """A service of this process, its databases made and migrated where they are not."""
    migrate_service(settings, service)
    return Embedded(settings, service)


class Housekeeping:
    """What a service does between calls: seal, relay, move counters. `run` works until `stop`."""

    def __init__(self, settings: Settings, service: str, publisher: Any = None) -> None:
        """Work on a service's database."""
        self.parts = SERVICES[service]
        self.settings = settings
        self.database = Database(settings.url(service))
        secrets = secrets_of(settings, service)
        self.process = LogProcess(self.database, service, secrets, settings.home, publisher)
        self._neighbours = Neighbours(self.parts, settings, self.database)
        self._stopping = threading.Event()

    def run(self) -> None:
        """Work until stopped."""
        beside = self.helpers()
        for thread in beside:
            thread.start()
        try:
            if self.database.dialect == "sqlite":
                self._stopping.wait()
            else:
                self.process.run()
        finally:
            self.stop()
            for thread in beside:
                thread.join()
            self._neighbours.close()
            self.database.close()

    def helpers(self) -> list[threading.Thread]:
        """The threads beside the sealer."""
        return [threading.Thread(target=self._keep_up, daemon=True)]

    def listen(self) -> None:
        """Hear what the other services of this process did."""
        self._neighbours.listen()

    def stop(self) -> None:
        """End `run`."""
        self._stopping.set()
        self.process.stop()

    def _keep_up(self) -> None:
        # A counter that lags is still exact: reports add what was not moved yet. A fault here waits a while.
        while not self._stopping.wait(1.0):
            if self.database.dialect != "sqlite" and not self.process.leads:
                continue
            try:
                self.listen()
                keep_up(self.parts, self.settings, self.database, self._stopping.is_set)
            except DBAPIError as fault:
                _log.warning("what is done between calls waits: %s", type(fault).__name__)
