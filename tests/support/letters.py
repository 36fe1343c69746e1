"""A store of dead letters for tests of what hands them over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernel.refusals import Unavailable

if TYPE_CHECKING:
    from pathlib import Path


class Letters:
    """Dead letters and attempts, in a folder where one is given: they outlive the process then.

    While it is `away` nothing is kept; `refused` counts what it was asked meanwhile.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.kept: list[tuple[str, str, bytes, int]] = []
        self.counted: list[str] = []
        self.away = False
        self.refused = 0
        self._folder = folder

    def _ask(self) -> None:
        if self.away:
            self.refused += 1
            raise Unavailable

    def dead_letter(self, consumer: str, reason: str, body: bytes, attempts: int) -> None:
        self._ask()
        self.kept.append((consumer, reason, body, attempts))
        if self._folder:
            (self._folder / "dead").write_text(f"{consumer} {reason} {attempts}")

    def attempts(self, fingerprint: str) -> int:
        self._ask()
        if self._folder and (self._folder / fingerprint).exists():
            return len((self._folder / fingerprint).read_text())
        return self.counted.count(fingerprint)

    def count(self, fingerprint: str) -> None:
        self._ask()
        self.counted.append(fingerprint)
        if self._folder:
            with (self._folder / fingerprint).open("a") as file:
                file.write("+")
