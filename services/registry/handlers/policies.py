"""Which rules are decided by: whoever loads other ones than were adopted last says so in the log, at start.

No token speaks for it: what is recorded is what this process decides by, and nobody can ask for anything else
(docs/decisions/0016).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from kernel import instants
from kernel.canonical import keyed_hash
from kernel.facts import Fact
from kernel.identifiers import unguessable
from kernel.identity.actor import Actor, Role
from kernel.log.store import Conflict, StoredCommand
from kernel.log.work import Overlay, Work
from kernel.policy.changes import difference
from kernel.policy.keeping import kept
from services.registry.projections.rows import policy_rows
from services.registry.storage import policies
from services.registry.storage.policies import stream_of

if TYPE_CHECKING:
    from kernel.log.store import LogStore
    from kernel.policy import Pack
    from services.registry.storage.office import Office

METHOD: Final = "adopt_policy"
MOST_TOLD: Final = 200
"""Changes that an event tells of; how many there are it tells always, and both contents are in the log."""
_SELF: Final = Actor("registry", Role.SERVICE)
_TRIES: Final = 5
Document = dict[str, Any]


class Adoption:
    """Compares the rules that are loaded with those adopted last."""

    def __init__(self, office: Office, store: LogStore) -> None:
        """Write into a store that nothing else writes into meanwhile."""
        self._office = office
        self._store = store

    def adopt(self) -> None:
        """Record every pack that is loaded and was not the last one adopted; usually one short read.

        Of several processes at once one records it: the others meet its event, and find theirs adopted.
        """
        for _ in range(_TRIES - 1):
            try:
                return self._adopt()
            except Conflict:
                continue
        return self._adopt()

    def _adopt(self) -> None:
        with self._office.database.read() as connection:
            last = policies.last_versions(connection)
        for institution in self._office.packs.ids():
            pack = self._office.pack(institution)
            if last.get(institution) != pack.version:
                self._record(pack)

    def _record(self, pack: Pack) -> None:
        stream_id, command_id = stream_of(pack.id), unguessable()
        # The stream is read before the rules: whoever records in between makes the write a conflict.
        overlay = Overlay(self._store.view([], [stream_id], {}), self._store)
        last, before = self._last(pack.id)
        if last == pack.version:
            return
        keys = self._office.keys
        work = Work(overlay, service="registry", actor=_SELF, command_id=command_id, keys=keys)
        today = instants.shanghai(work.instant(stream_id)).date().isoformat()
        data = adoption(pack, last, before, today)
        events = work.record(stream_id, pack.id, [Fact("policy_adopted", data)], key=None, policy=pack.version)
        for key, row in policy_rows(events)["policy"].items():
            work.put("policy", key, row)
        work.join(self._command(command_id, pack))
        self._store.write(overlay.batch)

    def _last(self, institution: str) -> tuple[str | None, Document | None]:
        with self._office.database.read() as connection:
            row = policies.adopted(connection, institution)
            return (row["version"], policies.kept(connection, row)["content"]) if row else (None, None)

    def _command(self, command_id: str, pack: Pack) -> StoredCommand:
        told = {"institution": pack.id, "version": pack.version}
        key, asked = self._office.secrets.request_key, orjson.dumps(told)
        subject = keyed_hash(key, b"subject", command_id.encode(), _SELF.subject.encode()).hex()
        return StoredCommand(subject, METHOD, keyed_hash(key, METHOD.encode(), asked), asked)


def adoption(pack: Pack, last: str | None, before: Document | None, today: str) -> Document:
    """What the event says; a change that no newer dated version speaks of holds from today, and is undated."""
    now, newest = kept(pack), pack.versions[-1]
    declared = newest.effective_from.isoformat()
    undated = before is not None and declared <= before["versions"][-1]["effective_from"]
    changes = [] if before is None else difference(before, now["content"])
    return {
        "institution": pack.id,
        "version": pack.version,
        "previous": last,
        "effective_from": today if undated else declared,
        "undated": undated,
        "summary": None if undated else newest.summary,
        "changes": len(changes),
        "difference": [change._asdict() for change in changes[:MOST_TOLD]],
        **now,
    }
