"""The feedback service with its offers, on a database and in a virtual host of the test's own."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kernel.settings import Settings
from tests.services.feedback.offers.express import SECOND_MACHINE, Express, a_taker
from tests.support.school import SCHOOL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.services.feedback.offers.express import Taker


PACKS = Path(__file__).parents[4] / "policies"


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    """The project's packs, with a second unit at one school that has a machine queue."""
    folder = shutil.copytree(PACKS, tmp_path / "policies")
    pack = folder / SCHOOL / "pack.yaml"
    unit = f"\n  {SECOND_MACHINE}:\n"
    text = pack.read_text(encoding="utf-8")
    assert unit in text
    pack.write_text(text.replace(unit, f"{unit}    machine_queue: true\n"), encoding="utf-8")
    return folder


@pytest.fixture
def express(database_url: str, amqp_uri: str, policies: Path, tmp_path: Path) -> Iterator[Express]:
    settings = Settings.from_environment(
        {
            "ZHITONGCHE_HOME": str(tmp_path),
            "ZHITONGCHE_DATABASE_URL": database_url,
            "ZHITONGCHE_AMQP_URI": amqp_uri,
            "ZHITONGCHE_POLICIES": str(policies),
        }
    )
    express = Express(settings)
    yield express
    express.close()


@pytest.fixture
def taker(express: Express) -> Iterator[Taker]:
    with a_taker(express.settings.amqp_uri) as taker:
        yield taker
