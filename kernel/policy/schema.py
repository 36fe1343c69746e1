"""The shape of `policies/<id>/pack.yaml`; its error messages are codes, whose sentences `faults` knows."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Final

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from kernel.policy.pack import UNIT_KINDS
from kernel.worktime import HoursFault, OfficeHours
from kernel.worktime.calendar import FIRST_DAY, LAST_DAY

MAPPINGS: Final = frozenset({"channels", "units", "clocks"})
"""The parts whose keys are ids."""
_LONGEST_NAME: Final = 100
_LONGEST_REASON: Final = 500
_LONGEST_LIMIT: Final = 366
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


class WorkingDays(fields.Integer):
    """A number of working days, 1–366."""

    default_error_messages = {**_ASKED, "invalid": "not_an_integer"}  # noqa: RUF012 - marshmallow's own

    def __init__(self, **options: Any) -> None:
        span = validate.Range(min=1, max=_LONGEST_LIMIT, error="out_of_range")
        super().__init__(strict=True, validate=span, **options)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.make_error("invalid")
        return super()._deserialize(value, *args, **kwargs)


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
    """A value that names its clause, or is local with a reason."""

    clause = Id(r"[A-Z]{2}-(?:\d+|[一二三四五六七八九十]+)(?:\.\d+)*", error="not_a_clause")
    local = Flag()
    reason = Text(longest=_LONGEST_REASON)

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


class HoursSchema(Cited):
    """Office hours."""

    spans = Spans(required=True)


class ClosedDaySchema(Strict):
    """A day on which the institution is closed: always local, for no source document closes a day."""

    date = Day(required=True)
    local = Flag(required=True, validate=validate.OneOf([True], error="uncited"))
    reason = Text(longest=_LONGEST_REASON, required=True)


class ChannelSchema(Cited):
    """A channel under its id."""

    name = Text(required=True)


class UnitSchema(Cited):
    """A unit under its id."""

    name = Text(required=True)
    kind = fields.String(
        required=True,
        validate=validate.OneOf(UNIT_KINDS, error="not_a_choice"),
        error_messages={**_ASKED, "invalid": "not_a_string"},
    )
    machine_queue = Flag(load_default=False)


class ClockSchema(Cited):
    """A clock under its id."""

    working_days = WorkingDays(required=True)


def by_id(shape: str, schema: type[Schema]) -> fields.Dict:
    """A mapping from ids of that shape to values, at least one."""
    return fields.Dict(
        keys=Id(shape),
        values=fields.Nested(schema, error_messages={**_ASKED, "type": "not_an_object"}),
        required=True,
        validate=validate.Length(min=1, error="empty"),
        error_messages={**_ASKED, "invalid": "not_an_object"},
    )


class PackSchema(Strict):
    """A whole pack."""

    id = Id(r"[a-z0-9-]{1,40}", required=True)
    name = Text(required=True)
    document = Id(r"[A-Z]{2}", error="not_a_clause", required=True)
    hours = fields.Nested(HoursSchema, required=True, error_messages={**_ASKED, "type": "not_an_object"})
    closed_days = fields.List(
        fields.Nested(ClosedDaySchema, error_messages={**_ASKED, "type": "not_an_object"}),
        required=True,
        error_messages={**_ASKED, "invalid": "not_a_list"},
    )
    channels = by_id(r"[a-z0-9][a-z0-9_-]{0,39}", ChannelSchema)
    units = by_id(r"[a-z0-9-]{1,40}", UnitSchema)
    clocks = by_id(r"[a-z][a-z_]{0,39}", ClockSchema)
