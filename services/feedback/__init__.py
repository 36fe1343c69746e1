"""The express line 直通车: suggestions, tickets, and how long everything took."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from kernel.log.database import Database
    from kernel.parts import ServiceParts
    from kernel.settings import Settings


def parts() -> ServiceParts:
    """What a host needs to know of this service."""
    # Imported here, or the pure rooms could not be imported without all the others.
    from kernel.parts import ServiceParts  # noqa: PLC0415
    from services.feedback.application import MIGRATIONS, NAME, build  # noqa: PLC0415
    from services.feedback.projections.rebuild import PROJECTION  # noqa: PLC0415
    from services.feedback.storage.latency import roll_up  # noqa: PLC0415
    from services.feedback.storage.tables import stages_wait  # noqa: PLC0415

    return ServiceParts(
        name=NAME,
        build=build,
        migrations=MIGRATIONS,
        projection=lambda _settings: PROJECTION,
        waits=stages_wait,
        roll_up=roll_up,
        service_class=_service_class,
        beside_log=_offer,
    )


def _service_class() -> type:
    from services.feedback.service import FeedbackService  # noqa: PLC0415

    return FeedbackService


def _offer(database: Database, settings: Settings, stop: threading.Event, leads: Callable[[], bool]) -> None:
    """Keep the department queues filled."""
    from kernel.policy import Packs  # noqa: PLC0415
    from kernel.runtime.distributed.work_queues import WorkQueues  # noqa: PLC0415
    from services.feedback.offers import Offers  # noqa: PLC0415

    queues = WorkQueues(settings.amqp_uri)
    Offers(database, Packs.load(settings.policies), queues).run(stop, leads)
