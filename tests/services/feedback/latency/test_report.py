"""The report equals the same figures computed from plain lists, at every moment."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from services.feedback.queries.latency import LatencyQuery, report
from services.feedback.storage import latency_counters
from services.feedback.storage.latency import check
from tests.services.feedback.latency.oracle import STAGES, expected
from tests.services.feedback.latency.rows import (
    INSTITUTIONS,
    NOW,
    OPEN_TICKETS,
    STAGE_ROWS,
    empty,
    end_stages,
    move,
    open_tickets,
    stage_rows,
)

if TYPE_CHECKING:
    from kernel.log.database import Database

BY = (None, "department", "channel", "month")
DAYS = st.one_of(
    st.none(),
    st.dates(date(2025, 11, 1), date(2026, 4, 1)),
    st.sampled_from([date(2025, 12, 1), date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 31)]),
)
SCOPES = st.sampled_from([None, ("one",), ("one", "three"), ("nobody",), ()])


def reported(database: Database, query: LatencyQuery):
    with database.read() as connection:
        return report(connection, database.dialect, query, NOW)


def check_report(database: Database, rows, tickets, query: LatencyQuery) -> None:
    scope = (query.institutions, query.by, query.submitted_from, query.submitted_to)
    assert reported(database, query) == expected(rows, tickets, NOW, scope)


@pytest.mark.slow
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.generate],
)
@given(
    batches=st.lists(
        st.tuples(st.lists(STAGE_ROWS, max_size=40), st.sampled_from([0, 0, 1, 7, 100])), max_size=5
    ),
    tickets=st.lists(OPEN_TICKETS, max_size=8),
    scope=st.tuples(SCOPES, DAYS, DAYS),
)
@example(batches=[], tickets=[], scope=(None, None, None))
@example(batches=[], tickets=[], scope=(None, date.min, date.max))
def test_the_report_is_exact_whatever_was_rolled_up_and_whatever_is_asked(
    database, monkeypatch, batches, tickets, scope
):
    institutions, *days = scope
    # Given stages that ended in batches, after each of which some are rolled up; buckets are full at once
    monkeypatch.setattr(latency_counters, "SPLIT", 3)
    empty(database)
    open_tickets(database, tickets)
    rows = []
    for number, (batch, limit) in enumerate(batches):
        named = [row._replace(ticket_id=f"{number}-{no}") for no, row in enumerate(batch)]
        end_stages(database, named)
        rows += named
        if limit:
            move(database, limit)
    # Then every report is what the plain lists say, and the counters are what the rows make
    for by in BY:
        check_report(database, rows, tickets, LatencyQuery(institutions, by, *days))
        check_report(database, rows, tickets, LatencyQuery(institutions, by))
    with database.read() as connection:
        assert check(connection) == []


@pytest.mark.slow
def test_the_report_is_exact_for_thousands_of_tickets_in_buckets_of_their_real_size(database):
    # Given six thousand stages, all but the last hundred rolled up in uneven batches
    rows = stage_rows(6000, seed=7, stages=STAGES[:1])
    for start, end in ((0, 700), (700, 3000), (3000, 5900)):
        end_stages(database, rows[start:end])
        assert move(database) == end - start
    end_stages(database, rows[5900:])
    with database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM latency_node")).scalar_one() > 0
    # Then
    for by in BY:
        for institutions in (None, (INSTITUTIONS[0],)):
            for days in ((None, None), (date(2025, 12, 1), date(2026, 1, 31)), (date(2025, 12, 5), None)):
                check_report(database, rows, [], LatencyQuery(institutions, by, *days))
    with database.read() as connection:
        assert check(connection) == []


def test_percentiles_are_those_of_the_database_itself(database_url):
    from kernel.log.database import Database
    from services.feedback.storage.tables import METADATA

    database = Database(database_url.replace("{service}", "feedback"))
    with database.write() as connection:
        METADATA.create_all(connection)
    end_stages(database, stage_rows(3000, seed=3, stages=STAGES[:1]))
    move(database, 2500)
    answer = reported(database, LatencyQuery())["stages"][STAGES[0]]
    columns = {
        "elapsed_seconds": "elapsed_us / 1e6",
        "working_days": "working_days",
        "working_minutes": "working_us / 6e7",
    }
    with database.read() as connection:
        for name, column in columns.items():
            found = connection.execute(
                text(f"""SELECT percentile_cont(ARRAY[0.5, 0.9, 0.99]) WITHIN GROUP (ORDER BY v), max(v), avg(v)
                    FROM (SELECT CAST({column} AS float8) AS v FROM
                        (SELECT * FROM stage UNION ALL SELECT * FROM stage_pending) s) t""")
            ).one()
            ours = answer[name]
            assert [ours["p50"], ours["p90"], ours["p99"]] == pytest.approx(found[0], rel=1e-12)
            assert [ours["max"], ours["mean"]] == pytest.approx(found[1:], rel=1e-12)
    database.close()


@pytest.mark.parametrize("by", BY)
def test_no_report_reads_a_whole_table_on_postgresql(database_url, monkeypatch, by):
    # Given tables so small that a plan would rather read them whole, and split buckets
    from kernel.log.database import Database
    from services.feedback.storage.tables import METADATA

    monkeypatch.setattr(latency_counters, "SPLIT", 5)
    database = Database(database_url.replace("{service}", "feedback"))
    with database.write() as connection:
        METADATA.create_all(connection)
    end_stages(database, stage_rows(200, seed=4))
    move(database)
    database.close()
    # Then a connection of its own, whose process has read nothing else, sees no such read
    for days in ((None, None), (date(2025, 12, 1), date(2026, 1, 31)), (date(2025, 12, 5), date(2026, 1, 31))):
        with database.read() as connection:
            report(connection, "postgresql", LatencyQuery(("one",), by, *days), NOW)
            read = connection.execute(text("SELECT relname FROM pg_stat_xact_user_tables WHERE seq_scan > 0"))
            assert set(read.scalars()) <= {"stage_pending"}
    database.close()


def test_without_a_ticket_every_stage_counts_none_and_states_nothing(database):
    answer = reported(database, LatencyQuery(("one",)))
    assert answer == {
        "institution": "one",
        "from": None,
        "to": None,
        "provisional": False,
        "stages": {stage: {"count": 0} for stage in STAGES},
        "pending": {"count": 0},
    }
    assert reported(database, LatencyQuery(by="month"))["groups"] == []


def test_a_stage_without_department_is_in_the_group_null_which_comes_last(database):
    # Given one stage that a department ended, and one of an imported letter that names none
    with_lead, without = stage_rows(2, seed=1)
    end_stages(database, [with_lead._replace(department="office"), without._replace(department="")])
    # Then so it is before, between and after they are rolled up
    for _ in range(3):
        groups = reported(database, LatencyQuery(by="department"))["groups"]
        assert [group["key"] for group in groups] == ["office", None]
        move(database, 1)


@pytest.mark.parametrize("rolled_up", [False, True])
def test_one_provisional_stage_makes_the_answer_provisional_where_it_is_counted(database, rolled_up):
    # Given a stage measured over a year without published arrangement, of institution one
    rows = [row._replace(institution="one") for row in stage_rows(3, seed=2)]
    end_stages(database, [rows[0], rows[1]._replace(provisional=1), rows[2]._replace(institution="two")])
    if rolled_up:
        move(database)
    # Then
    assert reported(database, LatencyQuery(("one",)))["provisional"] is True
    assert reported(database, LatencyQuery())["provisional"] is True
    assert reported(database, LatencyQuery(("two",)))["provisional"] is False


def test_only_tickets_that_wait_for_a_reply_are_pending(database):
    waiting = [("one", "box", "office", NOW - 7_000_000), ("one", "phone", None, NOW - 3_500_000)]
    for state in ("replied", "closed", "declined", "withdrawn", "merged"):
        open_tickets(database, [("one", "box", "office", NOW - 10**9)], state)
    for state, ticket in zip(("submitted", "accepted"), waiting, strict=True):
        open_tickets(database, [ticket], state)
    open_tickets(database, [("one", "box", "office", NOW - 1_000_000)], "assigned")
    assert reported(database, LatencyQuery())["pending"] == {
        "count": 3,
        "elapsed_seconds": {"p50": 3.5, "p90": 6.3, "p99": 6.93, "max": 7, "mean": 11.5 / 3},
    }
