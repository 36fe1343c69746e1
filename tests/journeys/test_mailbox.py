"""A mailbox kept in Excel comes in on both runtimes: dirt goes back row by row, the rest is closed in bulk."""

from __future__ import annotations

from statistics import mean, quantiles

import pytest

from apps.cli.letters import import_letters
from apps.synthetic.mailbox import letters, write_mailbox
from tests.support.school import SCHOOL

GOOD, DIRT, SEED, ANSWERED = 60, 24, 4711, 0.8
# The earlier row of a repeated number is imported and not in the report.
AGAIN = {"number_repeated": "import_conflict"}
# Synthetic letters are older than that, what the other journeys submit is younger.
LETTERS = {"institution": SCHOOL, "submitted_to": "2025-06-30"}


@pytest.fixture(scope="module")
def mailbox(tmp_path_factory):
    """A synthetic mailbox with every kind of dirt in it, and its good letters."""
    path = tmp_path_factory.mktemp("mailbox") / "信箱.xlsx"
    plan = write_mailbox(path, seed=SEED, good=GOOD, dirt=DIRT, answered=ANSWERED)
    return plan, list(letters(SEED, GOOD, ANSWERED))


def imported(system, path, channel, **options):
    return import_letters(
        system.session_call, path, SCHOOL, channel, **{"dry_run": False, "report": None} | options
    )


def test_a_dirty_mailbox_is_imported_row_by_row_and_closed_by_batch(system, mailbox, tmp_path):
    plan, good = mailbox
    answered = [letter for letter in good if letter["replied_at"] is not None]
    channel = "secretary_mailbox"
    # Given a dry run, which writes nothing
    dry = imported(system, plan.path, channel, dry_run=True)
    assert (dry["imported"], dry["batch"]) == (GOOD, None)
    assert system.call("list_tickets", LETTERS | {"channel": channel})["items"] == []
    # When it is imported
    report = tmp_path / "退回.xlsx"
    answer = imported(system, plan.path, channel, report=report)
    # Then every good row is a ticket, and every bad one is named with its column and code
    assert (answer["rows"], answer["imported"], answer["duplicates"]) == (plan.rows, GOOD, 0)
    told = {(error["row"], error["column"], error["code"]) for error in answer["errors"]}
    assert {(fault.row, fault.column, fault.code) for fault in plan.faults} <= told
    assert answer["refused"] == len(plan.faults) == DIRT
    # And the report, imported untouched, is refused row by row for the same reasons
    again = imported(system, report, channel)
    reasons = [(error["column"], AGAIN.get(error["code"], error["code"])) for error in answer["errors"]]
    assert (again["imported"], again["refused"]) == (0, DIRT)
    assert sorted((error["column"], error["code"]) for error in again["errors"]) == sorted(reasons)
    # And the latency is that of the letters themselves
    latency = system.call("get_latency", LETTERS | {"by": "channel"})
    (group,) = [group for group in latency["groups"] if group["key"] == channel]
    stage = group["stages"]["submit_to_reply"]
    took = [(letter["replied_at"] - letter["received_at"]) / 1e6 for letter in answered]
    assert stage["count"] == len(answered)
    assert stage["elapsed_seconds"]["max"] == max(took)
    assert stage["elapsed_seconds"]["mean"] == pytest.approx(mean(took))
    assert stage["elapsed_seconds"]["p90"] == pytest.approx(quantiles(took, n=10, method="inclusive")[-1])
    assert group["pending"]["count"] == GOOD - len(answered)
    # And the batch closes what was answered, and nothing else
    closed = system.call("close_tickets", {"institution": SCHOOL, "source_batch": answer["batch"]})
    assert closed["closed"] == len(answered)
    assert {refused["code"] for refused in closed["refused"]} == {"wrong_state"}
    assert len(closed["refused"]) == GOOD - len(answered)


def test_the_same_mailbox_again_imports_nothing(system, mailbox):
    plan, _ = mailbox
    assert imported(system, plan.path, "president_mailbox")["imported"] == GOOD
    again = imported(system, plan.path, "president_mailbox")
    assert (again["imported"], again["duplicates"], again["batch"]) == (0, GOOD, None)


def test_an_undone_import_leaves_nothing_open(system, tmp_path):
    channel = "office_mailbox"
    path = tmp_path / "信箱.xlsx"
    write_mailbox(path, seed=SEED + 1, good=9, answered=0.0)
    batch = imported(system, path, channel)["batch"]
    assert system.call("undo_import", {"batch": batch}) == {"undone": 9, "refused": []}
    states = {row["state"] for row in system.call("list_tickets", LETTERS | {"channel": channel})["items"]}
    assert states == {"withdrawn"}


def test_after_all_imports_the_log_is_whole_and_makes_the_same_tables(system):
    system.await_sealed()
    report, diff = system.verify(), system.diff()
    assert (report["ok"], report["faults"]) == (True, [])
    assert report["events"] == report["head"] > 2 * GOOD
    assert [table for table in diff["tables"] if table["different"]] == []
    assert diff["ok"]
