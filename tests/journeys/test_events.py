"""What other people's programs hear on `feedback.events`: every attribute, and no word in clear."""

from __future__ import annotations

import json
import uuid

import pytest

from kernel.runtime.distributed.client import RpcClient
from tests.journeys.listening import listening
from tests.support.school import CHANNEL, MACHINE, SCHOOL, UNIT

ALWAYS = {
    "specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema", "data",
    "institution", "position", "streamversion", "recordedtime", "actor", "commandid", "eventhash",
}  # fmt: skip
SOMETIMES = {"causationid", "correlationid", "traceparent", "policy"}
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
# Words that stand nowhere else, so that finding one means that it came through.
TEXTS = {
    "title": "合成题目甲",
    "body": "合成正文乙",
    "name": "合成姓名丙",
    "contact": "合成电话丁",
    "reason": "合成理由戊",
    "reply": "合成答复己",
    "note": "合成附言庚",
}


@pytest.fixture
def ears(distributed):
    with listening(distributed.settings.amqp_uri) as listener:
        yield listener


def of_ticket(messages, ticket_id):
    found = [message for message in messages if f"ticket/{ticket_id}".encode() in _bytes(message)]
    return found, [json.loads(message.body) for message in found]


def _bytes(message) -> bytes:
    return message.body if isinstance(message.body, bytes) else message.body.encode()


def told_everything(distributed) -> str:
    """A ticket with a text in every place that takes one."""
    person = {"person_id": "p-1", "name": TEXTS["name"], "contact": TEXTS["contact"]}
    told = {name: TEXTS[name] for name in ("title", "body")} | {"submitter": person}
    given = {"institution": SCHOOL, "channel": CHANNEL, "confidentiality": "withheld"}
    ticket = {"ticket_id": distributed.call("submit_suggestion", {**given, **told})["ticket_id"]}
    distributed.call("assign_ticket", {**ticket, "lead": UNIT, "note": TEXTS["note"]})
    distributed.handle("return_ticket", **ticket, reason=TEXTS["reason"])
    distributed.call("assign_ticket", {**ticket, "lead": UNIT})
    distributed.handle("reply_ticket", **ticket, text=TEXTS["reply"])
    distributed.call("close_ticket", {**ticket, "note": TEXTS["note"]})
    return ticket["ticket_id"]


def test_a_plain_listener_hears_every_event_once_with_every_attribute(distributed, ears):
    ticket_id = told_everything(distributed)
    ears.wait(lambda heard: len(of_ticket(heard, ticket_id)[0]) >= 7)
    messages, events = of_ticket(ears.heard, ticket_id)
    assert [message.delivery_info["routing_key"] for message in messages] == [
        "ticket_submitted", "ticket_accepted", "ticket_assigned", "ticket_returned", "ticket_assigned",
        "ticket_replied", "ticket_closed",
    ]  # fmt: skip
    for message, event in zip(messages, events, strict=True):
        name = message.delivery_info["routing_key"]
        assert set(event) >= ALWAYS
        assert set(event) <= ALWAYS | SOMETIMES
        assert event["specversion"] == "1.0"
        assert event["source"] == "/zhitongche/feedback"
        assert event["type"] == f"zhitongche.feedback.{name}"
        assert event["subject"] == f"ticket/{ticket_id}"
        assert event["dataschema"].startswith(f"urn:zhitongche:feedback:{name}:")
        assert event["data"].items() >= {"ticket_id": ticket_id, "round": 1, "institution": SCHOOL}.items()
        assert event["data"]["channel"] == CHANNEL
        assert event["actor"] in ("sealed", "operator:journey", f"handler:{UNIT}-handler")
        assert all(value is not None for value in event.values())
        assert (message.content_type, message.content_encoding) == ("application/json", "utf-8")
        assert message.properties["delivery_mode"] == 2
        assert message.properties["message_id"] == event["id"]
        assert not message.headers
    assert {(event["data"]["lead"], *event["data"]["assisting"]) for event in events[2:3]} == {(UNIT,)}
    assert [event["streamversion"] for event in events] == list(range(1, 8))


def test_what_is_heard_is_exactly_what_read_log_answers(distributed, ears):
    ticket_id = told_everything(distributed)
    ears.wait(lambda heard: len(of_ticket(heard, ticket_id)[0]) >= 7)
    _, events = of_ticket(ears.heard, ticket_id)
    first = events[0]["position"]
    logged = {event["position"]: event for event in distributed.log(first - 1)}
    assert [logged[event["position"]] for event in events] == events


def test_no_word_of_anybody_stands_in_an_event_in_clear(distributed, ears):
    ticket_id = told_everything(distributed)
    ears.wait(lambda heard: len(of_ticket(heard, ticket_id)[0]) >= 7)
    messages, events = of_ticket(ears.heard, ticket_id)
    everything = json.dumps(events, ensure_ascii=False) + repr([message.headers for message in messages])
    assert [word for word in TEXTS.values() if word in everything] == []
    assert "p-1" not in everything
    sealed = events[0]["data"]["body"]["$sealed"]
    assert sealed.count(":") == 1
    assert distributed.token()[:40] not in everything


def test_a_withheld_submitters_own_hand_is_sealed_in_the_event(distributed, ears):
    own = distributed.submit(confidentiality="withheld")["ticket_id"]
    named = distributed.submit()["ticket_id"]
    ears.wait(lambda heard: of_ticket(heard, own)[0] and of_ticket(heard, named)[0])
    assert [event["actor"] for event in of_ticket(ears.heard, own)[1]] == ["sealed"]
    assert [event["actor"] for event in of_ticket(ears.heard, named)[1]] == ["submitter:scholar-1"]


def test_a_trace_is_carried_into_the_event_and_nothing_else_of_the_context(distributed, ears):
    context = {"auth_token": distributed.token(), "traceparent": TRACE, "diary": "合成私语辛"}
    arguments = {"institution": SCHOOL, "channel": CHANNEL, "title": "（合成）", "body": "（合成）"}
    with RpcClient(distributed.settings.amqp_uri) as client:
        answer = client.call(
            "feedback.submit_suggestion", arguments | {"command_id": str(uuid.uuid4())}, context=context
        )
    ticket_id = answer["ticket_id"]
    ears.wait(lambda heard: of_ticket(heard, ticket_id)[0])
    ((message,), (event,)) = of_ticket(ears.heard, ticket_id)
    assert event["traceparent"] == TRACE
    assert "合成私语辛" not in json.dumps(event, ensure_ascii=False) + repr(message.headers)


def test_positions_heard_have_no_gap(distributed, ears):
    ticket_ids = [distributed.assigned(MACHINE if turn == 2 else UNIT) for turn in range(4)]
    distributed.call("withdraw_ticket", {"ticket_id": ticket_ids[2]})
    ears.wait(lambda heard: all(of_ticket(heard, each)[0][2:] for each in ticket_ids))
    positions = [json.loads(message.body)["position"] for message in ears.heard]
    assert positions == list(range(positions[0], positions[0] + len(positions)))
