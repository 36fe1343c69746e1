"""What a host hands to a service and gets back, whatever carried it.

A service answers calls through its *application*; its nameko class is the application's face on the wire.
Commands are run in batches that one commit makes durable, queries one by one. The embedded runtime calls
the application directly, the distributed host and a stock nameko container through the class.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import orjson

from kernel.refusals import InvalidInput, readable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kernel.refusals import Refusal

REQUEST_LIMIT = 1 << 20
"""Bytes of a request body; a larger one is refused `too_large`."""

# W3C Trace Context. Whatever else a caller sends under this name would stand in an event in clear, for ever.
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")

LOGIN = "login"
"""`details.part` of an `unavailable` where the broker does not let the caller in: no repetition helps."""


def request_body(arguments: Mapping[str, Any]) -> bytes:
    """The body of a call with these named arguments; `InvalidInput` for what no wire can carry.

    That is a number over 64 bits, half a surrogate pair, anything that is not JSON. It is refused here, before
    any schema, so that a call means the same with a wire and without one.
    """
    try:
        return b'{"args":[],"kwargs":%b}' % orjson.dumps(arguments)
    except orjson.JSONEncodeError:
        faulty = [name for name, value in arguments.items() if not _carried({name: value})]
        raise InvalidInput.of(**{readable(name): "not_json" for name in faulty}) from None


def _carried(arguments: Mapping[str, Any]) -> bool:
    try:
        orjson.dumps(arguments)
    except orjson.JSONEncodeError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Call:
    """One call: method, arguments as they came, and the context keys that are read.

    Context: `auth_token`, `deadline` (RFC 3339), `traceparent`; other keys are ignored.
    """

    method: str
    arguments: Mapping[str, Any]
    context: Mapping[str, Any] = field(default_factory=dict)

    @property
    def traceparent(self) -> str | None:
        """The trace that the call belongs to, where it is one."""
        given = self.context.get("traceparent")
        return given if isinstance(given, str) and _TRACEPARENT.fullmatch(given) else None


@dataclass(frozen=True, slots=True)
class Deferred:
    """What an entrypoint returns under our host for a command: run this in the next batch."""

    call: Call


class Application(Protocol):
    """The working side of a service."""

    name: str
    commands: frozenset[str]
    queries: frozenset[str]

    def run_batch(self, calls: Sequence[Call]) -> list[Any | Refusal]:
        """An answer or a refusal per call, in order; all that was done is committed on return.

        Never raises for the fault of one call. Several calls on one stream may stand in a batch.
        """

    def run_query(self, call: Call) -> Any:
        """The answer; raises a `Refusal`. May be called from several threads at once."""

    def close(self) -> None:
        """Give back connections and threads."""
