"""The pieces of a pack's shape; their error messages are codes, whose sentences the catalogue knows."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from kernel.worktime import HoursFault, OfficeHours
from kernel.worktime.calendar import FIRST_DAY, LAST_DAY

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST_NAME: Final = 100
LONGEST_REASON: Final = 500
LONGEST_QUOTE: Final = 1000
_LONGEST_LIMIT: Final = 366
_LONGEST_LIST: Final = 50
_MOST: Final = 1000
CLAUSE: Final = r"[A-Z]{2}-(?:\d+|[一二三四五六七八九十]+)(?:\.\d+)*"
"""The shape of a clause id: `DT-15.1`, `DT-四.2`."""
VALUE_ID: Final = r"[a-z][a-z0-9_]{0,39}"
UNIT_ID: Final = r"[a-z0-9-]{1,40}"
SOME: Final = validate.Length(min=1, error="empty")
"""At least one."""
_ISO_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_ASKED: Final = {"required": "required", "null": "not_null"}


class Text(fields.String):
    """Text that says something."""

    default_error_messages = {**_ASKED, "invalid": "not_a_string"}  # noqa: RUF012 - marshmallow's own

    def __init__(self, longest: int = _LONGEST_NAME, **options: Any) -> None:
        filled = validate.Regexp(r"\S", error="empty")
        super().__init__(validate=[filled, validate.Length(max=longest, error="too_long")], **options)


class Id(fields.String):
    """An id of the given shape."""

    default_error_messages = {**_ASKED, "invalid": "not_a_string"}  # noqa: RUF012 - marshmallow's own

    def __init__(self, shape: str, error: str = "not_an_id", **options: Any) -> None:
        super().__init__(validate=validate.Regexp(rf"(?:{shape})\Z", error=error), **options)


class Flag(fields.Field[bool]):
    """true or false, and not what marshmallow's Boolean would take for it."""

    default_error_messages = {**_ASKED, "invalid": "not_a_boolean"}  # noqa: RUF012 - marshmallow's own

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class Number(fields.Integer):
    """A whole number of the given span."""

    default_error_messages = {**_ASKED, "invalid": "not_an_integer"}  # noqa: RUF012 - marshmallow's own

    def __init__(self, least: int = 0, most: int = _MOST, **options: Any) -> None:
        span = validate.Range(min=least, max=most, error="out_of_range")
        super().__init__(strict=True, validate=span, **options)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.make_error("invalid")
        return super()._deserialize(value, *args, **kwargs)


class WorkingDays(Number):
    """A number of working days, 1–366."""

    def __init__(self, **options: Any) -> None:
        super().__init__(1, _LONGEST_LIMIT, **options)


class Choice(fields.String):
    """One word of a closed list."""

    default_error_messages = {**_ASKED, "invalid": "not_a_string"}  # noqa: RUF012 - marshmallow's own

    def __init__(self, words: Iterable[str], error: str = "not_a_choice", **options: Any) -> None:
        super().__init__(validate=validate.OneOf(tuple(words), error=error), **options)


class Day(fields.Field[date]):
    """A day written `2026-03-05`, 1992–2100."""

    default_error_messages = {**_ASKED, "invalid": "not_a_date", "far": "not_before_1992"}  # noqa: RUF012

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> date:
        if not isinstance(value, str) or not _ISO_DAY.fullmatch(value):
            raise self.make_error("invalid")
        try:
            day = date.fromisoformat(value)
        except ValueError as error:
            raise self.make_error("invalid") from error
        if not FIRST_DAY <= day <= LAST_DAY:
            raise self.make_error("far")
        return day


class DayOfYear(fields.Field[str]):
    """A day of every year, written `09-01`."""

    default_error_messages = {**_ASKED, "invalid": "not_a_day_of_year"}  # noqa: RUF012 - marshmallow's own

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        try:
            # A leap year, so that 29 February is a day.
            date.fromisoformat(f"2024-{value}")
        except ValueError as error:
            raise self.make_error("invalid") from error
        return str(value)


class Spans(fields.Field[OfficeHours]):
    """Office hours as a list of texts."""

    default_error_messages = {**_ASKED, "invalid": "not_a_list"}  # noqa: RUF012 - marshmallow's own

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> OfficeHours:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        try:
            return OfficeHours.from_texts([str(span) for span in value])
        except HoursFault as fault:
            raise ValidationError(fault.code) from fault


class Strict(Schema):
    """Every key is known."""

    error_messages = {"unknown": "unknown", "type": "not_an_object"}  # noqa: RUF012 - marshmallow's own

    class Meta:
        """Marshmallow's options."""

        unknown = RAISE


class Cited(Strict):
    """A value that names its clause, or is local with a reason.

    `quote`: the words that the value rests on, where they are not simply those of its clause.
    """

    clause = Id(CLAUSE, error="not_a_clause")
    quote = Text(longest=LONGEST_QUOTE)
    local = Flag()
    reason = Text(longest=LONGEST_REASON)

    @validates_schema(pass_original=True)
    def _is_cited(self, data: dict[str, Any], original: dict[str, Any], **_: Any) -> None:
        if "clause" in original:
            if data.get("local"):
                raise ValidationError("cited_twice", "local")
            if "reason" in original:
                raise ValidationError("reason_unneeded", "reason")
        elif data.get("local") is not True:
            raise ValidationError("uncited", "local" if "local" in original else "_schema")
        elif "reason" not in original:
            raise ValidationError("reason_missing", "local")


class Named(Cited):
    """A value with a name."""

    name = Text(required=True)


def nested(schema: type[Schema], **options: Any) -> fields.Nested:
    """A part of that shape."""
    return fields.Nested(schema, error_messages={**_ASKED, "type": "not_an_object"}, **options)


def listed(inner: fields.Field[Any], **options: Any) -> fields.List[Any]:
    """A list of such values."""
    return fields.List(inner, error_messages={**_ASKED, "invalid": "not_a_list"}, **options)


def texts(*, required: bool = False) -> fields.List[Any]:
    """A list of texts, at least one."""
    span = validate.Length(min=1, max=_LONGEST_LIST, error="empty")
    return listed(Text(), required=required, validate=span)


def by_id(shape: str, schema: type[Schema], *, error: str = "not_an_id", required: bool = True) -> fields.Dict:
    """A mapping from ids of that shape to values; at least one where it is required."""
    options: dict[str, Any] = {"required": True} if required else {"load_default": dict}
    return fields.Dict(
        keys=Id(shape, error=error),
        values=nested(schema),
        validate=SOME,
        error_messages={**_ASKED, "invalid": "not_an_object"},
        **options,
    )


def values(schema: type[Schema]) -> fields.Dict:
    """A section of a pack: values of one kind under their ids, left out where the institution has none."""
    return by_id(VALUE_ID, schema, required=False)
