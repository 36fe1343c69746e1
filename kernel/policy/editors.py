"""The shape of a pack's files as JSON Schema, by which an editor completes and underlines as one writes."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import Schema, fields, validate

from kernel.policy.schema import PackSchema
from kernel.policy.schema.pieces import Cited, Day, DayOfYear, Flag, Number, Spans
from kernel.policy.titles import TITLES

_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_DAY: Final = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
_SIMPLE: Final[dict[type[fields.Field[Any]], dict[str, Any]]] = {
    Flag: {"type": "boolean"},
    Day: _DAY,
    DayOfYear: {"type": "string", "pattern": r"^\d{2}-\d{2}$"},
    Spans: {"type": "array", "items": {"type": "string", "pattern": r"^\d{2}:\d{2}-\d{2}:\d{2}$"}},
}
# A value names its clause, or is local with a reason; never both.
_BASIS: Final = [
    {"required": ["clause"], "not": {"anyOf": [{"required": ["local"]}, {"required": ["reason"]}]}},
    {"required": ["local", "reason"], "properties": {"local": {"const": True}}},
]


def editor_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of one file of a pack: any of its parts, for a pack may be several files."""
    whole = _of_schema(PackSchema())
    del whole["required"]
    for name, title in TITLES.items():
        whole["properties"][name]["title"] = title
    return {"$schema": _DRAFT, "title": "policy pack", **whole}


def _of_schema(schema: Schema) -> dict[str, Any]:
    told: dict[str, Any] = {
        "type": "object",
        "properties": {name: _of_field(field) for name, field in schema.fields.items()},
        "additionalProperties": False,
    }
    if required := [name for name, field in schema.fields.items() if field.required]:
        told["required"] = required
    if isinstance(schema, Cited):
        told["oneOf"] = _BASIS
    return told


def _of_field(field: fields.Field[Any]) -> dict[str, Any]:
    if isinstance(field, fields.Nested):
        return _of_schema(field.schema)
    if isinstance(field, fields.List):
        return {"type": "array", "items": _of_field(field.inner), **_limits(field, "minItems", "maxItems")}
    if isinstance(field, fields.Dict):
        keys, inner = field.key_field, field.value_field
        return {
            "type": "object",
            "propertyNames": _of_field(keys) if keys else {},
            "additionalProperties": _of_field(inner) if inner else True,
            **_limits(field, "minProperties", "maxProperties"),
        }
    if isinstance(field, Number):
        return {"type": "integer", **_limits(field, "minimum", "maximum")}
    return dict(_SIMPLE.get(type(field)) or {"type": "string", **_limits(field, "minLength", "maxLength")})


def _limits(field: fields.Field[Any], least: str, most: str) -> dict[str, Any]:
    """What the field's validators say, in the words of JSON Schema."""
    told: dict[str, Any] = {}
    for check in field.validators:
        if isinstance(check, validate.Length | validate.Range):
            told |= {key: end for key, end in ((least, check.min), (most, check.max)) if end is not None}
        elif isinstance(check, validate.OneOf):
            told["enum"] = list(check.choices)
        elif isinstance(check, validate.Regexp):
            told["pattern"] = _anchored(str(check.regex.pattern))
    return told


def _anchored(pattern: str) -> str:
    # Python's end of text has another name in the dialect of JSON Schema.
    return f"^{pattern.removesuffix(chr(92) + 'Z')}$" if pattern.endswith(chr(92) + "Z") else pattern
