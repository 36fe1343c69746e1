"""What no caller of ours would send: answered where it names a reply queue, kept, never logged, survived."""

from __future__ import annotations

import logging
import zlib
from typing import TYPE_CHECKING

import amqp
import orjson
import pytest

from kernel.runtime.calls import REQUEST_LIMIT
from tests.kernel.runtime.lab import hosted
from tests.kernel.runtime.raw import raw_caller
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.kernel.runtime.lab import HostedLab
    from tests.kernel.runtime.raw import RawCaller

GOOD = b'{"args": [], "kwargs": {"n": 1}}'
SECRET = "王先生的来信"

MALFORMED = {
    "nothing": b"",
    "not json": SECRET.encode(),
    "cut short": GOOD[:-3],
    "not utf-8": b'{"args": [], "kwargs": {"n": "\xff"}}',
    "half a surrogate": rb'{"args": [], "kwargs": {"n": "\ud800"}}',
    "a list": b"[]",
    "null": b"null",
    "no kwargs": b'{"args": []}',
    "kwargs no object": b'{"args": [], "kwargs": [1]}',
    "args no list": b'{"args": {}, "kwargs": {}}',
    "nested a hundred thousand deep": b'{"args": [], "kwargs": {"n": ' + b"[" * 10**5 + b"]" * 10**5 + b"}}",
    "an integer of half a million digits": b'{"args": [], "kwargs": {"n": ' + b"7" * 500_000 + b"}}",
    "not a number": b'{"args": [], "kwargs": {"n": NaN}}',
}
WRONG_PROPERTIES = {
    "pickle": {"content_type": "application/x-python-serialize", "content_encoding": "binary"},
    "no content type": {"content_type": None},
    "another alphabet": {"content_encoding": "punycode"},
    "compressed": {"application_headers": {"compression": "application/x-gzip"}},
}


@pytest.fixture
def lab(amqp_uri) -> Iterator[HostedLab]:
    with hosted(amqp_uri) as hosted_lab:
        yield hosted_lab


@pytest.fixture
def caller(lab, amqp_uri) -> Iterator[RawCaller]:
    with raw_caller(amqp_uri) as raw:
        yield raw
        # Whatever the test did, the host still answers
        reply = raw.reply(raw.send("lab.echo", GOOD))
        assert reply == {"result": {"arguments": {"n": 1}, "context": {}}, "error": None}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_a_body_that_is_no_request_is_refused_and_kept(lab, caller, caplog, body):
    with caplog.at_level(logging.DEBUG):
        assert caller.code("lab.echo", body) == "malformed_message"
    assert lab.letters.kept == [("rpc-lab", "malformed_message", body, 1)]
    assert lab.application.batches == []
    assert SECRET not in caplog.text


@pytest.mark.parametrize("properties", WRONG_PROPERTIES.values(), ids=WRONG_PROPERTIES)
def test_a_body_in_another_dress_is_refused_and_kept(lab, caller, properties):
    body = zlib.compress(GOOD) if "application_headers" in properties else GOOD
    assert caller.code("lab.echo", body, **properties) == "malformed_message"
    assert lab.letters.kept == [("rpc-lab", "malformed_message", body, 1)]


def test_a_request_over_the_limit_is_refused_and_kept_and_one_at_the_limit_is_not(lab, caller):
    largest = b'{"args": [], "kwargs": {"n": "%b"}}'
    fitting = largest % (b"x" * (REQUEST_LIMIT - len(largest) + 2))
    assert len(fitting) == REQUEST_LIMIT
    assert caller.reply(caller.send("lab.echo", fitting))["error"] is None
    for body in (fitting + b" ", largest % (b"x" * 10_000_000)):
        assert caller.code("lab.echo", body) == "too_large"
        assert lab.letters.kept.pop() == ("rpc-lab", "too_large", body, 1)


@pytest.mark.parametrize("body", [SECRET.encode(), b"x" * (REQUEST_LIMIT + 1)], ids=["malformed", "too large"])
def test_a_bad_message_without_a_reply_queue_is_kept_too(lab, caller, caplog, body):
    with caplog.at_level(logging.DEBUG):
        caller.send("lab.echo", body, reply_to=None)
        until(lambda: lab.letters.kept)
    assert lab.letters.kept[0][2] == body
    assert SECRET not in caplog.text


def test_a_good_message_without_a_reply_queue_is_run_and_acknowledged(lab, caller):
    caller.send("lab.echo", GOOD, reply_to=None)
    until(lambda: lab.application.batches)
    until(lambda: not lab.host._tags._open)
    assert lab.letters.kept == []


def test_arguments_by_position_are_invalid_input_and_no_dead_letter(lab, caller):
    assert caller.code("lab.echo", b'{"args": [1], "kwargs": {}}') == "invalid_input"
    assert caller.code("lab.echo", b'{"args": [], "kwargs": {"self": 1}}') == "invalid_input"
    assert lab.letters.kept == []


def test_numbers_beyond_sixty_four_bits_arrive_as_the_nearest_double(lab, caller):
    reply = caller.reply(caller.send("lab.echo", b'{"args": [], "kwargs": {"n": %b}}' % (b"9" * 300)))
    assert reply["result"]["arguments"] == {"n": 1e300}


@pytest.mark.parametrize(
    "headers",
    [
        {"nameko.auth_token": 7, "nameko.traceparent": ["x"], "else": "x"},
        {"nameko.call_id_stack": ["a.b.1", "c.d.2"]},
        {"x" * 120: "y" * 100_000},
    ],
)
def test_headers_of_any_kind_are_no_obstacle(lab, caller, headers):
    reply = caller.reply(caller.send("lab.echo", GOOD, application_headers=headers))
    assert reply["result"] == {"arguments": {"n": 1}, "context": {}}


class _Unreadable(amqp.Message):
    """A message whose property list py-amqp itself cannot read."""

    def __init__(self, properties: bytes) -> None:
        super().__init__(GOOD)
        self._properties = properties

    def _serialize_properties(self) -> bytes:
        return self._properties


TABLES = {
    "a correlation id that is not utf-8": b"\x04\x00\x02\xff\xfe",
    "a time in the year 300 billion": b"\x20\x00" + b"\x00\x00\x00\x0b\x01tT" + b"\x7f" + b"\xff" * 7,
}


def _nested_table(depth: int) -> bytes:
    table = b""
    for _ in range(depth):
        inner = len(table).to_bytes(4, "big") + table
        table = b"\x01t" + b"F" + inner
    return b"\x20\x00" + len(table).to_bytes(4, "big") + table


TABLES["tables a thousand deep"] = _nested_table(1500)


@pytest.mark.parametrize("properties", TABLES.values(), ids=TABLES)
def test_a_message_whose_properties_cannot_be_read_is_kept_and_the_host_lives(lab, caller, properties):
    caller.channel.basic_publish(_Unreadable(properties), "nameko-rpc", "lab.echo")
    until(lambda: lab.letters.kept)
    assert lab.letters.kept == [("rpc-lab", "malformed_message", GOOD, 1)]


def test_a_reply_has_exactly_the_shape_of_namekos(lab, caller):
    error = caller.reply(caller.send("lab.refuse", GOOD))["error"]
    assert (error["exc_type"], error["exc_path"]) == ("StaleVersion", "kernel.refusals.StaleVersion")
    assert error["exc_args"] == [error["value"]]
    told = orjson.loads(error["value"])
    assert (told["code"], told["clause"], told["details"]) == ("stale_version", "DT-15", {"version": 7})
    assert told["message"] == "内容已被他人更新，请刷新后再试。"
    unknown = caller.reply(caller.send("lab.no_such", GOOD))
    assert unknown == {
        "result": None,
        "error": {
            "exc_type": "MethodNotFound",
            "exc_path": "nameko.exceptions.MethodNotFound",
            "exc_args": ["no_such"],
            "value": "no_such",
        },
    }
