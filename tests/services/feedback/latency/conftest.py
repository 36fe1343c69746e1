"""A feedback database with the tables alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kernel.log.database import Database
from services.feedback.storage.tables import METADATA

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def database(any_database_url: str) -> Iterator[Database]:
    """An empty database of its own, on SQLite and on PostgreSQL."""
    opened = Database(any_database_url.replace("{service}", "feedback"))
    with opened.write() as connection:
        METADATA.create_all(connection)
    yield opened
    opened.close()
