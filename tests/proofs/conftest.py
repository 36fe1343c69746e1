"""Two institutions with people and tickets: one populated copy for each module, made once a run."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.proofs.settling import settle
from tests.proofs.town import FEEDBACK, MARKS, REGISTRY, Town
from tests.support.homes import a_home, migrated, settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong receipt costs half a second; that it does is proven elsewhere."""
    from services.feedback.queries import ticket

    monkeypatch.setattr(ticket, "_WRONG_RECEIPT_SECONDS", 0)


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    """Both institutions, populated; the tests of a module share them."""
    home = a_home()
    settings = settings_of(home)
    for parts in (REGISTRY, FEEDBACK):
        migrated(settings, parts)
    town = Town(settings)
    for institution in MARKS:
        settle(town, institution)
    yield town
    town.close()
    shutil.rmtree(home)
