"""Fills a registry with invented people through the service's own decisions, index, keys and writer.

`python -m bench.people_loader PACK SEED SIZE FIRST UNTIL` writes people of one institution with the settings of
the environment. Against a registration through the service three things are left out: the reading of arguments,
the question whether a number is taken, and a command for each person; one stands for a thousand.
"""

from __future__ import annotations

import gc
import sys
import uuid
from contextlib import closing
from typing import TYPE_CHECKING, Any

from apps.synthetic.school import School
from bench.people_tables import Staging
from kernel import instants
from kernel.identity.actor import Actor, Role
from kernel.identity.secrets import Secrets
from kernel.keys.keyring import KeyRing
from kernel.log.database import Database
from kernel.log.opening import open_store
from kernel.log.store import StoredCommand, View
from kernel.log.work import Overlay, Work
from kernel.policy import Packs
from kernel.settings import Settings
from services.registry.domain.person import edits
from services.registry.handlers.people import People
from services.registry.storage.office import Office
from services.registry.storage.tables import LOG, WRITTEN

if TYPE_CHECKING:
    from collections.abc import Iterable

Document = dict[str, Any]
NAME = "registry"
BATCH = 1000
# The same hundred people at every size: a pool is as large as what its keepers can look after.
_ADMITTED = range(0, 1000, 10)
_POOL = {"reason": "只为测量", "decided_by": "只为测量", "since": "2020-01"}


class Loader:
    """Registers people of one institution, a thousand at a time."""

    def __init__(self, settings: Settings, pack_id: str) -> None:
        secrets = Secrets.load(settings.secret_file)
        self.database = Database(settings.url(NAME))
        self._key_database = Database(settings.url(f"{NAME}_keys"))
        keys = KeyRing(self._key_database, secrets.wrapping_key)
        office = Office(Packs.load(settings.policies), keys, secrets, self.database)
        self.pack = office.pack(pack_id)
        self.people = People(office)
        self.store = open_store(settings, NAME, self.database, secrets, log=LOG, live=WRITTEN)
        self._pool = next(iter(self.pack.section("talent_pools")), None)

    def load(self, school: School, first: int, until: int) -> None:
        """Write the people from number `first` up to but without `until`."""
        staging = Staging(self.database)
        for start in range(first, until, BATCH):
            numbered = enumerate(school.people(start, min(start + BATCH, until)), start)
            batch = self._registered(self._admitted(number, one) for number, one in numbered)
            if self.database.dialect == "sqlite":
                staging.keep(batch.sets.pop("person_token").gained)
            self.store.write(batch)

    def close(self) -> None:
        self.store.close()
        self.database.close()
        self._key_database.close()

    def _admitted(self, number: int, person: Document) -> Document:
        if number in _ADMITTED and self._pool is not None:
            person["pools"] = [{"pool": self._pool, **_POOL}]
        return person

    def _registered(self, people: Iterable[Document]) -> Any:
        overlay = Overlay(View(now=instants.now()), self.store)
        keys = self.people.office.keys
        actor = Actor("loader", Role.OPERATOR)
        work = Work(overlay, service=NAME, actor=actor, command_id=str(uuid.uuid4()), keys=keys)
        for person in people:
            self.people.register(work, self.pack.id, edits.made(person), {})
        work.join(StoredCommand("loader", "load", b"", b"{}"))
        return overlay.batch


def main(pack_id: str, seed: int, size: int, first: int, until: int) -> None:
    with closing(Loader(Settings.from_environment(), pack_id)) as loader:
        loader.load(School.generate(loader.pack, seed=seed, people=size), first, until)


if __name__ == "__main__":
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    main(sys.argv[1], *map(int, sys.argv[2:]))
