"""What somebody puts into the tables beside the writer and the sealer is found and named, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kernel.log.support import LAST, append, faults_of, interleaved
from tests.kernel.log.tampering import forge, place, tamper

if TYPE_CHECKING:
    from pathlib import Path

    from kernel.log.database import Database

NOWHERE = pytest.mark.parametrize("position", [0, -7, (1 << 62) + 5])


@pytest.fixture
def database(empty: Database, tmp_path: Path) -> Database:
    return interleaved(empty, tmp_path)


def test_an_event_put_in_without_position_is_an_unsealed_gap(database, tmp_path):
    forge(database, "ticket/0002")
    assert faults_of(database, tmp_path) == [("unsealed_gap", None)]


def test_a_committed_event_struck_from_the_sealers_list_is_an_unsealed_gap(database, tmp_path):
    with database.write() as connection:
        append(connection, "ticket/0001", 2)
    tamper(database, "DELETE FROM unsealed WHERE seq = (SELECT min(seq) FROM unsealed)")
    assert faults_of(database, tmp_path) == [("unsealed_gap", None)]


def test_an_event_put_in_with_a_position_is_not_under_any_checkpoint(database, tmp_path):
    row = forge(database, "ticket/0002")
    place(database, LAST + 1, row)
    assert faults_of(database, tmp_path) == [("bad_root", LAST + 1)]


@NOWHERE
def test_an_event_put_in_where_no_position_is_stands_in_no_list(database, tmp_path, position):
    row = forge(database, "ticket/0002")
    place(database, position, row)
    assert faults_of(database, tmp_path) == [("unsealed_gap", None)]


@NOWHERE
def test_an_entry_without_event_where_no_position_is_is_missing_its_event(database, tmp_path, position):
    place(database, position, {"event_id": "none", "event_hash": bytes(32)})
    assert faults_of(database, tmp_path) == [("missing_event", position)]


@NOWHERE
def test_a_checkpoint_of_a_size_that_no_log_has_is_a_bad_root(database, tmp_path, position):
    columns = "epoch, root, frontier, keyed_hash, sealed_at"
    copied = f"INSERT INTO checkpoint SELECT :size, {columns} FROM checkpoint LIMIT 1"
    tamper(database, copied, size=position)
    assert faults_of(database, tmp_path) == [("bad_root", position)]
