"""A call that no wire carries: the same limit on its size, the same answers and refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernel.refusals import NotFound, Refusal, TooLarge
from kernel.runtime.calls import REQUEST_LIMIT, request_body

if TYPE_CHECKING:
    from kernel.runtime.calls import Application, Call


def answer(application: Application, call: Call) -> Any:
    """The answer of a call; raises a `Refusal`."""
    if len(request_body(call.arguments)) > REQUEST_LIMIT:
        raise TooLarge({"limit": REQUEST_LIMIT})
    if call.method in application.queries:
        return application.run_query(call)
    if call.method not in application.commands:
        raise NotFound({"method": call.method})
    (outcome,) = application.run_batch([call])
    if isinstance(outcome, Refusal):
        raise outcome
    return outcome
