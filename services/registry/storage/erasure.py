"""Erasing to the end: the event is committed first, then the key is destroyed in its own database.

A process that ends in between leaves the person on the worklist `erasure`, and whoever looks next goes on. Only
a person whose record is closed loses the key, whatever else stands on the list.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from kernel.keys import keyring
from kernel.log.database import Database
from services.registry.domain.person.states import CLOSED
from services.registry.storage.tables import ERASURE, PERSON, PERSON_TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable

    from kernel.settings import Settings

_AT_ONCE = 500
_WAITING = (
    select(ERASURE.c.person_id, PERSON.c.key_id)
    .join(PERSON, PERSON.c.person_id == ERASURE.c.person_id)
    .where(PERSON.c.state.in_(CLOSED))
    .order_by(ERASURE.c.person_id)
    .limit(_AT_ONCE)
)


def finish(database: Database, destroy: Callable[..., None]) -> int:
    """Destroy the keys of everybody whose erasure is not at its end; how many people that were."""
    finished = 0
    while waiting := _waiting(database):
        destroy(*waiting.values())
        with database.write() as connection:
            connection.execute(delete(ERASURE).where(ERASURE.c.person_id.in_(waiting)))
        finished += len(waiting)
    return finished


def upkeep(settings: Settings, database: Database) -> None:
    """Finish what a process that ended has left."""
    if _waiting(database):
        with closing(Database(settings.url("registry_keys"))) as keys:
            finish(database, lambda *key_ids: keyring.destroy(keys, key_ids))


def indexed(database: Database, person_id: str) -> set[tuple[int, str]]:
    """What the index has of somebody whose file cannot be read: all of it is looked through."""
    with database.read() as connection:
        rows = connection.execute(select(PERSON_TOKEN.c.token).where(PERSON_TOKEN.c.person_id == person_id))
        return {(token, person_id) for token in rows.scalars()}


def _waiting(database: Database) -> dict[str, str]:
    with database.read() as connection:
        return {one.person_id: one.key_id for one in connection.execute(_WAITING)}
