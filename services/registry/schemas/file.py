"""Arguments that become part of a person's file (docs/interface.md, "Registry")."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields

from kernel import codes
from kernel.schemas import INSTITUTION_ID, ArgumentSchema, choice, identifier, identifiers, listed, part, text
from services.registry.domain.person import days, entries
from services.registry.domain.person.found_by import one_spelling

LONGEST = 200
_MESSAGES = {"required": "required", "null": "not_null"}


class _Day(fields.Field[str]):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:  # noqa: ARG002
        if not isinstance(value, str) or not days.check(value):
            raise ValidationError("not_a_partial_date")
        return value


class _Own(fields.String):
    def __init__(self, limit: int, **options: Any) -> None:
        super().__init__(**options)
        self._text = text(limit)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:
        return self._text.deserialize(one_spelling(value) if isinstance(value, str) else value, attr, data)


def known_day(*, optional: bool = True) -> fields.Field[str]:
    """A day as precise as it is known: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`."""
    if optional:
        return _Day(load_default=None, allow_none=True, error_messages=_MESSAGES)
    return _Day(required=True, error_messages=_MESSAGES)


def code(table: str, *, optional: bool = True) -> fields.Field[str]:
    """A code of a national table, `kernel.codes`."""
    return choice([found for found, _ in codes.table(table).items()], optional=optional)


def short(*, optional: bool = True, limit: int = LONGEST) -> fields.Field[str]:
    """A short text."""
    return text(limit, optional=optional)


def own(*, optional: bool = True, limit: int) -> fields.Field[str]:
    """A number or a login by which one person is known, however it was typed."""
    if optional:
        return _Own(limit, load_default=None, allow_none=True, error_messages=_MESSAGES)
    return _Own(limit, required=True, error_messages=_MESSAGES)


class _Spanned(ArgumentSchema):
    since = known_day()
    until = known_day()


class UnitPlace(_Spanned):
    unit = identifier()


class Membership(_Spanned):
    party = code("political_status", optional=False)


class Tenure(_Spanned):
    kind = choice(entries.TENURE_KINDS)
    post = short()
    level = choice((*entries.LEVELS, "middle"), optional=True)
    role = choice(entries.TENURE_ROLES, optional=True)
    body = short()
    unit = identifier(optional=True)
    portfolio = identifiers(INSTITUTION_ID)


class Title(_Spanned):
    code = code("title")
    name = short()
    rank = choice(entries.TITLE_RANKS, optional=True)


class Education(_Spanned):
    level = code("education")
    degree = choice(entries.DEGREES, optional=True)


class StudyAbroad(_Spanned):
    """A time of study abroad, without a country."""


class GroupPlace(_Spanned):
    group = identifier()
    role = choice(entries.GROUP_ROLES, default="member")
    post = short()


def _list(schema: type[ArgumentSchema]) -> fields.Field[list[Any]]:
    return listed(part(schema), limit=100, optional=True)


class FileFields(ArgumentSchema):
    """What a registration or an amendment may say; a list that is given replaces the whole list."""

    staff_number = own(limit=40)
    subject = own(limit=100)
    gender = code("gender")
    birth = known_day()
    ethnicity = code("ethnicity")
    phone = short(limit=40)
    email = short(limit=100)
    post_kind = choice(entries.POST_KINDS, optional=True)
    discipline = short()
    joined = known_day()
    left = known_day()
    left_reason = choice(entries.LEFT_REASONS, optional=True)
    retired = known_day()
    units = _list(UnitPlace)
    memberships = _list(Membership)
    tenures = _list(Tenure)
    titles = _list(Title)
    education = _list(Education)
    studies_abroad = _list(StudyAbroad)
    groups = _list(GroupPlace)


_SAID = frozenset({"name", *FileFields().fields})


def said(arguments: dict[str, Any]) -> dict[str, Any]:
    """Of clean arguments, what goes into the file; nulls say nothing."""
    return {
        name: [_plain(one) for one in value] if isinstance(value, list) else value
        for name, value in arguments.items()
        if name in _SAID and value is not None
    }


def _plain(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if value is not None}
