"""Empty registries on each database, with packs that a test may change."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from tests.services.registry.school import OTHER_SCHOOL, PARTS, SCHOOL, School
from tests.support.homes import ROOT, a_home, copy_of, migrated, settings_of
from tests.support.lending import lent


@pytest.fixture(scope="module")
def empty_home():
    """Migrated SQLite databases in which nobody has begun to work."""
    home = a_home()
    migrated(settings_of(home), PARTS)
    yield home
    shutil.rmtree(home)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def settings(request, empty_home, tmp_path):
    """Settings of an empty registry on each database, with two packs that the test may change."""
    packs = tmp_path / "policies"
    for name in (SCHOOL, OTHER_SCHOOL):
        shutil.copytree(ROOT / "policies" / name, packs / name)
    home = copy_of(empty_home)
    if request.param == "sqlite":
        yield replace(settings_of(home), policies=packs)
    else:
        with lent(request.getfixturevalue("postgres"), "registry") as url:
            yield replace(migrated(settings_of(home, url), PARTS), policies=packs)
    shutil.rmtree(home)


@pytest.fixture
def start(settings):
    """Start a registry on those databases with the packs as they are now; ended after the test."""
    started = []

    def begin() -> School:
        started.append(School(settings))
        return started[-1]

    yield begin
    for school in started:
        school.close()
