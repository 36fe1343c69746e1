"""Letters of a mailbox become tickets with their own times; what the source does not date is not invented."""

from __future__ import annotations

import pytest

from kernel.identity.actor import Actor, Role
from kernel.log.rebuild import diff
from services.feedback.projections.rebuild import PROJECTION
from tests.services.feedback.line import CHANNEL, EVERY_OPERATOR, HANDLER, LEAD, OPERATOR, OTHER_SCHOOL, SCHOOL
from tests.support.at_work import new_id

_LETTER = {
    "submitter": "合成用户",
    "title": "关于供暖",
    "body": "三号楼供暖不足。",
    "received_at": "2019-01-08T09:05:07+08:00",
    "reply": "已检修。",
    "replied_at": "2019-01-10T16:00:00+08:00",
}


def _letter(**changed):
    return {"ref": new_id(), **_LETTER, **changed}


def _unanswered(**changed):
    return _letter(reply=None, replied_at=None, **changed)


def _import(line, *rows, batch=None, actor=OPERATOR, **changed):
    arguments = {"institution": SCHOOL, "channel": CHANNEL, "batch": batch or new_id(), "rows": list(rows)}
    return line.do(actor, "import_letters", **arguments | changed)


def _of(line, batch):
    return [row[0] for row in line.rows("SELECT ticket_id FROM ticket WHERE batch = :b", b=batch)]


def test_an_answered_letter_is_a_replied_ticket_with_its_own_times(any_line):
    batch = new_id()
    assert _import(any_line, _letter(), batch=batch) == {"imported": 1, "duplicates": 0, "refused": []}
    (ticket_id,) = _of(any_line, batch)
    ticket = any_line.get(ticket_id)
    assert ticket["state"] == "replied"
    assert ticket["received_at"] == "2019-01-08T01:05:07.000000Z"
    assert ticket["reply"] == {"text": "已检修。", "at": "2019-01-10T08:00:00.000000Z", "outcome": None}
    assert ticket["submitter"] == {"person_id": None, "name": "合成用户", "contact": None}
    assert ticket["number"].startswith("2019-")
    assert ticket["lead"] is None


def test_a_step_that_the_source_does_not_date_has_no_latency(line):
    batch = new_id()
    _import(line, _letter(), batch=batch)
    (ticket_id,) = _of(line, batch)
    latency = line.get(ticket_id)["latency"]
    assert latency.keys() == {"submit_to_reply"}
    # Tuesday 09:05:07 to Thursday 16:00: two working days, and office hours 6:24:53 + 7:00 + 5:30.
    assert latency["submit_to_reply"]["elapsed_seconds"] == 2 * 86_400 + 6 * 3600 + 54 * 60 + 53
    assert latency["submit_to_reply"]["working_days"] == 2
    assert latency["submit_to_reply"]["working_minutes"] == pytest.approx(1134 + 53 / 60)
    assert [name for _, name, _, _ in line.events(ticket_id)] == ["ticket_submitted", "ticket_replied"]


def test_closing_an_imported_letter_dates_the_closing_and_still_no_assignment(line):
    batch = new_id()
    _import(line, _letter(), batch=batch)
    line.do(OPERATOR, "close_tickets", institution=SCHOOL, source_batch=batch)
    (ticket_id,) = _of(line, batch)
    assert line.get(ticket_id)["latency"].keys() == {"submit_to_reply", "reply_to_close", "submit_to_close"}


def test_an_unanswered_letter_is_a_submitted_ticket_that_goes_the_straight_line(line):
    batch = new_id()
    _import(line, _unanswered(), batch=batch)
    (ticket_id,) = _of(line, batch)
    assert line.get(ticket_id)["state"] == "submitted"
    line.do(OPERATOR, "assign_ticket", ticket_id=ticket_id, lead=LEAD)
    line.do(HANDLER, "reply_ticket", ticket_id=ticket_id, text="好。")
    assert line.get(ticket_id)["latency"].keys() == {"submit_to_assign", "assign_to_reply", "submit_to_reply"}


def test_the_same_letters_again_import_nothing_and_are_counted(any_line):
    letters = [_letter(), _unanswered()]
    assert _import(any_line, *letters)["imported"] == 2
    events = any_line.counts()["event"]
    assert _import(any_line, *letters) == {"imported": 0, "duplicates": 2, "refused": []}
    assert any_line.counts()["event"] == events


def test_a_letter_twice_in_one_call_is_imported_once(any_line):
    letter = _letter()
    assert _import(any_line, letter, letter) == {"imported": 1, "duplicates": 1, "refused": []}


@pytest.mark.parametrize(
    "changed",
    [
        {"title": "别的主题"},
        {"body": "别的内容"},
        {"submitter": "别的用户"},
        {"received_at": "2019-01-08T09:05:08+08:00"},
        {"reply": "别的答复"},
        {"replied_at": "2019-01-10T16:00:01+08:00"},
        {"reply": None, "replied_at": None},
    ],
    ids="+".join,
)
def test_a_known_number_with_other_content_is_refused_alone(line, changed):
    letter = _letter()
    _import(line, letter)
    answer = _import(line, letter | changed, _letter())
    conflict = {"ref": letter["ref"], "code": "import_conflict", "field": "ref"}
    assert answer == {"imported": 1, "duplicates": 0, "refused": [conflict]}
    # Within one call too.
    fresh = _letter()
    assert _import(line, fresh, fresh | changed)["refused"] == [conflict | {"ref": fresh["ref"]}]


def test_numbers_of_another_channel_or_institution_are_other_letters(line):
    letter = _letter()
    _import(line, letter)
    assert _import(line, letter, channel="president_mailbox")["imported"] == 1
    elsewhere = Actor("o-2", Role.OPERATOR, OTHER_SCHOOL)
    assert _import(line, letter, institution=OTHER_SCHOOL, actor=elsewhere)["imported"] == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "题" * 201}, "title"),
        ({"title": 7}, "title"),
        ({"body": "   "}, "body"),
        ({"body": "文" * 10_001}, "body"),
        ({"ref": ""}, "ref"),
        ({"ref": None}, "ref"),
        ({"ref": "号" * 101}, "ref"),
        ({"submitter": "名" * 201}, "submitter"),
        ({"received_at": "2019-01-08 09:05"}, "received_at"),
        ({"received_at": "2019-01-08"}, "received_at"),
        ({"received_at": "1991-12-31T23:59:59+08:00"}, "received_at"),
        ({"received_at": "9999-01-01T00:00:00Z", "reply": None, "replied_at": None}, "received_at"),
        ({"replied_at": "9999-12-31T23:59:59-12:00"}, "replied_at"),
        ({"replied_at": "2019-01-08T09:05:06+08:00"}, "replied_at"),
        ({"replied_at": None}, "replied_at"),
        ({"reply": None}, "reply"),
        ({"reply": "答" * 10_001}, "reply"),
        ({"extra": 1}, "extra"),
        ({"title": "\ud800"}, "title"),
        ({"body": "零\x00字节"}, "body"),
        ({"title": 2**80}, "title"),
    ],
    ids=lambda value: str(value)[:40].encode("ascii", "replace").decode() if isinstance(value, dict) else value,
)
def test_a_bad_row_is_refused_alone_and_by_its_field(line, changed, field):
    bad, good = _letter(**changed), _letter()
    answer = _import(line, bad, good)
    assert answer["imported"] == 1
    ((refused),) = answer["refused"]
    assert (refused["code"], refused["field"]) == ("invalid_input", field)
    assert refused["ref"] == (None if field == "ref" else bad["ref"])


@pytest.mark.parametrize("row", [None, [], "text", 7, {}, [{}], {"ref": {"a": [1]}}], ids=repr)
def test_what_is_no_row_is_refused_alone(line, row):
    answer = _import(line, row, _letter())
    assert (answer["imported"], len(answer["refused"])) == (1, 1)
    assert answer["refused"][0]["ref"] is None


def test_a_text_in_the_wrong_column_is_not_kept_in_the_clear(line):
    canary = "不应留下明文" * 30
    _import(line, _letter(ref=canary))
    for path in line.settings.home.rglob("feedback*"):
        if path.is_file():
            assert canary.encode() not in path.read_bytes()


def test_a_dry_run_counts_as_the_import_would_and_writes_no_ticket(any_line):
    letters = [_letter(), _letter(title=""), _letter()]
    known = _letter()
    _import(any_line, known)
    before = any_line.counts()
    dry = _import(any_line, *letters, known, dry_run=True)
    after = any_line.counts()
    assert {name for name in after if after[name] != before[name]} <= {"command"}
    assert dry == {
        "imported": 2,
        "duplicates": 1,
        "refused": [{"ref": letters[1]["ref"], "code": "invalid_input", "field": "title"}],
    }
    assert _import(any_line, *letters, known) == dry


def test_an_undone_import_is_withdrawn_and_may_be_imported_again(any_line):
    batch, letters = new_id(), [_letter(), _unanswered()]
    _import(any_line, *letters, batch=batch)
    assert any_line.do(OPERATOR, "undo_import", batch=batch) == {"undone": 2, "refused": []}
    for ticket_id in _of(any_line, batch):
        assert any_line.get(ticket_id)["state"] == "withdrawn"
        assert any_line.events(ticket_id)[-1][1] == "ticket_withdrawn"
    corrected = [letters[0] | {"title": "改正后的主题"}, letters[1]]
    assert _import(any_line, *corrected) == {"imported": 2, "duplicates": 0, "refused": []}


def _answered(line):
    report = line.do(OPERATOR, "get_latency", institution=SCHOOL)
    return report["stages"].get("submit_to_reply", {}).get("count", 0)


def test_an_undone_answer_is_counted_no_more_and_its_correction_once(any_line):
    line = any_line
    line.roll_up()
    before = _answered(line)
    # Given answers of which one import is undone after it was counted, and one before
    kept, batch, hasty = _letter(), new_id(), new_id()
    _import(line, kept)
    letters = [_letter(), _unanswered()]
    _import(line, *letters, batch=batch)
    line.roll_up()
    line.do(OPERATOR, "undo_import", batch=batch)
    _import(line, _letter(), batch=hasty)
    line.do(OPERATOR, "undo_import", batch=hasty)
    line.roll_up()
    _import(line, letters[0] | {"title": "改正后的主题"})
    # Then two more are counted, and the log makes the same counters
    assert _answered(line) == before + 2
    line.roll_up()
    line.seal()
    found = diff(line.database, PROJECTION, "feedback")
    assert found["ok"] is True, found


def test_what_somebody_has_worked_on_since_is_not_undone(line):
    batch = new_id()
    _import(line, _unanswered(), _unanswered(), _letter(), _letter(), batch=batch)
    submitted = [t for t in _of(line, batch) if line.get(t)["state"] == "submitted"]
    replied = [t for t in _of(line, batch) if t not in submitted]
    # Given one letter that was answered here, one that waits, one that was closed here, one that came answered
    line.do(OPERATOR, "assign_ticket", ticket_id=submitted[0], lead=LEAD)
    line.do(HANDLER, "reply_ticket", ticket_id=submitted[0], text="人工答复。")
    line.do(OPERATOR, "close_ticket", ticket_id=replied[0])
    answer = line.do(OPERATOR, "undo_import", batch=batch)
    assert answer["undone"] == 2
    assert {refused["ticket_id"] for refused in answer["refused"]} == {submitted[0], replied[0]}
    assert {refused["code"] for refused in answer["refused"]} == {"wrong_state"}
    assert line.get(submitted[0])["state"] == "replied"


def test_undoing_twice_or_a_batch_of_others_changes_nothing(line):
    batch = new_id()
    _import(line, _letter(), batch=batch)
    stranger = Actor("o-2", Role.OPERATOR, OTHER_SCHOOL)
    assert line.refused(stranger, "undo_import", batch=batch).code == "not_found"
    assert line.refused(OPERATOR, "undo_import", batch=new_id()).code == "not_found"
    line.do(EVERY_OPERATOR, "undo_import", batch=batch)
    events = line.counts()["event"]
    assert line.do(OPERATOR, "undo_import", batch=batch)["undone"] == 0
    assert line.counts()["event"] == events


def test_an_unknown_channel_refuses_the_whole_call(line):
    arguments = {"institution": SCHOOL, "channel": "pigeon_post", "batch": new_id(), "rows": [_letter()]}
    assert list(line.refused(OPERATOR, "import_letters", **arguments).details["fields"]) == ["channel"]


def test_two_imports_of_the_same_letters_in_one_batch_make_each_ticket_once(any_line):
    letters = [_letter(), _letter()]
    arguments = {"institution": SCHOOL, "channel": CHANNEL, "rows": letters}
    calls = [
        any_line.call(OPERATOR, "import_letters", arguments | {"batch": new_id(), "command_id": new_id()})
        for _ in range(2)
    ]
    first, second = any_line.batch(calls)
    assert (first["imported"], first["duplicates"]) == (2, 0)
    assert (second["imported"], second["duplicates"]) == (0, 2)
