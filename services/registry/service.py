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
    def add_tenure(self, **arguments: Arguments) -> Any:
        """Record a post, a seat, a secondment."""
        return self.desk.command("add_tenure", arguments)

    @rpc
    def end_tenure(self, **arguments: Arguments) -> Any:
        """End a post or a term as liaison."""
        return self.desk.command("end_tenure", arguments)

    @rpc
    def register_leader(self, **arguments: Arguments) -> Any:
        """Record a post in a leadership."""
        return self.desk.command("register_leader", arguments)

    @rpc
    def admit_to_pool(self, **arguments: Arguments) -> Any:
        """Admit to a talent pool or reserve list."""
        return self.desk.command("admit_to_pool", arguments)

    @rpc
    def remove_from_pool(self, **arguments: Arguments) -> Any:
        """Remove from a talent pool or reserve list."""
        return self.desk.command("remove_from_pool", arguments)

    @rpc
    def appoint_liaison(self, **arguments: Arguments) -> Any:
        """Appoint a unit's liaison."""
        return self.desk.command("appoint_liaison", arguments)

    @rpc
    def recommend_person(self, **arguments: Arguments) -> Any:
        """Recommend somebody, or record the outcome."""
        return self.desk.command("recommend_person", arguments)

    @rpc
    def record_contribution(self, **arguments: Arguments) -> Any:
        """Record what somebody gave."""
        return self.desk.command("record_contribution", arguments)

    @rpc
    def confirm_fact(self, **arguments: Arguments) -> Any:
        """Enter what needs judgement, with a reason."""
        return self.desk.command("confirm_fact", arguments)

    @rpc
    def register_unit(self, **arguments: Arguments) -> Any:
        """Register a unit, or a new form of one."""
        return self.desk.command("register_unit", arguments)

    @rpc
    def register_group(self, **arguments: Arguments) -> Any:
        """Register a group, or a new form of one."""
        return self.desk.command("register_group", arguments)

    @rpc
    def record_training(self, **arguments: Arguments) -> Any:
        """Record a plan or session of training."""
        return self.desk.command("record_training", arguments)

    @rpc
    def import_roster(self, **arguments: Arguments) -> Any:
        """Import a roster, row by row."""
        return self.desk.command("import_roster", arguments)

    @rpc
    def undo_import(self, **arguments: Arguments) -> Any:
        """Take an import back."""
        return self.desk.command("undo_import", arguments)

    @rpc
    def explain_scope(self, **arguments: Arguments) -> Any:
        """Which contact categories apply, and why; the reading is recorded."""
        return self.desk.command("explain_scope", arguments)

    @rpc
    def get_ratio(self, **arguments: Arguments) -> Any:
        """A share of the pack; names are recorded as read."""
        return self.desk.command("get_ratio", arguments)

    @rpc
    def list_pool(self, **arguments: Arguments) -> Any:
        """Who is in a pool; the reading is recorded."""
        return self.desk.command("list_pool", arguments)

    @rpc
    def list_members(self, **arguments: Arguments) -> Any:
        """Who is in a group; the reading is recorded."""
        return self.desk.command("list_members", arguments)

    @rpc
    def search_files(self, **arguments: Arguments) -> Any:
        """Find people by what their files say; the reading is recorded."""
        return self.desk.command("search_files", arguments)

    @rpc
    def list_units(self, **arguments: Arguments) -> Any:
        """The units of an institution."""
        return self.desk.query("list_units", arguments)

    @rpc
    def list_groups(self, **arguments: Arguments) -> Any:
        """The groups of an institution."""
        return self.desk.query("list_groups", arguments)

    @rpc
    def list_liaisons(self, **arguments: Arguments) -> Any:
        """The liaisons of an institution, and where none is."""
        return self.desk.query("list_liaisons", arguments)

    @rpc
    def list_trainings(self, **arguments: Arguments) -> Any:
        """Plans and sessions of training."""
        return self.desk.query("list_trainings", arguments)

    @rpc
    def search_people(self, **arguments: Arguments) -> Any:
        """People by filter."""
        return self.desk.query("search_people", arguments)

    @rpc
    def request_correction(self, **arguments: Arguments) -> Any:
        """The caller says what is wrong in the own file."""
        return self.desk.command("request_correction", arguments)

    @rpc
    def answer_correction(self, **arguments: Arguments) -> Any:
        """What became of a request."""
        return self.desk.command("answer_correction", arguments)

    @rpc
    def list_corrections(self, **arguments: Arguments) -> Any:
        """What people asked to have corrected."""
        return self.desk.query("list_corrections", arguments)

    @rpc
    def list_reads(self, **arguments: Arguments) -> Any:
        """Who read a file."""
        return self.desk.query("list_reads", arguments)

    @rpc
    def list_adopted(self, **arguments: Arguments) -> Any:
        """Adopted suggestions that stand in nobody's file yet."""
        return self.desk.query("list_adopted", arguments)

    @rpc
    def list_policies(self, **arguments: Arguments) -> Any:
        """Which rules were adopted."""
        return self.desk.query("list_policies", arguments)

    @rpc
    def get_policy(self, **arguments: Arguments) -> Any:
        """What the rules of a version or day say."""
        return self.desk.query("get_policy", arguments)

    @rpc
    def compare_policies(self, **arguments: Arguments) -> Any:
        """What changed between two versions."""
        return self.desk.query("compare_policies", arguments)

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
