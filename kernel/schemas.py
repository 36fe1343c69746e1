"""Argument schemas: marshmallow with our message codes, one instance per method made once.

Every entrypoint takes `**arguments`, so a schema and not the call's signature refuses what is missing,
unknown or of the wrong type (docs/interface.md, "RPC"). Loading is strict: no number is taken for a text
and no text for a number, because what a caller meant is not ours to guess.
"""

from __future__ import annotations

import re
import unicodedata
import uuid
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from kernel import instants
from kernel.refusals import InvalidInput, messages, readable, sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

# `\Z`, because `$` would also let a line end through.
INSTITUTION_ID = r"[a-z0-9-]{1,40}\Z"
CHANNEL_ID = r"[a-z0-9][a-z0-9_-]{0,39}\Z"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# The day after the last and the midnight before the first must be dates too, in any zone.
_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(9998, 12, 31)
_FIRST_INSTANT = instants.parse("1992-01-01T00:00:00+08:00")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_MESSAGES = {"required": "required", "null": "not_null"}


class ArgumentSchema(Schema):
    """A method's arguments; `read` answers the clean ones or raises `InvalidInput`."""

    error_messages = {"unknown": "unknown", "type": "not_an_object"}  # noqa: RUF012 - marshmallow's own

    class Meta:
        """Unknown arguments are refused."""

        unknown = RAISE

    def read(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The clean arguments; `InvalidInput` with a Chinese sentence per field."""
        clean = self.straight(arguments)
        if clean is None:
            try:
                clean = self.load(arguments)
            except ValidationError as fault:
                raise InvalidInput({"fields": _sentences(fault.messages_dict)}) from None
        # An optional argument that is null is one that was left out.
        for name, default in self._defaults.items():
            if clean[name] is None:
                clean[name] = default() if callable(default) else default
        return clean

    def straight(self, given: Any) -> dict[str, Any] | None:
        """What `load` answers, at a third of its cost; `None` where it may have something to say against it.

        Goes by what is given and not by all that might be: a row of a roster has a dozen of thirty fields.
        """
        if not isinstance(given, dict) or self._by_rules or not self._required <= given.keys():
            return None
        clean = dict(self._left_out)
        try:
            for name, value in given.items():
                clean[name] = self.load_fields[name].deserialize(value, name, given)
        except (KeyError, ValidationError):
            return None
        for name, make in self._made:
            if name not in given:
                clean[name] = make()
        return clean

    @cached_property
    def _by_rules(self) -> bool:
        return any(self._hooks.values())

    @cached_property
    def _required(self) -> frozenset[str]:
        return frozenset(name for name, field in self.load_fields.items() if field.required)

    @cached_property
    def _left_out(self) -> dict[str, Any]:
        return {name: field.load_default for name, field in self.load_fields.items()}

    @cached_property
    def _made(self) -> list[tuple[str, Callable[[], Any]]]:
        return [(name, default) for name, default in self._left_out.items() if callable(default)]

    @cached_property
    def _defaults(self) -> dict[str, Any]:
        return {
            name: field.load_default
            for name, field in self.load_fields.items()
            if field.allow_none and field.load_default is not None
        }


class _Part(fields.Nested):
    """An object inside of arguments."""

    def _load(self, value: Any, partial: Any = None) -> Any:
        schema = self.schema
        clean = schema.straight(value) if isinstance(schema, ArgumentSchema) else None
        return super()._load(value, partial) if clean is None else clean


def _sentences(faults: Mapping[Any, Any]) -> dict[str, Any]:
    return {readable(name): _sentence(fault) for name, fault in faults.items()}


def _sentence(fault: Any) -> str:
    while isinstance(fault, dict):
        fault = next(iter(fault.values()))
    code = fault[0] if isinstance(fault, list) else str(fault)
    return sentence("fields", code) if code in messages()["fields"] else sentence("fields", "not_a_choice")


class _Text(fields.String):
    """Text in NFC; a lone surrogate or a NUL cannot be stored or hashed and is refused."""

    def __init__(self, limit: int, *, blank: bool, **options: Any) -> None:
        super().__init__(**options)
        self._limit = limit
        self._blank = blank

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError("not_a_string")
        text = value if value.isascii() else unicodedata.normalize("NFC", value)
        if _UNSTORABLE.search(text):
            raise ValidationError("not_a_string")
        if not self._blank and not text.strip():
            raise ValidationError("empty")
        if len(text) > self._limit:
            raise ValidationError("too_long")
        return text

    def _validate(self, value: Any) -> None:
        # marshmallow would make a rule of no rules, and ask it, for every text.
        if self.validators:
            super()._validate(value)


class _Uuid(fields.Field[str]):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError("not_a_uuid")
        try:
            return str(uuid.UUID(value))
        except ValueError:
            raise ValidationError("not_a_uuid") from None


class _Instant(fields.Field[int]):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if not isinstance(value, str):
            raise ValidationError("not_an_instant")
        try:
            instant = instants.parse(value)
        except ValueError:
            raise ValidationError("not_an_instant") from None
        if instant < _FIRST_INSTANT:
            raise ValidationError("out_of_range")
        return instant


class _Day(fields.Field[date]):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        # Python also reads `20260305` and `2026-W10-4`.
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            raise ValidationError("not_a_date")
        try:
            day = date.fromisoformat(value)
        except ValueError:
            raise ValidationError("not_a_date") from None
        if not _FIRST_DAY <= day <= _LAST_DAY:
            raise ValidationError("out_of_range")
        return day


class _Boolean(fields.Field[bool]):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        # Not `in (True, False)`, where 0 and 1.0 are too.
        if not isinstance(value, bool):
            raise ValidationError("not_a_choice")
        return value


class _Integer(fields.Field[int]):
    def __init__(self, low: int, high: int, **options: Any) -> None:
        super().__init__(**options)
        self._low, self._high = low, high

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValidationError("not_an_integer")
        if not self._low <= value <= self._high:
            raise ValidationError("out_of_range")
        return value


def _options(*, optional: bool, default: Any = None) -> dict[str, Any]:
    if optional:
        return {"load_default": default, "allow_none": True, "error_messages": _MESSAGES}
    return {"required": True, "error_messages": _MESSAGES}


def text(limit: int, *, optional: bool = False, blank: bool = False) -> fields.Field[str]:
    """Text of at most `limit` characters; blank only where said."""
    return _Text(limit, blank=blank, **_options(optional=optional))


def identifier(pattern: str = INSTITUTION_ID, *, optional: bool = False) -> fields.Field[str]:
    """An id of an institution, unit, channel or category."""
    rule = validate.Regexp(pattern, error="not_an_id")
    return _Text(40, blank=True, validate=rule, **_options(optional=optional))


def identifiers(pattern: str = INSTITUTION_ID, *, limit: int = 50) -> fields.Field[list[str]]:
    """A list of ids; empty by default."""
    return listed(identifier(pattern), limit=limit, optional=True, default=list)


def listed(
    item: fields.Field[Any], *, limit: int, optional: bool = False, default: Any = None
) -> fields.Field[list[Any]]:
    """A list of at most `limit` items."""
    options = _options(optional=optional, default=default)
    options["error_messages"] = _MESSAGES | {"invalid": "not_a_list"}
    return fields.List(item, validate=validate.Length(max=limit, error="too_long"), **options)


def part(schema: type[ArgumentSchema]) -> fields.Field[dict[str, Any]]:
    """An object with a schema of its own."""
    return _Part(schema)


def uuid_text(*, optional: bool = False) -> fields.Field[str]:
    """A UUID, answered in lower case with hyphens."""
    return _Uuid(**_options(optional=optional))


def instant(*, optional: bool = False) -> fields.Field[int]:
    """An RFC 3339 time with offset, answered in UTC microseconds; not before 1992 (Asia/Shanghai)."""
    return _Instant(**_options(optional=optional))


def day(*, optional: bool = True) -> fields.Field[date]:
    """A date `YYYY-MM-DD`."""
    return _Day(**_options(optional=optional))


def integer(low: int, high: int, *, optional: bool = False, default: int | None = None) -> fields.Field[int]:
    """A whole number in a range, both ends included."""
    return _Integer(low, high, **_options(optional=optional, default=default))


def boolean(*, default: bool | None = False, optional: bool = True) -> fields.Field[bool]:
    """True or false, and nothing that merely looks like it."""
    return _Boolean(**_options(optional=optional, default=default))


def choice(values: Sequence[str], *, optional: bool = False, default: str | None = None) -> fields.Field[str]:
    """One of the given words."""
    optional = optional or default is not None
    rule = validate.OneOf(values, error="not_a_choice")
    return _Text(40, blank=True, validate=rule, **_options(optional=optional, default=default))


class OfInstitution(ArgumentSchema):
    """What is asked about one institution."""

    institution = identifier()


class Paged(ArgumentSchema):
    """A list, page by page."""

    limit = integer(1, 200, optional=True, default=50)
    cursor = text(2000, optional=True)


class ReadLog(ArgumentSchema):
    """Where to read the log from, and how much."""

    after = integer(0, 2**62, optional=True, default=0)
    limit = integer(1, 1000, optional=True, default=500)


class Nothing(ArgumentSchema):
    """A method without arguments."""
