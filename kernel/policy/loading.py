"""Policy packs from files: `policies/<id>/pack.yaml`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kernel.policy.examine import examine, fault_of
from kernel.policy.faults import PackFault

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kernel.policy.pack import Pack

FILE_NAME: Final = "pack.yaml"


class Packs:
    """All packs of a deployment, by institution; immutable."""

    def __init__(self, packs: Mapping[str, Pack]) -> None:
        self._packs = dict(sorted(packs.items()))

    @classmethod
    def load(cls, path: Path) -> Packs:
        """Every pack of a folder `<path>/<id>/pack.yaml`; the first `PackFault` where one is not right."""
        packs = {}
        for file in _files(path):
            pack, faults = examine(file)
            if pack is None:
                raise faults[0]
            packs[pack.id] = pack
        return cls(packs)

    def get(self, institution_id: str) -> Pack | None:
        """The pack of an institution, or None where there is no such institution here."""
        return self._packs.get(institution_id)

    def ids(self) -> tuple[str, ...]:
        """The institutions, sorted."""
        return tuple(self._packs)


def check(path: Path) -> list[PackFault]:
    """Every fault of a folder of packs, of one pack's folder, or of one `pack.yaml`; else empty."""
    try:
        files = [path] if path.is_file() else _files(path)
    except PackFault as fault:
        return [fault]
    return [fault for file in files for fault in examine(file)[1]]


def _files(path: Path) -> list[Path]:
    if (path / FILE_NAME).is_file():
        return [path / FILE_NAME]
    # A folder without `pack.yaml` is a fault: left out, its institution would silently not exist.
    folders = [entry for entry in path.iterdir() if _holds_a_pack(entry)] if path.is_dir() else []
    if not folders:
        raise fault_of(path, "no_packs")
    return [folder / FILE_NAME for folder in sorted(folders)]


def _holds_a_pack(entry: Path) -> bool:
    return entry.is_dir() and not entry.name.startswith((".", "_"))
