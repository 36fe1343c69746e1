"""Express lines: one that a module's tests share, one of a test's own, one on each database."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.services.feedback.line import PARTS, Line
from tests.support.homes import a_home, copy_of, migrated, settings_of
from tests.support.lending import lent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def migrated_home() -> Iterator[Path]:
    """Migrated SQLite databases, made once: Alembic takes longer than most tests."""
    home = a_home()
    Line(migrated(settings_of(home), PARTS)).close()
    yield home
    shutil.rmtree(home)


@pytest.fixture(scope="module")
def line(migrated_home: Path) -> Iterator[Line]:
    """A line on SQLite that the tests of a module share; each makes tickets of its own."""
    yield from _line(migrated_home)


@pytest.fixture
def new_line(migrated_home: Path) -> Iterator[Line]:
    """An empty line on SQLite."""
    yield from _line(migrated_home)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def any_line(request: pytest.FixtureRequest, migrated_home: Path) -> Iterator[Line]:
    """A line on SQLite and on PostgreSQL that the tests of a module share."""
    if request.param == "sqlite":
        yield from _line(migrated_home)
        return
    home = a_home()
    with lent(request.getfixturevalue("postgres"), "feedback") as url:
        line = Line(migrated(settings_of(home, url), PARTS))
        yield line
        line.close()
    shutil.rmtree(home)


def _line(template: Path) -> Iterator[Line]:
    home = copy_of(template)
    line = Line(settings_of(home))
    yield line
    line.close()
    shutil.rmtree(home)
