"""A call without a wire is held to the wire's limit."""

from __future__ import annotations

import uuid

import pytest

from kernel.refusals import InvalidInput, NotFound, TooLarge
from kernel.runtime.calls import REQUEST_LIMIT, Call, request_body
from kernel.runtime.embedded import direct
from tests.kernel.small_service import Small


@pytest.fixture
def small(tmp_path):
    service = Small(f"sqlite:///{tmp_path}/{{service}}.db", tmp_path)
    yield service
    service.close()


@pytest.mark.parametrize("letter", ["x", "长"])
def test_a_request_over_the_limit_is_refused_and_one_at_the_limit_is_read(small, letter):
    room = REQUEST_LIMIT - len(request_body(small.call("t-1", padding="").arguments))
    most = letter * (room // len(letter.encode())) + "x" * (room % len(letter.encode()))
    with pytest.raises(InvalidInput):
        direct.answer(small.application, small.call("t-1", padding=most))
    for method in ("write_thing", "read_thing", "no_such_thing"):
        with pytest.raises(TooLarge) as refused:
            direct.answer(small.application, Call(method, small.call("t-1", padding=most + "x").arguments))
        assert refused.value.details == {"limit": REQUEST_LIMIT}
    assert small.rows("SELECT * FROM event") == []


def test_what_no_wire_could_carry_is_for_the_schema_to_refuse(small):
    for padding in ("\ud800", 1 << 70, {1: 2}, {"x"}):
        with pytest.raises(InvalidInput):
            direct.answer(small.application, small.call("t-1", padding=padding))


def test_a_call_is_answered_and_one_of_no_method_is_not_found(small):
    assert direct.answer(small.application, small.call(str(uuid.uuid4())))["version"] == 1
    with pytest.raises(NotFound):
        direct.answer(small.application, Call("no_such_thing", {}))
