"""nameko's messages: bodies, headers and errors, as bytes and as ours (docs/interface.md, "RPC")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from nameko.exceptions import MethodNotFound, get_module_path

from kernel import refusals
from kernel.refusals import InternalError, InvalidInput, MalformedMessage, Refusal, TooLarge
from kernel.runtime.calls import REQUEST_LIMIT

if TYPE_CHECKING:
    from collections.abc import Mapping

CONTEXT_KEYS = ("auth_token", "deadline", "traceparent")
_PREFIX = "nameko."
_HEADERS = tuple((name, _PREFIX + name) for name in CONTEXT_KEYS)
_DEADLINE = _PREFIX + "deadline"
_JSON = {"content_type": "application/json", "content_encoding": "utf-8"}
_UTF8 = frozenset({"utf-8", "utf8", "UTF-8", None})


def properties(**more: Any) -> dict[str, Any]:
    """The properties of a JSON message; without a delivery mode it is transient."""
    return {**_JSON, **more}


def context_headers(context: Mapping[str, Any]) -> dict[str, Any]:
    """The message headers that carry a context, nameko's prefix before each key."""
    return {_PREFIX + name: value for name, value in context.items() if value is not None}


def context_of(headers: Mapping[str, Any] | None) -> dict[str, Any]:
    """The context keys that are read, where they are texts; nothing else enters the service.

    But a deadline comes as it is: a caller who set one that is no text is to hear of it, and not be run late.
    """
    if not headers:
        return {}
    context: dict[str, Any] = {
        name: value for name, header in _HEADERS if type(value := headers.get(header)) is str
    }
    if (deadline := headers.get(_DEADLINE)) is not None:
        context["deadline"] = deadline
    return context


def arguments_of(body: bytes, headed: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments in a request body; raises `TooLarge`, `MalformedMessage` or `InvalidInput`.

    `headed` are the message's properties. Nesting is bounded by the decoder (1,024) and numbers by double
    precision, so no body can exhaust the stack or the processor.
    """
    if len(body) > REQUEST_LIMIT:
        raise TooLarge({"limit": REQUEST_LIMIT})
    if headed.get("content_type") != "application/json" or headed.get("content_encoding") not in _UTF8:
        raise MalformedMessage({"reason": "content_type"})
    if "compression" in (headed.get("application_headers") or ()):
        raise MalformedMessage({"reason": "compression"})
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise MalformedMessage({"reason": "not_json"}) from None
    if type(document) is not dict:
        raise MalformedMessage({"reason": "not_an_object"})
    positional, named = document.get("args"), document.get("kwargs")
    if type(positional) is not list or type(named) is not dict:
        raise MalformedMessage({"reason": "args_kwargs"})
    if positional or "self" in named:
        raise InvalidInput.of(**{"args" if positional else "self": "unknown"})
    return named


def answer_body(result: Any) -> bytes:
    """The body of a reply that answers; `TypeError` for what JSON cannot carry."""
    return b'{"result":%b,"error":null}' % orjson.dumps(result)


def error_body(error: Exception) -> bytes:
    """The body of a reply that refuses, in the shape of nameko's `serialize`."""
    value = str(error)
    document = {
        "exc_type": type(error).__name__,
        "exc_path": get_module_path(type(error)),
        "exc_args": [value],
        "value": value,
    }
    return b'{"result":null,"error":%b}' % orjson.dumps(document)


def answer_of(body: bytes) -> Any:
    """The answer in a reply; raises the refusal in it."""
    document = orjson.loads(body)
    error = document["error"]
    if error:
        raise refusal_of(error)
    return document["result"]


def refusal_of(error: Mapping[str, Any]) -> Refusal:
    """The refusal behind a nameko error; anything that is none of ours becomes `InternalError`."""
    kind = error.get("exc_type")
    if kind == MethodNotFound.__name__:
        return refusals.NotFound({"method": error.get("value")})
    try:
        told = orjson.loads(error.get("value") or "")
        return Refusal.registry[told["code"]](told["details"], told["clause"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return InternalError({"remote": kind})
