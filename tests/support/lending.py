"""Databases that tests borrow: emptied for the next one, since making and dropping them takes seconds."""

from __future__ import annotations

import secrets
from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.servers import Postgres

_EMPTIED = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid();
    DROP SCHEMA public CASCADE;
    CREATE SCHEMA public AUTHORIZATION pg_database_owner;
    GRANT USAGE ON SCHEMA public TO PUBLIC
"""
# What a server that lost everything does not hold any more is made again.
_returned: dict[tuple[int, tuple[str, ...]], list[str]] = defaultdict(list)


@contextmanager
def lent(postgres: Postgres, *services: str) -> Iterator[str]:
    """A URL template with `{service}` whose databases, `<service>` and `<service>_keys`, are empty at first."""
    postgres.start()
    free = _returned[id(postgres), services]
    prefix = free.pop() if free else f"t{secrets.token_hex(4)}_"
    for service in services:
        for suffix in ("", "_keys"):
            with psycopg.connect(postgres.add_database(prefix + service + suffix)) as connection:
                connection.execute(_EMPTIED)
    yield postgres.url_template.replace("{service}", prefix + "{service}")
    free.append(prefix)
