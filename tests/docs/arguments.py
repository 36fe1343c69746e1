"""Arguments and roles as the pages of the methods write them, and as the code has them."""

from __future__ import annotations

import re

from kernel.identity.access import ANYBODY, OPEN
from kernel.identity.actor import Role
from tests.docs.pages import ticked

_ARGUMENT = re.compile(r"([a-z_]+)(\?)?(?:=(.+))?")


def written(cell: str) -> dict[str, tuple[bool, str | None]]:
    """Arguments of a cell: name → (required, default as written)."""
    matches = [match for word in ticked(cell) if (match := _ARGUMENT.fullmatch(word))]
    return {match[1]: (not match[2], match[3]) for match in matches}


def of_schema(schema) -> dict[str, tuple[bool, str | None]]:
    return {name: (field.required, _default(field)) for name, field in schema.fields.items()}


def _default(field) -> str | None:
    if field.required or field.load_default is None:
        return None
    if field.load_default is list:
        return "[]"
    return str(field.load_default).lower() if isinstance(field.load_default, bool) else str(field.load_default)


def roles(cell: str) -> frozenset[Role]:
    if cell == "no token":
        return OPEN
    named = {Role(word) for word in ticked(cell)}
    return ANYBODY - named if cell.startswith("everybody") else frozenset(named)
