"""Policy packs from folders: `policies/<id>/pack.yaml` and the YAML files beside it."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING

from kernel.policy.examine import examine
from kernel.policy.faults import PackFault
from kernel.policy.files import FILE_NAME, MAX_BYTES, fault_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kernel.policy.pack import Pack


class Packs:
    """All packs of a deployment, by institution; immutable."""

    def __init__(self, packs: Mapping[str, Pack]) -> None:
        self._packs = dict(sorted(packs.items()))

    @classmethod
    def load(cls, path: Path) -> Packs:
        """Every pack of a folder `<path>/<id>/pack.yaml`; the first `PackFault` where one is not right.

        The services of one process read the same packs: as long as the files say the same, they are read once.
        """
        packs = [_pack(folder, _said(folder)) for folder in _folders(path)]
        return cls({pack.id: pack for pack in packs})

    def get(self, institution_id: str) -> Pack | None:
        """The pack of an institution, or None where there is no such institution here."""
        return self._packs.get(institution_id)

    def ids(self) -> tuple[str, ...]:
        """The institutions, sorted."""
        return tuple(self._packs)


def check(path: Path) -> list[PackFault]:
    """Every fault of a folder of packs, of one pack's folder, or of one `pack.yaml`; else empty."""
    try:
        folders = [path.parent] if path.is_file() else _folders(path)
    except PackFault as fault:
        return [fault]
    return [fault for folder in folders for fault in examine(folder)[1]]


@lru_cache(maxsize=64)
def _pack(folder: Path, _said: bytes) -> Pack:
    pack, faults = examine(folder)
    if pack is None:
        raise faults[0]
    return pack


def _said(folder: Path) -> bytes:
    """What the folder's files say, as a hash: by their times alone, a change within a tick would be lost."""
    whole = hashlib.sha256()
    for file in sorted(folder.iterdir()):
        whole.update(f"{file.name}\0".encode())
        # What cannot be read is told by whoever reads it to know what it says.
        with suppress(OSError), file.open("rb") as stream:
            whole.update(hashlib.sha256(stream.read(MAX_BYTES + 1)).digest())
    return whole.digest()


def _folders(path: Path) -> list[Path]:
    if (path / FILE_NAME).is_file():
        return [path]
    # A folder without `pack.yaml` is a fault: left out, its institution would silently not exist.
    folders = [entry for entry in path.iterdir() if _holds_a_pack(entry)] if path.is_dir() else []
    if not folders:
        raise fault_of(path, "no_packs")
    return sorted(folders)


def _holds_a_pack(entry: Path) -> bool:
    return entry.is_dir() and not entry.name.startswith((".", "_"))
