"""Putting a service together, for every host alike: embedded, our RPC host, a stock nameko container."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import kernel.office
from kernel.application import QueryRoute, ServiceApplication
from kernel.identity.access import AccessTable
from kernel.identity.provenance import secrets_of
from kernel.identity.tokens import Authenticator
from kernel.keys.keyring import KeyRing
from kernel.log.database import Database
from kernel.log.opening import open_store
from kernel.log.queries import LogQueries
from kernel.policy import Packs
from kernel.schemas import Nothing, ReadLog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from sqlalchemy import Table

    from kernel.application import CommandRoute, Schema
    from kernel.identity.actor import Role
    from kernel.identity.secrets import Secrets
    from kernel.log.store import LogStore
    from kernel.settings import Settings

OfficeT = TypeVar("OfficeT", bound=kernel.office.Office)


@dataclass(frozen=True, slots=True)
class Blueprint(Generic[OfficeT]):
    """What a service is made of.

    `queries` names for each method its schema and the object whose method of that name answers; what every
    service is asked about its log and health is added. `unfinished` are steps that a process which ended behind
    a commit may have left.
    """

    name: str
    migrations: Path
    access: Mapping[str, frozenset[Role]]
    log: Mapping[str, Table]
    live: Iterable[Table]
    office: Callable[[Packs, KeyRing, Secrets, Database], OfficeT]
    commands: Callable[[OfficeT], dict[str, CommandRoute]]
    queries: Callable[[OfficeT], dict[str, tuple[Schema, Any]]]
    unfinished: Callable[[OfficeT, LogStore], list[Callable[[], None]]] = lambda _office, _store: []

    def build(self, settings: Settings, secrets: Secrets | None = None) -> ServiceApplication:
        """The service over the databases of the settings, which must be migrated."""
        secrets = secrets or secrets_of(settings, self.name)
        database, key_database = Database(settings.url(self.name)), Database(settings.url(f"{self.name}_keys"))
        keys = KeyRing(key_database, secrets.wrapping_key)
        office = self.office(Packs.load(settings.policies), keys, secrets, database)
        commands, queries = self.commands(office), self._queries(office)
        store = open_store(settings, self.name, database, secrets, log=self.log, live=self.live)

        def close() -> None:
            store.close()
            database.close()
            key_database.close()

        return ServiceApplication(
            self.name,
            commands=commands,
            queries=queries,
            access=AccessTable(self.access, [*commands, *queries]),
            authenticator=Authenticator(secrets),
            store=store,
            keys=keys,
            request_key=secrets.request_key,
            unfinished=self.unfinished(office, store),
            on_close=close,
        )

    def _queries(self, office: OfficeT) -> dict[str, QueryRoute]:
        log = LogQueries(self.name, office.database, office.keys, self.migrations)
        plan: dict[str, tuple[Schema, Any]] = {
            **self.queries(office),
            "read_log": (ReadLog(), log),
            "get_log_head": (Nothing(), log),
            "get_health": (Nothing(), log),
        }
        return {method: QueryRoute(schema, getattr(owner, method)) for method, (schema, owner) in plan.items()}
