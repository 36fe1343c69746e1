"""What a service's package root hands to the composition root: everything a host needs to know of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Connection

    from kernel.application import ServiceApplication
    from kernel.envelope import Event
    from kernel.identity.secrets import Secrets
    from kernel.log.database import Database
    from kernel.log.rebuild import Projection
    from kernel.settings import Settings


class Build(Protocol):
    """Puts a service together; without its secrets it looks for them, which opens its databases once more."""

    def __call__(self, settings: Settings, secrets: Secrets | None = None) -> ServiceApplication:
        """The service over the databases of the settings."""


@dataclass(frozen=True, slots=True)
class Listening:
    """What a service does with the events of another one, each exactly once in effect.

    `apply` answers what applies them, in order, on a connection in the transaction that moves the cursor.
    `upcast` brings an event to the version that this service knows; raises for a newer one of a name it knows.
    """

    source: str
    apply: Callable[[Settings], Callable[[Connection, list[Event]], None]]
    upcast: Callable[[Event], Event]


@dataclass(frozen=True, slots=True)
class ServiceParts:
    """The parts of a service.

    `service_class` answers the nameko class and `beside_log`, where there is one, runs beside the sealer on
    RabbitMQ (database, settings, stop, leads) until stopped. Both load broker code, so they are functions: an
    embedded process never calls them. `waits` and `roll_up` move derived figures on, where there are any.
    `upkeep` is what else is done about every second, by one process of a service: short where nothing waits.
    `projection` is a function, because what is derived from sealed texts needs the keys. `listens` names the
    services whose events this one applies.
    """

    name: str
    build: Build
    migrations: Path
    projection: Callable[[Settings], Projection]
    service_class: Callable[[], type]
    waits: Callable[[Connection], bool] = lambda _connection: False
    roll_up: Callable[[Connection, str], int] = lambda _connection, _dialect: 0
    upkeep: Callable[[Settings, Database], None] = lambda _settings, _database: None
    listens: tuple[Listening, ...] = ()
    beside_log: Callable[[Database, Settings, threading.Event, Callable[[], bool]], Any] | None = None
