"""The feedback service as nameko knows it: the express line 直通车 (docs/interface.md, "RPC").

Entrypoints take `**arguments`, so that the schema refuses what is missing, unknown or of the wrong type, and
hand the call over the desk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nameko.rpc import rpc

from kernel.runtime.distributed.desk import Desk
from kernel.settings import Settings
from services.feedback.application import NAME, build

if TYPE_CHECKING:
    from kernel.runtime.calls import Application

Arguments = Any


def _build() -> Application:
    return build(Settings.from_environment())


class FeedbackService:
    """Suggestions, tickets, and how long everything took."""

    name = NAME
    desk = Desk(_build)

    @rpc
    def submit_suggestion(self, **arguments: Arguments) -> Any:
        """Hand in a suggestion."""
        return self.desk.command("submit_suggestion", arguments)

    @rpc
    def accept_ticket(self, **arguments: Arguments) -> Any:
        """Take a suggestion up."""
        return self.desk.command("accept_ticket", arguments)

    @rpc
    def decline_ticket(self, **arguments: Arguments) -> Any:
        """Decline a suggestion, with the reason."""
        return self.desk.command("decline_ticket", arguments)

    @rpc
    def assign_ticket(self, **arguments: Arguments) -> Any:
        """Make a unit responsible."""
        return self.desk.command("assign_ticket", arguments)

    @rpc
    def return_ticket(self, **arguments: Arguments) -> Any:
        """Give a ticket back to the operator, with the reason."""
        return self.desk.command("return_ticket", arguments)

    @rpc
    def claim_ticket(self, **arguments: Arguments) -> Any:
        """Take or renew the lease on a ticket."""
        return self.desk.command("claim_ticket", arguments)

    @rpc
    def release_ticket(self, **arguments: Arguments) -> Any:
        """Give the lease back."""
        return self.desk.command("release_ticket", arguments)

    @rpc
    def reply_ticket(self, **arguments: Arguments) -> Any:
        """Answer a suggestion."""
        return self.desk.command("reply_ticket", arguments)

    @rpc
    def close_ticket(self, **arguments: Arguments) -> Any:
        """End the round."""
        return self.desk.command("close_ticket", arguments)

    @rpc
    def withdraw_ticket(self, **arguments: Arguments) -> Any:
        """Withdraw a suggestion."""
        return self.desk.command("withdraw_ticket", arguments)

    @rpc
    def close_tickets(self, **arguments: Arguments) -> Any:
        """Close many replied tickets."""
        return self.desk.command("close_tickets", arguments)

    @rpc
    def import_letters(self, **arguments: Arguments) -> Any:
        """Import letters of a mailbox, row by row."""
        return self.desk.command("import_letters", arguments)

    @rpc
    def undo_import(self, **arguments: Arguments) -> Any:
        """Undo an import."""
        return self.desk.command("undo_import", arguments)

    @rpc
    def import_calendar(self, **arguments: Arguments) -> Any:
        """Import a year's working days."""
        return self.desk.command("import_calendar", arguments)

    @rpc
    def get_ticket(self, **arguments: Arguments) -> Any:
        """The ticket."""
        return self.desk.query("get_ticket", arguments)

    @rpc
    def get_timeline(self, **arguments: Arguments) -> Any:
        """The ticket's events."""
        return self.desk.query("get_timeline", arguments)

    @rpc
    def list_tickets(self, **arguments: Arguments) -> Any:
        """Tickets by filter."""
        return self.desk.query("list_tickets", arguments)

    @rpc
    def list_department_queue(self, **arguments: Arguments) -> Any:
        """A unit's queue."""
        return self.desk.query("list_department_queue", arguments)

    @rpc
    def get_latency(self, **arguments: Arguments) -> Any:
        """Latency percentiles of every stage."""
        return self.desk.query("get_latency", arguments)

    @rpc
    def follow_receipt(self, **arguments: Arguments) -> Any:
        """Progress by receipt."""
        return self.desk.query("follow_receipt", arguments)

    @rpc
    def list_units(self, **arguments: Arguments) -> Any:
        """The units of an institution."""
        return self.desk.query("list_units", arguments)

    @rpc
    def list_channels(self, **arguments: Arguments) -> Any:
        """The channels of an institution."""
        return self.desk.query("list_channels", arguments)

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
