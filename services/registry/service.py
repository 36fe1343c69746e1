"""The registry as nameko knows it (docs/interface.md, "RPC").

Entrypoints take `**arguments`, so that the schema refuses what is missing, unknown or of the wrong type, and
hand the call over the desk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nameko.rpc import rpc

from kernel.runtime.distributed.desk import Desk
from kernel.settings import Settings
from services.registry.application import NAME, build

if TYPE_CHECKING:
    from kernel.runtime.calls import Application

Arguments = Any


def _build() -> Application:
    return build(Settings.from_environment())


class RegistryService:
    """People, units and groups: who is there, and what allows to know it."""

    name = NAME
    desk = Desk(_build)

    @rpc
    def register_person(self, **arguments: Arguments) -> Any:
        """Begin a person's file."""
        return self.desk.command("register_person", arguments)

    @rpc
    def amend_person(self, **arguments: Arguments) -> Any:
        """Change what a file says."""
        return self.desk.command("amend_person", arguments)

    @rpc
    def retire_person(self, **arguments: Arguments) -> Any:
        """Somebody retires or leaves."""
        return self.desk.command("retire_person", arguments)

    @rpc
    def erase_person(self, **arguments: Arguments) -> Any:
        """Destroy a file for ever."""
        return self.desk.command("erase_person", arguments)

    @rpc
    def get_person(self, **arguments: Arguments) -> Any:
        """A person's file; the reading is recorded."""
        return self.desk.command("get_person", arguments)

    @rpc
    def get_own_file(self, **arguments: Arguments) -> Any:
        """The caller's own file; the reading is recorded."""
        return self.desk.command("get_own_file", arguments)

    @rpc
    def search_people(self, **arguments: Arguments) -> Any:
        """People by filter."""
        return self.desk.query("search_people", arguments)

    @rpc
    def list_reads(self, **arguments: Arguments) -> Any:
        """Who read a file."""
        return self.desk.query("list_reads", arguments)

    @rpc
    def read_log(self, **arguments: Arguments) -> Any:
        """Sealed events after a position."""
        return self.desk.query("read_log", arguments)

    @rpc
    def get_log_head(self, **arguments: Arguments) -> Any:
        """The head of the log."""
        return self.desk.query("get_log_head", arguments)

    @rpc
    def get_health(self, **arguments: Arguments) -> Any:
        """Whether the service can work."""
        return self.desk.query("get_health", arguments)
