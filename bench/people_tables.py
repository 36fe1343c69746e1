"""The index of people, filled first and ordered afterwards, as restoring a copy does it.

Row by row into an index in random order costs a page each; the index that results is the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kernel.log.database import Database

_KEY = "person_token_pkey"
_STAGED = "staged_token"


class Staging:
    """Tokens of people on their way into the index."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self) -> None:
        """Before the first person: no order to keep."""
        with self._database.write() as connection:
            if self._database.dialect == "postgresql":
                connection.exec_driver_sql(f"ALTER TABLE person_token DROP CONSTRAINT {_KEY}")
            else:
                connection.exec_driver_sql(f"CREATE TABLE {_STAGED} (token INTEGER, person_id TEXT)")

    def keep(self, members: Iterable[tuple[Any, ...]]) -> None:
        """Tokens that wait, on SQLite, where a table without row ids cannot be filled out of order."""
        with self._database.write() as connection:
            connection.exec_driver_sql(f"INSERT INTO {_STAGED} VALUES (?, ?)", list(members))

    def end(self) -> None:
        """Behind the last person: put everything in order, and count what there is of what."""
        with self._database.write() as connection:
            if self._database.dialect == "postgresql":
                connection.exec_driver_sql("SET LOCAL maintenance_work_mem = '1GB'")
                connection.exec_driver_sql(
                    f"ALTER TABLE person_token ADD CONSTRAINT {_KEY} PRIMARY KEY (token, person_id)"
                )
            else:
                connection.exec_driver_sql(
                    f"INSERT INTO person_token SELECT * FROM {_STAGED} ORDER BY token, person_id"
                )
                connection.exec_driver_sql(f"DROP TABLE {_STAGED}")
