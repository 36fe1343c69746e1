"""What was written is read back the same way from everywhere, also while others write, on both runtimes."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import contextmanager

import pytest

from kernel.canonical import encode
from kernel.envelope import GENESIS, event_hash
from tests.support.school import SCHOOL, SECOND_UNIT, UNIT
from tests.support.states import STATE_AFTER

PAGED = {"institution": SCHOOL, "channel": "president_mailbox"}


@contextmanager
def others_writing(system):
    """Somebody submits through the same channel until the block ends; what they wrote."""
    written, ending = [], threading.Event()

    def write() -> None:
        while not ending.is_set():
            written.append(system.submit(channel=PAGED["channel"])["ticket_id"])

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield written
    finally:
        ending.set()
        thread.join()


def pages(system, **asked):
    """All ids, page by page, and how many pages it took."""
    ids, cursor, count = [], None, 0
    while True:
        page = system.call("list_tickets", {**PAGED, **asked, "limit": 7, "cursor": cursor})
        ids += [row["ticket_id"] for row in page["items"]]
        count += 1
        if (cursor := page["next_cursor"]) is None:
            return ids, count


@pytest.mark.slow
@pytest.mark.parametrize("order", ["-submitted_at", "submitted_at"])
def test_a_list_read_page_by_page_while_others_write_misses_nothing_and_repeats_nothing(system, order):
    before = {system.submit(channel=PAGED["channel"])["ticket_id"] for _ in range(30)}
    with others_writing(system) as written:
        ids, count = pages(system, order=order)
    assert written
    assert count > 4
    assert len(ids) == len(set(ids))
    assert before <= set(ids)
    assert ids == [each for each in pages(system, order=order)[0] if each in set(ids)]


def test_a_cursor_serves_only_the_question_that_made_it(system):
    for _ in range(8):
        system.submit(channel=PAGED["channel"])
    cursor = system.call("list_tickets", {**PAGED, "limit": 7})["next_cursor"]
    other = {**PAGED, "limit": 7, "order": "submitted_at", "cursor": cursor}
    assert system.refused("list_tickets", other).code == "invalid_input"


def test_the_log_read_by_another_service_replays_to_the_state_that_people_see(system):
    # Given tickets in every state
    closing, returning, declining = system.assigned(), system.assigned(), system.submit()["ticket_id"]
    system.handle("reply_ticket", closing, text="（合成）答复")
    system.call("close_ticket", {"ticket_id": closing})
    system.handle("return_ticket", returning, reason="（合成）不属我处")
    system.call("decline_ticket", {"ticket_id": declining, "reason": "（合成）重复"})
    system.handle("reply_ticket", system.assigned(SECOND_UNIT), unit=SECOND_UNIT, text="（合成）答复")
    # When another service reads the whole log in small pages
    events = system.log(limit=13)
    # Then positions are 1, 2, 3 …, every ticket's chain holds, and the last events make today's states
    assert [event["position"] for event in events] == list(range(1, len(events) + 1))
    heads, states = {}, {}
    for event in events:
        name, stream = event["type"].rpartition(".")[2], event["subject"]
        body = {key: value for key, value in event.items() if key not in ("position", "eventhash")}
        heads[stream] = event_hash(heads.get(stream, GENESIS), encode(body))
        assert event["eventhash"] == heads[stream].hex()
        states[stream] = STATE_AFTER.get(name, states.get(stream))
    counted = Counter(states.values())
    assert counted == system.replay()["counts"]
    assert {"submitted", "accepted", "replied", "closed", "declined"} <= set(counted)
    for stream in list(states)[-40:]:
        ticket_id = stream.removeprefix("ticket/")
        assert system.call("get_ticket", {"ticket_id": ticket_id})["state"] == states[stream]


def test_a_department_queue_shows_what_waits_longest_first_and_who_holds_it(system):
    unit = "academic-affairs"
    waiting = [system.assigned(unit) for _ in range(3)]
    system.handle("claim_ticket", waiting[1], unit=unit)
    handler = {"role": "handler", "institution": SCHOOL, "unit": unit, "subject": f"{unit}-handler"}
    queue = system.call("list_department_queue", {"unit": unit}, **handler)["items"]
    assert [row["ticket_id"] for row in queue] == waiting
    assert [row["lease"] and row["lease"]["mine"] for row in queue] == [None, True, None]
    assert system.refused("list_department_queue", {"unit": UNIT}, **handler).code == "not_found"


def test_after_all_of_it_the_log_is_whole_and_makes_the_same_tables(system):
    system.await_sealed()
    report, diff = system.verify(), system.diff()
    assert (report["ok"], report["faults"]) == (True, [])
    assert diff["ok"]
    assert diff["position"] == report["head"] == system.call("get_log_head")["position"]
    assert system.call("get_log_head")["root"] == report["root"]
