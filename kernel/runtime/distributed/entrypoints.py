"""A nameko service class as our host sees it: its RPC methods and its desk."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from nameko.exceptions import MethodNotFound
from nameko.extensions import ENTRYPOINT_EXTENSIONS_ATTR, is_dependency
from nameko.rpc import Rpc

from kernel.runtime.distributed.desk import DeferringDesk, Desk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kernel.runtime.calls import Application


class Entrypoints:
    """Calls methods of a service class, a new instance each time, with its desk in place.

    `TypeError` for a class that needs more than a desk, or whose methods name their arguments: what is
    missing or unknown is the schema's to say.
    """

    def __init__(self, service_class: type, application: Application | None = None) -> None:
        self.service = str(service_class.name)  # type: ignore[attr-defined]  # nameko asks for the name
        self._class = service_class
        self._desk_name, desk = _desk_of(service_class)
        self.application = application or desk.build()
        self._methods = {name for name, method in inspect.getmembers(service_class) if _is_rpc(method)}
        self.commands = self.application.commands & self._methods

    def check(self, method: str) -> None:
        """Raise nameko's `MethodNotFound` for what is no RPC method."""
        if method not in self._methods:
            raise MethodNotFound(method)

    def enter(self, method: str, arguments: Mapping[str, Any], context: Mapping[str, Any]) -> Any:
        """What the method returns: `Deferred` for a command, the answer for a query."""
        service = self._class()
        setattr(service, self._desk_name, DeferringDesk(self.application, context))
        return getattr(service, method)(**arguments)


def _desk_of(service_class: type) -> tuple[str, Desk]:
    found = inspect.getmembers(service_class, is_dependency)
    if len(found) != 1 or not isinstance(found[0][1], Desk):
        raise TypeError(f"{service_class.__name__} must have one dependency, a Desk")
    name, desk = found[0]
    return name, desk


def _is_rpc(method: Any) -> bool:
    if not any(isinstance(kind, Rpc) for kind in getattr(method, ENTRYPOINT_EXTENSIONS_ATTR, ())):
        return False
    _, *parameters = inspect.signature(method).parameters.values()
    if [parameter.kind for parameter in parameters] != [inspect.Parameter.VAR_KEYWORD]:
        raise TypeError(f"{method.__qualname__} must take **arguments and nothing else")
    return True
