"""Registries: one that a module's tests share, one of a test's own, one on each database."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.services.registry.school import PARTS, School
from tests.support.homes import a_home, copy_of, migrated, settings_of
from tests.support.lending import lent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def migrated_home() -> Iterator[Path]:
    """Migrated SQLite databases, made once: Alembic takes longer than most tests."""
    home = a_home()
    School(migrated(settings_of(home), PARTS)).close()
    yield home
    shutil.rmtree(home)


@pytest.fixture(scope="module")
def school(migrated_home: Path) -> Iterator[School]:
    """A registry on SQLite that the tests of a module share; each makes people of its own."""
    yield from _school(migrated_home)


@pytest.fixture
def new_school(migrated_home: Path) -> Iterator[School]:
    """An empty registry on SQLite."""
    yield from _school(migrated_home)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def any_school(request: pytest.FixtureRequest, migrated_home: Path) -> Iterator[School]:
    """A registry on SQLite and on PostgreSQL that the tests of a module share."""
    if request.param == "sqlite":
        yield from _school(migrated_home)
        return
    home = a_home()
    with lent(request.getfixturevalue("postgres"), "registry") as url:
        school = School(migrated(settings_of(home, url), PARTS))
        yield school
        school.close()
    shutil.rmtree(home)


def _school(template: Path) -> Iterator[School]:
    home = copy_of(template)
    school = School(settings_of(home))
    yield school
    school.close()
    shutil.rmtree(home)
