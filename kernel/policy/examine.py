"""One pack: what its files say, or everything that is wrong with them, line by line."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from marshmallow import ValidationError

from kernel.policy.citations import disagreements
from kernel.policy.contradictions import contradictions
from kernel.policy.faults import PackFault
from kernel.policy.files import PackFiles, Place, read_files
from kernel.policy.indicators import departures
from kernel.policy.making import pack_of
from kernel.policy.schema import MAPPINGS, PackSchema

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kernel.policy.pack import Pack

_ID_LEVEL: Final = 2


def examine(folder: Path) -> tuple[Pack | None, list[PackFault]]:
    """The pack of a folder and no fault, or None and its faults in the order of their files and lines."""
    try:
        files = read_files(folder)
        content = shape().load(files.content)
        source = files.source(content["source"]["file"])
    except PackFault as fault:
        return None, [fault]
    except ValidationError as error:
        return None, _located(files, _flat(error.messages, ()))
    if faults := _located(files, _found(folder.name, content, source)):
        return None, faults
    return pack_of(content, files.content), []


@cache
def shape() -> PackSchema:
    """The shape of a pack, made once."""
    return PackSchema()


def _found(folder: str, content: dict[str, Any], source: bytes) -> Iterator[tuple[Place, str]]:
    yield from contradictions(folder, content)
    yield from disagreements(content, source)
    yield from departures(content, source.decode("utf-8", "replace"))


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


def _located(files: PackFiles, found: Iterator[tuple[Place, str]]) -> list[PackFault]:
    faults = [files.fault(code, path) for path, code in found]
    return sorted(faults, key=lambda fault: (fault.file, fault.line))
