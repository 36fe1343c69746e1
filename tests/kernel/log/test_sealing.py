"""Every committed event gets one position, 1, 2, 3 … without gaps, whoever writes, seals or dies meanwhile."""

from __future__ import annotations

import signal
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from kernel.log.heads import HeadFile, HeadNoter, newest, sign
from kernel.log.process import LogProcess, drain
from kernel.log.sealer import count_pending, has_pending, seal_pending
from kernel.log.verify import verify
from tests.kernel.log.parts import in_a_thread, running
from tests.kernel.log.support import HEAD_KEY, SERVICE, Secrets, append, fill, rows_of, seal_all
from tests.support.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from kernel.log.database import Database

WRITERS = 16


def size_of(database: Database) -> int:
    with database.read() as connection:
        head = newest(connection)
    return head.size if head else 0


def assert_sound(database: Database, home: Path, events: int) -> None:
    report = verify(database, SERVICE, HEAD_KEY, HeadFile.of(home, SERVICE).path)
    assert (report["ok"], report["events"], report["head"]) == (True, events, events), report["faults"]


def noted(home: Path) -> int:
    head = HeadFile.of(home, SERVICE).last()
    return head.size if head else 0


def test_nothing_to_seal_is_no_head(empty):
    with empty.write() as connection:
        assert seal_pending(connection, empty.dialect, SERVICE, HEAD_KEY) is None
        assert not has_pending(connection)


def test_a_batch_is_sealed_in_the_order_of_writing_and_no_further_than_its_limit(empty, tmp_path):
    fill(empty, 3, 2)
    written = rows_of(empty, "SELECT event_id FROM unsealed ORDER BY seq")
    with empty.write() as connection:
        head = seal_pending(connection, empty.dialect, SERVICE, HEAD_KEY, 4)
        assert head is not None
        assert head.size == 4
        assert count_pending(connection) == 2
    seal_all(empty)
    assert rows_of(empty, "SELECT event_id FROM log_entry ORDER BY position") == written
    assert_sound(empty, tmp_path, 6)


def test_an_undone_transaction_leaves_no_position_behind(empty, tmp_path):
    fill(empty, 2, 1)
    with pytest.raises(RuntimeError), empty.write() as connection:
        seal_pending(connection, empty.dialect, SERVICE, HEAD_KEY)
        raise RuntimeError
    seal_all(empty)
    assert_sound(empty, tmp_path, 2)


def test_what_commits_late_under_an_early_number_is_sealed_later_and_not_skipped(on_postgresql, tmp_path):
    # Given a writer that has drawn its number and not committed
    slow = on_postgresql.engine.connect()
    with slow, slow.begin():
        append(slow, "ticket/slow")
        # When others commit higher numbers, and are sealed
        fill(on_postgresql, 2, 1)
        seal_all(on_postgresql)
        assert size_of(on_postgresql) == 2
    # Then the slow one comes behind them
    seal_all(on_postgresql)
    assert_sound(on_postgresql, tmp_path, 3)


def test_positions_are_dense_under_sixteen_writers_and_a_sealer(on_postgresql, tmp_path):
    def write(number: int) -> None:
        for _ in range(12):
            with on_postgresql.write() as connection:
                append(connection, f"ticket/{number}", 2)

    written = WRITERS * 12 * 2
    with in_a_thread(LogProcess(on_postgresql, SERVICE, Secrets(), tmp_path)):
        with ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(write, range(WRITERS)))
        until(lambda: size_of(on_postgresql) == written)
    assert noted(tmp_path) == written
    assert_sound(on_postgresql, tmp_path, written)


def test_positions_are_dense_under_writers_that_seal_in_their_own_transaction(on_sqlite, tmp_path):
    def write(number: int) -> None:
        for _ in range(8):
            with on_sqlite.write() as connection:
                append(connection, f"ticket/{number}", 2)
                seal_pending(connection, "sqlite", SERVICE, HEAD_KEY)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    assert_sound(on_sqlite, tmp_path, 64)


def test_two_sealers_at_once_give_each_position_once(on_postgresql, tmp_path):
    fill(on_postgresql, 10, 4)

    def seal(_: int) -> None:
        for _ in range(20):
            with on_postgresql.write() as connection:
                seal_pending(connection, "postgresql", SERVICE, HEAD_KEY, 3)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(seal, range(2)))
    assert_sound(on_postgresql, tmp_path, 40)


@pytest.mark.parametrize("fault", ["sealer.read", "sealer.written", "sealer.committed"])
def test_a_sealer_killed_anywhere_is_followed_by_one_that_goes_on(on_postgresql, tmp_path, fault):
    fill(on_postgresql, 4, 3)
    with running(on_postgresql, tmp_path, fault=fault) as dying:
        assert dying.died_of_its_fault()
    fill(on_postgresql, 4, 1)
    with running(on_postgresql, tmp_path):
        until(lambda: size_of(on_postgresql) == 16)
        until(lambda: noted(tmp_path) == 16)
    assert_sound(on_postgresql, tmp_path, 16)


def test_a_paused_leader_is_fenced_and_its_standby_takes_over(on_postgresql, tmp_path):
    fill(on_postgresql, 2, 1)
    with running(on_postgresql, tmp_path) as leader:
        until(lambda: size_of(on_postgresql) == 2)
        with running(on_postgresql, tmp_path) as standby:
            # When the leader is paused and events go on
            leader.send(signal.SIGSTOP)
            fill(on_postgresql, 2, 1)
            paused = time.monotonic()
            # Then the standby seals within six seconds, starting included
            until(lambda: size_of(on_postgresql) == 4)
            assert time.monotonic() - paused < 6
            # And the old one, woken, neither seals nor falls over
            leader.send(signal.SIGCONT)
            fill(on_postgresql, 2, 1)
            until(lambda: size_of(on_postgresql) == 6)
            assert standby.running
            time.sleep(0.6)
            assert leader.running
            # And takes over in its turn
            standby.send(signal.SIGKILL)
            fill(on_postgresql, 2, 1)
            until(lambda: size_of(on_postgresql) == 8)
    assert_sound(on_postgresql, tmp_path, 8)


def test_a_leader_whose_connection_is_cut_goes_on_with_another(on_postgresql, tmp_path):
    with in_a_thread(LogProcess(on_postgresql, SERVICE, Secrets(), tmp_path)) as process:
        until(lambda: process.leads)
        cut = text(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database ="
            " (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        with on_postgresql.read() as connection:
            assert connection.execute(cut).scalars().all() == [True]
        fill(on_postgresql, 2, 1)
        until(lambda: size_of(on_postgresql) == 2)


def test_an_idle_log_process_costs_less_than_one_percent_of_a_core(on_postgresql, tmp_path):
    with in_a_thread(LogProcess(on_postgresql, SERVICE, Secrets(), tmp_path)) as process:
        until(lambda: process.leads)
        time.sleep(0.8)
        before = time.process_time()
        time.sleep(3)
        assert (time.process_time() - before) / 3 < 0.01


def test_a_process_that_ends_has_its_events_sealed_and_noted(on_postgresql, tmp_path):
    fill(on_postgresql, 3, 1)
    assert drain(on_postgresql, SERVICE, Secrets(), tmp_path)
    assert noted(tmp_path) == 3
    assert_sound(on_postgresql, tmp_path, 3)


def test_a_head_is_noted_once_however_many_note_it(tmp_path):
    file = HeadFile.of(tmp_path, SERVICE)
    head = sign(HEAD_KEY, SERVICE, 1, 7, bytes(32))
    assert file.note(head)
    assert not file.note(head)
    assert not HeadFile.of(tmp_path, SERVICE).note(head)
    assert list(file.heads_in(file.size())) == [head]
    assert head.is_genuine(HEAD_KEY, SERVICE)
    assert not head.is_genuine(HEAD_KEY, "registry")


def test_a_line_torn_by_a_power_cut_does_not_swallow_the_next_one(tmp_path):
    file = HeadFile.of(tmp_path, SERVICE)
    first, second = (sign(HEAD_KEY, SERVICE, 1, size, bytes(32)) for size in (7, 9))
    file.note(first)
    file.path.write_bytes(file.path.read_bytes() + second.to_line()[:40])
    assert file.last() == first
    HeadFile.of(tmp_path, SERVICE).note(second)
    assert list(file.heads_in(file.size())) == [first, second]


def test_heads_of_a_busy_time_are_noted_seldom_and_the_last_one_always(tmp_path):
    noter = HeadNoter(HeadFile.of(tmp_path, SERVICE), every=60)
    for size in (1, 2, 3):
        noter.sealed(sign(HEAD_KEY, SERVICE, 1, size, bytes(32)))
    assert noted(tmp_path) == 1
    noter.flush()
    assert noted(tmp_path) == 3
