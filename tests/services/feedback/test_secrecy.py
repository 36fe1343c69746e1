"""No text and no name stands anywhere in the clear; who destroys a key destroys what it opened, and no more."""

from __future__ import annotations

import logging

import orjson
import pytest

from kernel import envelope
from kernel.log.rebuild import diff
from kernel.refusals import Damaged, Refusal
from services.feedback.projections.rebuild import PROJECTION
from tests.services.feedback.line import (
    CHANNEL,
    EVERY_AUDITOR,
    HANDLER,
    LEAD,
    OPERATOR,
    SCHOOL,
    SUBMITTER,
    Line,
)
from tests.support.at_work import new_id

_FIELDS = (
    "title body name contact person reference accept decline assign return reply close withdraw bulk"
    " letter-title letter-body letter-reply letter-submitter letter-number refused-title"
)
_CANARIES = {field: f"金丝雀-{field}-9f3k" for field in _FIELDS.split()}


def _sing(line):
    """Put a canary through every field that takes a text; the ids of the tickets that heard one."""
    song = _CANARIES.__getitem__
    ids = _submitted(line)
    named, withheld, anonymous = ids
    line.do(OPERATOR, "accept_ticket", ticket_id=named, note=song("accept"))
    line.do(OPERATOR, "assign_ticket", ticket_id=named, lead=LEAD, note=song("assign"))
    line.do(HANDLER, "return_ticket", ticket_id=named, reason=song("return"))
    line.do(OPERATOR, "assign_ticket", ticket_id=named, lead=LEAD)
    line.do(HANDLER, "reply_ticket", ticket_id=named, text=song("reply"))
    line.do(OPERATOR, "close_ticket", ticket_id=named, note=song("close"))
    line.do(OPERATOR, "decline_ticket", ticket_id=withheld, reason=song("decline"))
    line.do(OPERATOR, "withdraw_ticket", ticket_id=anonymous, reason=song("withdraw"))
    bulk = line.ticket("replied")
    line.do(OPERATOR, "close_tickets", institution=SCHOOL, ticket_ids=[bulk], note=song("bulk"))
    letter = {
        "ref": song("letter-number") + new_id(),
        "submitter": song("letter-submitter"),
        "title": song("letter-title"),
        "body": song("letter-body"),
        "received_at": "2019-01-08T09:05:07+08:00",
        "reply": song("letter-reply"),
        "replied_at": "2019-01-10T16:00:00+08:00",
    }
    rows = [letter, letter | {"ref": "2", "title": song("refused-title") * 50}]
    line.do(OPERATOR, "import_letters", institution=SCHOOL, channel=CHANNEL, batch=new_id(), rows=rows)
    return [*ids, bulk]


def _submitted(line):
    """A named, a withheld and an anonymous suggestion."""
    song = _CANARIES.__getitem__
    person = {"name": song("name"), "contact": song("contact"), "person_id": song("person")}
    return [
        line.submit(
            OPERATOR,
            confidentiality=kind,
            source={"system": song("reference"), "ref": song("reference") + new_id()},
            title=song("title"),
            body=song("body"),
            submitter=None if kind == "anonymous" else person,
        )["ticket_id"]
        for kind in ("named", "withheld", "anonymous")
    ]


def _heard(content):
    spelt = {
        field: [song.encode(), song.encode("utf-16-le"), song.encode("unicode_escape")]
        for field, song in _CANARIES.items()
    }
    return [field for field, forms in spelt.items() if any(form in content for form in forms)]


def test_no_text_and_no_name_stands_in_any_file_of_the_service_or_in_its_log(new_line, caplog):
    caplog.set_level(logging.DEBUG)
    ids = _sing(new_line)
    for method in ("get_ticket", "get_timeline"):
        for ticket_id in ids:
            new_line.do(OPERATOR, method, ticket_id=ticket_id)
    files = [path for path in new_line.settings.home.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"feedback.db", "feedback_keys.db", "feedback.log", "secret.json"}
    for path in files:
        assert not _heard(path.read_bytes()), path
    assert not _heard(caplog.text.encode())


def test_no_text_and_no_name_stands_in_a_published_event_or_in_a_table(any_line):
    _sing(any_line)
    any_line.seal()
    read = any_line.do(EVERY_AUDITOR, "read_log", limit=1000)
    assert read["events"]
    assert not _heard(orjson.dumps(read))
    for table in any_line.counts():
        rows = any_line.rows(f'SELECT * FROM "{table}"')
        told = b"\n".join(
            value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row
        )
        assert not _heard(told), table


def test_the_texts_are_there_for_those_who_may_read_them(new_line):
    named, *_ = _sing(new_line)
    ticket = new_line.get(named)
    timeline = new_line.do(OPERATOR, "get_timeline", ticket_id=named)
    told = _heard(orjson.dumps([ticket, timeline]))
    assert told == [
        "title",
        "body",
        "name",
        "contact",
        "person",
        "accept",
        "assign",
        "return",
        "reply",
        "close",
    ]


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("submit_suggestion", {"title": "金丝雀-refused" * 50}),
        ("submit_suggestion", {"body": "金丝雀-refused", "channel": "pigeon"}),
        ("submit_suggestion", {"submitter": {"name": "金丝雀-refused", "x": 1}}),
        ("follow_receipt", {"receipt": "金丝雀-refused"}),
        ("list_tickets", {"cursor": "金丝雀-refused"}),
        ("list_tickets", {"category": "金丝雀-refused"}),
        ("get_ticket", {"ticket_id": "金丝雀-refused"}),
    ],
)
def test_a_refusal_does_not_repeat_what_was_said_and_nothing_is_logged(line, caplog, method, arguments):
    caplog.set_level(logging.DEBUG)
    words = {"institution": SCHOOL, "channel": CHANNEL, "title": "题", "body": "文"}
    refusal = line.refused(OPERATOR, method, **(words if method == "submit_suggestion" else {}) | arguments)
    assert "金丝雀" not in refusal.to_json()
    assert "金丝雀" not in str(refusal)
    assert "金丝雀" not in caplog.text


def test_an_error_of_ours_says_nothing_of_what_it_was_about_to_caller_or_log(new_line, caplog):
    # Given a database that lost a table
    new_line.change("DROP TABLE ticket")
    outcomes = []
    for method, arguments in (
        (
            "submit_suggestion",
            {"institution": SCHOOL, "channel": CHANNEL, "title": "金丝雀-error", "body": "文"},
        ),
        ("list_tickets", {}),
    ):
        try:
            outcomes.append(new_line.do(OPERATOR, method, **arguments))
        except Refusal as refusal:
            outcomes.append(refusal)
    assert {outcome.code for outcome in outcomes} <= {"internal_error", "unavailable"}
    assert "金丝雀" not in caplog.text
    assert "INSERT" not in caplog.text
    assert not [outcome for outcome in outcomes if "suggestion" in outcome.to_json()]


def test_a_destroyed_key_takes_the_texts_and_leaves_the_rest_working(new_line):
    kept, gone = new_line.ticket("assigned"), new_line.ticket("assigned", submitter={"name": "合成人物丙"})
    ((key_id,),) = new_line.rows("SELECT key_id FROM ticket WHERE ticket_id = :t", t=gone)
    hashes = new_line.rows("SELECT event_hash FROM event ORDER BY event_id")
    # When the ticket's key is destroyed and the service starts again
    new_line.keys.destroy(key_id)
    again = Line(new_line.settings)
    try:
        # Then its texts and its submitter are gone
        ticket = again.get(gone)
        assert (ticket["title"], ticket["body"], ticket["submitter"]) == (None, None, None)
        entries = again.do(OPERATOR, "get_timeline", ticket_id=gone)["entries"]
        assert [entry["text"] for entry in entries] == [None, None, None]
        # And everything that is no text works on, for this ticket and the others
        assert ticket["state"] == "assigned"
        assert again.get(kept)["title"] == "路灯不亮"
        assert again.do(HANDLER, "claim_ticket", ticket_id=gone)["lease_token"] == 1
        assert again.do(OPERATOR, "assign_ticket", ticket_id=gone, lead=LEAD)["state"] == "assigned"
        assert again.do(OPERATOR, "withdraw_ticket", ticket_id=gone)["state"] == "withdrawn"
        assert again.rows("SELECT event_hash FROM event ORDER BY event_id")[: len(hashes)] != []
    finally:
        again.close()


def test_nothing_new_is_said_of_a_ticket_whose_key_is_gone(new_line):
    ticket_id = new_line.ticket("assigned")
    ((key_id,),) = new_line.rows("SELECT key_id FROM ticket WHERE ticket_id = :t", t=ticket_id)
    new_line.keys.destroy(key_id)
    again = Line(new_line.settings)
    try:
        refusal = again.refused(HANDLER, "reply_ticket", ticket_id=ticket_id, text="迟到的答复")
        assert (refusal.code, refusal.details) == ("erased", {})
        assert len(again.events(ticket_id)) == 3
    finally:
        again.close()


def test_ciphertext_opens_only_in_the_event_and_under_the_field_it_was_written_for(line):
    one, other = line.submit()["ticket_id"], line.submit(title="别的标题")["ticket_id"]
    first, second = (envelope.from_body(line.events(ticket_id)[0][3]) for ticket_id in (one, other))
    assert line.keys.open(first.data["title"], first.event_id, "title") == "路灯不亮"
    for sealed, event, field in (
        (first.data["title"], second, "title"),
        (first.data["title"], first, "body"),
        (first.data["body"], first, "title"),
        (second.data["title"], first, "title"),
    ):
        with pytest.raises(Damaged):
            line.keys.open(sealed, event.event_id, field)


def test_the_same_text_twice_is_two_different_ciphertexts(line):
    ids = [line.submit(SUBMITTER)["ticket_id"] for _ in range(2)]
    titles = {envelope.from_body(line.events(t)[0][3]).data["title"]["$sealed"] for t in ids}
    assert len(titles) == 2


def test_after_every_kind_of_command_the_log_makes_exactly_the_live_rows(any_line):
    _sing(any_line)
    any_line.do(HANDLER, "claim_ticket", ticket_id=any_line.ticket("assigned"))
    any_line.seal()
    found = diff(any_line.database, PROJECTION, "feedback")
    assert [table["table"] for table in found["tables"] if table["different"]] == []
    assert found["ok"] is True
    assert {table["table"] for table in found["tables"] if table["rows"]} >= {"ticket", "stage"}
