"""One express line on SQLite on which everything has happened once."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from tests.services.feedback import line as lines
from tests.support import homes

if TYPE_CHECKING:
    from collections.abc import Iterator

LETTER = {"title": "（合成）来信", "body": "（合成）内容。", "received_at": "2026-03-05T09:00:00+08:00"}
ANSWER = {"reply": "（合成）答复。", "replied_at": "2026-03-06T09:00:00+08:00"}
BATCH = "6f1c9c1e-7d0b-4c55-9a3e-2f1f3a4b5c6d"
OTHER_BATCH = "7a1c9c1e-7d0b-4c55-9a3e-2f1f3a4b5c6d"


@pytest.fixture(scope="session")
def line() -> Iterator[lines.Line]:
    home = homes.a_home()
    line = lines.Line(homes.migrated(homes.settings_of(home), lines.PARTS))
    yield line
    line.close()
    shutil.rmtree(home)


@pytest.fixture(scope="session")
def answers(line: lines.Line) -> dict[str, Any]:
    """What each method answered, where it was asked for the richest answer."""
    said: dict[str, Any] = {}

    def do(actor: Any, method: str, **arguments: Any) -> Any:
        said[method] = line.do(actor, method, **arguments)
        return said[method]

    _straight_line(do)
    _side_exits(line, do)
    _letters(do)
    do(lines.EVERY_ADMIN, "import_calendar", year=2031, source="（合成）", off=["2031-01-01"], work=[])
    do(lines.EVERY_AUDITOR, "read_log", limit=1000)
    for method in ("get_log_head", "get_health"):
        do(None if method == "get_health" else lines.OPERATOR, method)
    for method in ("list_units", "list_channels"):
        do(lines.OPERATOR, method, institution=lines.SCHOOL)
    return said


def _straight_line(do: Any) -> None:
    named = {"name": "（合成）甲", "contact": "s@example.org"}
    first = do(
        lines.OPERATOR,
        "submit_suggestion",
        institution=lines.SCHOOL,
        channel=lines.CHANNEL,
        category="logistics",
        title="（合成）",
        body="（合成）",
        submitter=named | {"person_id": "s-1"},
        source={"system": "oa", "ref": "1"},
    )
    one = {"ticket_id": first["ticket_id"]}
    do(lines.OPERATOR, "accept_ticket", **one, category="canteen", note="（合成）")
    do(lines.OPERATOR, "assign_ticket", **one, lead=lines.LEAD, assisting=[lines.ASSISTING], note="（合成）")
    do(lines.HANDLER, "return_ticket", **one, reason="（合成）", proposed_lead=lines.LEAD)
    do(lines.OPERATOR, "assign_ticket", **one, lead=lines.LEAD, assisting=[lines.ASSISTING])
    claimed = do(lines.HANDLER, "claim_ticket", **one)
    do(lines.HANDLER, "list_department_queue", unit=lines.LEAD)
    do(lines.HANDLER, "release_ticket", **one, lease_token=claimed["lease_token"])
    do(lines.HANDLER, "reply_ticket", **one, text="（合成）", outcome="done")
    do(lines.OPERATOR, "close_ticket", **one, outcome="done", note="（合成）")
    do(lines.OPERATOR, "get_ticket", **one)
    do(lines.OPERATOR, "get_timeline", **one)
    do(lines.OPERATOR, "list_tickets")
    do(lines.OPERATOR, "get_latency")
    do(None, "follow_receipt", receipt=first["receipt"])


def _side_exits(line: lines.Line, do: Any) -> None:
    do(lines.OPERATOR, "decline_ticket", ticket_id=line.ticket(), reason="（合成）")
    do(lines.OPERATOR, "withdraw_ticket", ticket_id=line.ticket(), reason="（合成）")


def _letters(do: Any) -> None:
    mailbox = {"institution": lines.SCHOOL, "channel": lines.CHANNEL}
    good = [LETTER | ANSWER | {"ref": "1", "submitter": "（合成）乙"}, LETTER | {"ref": "2"}]
    do(lines.OPERATOR, "import_letters", **mailbox, batch=BATCH, rows=[*good, {"ref": "3"}])
    do(lines.OPERATOR, "close_tickets", institution=lines.SCHOOL, source_batch=BATCH)
    do(
        lines.OPERATOR,
        "import_letters",
        **mailbox,
        batch=OTHER_BATCH,
        rows=[LETTER | {"ref": "4"}, {"ref": "5"}],
    )
    do(lines.OPERATOR, "undo_import", batch=OTHER_BATCH)


@pytest.fixture(scope="session")
def data_of(line: lines.Line, answers: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The `data` of every event that happened, by the event's name."""
    assert answers
    found: dict[str, list[dict[str, Any]]] = {}
    for name, body in line.rows("SELECT name, body FROM event ORDER BY event_id"):
        found.setdefault(name, []).append(orjson.loads(body)["data"])
    return found
