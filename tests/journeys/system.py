"""The running system as its callers see it: calls with somebody's token, and the auditor's commands.

All people, titles and letters here are synthetic.
"""

from __future__ import annotations

import uuid
from copy import copy
from typing import TYPE_CHECKING, Any

from apps.cli.assembly import SERVICES
from apps.cli.logs import verify_services
from apps.cli.session import Session
from kernel.identity.actor import EVERYWHERE, Role
from kernel.log import rebuild
from kernel.log.database import Database
from kernel.refusals import Refusal
from tests.support.school import CHANNEL, SCHOOL, UNIT
from tests.support.waiting import until

if TYPE_CHECKING:
    from kernel.settings import Settings
    from tests.support.cluster import Cluster

_QUERIES = ("get_", "list_", "read_", "follow_", "search_", "explain_")


class System:
    """One service on one of the two runtimes; `cluster` is there where it is the distributed one."""

    def __init__(self, settings: Settings, cluster: Cluster | None = None) -> None:
        self.service = "feedback"
        self.settings = settings
        self.cluster = cluster
        self._session = Session(settings)

    def close(self) -> None:
        self._session.close()

    def of(self, service: str) -> System:
        """Another service of the same system; closed with it."""
        other = copy(self)
        other.service = service
        return other

    def token(
        self,
        role: str = "operator",
        institution: str = EVERYWHERE,
        unit: str | None = None,
        subject: str = "journey",
    ) -> str:
        return self._session.token(subject=subject, role=Role(role), institution=institution, unit=unit)

    def call(self, method: str, arguments: dict[str, Any] | None = None, **who: Any) -> Any:
        """The answer of a call by somebody; a command gets an id unless it has one."""
        given = dict(arguments or {})
        if not method.startswith(_QUERIES):
            given.setdefault("command_id", str(uuid.uuid4()))
        return self._session.call(f"{self.service}.{method}", given, self.token(**who))

    def refused(self, method: str, arguments: dict[str, Any] | None = None, **who: Any) -> Refusal:
        """The refusal of a call that must not succeed."""
        try:
            answer = self.call(method, arguments, **who)
        except Refusal as refusal:
            return refusal
        raise AssertionError(f"{method} answered {answer}")

    def session_call(self, name: str, arguments: dict[str, Any]) -> Any:
        """A call as the command line makes it."""
        return self._session.call(name, arguments)

    def handle(self, method: str, ticket_id: str, unit: str = UNIT, **arguments: Any) -> Any:
        """A command of a unit's handler."""
        who = {"role": "handler", "institution": SCHOOL, "unit": unit, "subject": f"{unit}-handler"}
        return self.call(method, {"ticket_id": ticket_id, **arguments}, **who)

    def submit(self, **changed: Any) -> Any:
        """A suggestion by a submitter of the school."""
        arguments = {
            "institution": SCHOOL,
            "channel": CHANNEL,
            "title": "（合成）图书馆座位",
            "body": "（合成）周末座位不够，建议开放二层会议室。",
        }
        who = {"role": "submitter", "institution": SCHOOL, "subject": "scholar-1"}
        return self.call("submit_suggestion", arguments | changed, **who)

    def assigned(self, lead: str = UNIT) -> str:
        """The id of a new ticket that is assigned."""
        ticket_id = self.submit()["ticket_id"]
        self.call("assign_ticket", {"ticket_id": ticket_id, "lead": lead})
        return ticket_id

    def sealed_timeline(self, ticket_id: str) -> Any:
        """The timeline once every step of it has its position."""

        def timeline() -> Any:
            found = self.call("get_timeline", {"ticket_id": ticket_id})
            return found if all(entry["position"] for entry in found["entries"]) else None

        return until(timeline)

    def await_sealed(self) -> None:
        """Return when everything that was written has its position."""
        until(lambda: self.call("get_health")["log"]["unsealed"] == 0)

    def log(self, after: int = 0, limit: int = 400) -> list[dict[str, Any]]:
        """The events behind a position, as another service reads them page by page."""
        self.await_sealed()
        events: list[dict[str, Any]] = []
        while True:
            page = self.call("read_log", {"after": after, "limit": limit}, role="service")
            events += page["events"]
            after = page["next_after"]
            if after == page["head"]:
                return events
            assert page["events"], "the head is not reached and nothing comes"

    def verify(self) -> dict[str, Any]:
        """`zhitongche log verify SERVICE`."""
        (report,) = verify_services(self.settings, [self.service])["services"]
        return report

    def diff(self) -> dict[str, Any]:
        """`zhitongche log diff SERVICE`."""
        return self._audited(rebuild.diff)

    def replay(self) -> dict[str, Any]:
        """`zhitongche log replay SERVICE`."""
        return self._audited(rebuild.replay)

    def _audited(self, audit: Any) -> dict[str, Any]:
        database = Database(self.settings.url(self.service))
        try:
            return audit(database, SERVICES[self.service].projection(self.settings), self.service)
        finally:
            database.close()
