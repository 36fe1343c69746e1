"""The files of one pack: every YAML file of its folder read as one document, and its source document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from kernel.policy.faults import PackFault
from kernel.refusals import messages
from kernel.worktime.plain_yaml import NotYaml, read

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME: Final = "pack.yaml"
MAX_BYTES: Final = 256 * 1024

Place = tuple[str | int, ...]
"""Where a value stands: keys and indexes from the top."""


@dataclass(frozen=True, slots=True)
class PackFiles:
    """What the files say together. `places` knows file and line of every value or its key."""

    folder: Path
    content: Any
    places: dict[Place, tuple[Path, int]]

    def fault(self, code: str, path: Place) -> PackFault:
        """The fault of that code at that place; what is missing stands nowhere: its parent's line is told."""
        near = path
        while near and near not in self.places:
            near = near[:-1]
        file, line = self.places.get(near, (self.folder / FILE_NAME, 1))
        return fault_of(file, code, ".".join(str(step) for step in path), line)

    def source(self, name: str) -> bytes:
        """The source document; `source_missing`."""
        try:
            content = (self.folder / name).read_bytes()
        except OSError as error:
            raise self.fault("source_missing", ("source", "file")) from error
        if len(content) > MAX_BYTES:
            raise fault_of(self.folder / name, "too_large")
        return content


def fault_of(file: Path, code: str, where: str = "", line: int = 1) -> PackFault:
    """The fault of that code with its sentence."""
    catalogue = messages()
    return PackFault(str(file), line, where, code, catalogue["packs"].get(code) or catalogue["fields"][code])


def read_files(folder: Path) -> PackFiles:
    """Every YAML file of the folder as one document, `pack.yaml` first; the first `PackFault` of reading."""
    first = folder / FILE_NAME
    content, places = _read(first)
    if isinstance(content, dict):
        for file in sorted(folder.glob("*.yaml")):
            if file != first:
                _join(file, content, places)
    return PackFiles(folder, content, places)


def _read(file: Path) -> tuple[Any, dict[Place, tuple[Path, int]]]:
    try:
        document = read(_text_of(file))
    except NotYaml as fault:
        raise fault_of(file, fault.code, line=fault.line) from fault
    return document.value, {path: (file, line) for path, line in document.lines.items()}


def _join(file: Path, content: dict[str, Any], places: dict[Place, tuple[Path, int]]) -> None:
    more, where = _read(file)
    if not isinstance(more, dict):
        raise fault_of(file, "not_an_object")
    for name in more:
        if name in content:
            raise fault_of(file, "section_twice", name, where[name,][1])
    content.update(more)
    places.update({path: place for path, place in where.items() if path})


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
