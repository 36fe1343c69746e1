"""Tables are read from data once; a table that contradicts itself is refused with the name in question."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from kernel.codes.table import CodeTable, Entry, folded

NAMES = ("gender", "ethnicity", "political_status", "education", "title")


class TableFault(ValueError):
    """A table's data contradict themselves: one name for two entries, or a code that no entry has."""


@cache
def table(name: str) -> CodeTable:
    """The table of this name, one of `NAMES`; `KeyError` for another."""
    if name not in NAMES:
        raise KeyError(name)
    # `domain/` imports code tables and must load where no YAML is installed.
    from kernel.worktime import plain_yaml  # noqa: PLC0415

    text = (files("kernel.codes") / "tables" / f"{name}.yaml").read_text(encoding="utf-8")
    return made(name, plain_yaml.read(text).value)


def made(name: str, data: dict[str, Any]) -> CodeTable:
    """The table that these data describe; `TableFault`."""
    unchecked = data["unchecked"]
    entries = tuple(
        Entry(
            code=code,
            label=row["label"],
            full=row.get("full", row["label"]),
            aliases=tuple(row.get("aliases", ())),
            rank=row.get("rank"),
            practice=row.get("practice", False),
            unchecked=not row.get("practice", False) and (unchecked == "all" or code in unchecked),
        )
        for code, row in data["entries"].items()
    )
    return CodeTable(
        name=name,
        standard=data["standard"],
        compared=data["compared"],
        entries=entries,
        meanings=MappingProxyType(_meanings(entries, data.get("shared", {}))),
        uncoded=MappingProxyType({folded(title): rank for title, rank in data.get("uncoded", {}).items()}),
        nothing=frozenset({"", *map(folded, data.get("nothing", ()))}),
        labels=MappingProxyType({entry.code: entry.label for entry in entries}),
    )


def _meanings(entries: tuple[Entry, ...], shared: dict[str, list[str]]) -> dict[str, tuple[str, ...]]:
    meanings: dict[str, tuple[str, ...]] = {}
    named = [
        *((name, (entry.code,)) for entry in entries for name in (entry.code, *entry.names)),
        *((name, tuple(codes)) for name, codes in shared.items()),
    ]
    codes = {entry.code for entry in entries}
    for name, meant in named:
        # Folding makes （ and ( one: a label and its alias may meet in one entry, never in two.
        if meanings.setdefault(folded(name), meant) != meant or not codes.issuperset(meant):
            raise TableFault(name)
    return meanings
