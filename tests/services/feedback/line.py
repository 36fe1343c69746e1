"""An express line of the test's own: the application, people to call it, and a look at its tables.

All people, titles and letters here are synthetic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import services.feedback
from kernel.identity.actor import Actor, Role
from services.feedback.storage.latency import roll_up
from services.feedback.storage.tables import METADATA
from tests.support.at_work import AtWork

if TYPE_CHECKING:
    from kernel.settings import Settings

PARTS = services.feedback.parts()
SCHOOL, OTHER_SCHOOL = "datong", "mianyang"
LEAD, ASSISTING, THIRD = "logistics", "library", "personnel"
CHANNEL = "office_mailbox"

OPERATOR = Actor("o-1", Role.OPERATOR, SCHOOL)
EVERY_OPERATOR = Actor("o-0", Role.OPERATOR)
HANDLER = Actor("h-1", Role.HANDLER, SCHOOL, LEAD)
COLLEAGUE = Actor("h-2", Role.HANDLER, SCHOOL, LEAD)
ASSISTANT = Actor("h-3", Role.HANDLER, SCHOOL, ASSISTING)
STRANGER = Actor("h-4", Role.HANDLER, SCHOOL, THIRD)
SUBMITTER = Actor("s-1", Role.SUBMITTER, SCHOOL)
AUDITOR = Actor("a-1", Role.AUDITOR, SCHOOL)
EVERY_AUDITOR = Actor("a-0", Role.AUDITOR)
EVERY_ADMIN = Actor("d-0", Role.ADMIN)


class Line(AtWork):
    """One express line over migrated databases."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, PARTS, METADATA)

    def submit(self, actor: Actor = OPERATOR, **changed: Any) -> dict[str, Any]:
        arguments = {
            "institution": actor.institution if actor.institution != "*" else SCHOOL,
            "channel": CHANNEL,
            "title": "路灯不亮",
            "body": "图书馆东侧的路灯坏了。",
        }
        return self.do(actor, "submit_suggestion", **arguments | changed)

    def ticket(self, state: str = "submitted", **changed: Any) -> str:
        """The id of a new ticket that went the straight line to a state, or one side exit."""
        ticket_id = self.submit(**changed)["ticket_id"]
        for actor, method, more in _WAYS[state]:
            self.do(actor, method, ticket_id=ticket_id, **more)
        return ticket_id

    def get(self, ticket_id: str, actor: Actor = OPERATOR) -> dict[str, Any]:
        return self.do(actor, "get_ticket", ticket_id=ticket_id)

    def events(self, ticket_id: str) -> list[tuple[Any, ...]]:
        return self.stream(f"ticket/{ticket_id}")

    def roll_up(self) -> None:
        """Count every stage that has ended."""
        moved = 1
        while moved:
            with self.database.write() as connection:
                moved = roll_up(connection, self.database.dialect)


_ASSIGN = (OPERATOR, "assign_ticket", {"lead": LEAD, "assisting": [ASSISTING]})
_REPLY = (HANDLER, "reply_ticket", {"text": "已经修好。"})
_WAYS: dict[str, tuple[tuple[Actor, str, dict[str, Any]], ...]] = {
    "submitted": (),
    "accepted": ((OPERATOR, "accept_ticket", {}),),
    "assigned": (_ASSIGN,),
    "replied": (_ASSIGN, _REPLY),
    "closed": (_ASSIGN, _REPLY, (OPERATOR, "close_ticket", {})),
    "declined": ((OPERATOR, "decline_ticket", {"reason": "重复。"}),),
    "withdrawn": ((OPERATOR, "withdraw_ticket", {}),),
}
