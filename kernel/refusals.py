"""Refusals: named facts that tell a caller why nothing was done.

A refusal has a stable code (the snake case of its class name), one Chinese sentence in
`messages.zh.yaml`, the clause it rests on where there is one, and details. It changes nothing and is never
stored (docs/interface.md, "RPC").
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Any, ClassVar

import orjson
import yaml

_NAME_SHOWN = 60
_WORD = re.compile(r"(?<!^)(?=[A-Z])")


@cache
def messages() -> dict[str, dict[str, str]]:
    """Every Chinese sentence by group (`refusals`, `fields`, …) and code."""
    text = (files("kernel") / "messages.zh.yaml").read_text(encoding="utf-8")
    catalogue: dict[str, dict[str, str]] = yaml.safe_load(text)
    return catalogue


def sentence(group: str, code: str, **values: object) -> str:
    """The Chinese sentence of a code, its `{names}` filled in; `KeyError` for a code without one."""
    return messages()[group][code].format(**values)


def readable(name: object) -> str:
    """A name that a caller made up, short and as text that can be sent back."""
    return str(name)[:_NAME_SHOWN].encode(errors="replace").decode()


class Refusal(Exception):
    """Nothing was done, and this says why."""

    code: ClassVar[str] = "refusal"
    registry: ClassVar[dict[str, type[Refusal]]] = {}

    def __init__(self, details: dict[str, Any] | None = None, clause: str | None = None) -> None:
        """Take what the caller may know; never free text or identities."""
        self.details = details or {}
        self.clause = clause
        super().__init__(self.to_json())

    def __init_subclass__(cls) -> None:
        cls.code = _WORD.sub("_", cls.__name__).lower()
        Refusal.registry[cls.code] = cls

    @property
    def message(self) -> str:
        """The Chinese sentence."""
        return sentence("refusals", self.code)

    def to_dict(self) -> dict[str, Any]:
        """`{"code","message","clause","details"}`."""
        return {"code": self.code, "message": self.message, "clause": self.clause, "details": self.details}

    def to_json(self) -> str:
        """The string that a `RemoteError.value` holds."""
        return orjson.dumps(self.to_dict()).decode()


class NotAuthenticated(Refusal):
    """No token, a token that is not ours, or one whose time is over."""


class NotAllowed(Refusal):
    """Inside one's scope, but the access table does not name the role for this method."""


class NotFound(Refusal):
    """There is no such thing inside the caller's scope; what lies outside looks the same."""


class InvalidInput(Refusal):
    """The arguments do not fit the schema; `details.fields` has a Chinese sentence per field."""

    @classmethod
    def of(cls, **fields: str) -> InvalidInput:
        """One refusal naming fields by message code, e.g. `of(channel="unknown_channel")`."""
        return cls({"fields": {name: sentence("fields", code) for name, code in fields.items()}})


class TooLarge(Refusal):
    """The request is over the limit in bytes."""


class MalformedMessage(Refusal):
    """The message body is not the JSON object that the wire asks for."""


class WrongState(Refusal):
    """The lifecycle has no such step from this state; `details.state`, `details.allowed`."""


class StaleVersion(Refusal):
    """Somebody else was faster; `details.version` is the current one."""


class CommandReused(Refusal):
    """The command id belongs to another command (other arguments, subject or method)."""


class LeaseHeld(Refusal):
    """Somebody holds a valid lease on it, and the caller gave no token of it."""


class LeaseLost(Refusal):
    """The lease token is old (it ended, was released, a newer one was given out), or the lease is another's."""


class NotEligible(Refusal):
    """The rule does not let this person be chosen on that day; `details.unknown`: something is not recorded."""


class NotOffered(Refusal):
    """The rules of the institution do not have what is asked for."""


class Erased(Refusal):
    """The texts of what it is about were erased, and their key with them: no text can be added."""


class Damaged(Refusal):
    """An event is gone, or does not read as it was written; `details.position` where it has one."""


class DeadlinePassed(Refusal):
    """The caller no longer waits for this call."""


class Unavailable(Refusal):
    """A part that is needed does not answer now; the same command id may be sent again."""


class InternalError(Refusal):
    """An error of ours; `details.correlation_id` finds it in the service's log."""
