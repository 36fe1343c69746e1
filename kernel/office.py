"""What the handlers and queries of a service share: rules, keys, secrets and its database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kernel.canonical import keyed_hash
from kernel.identity.actor import EVERYWHERE
from kernel.refusals import NotFound

if TYPE_CHECKING:
    from kernel.identity.actor import Actor
    from kernel.identity.secrets import Secrets
    from kernel.keys.keyring import KeyRing
    from kernel.log.database import Database
    from kernel.policy import Pack, Packs


@dataclass(frozen=True, slots=True)
class Office:
    """Rules, keys, secrets and the database of a service."""

    packs: Packs
    keys: KeyRing
    secrets: Secrets
    database: Database

    def pack(self, institution: str) -> Pack:
        """The pack of an institution; `NotFound` where there is none."""
        pack = self.packs.get(institution)
        if pack is None:
            raise NotFound
        return pack

    def institutions(self, actor: Actor, asked: str | None) -> tuple[str, ...]:
        """The institutions that a question is about.

        `NotFound` where the one asked for, or else the token's own, is out of scope or does not exist.
        """
        if asked is None:
            if actor.institution == EVERYWHERE:
                return tuple(self.packs.ids())
            asked = actor.institution
        if not actor.covers(asked):
            raise NotFound
        return (self.pack(asked).id,)

    def keyed(self, purpose: str, *parts: str) -> str:
        """A keyed hash of values that identify, for look-up and comparison only."""
        given = [part.encode() for part in parts]
        return keyed_hash(self.secrets.request_key, purpose.encode(), *given).hex()
