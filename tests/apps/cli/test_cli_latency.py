"""`latency` against the same figures, computed from the log's own bytes by none of the code that it checks."""

from __future__ import annotations

import json
import math
import shutil
import sqlite3
import statistics
import uuid
from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta, timezone

import chinese_calendar
import pytest
from rich.cells import cell_len

from apps.synthetic.mailbox import write_mailbox
from tests.apps.cli.conftest import at, only_home
from tests.support.school import CHANNEL, SCHOOL, UNIT

SHANGHAI = timezone(timedelta(hours=8))
ENDS = {
    "submit_to_assign": ("submitted", "assigned"),
    "assign_to_reply": ("assigned", "replied"),
    "submit_to_reply": ("submitted", "replied"),
    "reply_to_close": ("replied", "closed"),
    "submit_to_close": ("submitted", "closed"),
}
OFFICE = ((time(8, 30), time(12)), (time(14), time(17, 30)))
OTHER_CHANNEL = "secretary_mailbox"


@pytest.fixture(scope="module")
def _busy(tmp_path_factory):
    directory = tmp_path_factory.mktemp("latency")
    with only_home(directory / "home"):
        fill(directory)
    return directory / "home"


def fill(directory):
    home = directory / "home"

    def ask(method, **arguments):
        given = json.dumps(arguments | {"command_id": str(uuid.uuid4())})
        return at(home, "call", f"feedback.{method}", given).json["ticket_id"]

    for seed, channel in ((21, CHANNEL), (22, OTHER_CHANNEL)):
        path = write_mailbox(directory / f"{seed}.xlsx", seed=seed, good=40).path
        assert at(home, "import", "letters", path, "--institution", SCHOOL, "--channel", channel).code == 0
    texts = {"title": "（合成）", "body": "（合成）"}
    steps = (("assign_ticket", {}), ("reply_ticket", {"text": "（合成）已办理。"}), ("close_ticket", {}))
    for number in range(6):
        received = f"2026-02-{12 + number}T16:3{number}:07+08:00"
        ticket = ask("submit_suggestion", institution=SCHOOL, channel=CHANNEL, received_at=received, **texts)
        for name, more in steps[: number % 4]:
            lead = {"lead": (UNIT, "personnel")[number % 2]} if name == "assign_ticket" else {}
            ask(name, ticket_id=ticket, **more, **lead)


@pytest.fixture
def busy(_busy, home):
    """Letters of two channels over years, and six suggestions at every point of the line."""
    shutil.copytree(_busy, home)
    return home


def tickets(home):
    """What each ticket's events say, read from their bytes."""
    with sqlite3.connect(home / "feedback.db") as database:
        bodies = [json.loads(body) for (body,) in database.execute("SELECT body FROM event ORDER BY rowid")]
    database.close()
    found = defaultdict(dict)
    for body in bodies:
        ticket = found[body["data"]["ticket_id"]]
        ticket.setdefault("channel", body["data"]["channel"])
        ticket["lead"] = body["data"].get("lead") or ticket.get("lead")
        ticket[body["type"].rpartition("ticket_")[2]] = datetime.fromisoformat(body["time"])
    return list(found.values())


def works(day):
    try:
        return chinese_calendar.is_workday(day)
    except NotImplementedError:
        return day.weekday() < 5


def days_between(first, last):
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def working_days(start, end):
    return sum(works(day) for day in days_between(start.date(), end.date())[1:])


def working_minutes(start, end):
    total = timedelta()
    for day in filter(works, days_between(start.date(), end.date())):
        for opens, closes in OFFICE:
            first = max(start, datetime.combine(day, opens, SHANGHAI))
            last = min(end, datetime.combine(day, closes, SHANGHAI))
            total += max(last - first, timedelta())
    return total / timedelta(minutes=1)


def percentile(values, share):
    place = share * (len(values) - 1)
    below, above = math.floor(place), math.ceil(place)
    return values[below] + (values[above] - values[below]) * (place - below)


def figures(values):
    values = sorted(values)
    shares = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
    found = {name: percentile(values, share) for name, share in shares.items()}
    assert found["p50"] == pytest.approx(statistics.median(values))
    return found | {"max": values[-1], "mean": statistics.fmean(values)}


def stages(home, wanted=lambda _: True, key=lambda _ticket, _stage: None):
    """{group: {stage: report}} of the tickets wanted; a stage that nobody finished has only a count."""
    measured = defaultdict(lambda: defaultdict(list))
    for ticket in filter(wanted, tickets(home)):
        for stage, (first, last) in ENDS.items():
            if first in ticket and last in ticket:
                start, end = (ticket[name].astimezone(SHANGHAI) for name in (first, last))
                seconds = (end - start).total_seconds()
                row = (seconds, working_days(start, end), working_minutes(start, end))
                measured[key(ticket, stage)][stage].append(row)
    return {group: {stage: report(rows[stage]) for stage in ENDS} for group, rows in measured.items()}


def report(rows):
    if not rows:
        return {"count": 0}
    names = ("elapsed_seconds", "working_days", "working_minutes")
    columns = zip(*rows, strict=True)
    return {"count": len(rows)} | {name: figures(column) for name, column in zip(names, columns, strict=True)}


def same(told, computed):
    assert set(told) == set(computed)
    for stage, wanted in computed.items():
        assert told[stage]["count"] == wanted["count"], stage
        assert set(told[stage]) == set(wanted), stage
        for measure in set(wanted) - {"count"}:
            assert told[stage][measure] == pytest.approx(wanted[measure], rel=1e-9), (stage, measure)


def month(ticket):
    return ticket["submitted"].astimezone(SHANGHAI).strftime("%Y-%m")


def test_every_figure_is_the_one_computed_from_the_log(cli, busy):
    answer = cli("latency", "--institution", SCHOOL, "--json").json
    assert set(answer) == {"institution", "from", "to", "provisional", "stages", "pending"}
    (computed,) = stages(busy).values()
    assert all(figures["count"] for figures in computed.values())
    same(answer["stages"], computed)


def test_pending_are_those_without_a_reply_with_their_ages(cli, busy):
    def ages():
        now = datetime.now(UTC)
        return [
            (now - ticket["submitted"]).total_seconds() for ticket in tickets(busy) if "replied" not in ticket
        ]

    before = ages()
    pending = cli("latency", "--json").json["pending"]
    after = ages()
    assert pending["count"] == len(before) > 0
    low, high = figures(before), figures(after)
    assert set(pending["elapsed_seconds"]) == set(low)
    assert all(low[name] <= pending["elapsed_seconds"][name] <= high[name] for name in low)


KEYS = {
    "channel": lambda ticket, _: ticket["channel"],
    "month": lambda ticket, _: month(ticket),
    "department": lambda ticket, _: ticket["lead"],
}


@pytest.mark.parametrize("by", KEYS)
def test_groups_are_the_same_figures_apart(cli, busy, by):
    answer = cli("latency", "--institution", SCHOOL, "--by", by, "--json").json
    assert answer["by"] == by
    computed = stages(busy, key=KEYS[by])
    groups = {row["key"]: row for row in answer["groups"]}
    keys = [row["key"] for row in answer["groups"]]
    assert keys == sorted(keys, key=lambda key: (key is None, key or ""))
    assert set(computed) <= set(groups)
    for key, row in groups.items():
        same(row["stages"], computed.get(key, {stage: {"count": 0} for stage in ENDS}))
    open_ones = [ticket for ticket in tickets(busy) if "replied" not in ticket]
    for key, row in groups.items():
        assert row["pending"]["count"] == sum(KEYS[by](ticket, None) == key for ticket in open_ones)


@pytest.mark.parametrize(
    ("first", "last"),
    [("2018-03-01", None), (None, "2018-02-28"), ("2018-03-01", "2021-12-31"), ("2026-02-13", "2026-02-13")],
)
def test_a_period_is_the_days_of_submission_both_included(cli, busy, first, last):
    def wanted(ticket):
        day = ticket["submitted"].astimezone(SHANGHAI).date()
        after = first is None or day >= date.fromisoformat(first)
        return after and (last is None or day <= date.fromisoformat(last))

    words = [*(("--from", first) if first else ()), *(("--to", last) if last else ())]
    answer = cli("latency", *words, "--json").json
    assert (answer["from"], answer["to"]) == (first, last)
    (computed,) = stages(busy, wanted).values()
    same(answer["stages"], computed)


@pytest.mark.slow
def test_without_institution_all_of_them_count(cli, ask, busy):
    other = {"institution": "mianyang", "channel": CHANNEL, "title": "（合成）", "body": "（合成）"}
    ask("submit_suggestion", other | {"command_id": str(uuid.uuid4())})
    everywhere, here = cli("latency", "--json").json, cli("latency", "--institution", SCHOOL, "--json").json
    assert (everywhere["institution"], here["institution"]) == (None, SCHOOL)
    assert everywhere["pending"]["count"] == here["pending"]["count"] + 1
    grouped = cli("latency", "--by", "channel", "--json").json["groups"]
    assert sum(row["pending"]["count"] for row in grouped) == everywhere["pending"]["count"]


def test_nothing_is_said_to_be_nothing(cli, home):
    assert cli("latency").out == "没有符合条件的工单。\n"
    answer = cli("latency", "--json").json
    assert answer["stages"] == {stage: {"count": 0} for stage in ENDS}
    assert answer["pending"] == {"count": 0}
    assert cli("latency", "--by", "month", "--json").json["groups"] == []


def test_an_institution_that_is_none_is_refused(cli):
    assert cli("latency", "--institution", "nosuch").refusal == "not_found"
    assert cli("latency", "--institution", "A B").refusal == "invalid_input"


@pytest.mark.parametrize("columns", ["80", "120"])
@pytest.mark.parametrize("by", [None, "channel", "department", "month"])
def test_the_table_cuts_nothing(cli, busy, monkeypatch, columns, by):
    monkeypatch.setenv("COLUMNS", columns)
    words = ["--by", by] if by else []
    said = cli("latency", *words).out
    lines = said.splitlines()
    assert "…" not in said
    assert all(cell_len(line) <= int(columns) for line in lines)
    answer = cli("latency", *words, "--json").json
    for row in answer.get("groups", ()):
        assert any(line.strip().startswith(row["key"] or "（未定）") for line in lines)
    counted = [figures["count"] for row in answer.get("groups", [answer]) for figures in row["stages"].values()]
    assert len([line for line in lines if "→" in line]) == len([count for count in counted if count])
    assert "九成" in said
