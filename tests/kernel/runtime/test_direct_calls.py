"""A call without a wire is held to the wire's limit."""

from __future__ import annotations

import uuid

import pytest

from kernel.refusals import InvalidInput, NotFound, TooLarge
from kernel.runtime.calls import REQUEST_LIMIT, Call, request_body
from kernel.runtime.distributed.client import RpcClient
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


@pytest.mark.parametrize("wired", [True, False], ids=["client", "direct"])
@pytest.mark.parametrize("value", ["\ud800", 1 << 70, -(1 << 64), {1: 2}, {"x"}, [[b"x"]]], ids=repr)
def test_what_no_wire_could_carry_is_refused_alike_with_a_wire_and_without(small, value, wired):
    call = small.call("t-1", amount=value, name="\ud800")
    with pytest.raises(InvalidInput) as refused:
        if wired:
            # Nobody listens there: what cannot be sent is refused before anybody is looked for.
            RpcClient("amqp://127.0.0.1:1", timeout=1).call("small.write_thing", call.arguments)
        else:
            direct.answer(small.application, call)
    sentence = "含有无法传送的内容（如超出 64 位的整数、残缺的字符）。"
    assert refused.value.details == {"fields": {"amount": sentence, "name": sentence}}


def test_a_name_that_no_wire_could_carry_is_told_readably(small):
    with pytest.raises(InvalidInput) as refused:
        direct.answer(small.application, Call("write_thing", {"\ud800" + "n" * 99: 1}))
    assert list(refused.value.details["fields"]) == ["?" + "n" * 59]
    assert "?nnn" in refused.value.to_json()


def test_a_call_is_answered_and_one_of_no_method_is_not_found(small):
    assert direct.answer(small.application, small.call(str(uuid.uuid4())))["version"] == 1
    with pytest.raises(NotFound):
        direct.answer(small.application, Call("no_such_thing", {}))
