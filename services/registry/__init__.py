"""The registry: the people of an institution, what they belong to, and who may know it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kernel.parts import ServiceParts


def parts() -> ServiceParts:
    """What a host needs to know of this service."""
    # Imported here, or the pure rooms could not be imported without all the others.
    from kernel.log.upcasting import Upcaster  # noqa: PLC0415
    from kernel.parts import Listening, ServiceParts  # noqa: PLC0415
    from services.registry.application import MIGRATIONS, NAME, build  # noqa: PLC0415
    from services.registry.domain.suggestions import HEARD  # noqa: PLC0415
    from services.registry.projections.rebuild import projection  # noqa: PLC0415
    from services.registry.storage.erasure import upkeep  # noqa: PLC0415
    from services.registry.storage.suggestions import hearing  # noqa: PLC0415

    return ServiceParts(
        name=NAME,
        build=build,
        migrations=MIGRATIONS,
        projection=projection,
        service_class=_service_class,
        upkeep=upkeep,
        listens=(Listening("feedback", hearing, Upcaster(HEARD).upcast_known),),
    )


def _service_class() -> type:
    from services.registry.service import RegistryService  # noqa: PLC0415

    return RegistryService
