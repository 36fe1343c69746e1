"""A long log is verified by several processes, which together find what one finds."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from kernel.log import parallel
from kernel.log import verify as verifying
from kernel.log.heads import HeadFile
from kernel.log.sealer import seal_pending
from kernel.log.verify import verify
from tests.kernel.log.support import HEAD_KEY, SERVICE, append, note_head, seal_all
from tests.kernel.log.tampering import event_at, set_column

if TYPE_CHECKING:
    from pathlib import Path

    from kernel.log.database import Database


def verified_by_two(
    database: Database, home: Path, monkeypatch: pytest.MonkeyPatch, workers: int | None = 2
) -> dict[str, Any]:
    monkeypatch.setattr(parallel, "LEAST_EVENTS", 1)
    return verify(database, SERVICE, HEAD_KEY, HeadFile.of(home, SERVICE).path, workers=workers)


def test_two_processes_find_what_one_finds(on_postgresql, tmp_path, monkeypatch):
    database = on_postgresql
    with database.write() as connection:
        for piece in range(4):
            for number in range(9):
                append(connection, f"ticket/{number}", 20)
            seal_pending(connection, "postgresql", SERVICE, HEAD_KEY, 100 + piece)
        append(connection, "ticket/new")
    note_head(database, tmp_path)
    seal_all(database)
    alone = verify(database, SERVICE, HEAD_KEY, HeadFile.of(tmp_path, SERVICE).path)
    assert alone["ok"]
    assert verified_by_two(database, tmp_path, monkeypatch) == alone
    # And they check where their halves meet
    position = alone["head"] // 2 + 1
    set_column(database, position, body=event_at(database, position)["body"] + b" ")
    report = verified_by_two(database, tmp_path, monkeypatch)
    assert [(each["kind"], each["position"]) for each in report["faults"]] == [("changed_event", position)]


@pytest.mark.parametrize("workers", [2, None], ids=["two", "as many as it is worth"])
def test_a_log_that_was_divided_is_joined_again(on_postgresql, tmp_path, monkeypatch, workers):
    # Given a log in order, so that a single process is never asked
    with on_postgresql.write() as connection:
        for _ in range(2):
            append(connection, "ticket/1", 50)
            seal_pending(connection, "postgresql", SERVICE, HEAD_KEY)
    monkeypatch.setattr(parallel, "EACH", 40)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: {0, 1, 2, 3})
    monkeypatch.setattr(verifying, "_check_alone", None)
    report = verified_by_two(on_postgresql, tmp_path, monkeypatch, workers)
    assert (report["ok"], report["events"], report["head"]) == (True, 100, 100)
