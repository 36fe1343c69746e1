"""The import of rosters judges the invented one: good rows say their files, odd ones what is foretold."""

from __future__ import annotations

from datetime import date

import pytest

from apps.cli.roster.reading import read_roster
from apps.cli.roster.units import Units
from apps.synthetic.roster import write_roster
from apps.synthetic.roster_dirt import DIRT

TODAY = date(2026, 11, 2)
PLAIN = ("name", "staff_number", "gender", "birth", "ethnicity", "phone", "email", "post_kind", "joined")


@pytest.fixture(scope="module", params=["datong", "chifeng"])
def imported(request, school, tmp_path_factory):
    """The school, the plan of its workbook, and what was read of it."""
    one = school(request.param, people=700)
    plan = write_roster(tmp_path_factory.mktemp("import") / "roster.xlsx", one, odd=len(DIRT))
    return one, plan, read_roster(plan.path, Units(one.units), TODAY)


def test_every_person_comes_back_as_the_file_says(imported):
    one, plan, found = imported
    rows = found.rows[-plan.people :]
    people = [person for person in one.people() if "left" not in person]

    for person, row in zip(people, rows, strict=True):
        assert {name: row.get(name) for name in PLAIN} == {name: person.get(name) for name in PLAIN}
        for listed, key in (("units", "unit"), ("memberships", "party"), ("studies_abroad", "since")):
            now = [
                entry.get(key) for entry in person.get(listed, []) if listed[0] == "s" or "until" not in entry
            ]
            assert [entry.get(key) for entry in row.get(listed, [])] == now
        posts = [
            entry
            for entry in person.get("tenures", [])
            if entry["kind"] == "leadership" and "until" not in entry
        ]
        assert [(entry["post"], entry["level"], entry["since"]) for entry in row.get("tenures", [])] == [
            (entry["post"], entry["level"], entry["since"]) for entry in posts
        ]


def test_every_odd_row_is_refused_in_its_column_or_taken_for_what_it_is(imported):
    _, plan, found = imported
    rows = {row["row"]: row for row in found.rows}

    assert [(fault.row, fault.column, fault.code) for fault in found.faults] == [
        (odd.row, odd.column, odd.refused) for odd in plan.refused
    ]
    for odd in plan.odd:
        if not odd.refused:
            assert {name: rows[odd.row].get(name) for name in odd.accepted} == odd.accepted, odd.kind
    assert found.total == plan.rows
