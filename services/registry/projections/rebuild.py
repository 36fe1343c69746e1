"""What the log makes of the registry's streams, for rebuild, diff and replay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernel.log.rebuild import LiveTable, Projection
from kernel.log.upcasting import Upcaster
from services.registry.domain.person.states import STREAM, fold
from services.registry.projections.index import Derived
from services.registry.projections.rows import rows_of
from services.registry.storage.tables import (
    ACTIVITY,
    CORRECTION,
    ERASURE,
    GROUP,
    IMPORTED,
    PERSON,
    PERSON_TOKEN,
    POLICY,
    READ,
    UNIT,
)

if TYPE_CHECKING:
    from kernel.envelope import Event
    from kernel.settings import Settings

# The newest version of every event ever released; a new version comes with a step from the one before.
RELEASED: dict[str, int] = dict.fromkeys(
    (
        "person_registered",
        "person_amended",
        "person_retired",
        "person_erased",
        "person_read",
        "correction_requested",
        "correction_answered",
        "tenure_added",
        "tenure_ended",
        "leader_registered",
        "pool_admitted",
        "pool_removed",
        "liaison_appointed",
        "liaison_ended",
        "liaison_seat_filled",
        "person_recommended",
        "recommendation_decided",
        "contribution_recorded",
        "fact_confirmed",
        "confirmation_ended",
        "course_recorded",
        "registration_undone",
        "amendment_undone",
        "unit_registered",
        "group_registered",
        "training_recorded",
        "policy_adopted",
    ),
    1,
)

_LIVE = (PERSON, IMPORTED, UNIT, GROUP, ACTIVITY, READ, CORRECTION, POLICY)


def state_of(events: list[Event]) -> str | None:
    """The state of the person that the events make; `None` for other streams."""
    person = fold(events) if events[0].stream_id.startswith(STREAM) else None
    return str(person.state) if person else None


def projection(settings: Settings) -> Projection:
    """The live tables by stream, and what is derived from sealed files with the keys of the settings."""
    derived = Derived(settings)
    return Projection(
        upcaster=Upcaster(RELEASED),
        tables=tuple(map(LiveTable, _LIVE)),
        project=rows_of,
        state=state_of,
        checks={PERSON_TOKEN.name: derived.check_index, ERASURE.name: derived.check_erasures},
        refill=derived.refill,
    )
