"""Whatever a caller sends, the answer is an answer or a refusal of ours, never an error of ours."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.identity.actor import Actor, Role
from kernel.refusals import Refusal
from tests.services.feedback.line import EVERY_OPERATOR, HANDLER, LEAD, OPERATOR, SCHOOL, SUBMITTER
from tests.services.feedback.whole_words import COMMANDS, KINDS, UNKNOWN, caller, right
from tests.support.at_work import new_id

_KNOWN = [
    *("datong", "office_mailbox", LEAD, UNKNOWN, "named", "anonymous", "submitted", "-submitted_at", "month"),
    *("2026-03-05", "2026-03-05T09:00:00+08:00", "9998-12-31", "1900-01-01", "A" * 21, "\ud800", "\x00"),
]
_TEXTS = st.text(max_size=40) | st.sampled_from(_KNOWN)
_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | _TEXTS
_JSON = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXTS, inner, max_size=4),
    max_leaves=8,
)
_ACTORS = st.sampled_from(
    [OPERATOR, EVERY_OPERATOR, HANDLER, SUBMITTER, Actor("d-1", Role.ADMIN, SCHOOL), None]
)
_QUICK = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    from services.feedback.queries import ticket

    monkeypatch.setattr(ticket, "_WRONG_RECEIPT_SECONDS", 0)


@pytest.mark.parametrize("method", KINDS)
def test_no_arguments_make_an_error_of_ours(line, method):
    names = st.sampled_from([*KINDS[method], "surprise"])

    @_QUICK
    @given(changed=st.dictionaries(names, _JSON, max_size=3), actor=_ACTORS, valid=st.booleans())
    def check(changed, actor, valid):
        arguments = (right(method) if valid else {}) | changed
        if method in COMMANDS and valid:
            arguments.setdefault("command_id", new_id())
        _answered(line, line.call(caller(method) if valid else actor, method, arguments))

    check()


@pytest.mark.parametrize("method", ["submit_suggestion", "get_ticket", "get_health"])
def test_no_context_makes_an_error_of_ours(line, method):
    @_QUICK
    @given(context=st.dictionaries(st.sampled_from(["auth_token", "traceparent", "deadline", "x"]), _JSON))
    def check(context):
        call = line.call(None, method, right(method), **context)
        outcome = _answered(line, call)
        if method != "get_health":
            assert outcome.code == "not_authenticated"

    check()


@pytest.mark.parametrize(
    "traceparent",
    [
        "",
        "x",
        7,
        {"a": 1},
        ["00-"],
        "\ud800",
        "合成人物 13800000000",
        "A" * 10_000,
        "00-" + "0" * 32 + "-" + "G" * 16,
    ],
    ids=ascii,
)
def test_a_trace_that_is_none_stands_in_no_event(line, traceparent):
    call = line.call(OPERATOR, "submit_suggestion", right("submit_suggestion"), traceparent=traceparent)
    (_, _, _, body) = line.events(line.run(call)["ticket_id"])[0]
    assert b"traceparent" not in body


def test_a_trace_stands_in_the_event_and_in_none_of_a_call_without(line):
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    traced = line.run(line.call(OPERATOR, "submit_suggestion", right("submit_suggestion"), traceparent=trace))
    assert f'"traceparent":"{trace}"'.encode() in line.events(traced["ticket_id"])[0][3]
    assert b"traceparent" not in line.events(line.submit()["ticket_id"])[0][3]


def _answered(line, call):
    if call.method in line.application.commands:
        (outcome,) = line.batch([call])
    else:
        try:
            outcome = line.application.run_query(call)
        except Refusal as refusal:
            outcome = refusal
    if isinstance(outcome, Refusal):
        assert outcome.code != "internal_error", call.arguments
        assert outcome.code != "unavailable", call.arguments
        assert outcome.message
    else:
        assert isinstance(outcome, dict)
    return outcome
