"""Invented schools of the packs as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from apps.synthetic.school import School
from kernel.policy.loading import Packs

POLICIES = Path(__file__).parents[3] / "policies"


@pytest.fixture(scope="session")
def packs():
    return Packs.load(POLICIES)


@pytest.fixture(scope="session")
def school(packs):
    """`school("datong", people=100, seed=1)`."""

    def generated(pack_id: str = "datong", *, people: int = 3_000, seed: int = 1) -> School:
        return School.generate(packs.get(pack_id), seed=seed, people=people)

    return generated


@pytest.fixture(scope="session")
def everybody(school):
    """All people of one school of some size."""
    return list(school(people=3_000).people())


@pytest.fixture(scope="session")
def crowd(school):
    """All people of a large one: enough to count what is rare."""
    return list(school(people=12_000).people())
