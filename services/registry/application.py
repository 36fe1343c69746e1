"""The registry put together: routes, store, keys, rules.

One builder for every host: embedded, our RPC host, a stock nameko container, the command line.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from kernel.application import CommandRoute, QueryRoute, ServiceApplication
from kernel.identity.access import AccessTable
from kernel.identity.provenance import secrets_of
from kernel.identity.tokens import Authenticator
from kernel.keys.keyring import KeyRing
from kernel.log.database import Database
from kernel.log.opening import open_store
from kernel.log.queries import LogQueries
from kernel.policy import Packs
from kernel.schemas import Nothing, ReadLog
from services.registry.access import ACCESS
from services.registry.handlers.people import People, needs_nothing, needs_person
from services.registry.handlers.person import PersonCommands
from services.registry.handlers.reading import Reading, needs_read
from services.registry.queries.lists import ListQueries
from services.registry.queries.reads import ReadQueries
from services.registry.schemas import person as schemas
from services.registry.storage.office import Office
from services.registry.storage.tables import LOG, WRITTEN

if TYPE_CHECKING:
    from kernel.application import Schema
    from kernel.identity.secrets import Secrets
    from kernel.settings import Settings

NAME = "registry"
MIGRATIONS = Path(__file__).parent / "migrations"


def build(settings: Settings, secrets: Secrets | None = None) -> ServiceApplication:
    """The service over the databases of the settings, which must be migrated."""
    secrets = secrets or secrets_of(settings, NAME)
    database, key_database = Database(settings.url(NAME)), Database(settings.url(f"{NAME}_keys"))
    keys = KeyRing(key_database, secrets.wrapping_key)
    office = Office(Packs.load(settings.policies), keys, secrets, database)
    commands, queries = _commands(office), _queries(office)
    store = open_store(settings, NAME, database, secrets, log=LOG, live=WRITTEN)

    def close() -> None:
        store.close()
        database.close()
        key_database.close()

    return ServiceApplication(
        NAME,
        commands=commands,
        queries=queries,
        access=AccessTable(ACCESS, [*commands, *queries]),
        authenticator=Authenticator(secrets),
        store=store,
        keys=keys,
        request_key=secrets.request_key,
        on_close=close,
    )


def _commands(office: Office) -> dict[str, CommandRoute]:
    people = People(office)
    persons, reading = PersonCommands(people), Reading(people)
    routes = {
        "register_person": CommandRoute(
            schemas.RegisterPerson(), needs_nothing, people.in_institution, persons.register_person
        ),
        "get_person": CommandRoute(
            schemas.GetPerson(), needs_read, people.in_scope, reading.get_person, reads=True
        ),
        "get_own_file": CommandRoute(
            schemas.GetOwnFile(), needs_nothing, reading.has_own, reading.get_own_file, reads=True
        ),
    }
    on_a_person: dict[Any, dict[str, Schema]] = {
        persons: {
            "amend_person": schemas.AmendPerson(),
            "retire_person": schemas.RetirePerson(),
            "erase_person": schemas.ErasePerson(),
        },
    }
    for owner, plan in on_a_person.items():
        for method, schema in plan.items():
            routes[method] = CommandRoute(schema, needs_person, people.in_scope, getattr(owner, method))
    return routes


def _queries(office: Office) -> dict[str, QueryRoute]:
    lists, reads = ListQueries(office), ReadQueries(office)
    log = LogQueries(NAME, office.database, office.keys, MIGRATIONS)
    plan: dict[str, tuple[Schema, Any]] = {
        "search_people": (schemas.SearchPeople(), lists),
        "list_reads": (schemas.ListReads(), reads),
        "read_log": (ReadLog(), log),
        "get_log_head": (Nothing(), log),
        "get_health": (Nothing(), log),
    }
    return {method: QueryRoute(schema, getattr(owner, method)) for method, (schema, owner) in plan.items()}
