"""One pack file: its pack, or everything that is wrong with it, line by line."""

from __future__ import annotations

import hashlib
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from marshmallow import ValidationError

from kernel.canonical import encode
from kernel.policy.faults import SENTENCES, PackFault
from kernel.policy.pack import Channel, Citation, Clock, Pack, Unit
from kernel.policy.schema import MAPPINGS, PackSchema
from kernel.refusals import messages
from kernel.worktime.plain_yaml import Document, NotYaml, read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_BYTES: Final = 256 * 1024
_VERSION_DIGITS: Final = 12
_ID_LEVEL: Final = 2

Place = tuple[str | int, ...]
"""Where a value stands in the file: keys and indexes from the top."""


def examine(file: Path) -> tuple[Pack | None, list[PackFault]]:
    """The pack of a file and no fault, or None and its faults in the order of their lines."""
    try:
        document = read(_text_of(file))
    except NotYaml as fault:
        return None, [fault_of(file, fault.code, line=fault.line)]
    except PackFault as fault:
        return None, [fault]
    try:
        content = _schema().load(document.value)
        found = list(_contradictions(file.parent.name, content))
    except ValidationError as error:
        found = list(_flat(error.messages, ()))
    if found:
        return None, _located(file, document, found)
    return _pack(content, document.value), []


def fault_of(file: Path, code: str, where: str = "", line: int = 1) -> PackFault:
    """The fault of that code with its sentence."""
    return PackFault(str(file), line, where, code, SENTENCES.get(code) or messages()["fields"][code])


@cache
def _schema() -> PackSchema:
    return PackSchema()


def _text_of(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise fault_of(file, "unreadable") from error
    if len(content) > MAX_BYTES:
        raise fault_of(file, "too_large")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise fault_of(file, "not_utf8", line=content.count(b"\n", 0, error.start) + 1) from error


def _flat(errors: Any, path: Place) -> Iterator[tuple[Place, str]]:
    """Marshmallow's nested errors as paths into the file and codes."""
    if not isinstance(errors, dict):
        yield from ((path, str(code)) for code in errors)
        return
    for key, inner in errors.items():
        # Marshmallow puts `key` and `value` between an id and its errors; they are no part of the file.
        inserted = key == "_schema" or (
            len(path) == _ID_LEVEL and path[0] in MAPPINGS and key in {"key", "value"}
        )
        yield from _flat(inner, path if inserted else (*path, key))


def _located(file: Path, document: Document, found: list[tuple[Place, str]]) -> list[PackFault]:
    faults = []
    for path, code in found:
        near = path
        while near and near not in document.lines:  # what is missing stands nowhere: its parent's line is told
            near = near[:-1]
        where = ".".join(str(step) for step in path)
        faults.append(fault_of(file, code, where, document.lines.get(near, 1)))
    return sorted(faults, key=lambda fault: fault.line)


def _contradictions(folder: str, content: dict[str, Any]) -> Iterator[tuple[Place, str]]:
    """What each part alone cannot know."""
    if content["id"] != folder:
        yield ("id",), "other_folder"
    if "reply" not in content["clocks"]:
        yield ("clocks",), "no_reply_clock"
    for path, value in _cited_values(content):
        if "clause" in value and not value["clause"].startswith(content["document"] + "-"):
            yield (*path, "clause"), "other_document"
    yield from _repeated(
        (("closed_days", n, "date"), day["date"]) for n, day in enumerate(content["closed_days"])
    )
    for part in ("channels", "units"):
        yield from _repeated(((part, key, "name"), value["name"]) for key, value in content[part].items())


def _cited_values(content: dict[str, Any]) -> Iterator[tuple[Place, dict[str, Any]]]:
    yield ("hours",), content["hours"]
    for part in sorted(MAPPINGS):
        for key, value in content[part].items():
            yield (part, key), value


def _repeated(values: Iterator[tuple[Place, object]]) -> Iterator[tuple[Place, str]]:
    seen: set[object] = set()
    for path, value in values:
        if value in seen:
            yield path, "twice"
        seen.add(value)


def _pack(content: dict[str, Any], written: Any) -> Pack:
    channels = {key: Channel(key, value["name"], _cites(value)) for key, value in content["channels"].items()}
    units = {
        key: Unit(key, value["name"], value["kind"], value["machine_queue"], _cites(value))
        for key, value in content["units"].items()
    }
    clocks = {
        key: Clock(value["working_days"], _cites(value).local, value.get("reason", ""), value.get("clause"))
        for key, value in content["clocks"].items()
    }
    closed = {day["date"]: day["reason"] for day in content["closed_days"]}
    return Pack(
        id=content["id"],
        name=content["name"],
        version=hashlib.sha256(encode(written)).hexdigest()[:_VERSION_DIGITS],
        hours=content["hours"]["spans"],
        closed_days=tuple(sorted(closed)),
        channels=MappingProxyType(channels),
        units=MappingProxyType(units),
        clocks=MappingProxyType(clocks),
        document=content["document"],
        hours_cites=_cites(content["hours"]),
        closed_reasons=MappingProxyType(closed),
    )


def _cites(value: dict[str, Any]) -> Citation:
    return Citation(value.get("clause"), value.get("reason", ""))
