"""For every method: arguments that are right, for somebody who may call it; and the kind of each argument."""

from __future__ import annotations

from typing import Any

from tests.services.feedback.line import (
    ASSISTING,
    CHANNEL,
    EVERY_AUDITOR,
    EVERY_OPERATOR,
    HANDLER,
    LEAD,
    OPERATOR,
    SCHOOL,
)
from tests.support.at_work import new_id

UNKNOWN = "00000000-0000-4000-8000-000000000000"
_LETTER = {"ref": "1", "title": "题", "body": "文", "received_at": "2026-03-05T09:00:00+08:00"}
_TICKET = {"ticket_id": UNKNOWN, "expected_version": 1}

# Kind of an argument: what makes it wrong. `?` after the kind: it may be left out.
KINDS: dict[str, dict[str, str]] = {
    "submit_suggestion": {
        "institution": "id",
        "channel": "id",
        "title": "text200",
        "body": "text10000",
        "category": "id?",
        "submitter": "object?",
        "confidentiality": "choice?",
        "received_at": "instant?",
        "source": "object?",
    },
    "accept_ticket": {"category": "id?", "note": "text2000?"},
    "decline_ticket": {"reason": "text2000"},
    "assign_ticket": {"lead": "id", "assisting": "list?", "note": "text2000?"},
    "return_ticket": {"reason": "text2000", "proposed_lead": "id?", "lease_token": "integer?"},
    "claim_ticket": {"lease_seconds": "integer?", "lease_token": "integer?"},
    "release_ticket": {"lease_token": "integer"},
    "reply_ticket": {"text": "text10000", "outcome": "id?", "lease_token": "integer?"},
    "close_ticket": {"outcome": "id?", "note": "text2000?"},
    "withdraw_ticket": {"reason": "text2000?"},
    "close_tickets": {"institution": "id", "ticket_ids": "list", "source_batch": "uuid?", "note": "text2000?"},
    "import_letters": {
        "institution": "id",
        "channel": "id",
        "batch": "uuid",
        "rows": "list",
        "dry_run": "boolean?",
    },
    "undo_import": {"batch": "uuid"},
    "import_calendar": {"year": "integer", "source": "text500", "off": "list", "work": "list"},
    "get_ticket": {"ticket_id": "uuid"},
    "get_timeline": {"ticket_id": "uuid"},
    "list_tickets": {
        "institution": "id?",
        "state": "states?",
        "channel": "id?",
        "lead": "id?",
        "category": "id?",
        "submitted_from": "day?",
        "submitted_to": "day?",
        "order": "choice?",
        "limit": "integer?",
        "cursor": "cursor?",
    },
    "list_department_queue": {
        "unit": "id",
        "institution": "id?",
        "claimed": "boolean?",
        "limit": "integer?",
        "cursor": "cursor?",
    },
    "get_latency": {"institution": "id?", "by": "choice?", "submitted_from": "day?", "submitted_to": "day?"},
    "follow_receipt": {"receipt": "text60"},
    "list_units": {"institution": "id"},
    "list_channels": {"institution": "id"},
    "read_log": {"after": "integer?", "limit": "integer?"},
    "get_log_head": {},
    "get_health": {},
}
ON_A_TICKET = [
    method
    for method in KINDS
    if method
    in {
        "accept_ticket",
        "decline_ticket",
        "assign_ticket",
        "return_ticket",
        "claim_ticket",
        "release_ticket",
        "reply_ticket",
        "close_ticket",
        "withdraw_ticket",
    }
]
COMMANDS = [
    *ON_A_TICKET,
    "submit_suggestion",
    "close_tickets",
    "import_letters",
    "undo_import",
    "import_calendar",
]
for _method in ON_A_TICKET:
    KINDS[_method] |= {"ticket_id": "uuid", "expected_version": "integer?"}
for _method in COMMANDS:
    KINDS[_method]["command_id"] = "uuid"

_RIGHT: dict[str, dict[str, Any]] = {
    "submit_suggestion": {"institution": SCHOOL, "channel": CHANNEL, "title": "题", "body": "文"},
    "accept_ticket": {**_TICKET, "category": "campus", "note": "好"},
    "decline_ticket": {**_TICKET, "reason": "重复"},
    "assign_ticket": {**_TICKET, "lead": LEAD, "assisting": [ASSISTING]},
    "return_ticket": {**_TICKET, "reason": "不属于我们", "proposed_lead": ASSISTING},
    "claim_ticket": {**_TICKET},
    "release_ticket": {**_TICKET, "lease_token": 1},
    "reply_ticket": {**_TICKET, "text": "好", "outcome": "solved"},
    "close_ticket": {**_TICKET, "note": "好"},
    "withdraw_ticket": {**_TICKET, "reason": "不需要"},
    "close_tickets": {"institution": SCHOOL, "ticket_ids": [UNKNOWN]},
    "import_letters": {"institution": SCHOOL, "channel": CHANNEL, "batch": UNKNOWN, "rows": [_LETTER]},
    "undo_import": {"batch": UNKNOWN},
    "import_calendar": {"year": 2030, "source": "合成数据", "off": ["2030-01-01"], "work": []},
    "get_ticket": {"ticket_id": UNKNOWN},
    "get_timeline": {"ticket_id": UNKNOWN},
    "list_tickets": {},
    "list_department_queue": {"unit": LEAD},
    "get_latency": {"institution": SCHOOL},
    "follow_receipt": {"receipt": "A"},
    "list_units": {"institution": SCHOOL},
    "list_channels": {"institution": SCHOOL},
    "read_log": {},
    "get_log_head": {},
    "get_health": {},
}
_CALLERS = {
    "import_calendar": EVERY_OPERATOR,
    "read_log": EVERY_AUDITOR,
    "return_ticket": HANDLER,
    "claim_ticket": HANDLER,
    "release_ticket": HANDLER,
    "reply_ticket": HANDLER,
    "list_department_queue": HANDLER,
    "follow_receipt": None,
    "get_health": None,
}


def right(method: str) -> dict[str, Any]:
    """Arguments that the schema takes."""
    arguments = dict(_RIGHT[method])
    return arguments | {"command_id": new_id()} if method in COMMANDS else arguments


def caller(method: str) -> Any:
    """Somebody whom the table names for the method; nobody where it is open."""
    return _CALLERS.get(method, OPERATOR)
