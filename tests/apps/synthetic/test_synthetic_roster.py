"""An invented roster: the people of the school in users' words, and odd cells of which each says what it is."""

from __future__ import annotations

from datetime import date

import openpyxl
import pytest

from apps.synthetic.roster import roster_rows, write_roster
from apps.synthetic.roster_dirt import DIRT, HEADERS, Shown
from apps.synthetic.school import SENTENCE
from kernel import codes
from services.registry.domain.person import days, entries

PEOPLE = 400


@pytest.fixture(scope="module")
def small(school):
    return school(people=PEOPLE)


@pytest.fixture(scope="module")
def written(small, tmp_path_factory):
    """The plan of a workbook with every kind of odd row, and the cells of its first sheet."""
    plan = write_roster(tmp_path_factory.mktemp("roster") / "roster.xlsx", small, odd=len(DIRT))
    book = openpyxl.load_workbook(plan.path)
    return plan, book, list(book.worksheets[0].iter_rows(values_only=True))


def newest(person: dict, listed: str) -> list[dict]:
    return [one for one in person.get(listed, []) if "until" not in one]


def there(school) -> list[dict]:
    return [person for person in school.people() if "left" not in person]


def test_a_roster_has_the_people_who_are_there_in_the_order_of_the_school(small):
    rows = list(roster_rows(small))

    assert [(row["工号"], row["姓名"]) for row in rows] == [
        (one["staff_number"], one["name"]) for one in there(small)
    ]
    assert len(rows) < PEOPLE
    assert rows == list(roster_rows(small))
    assert all(tuple(sorted(row)) == tuple(sorted(HEADERS)) for row in rows)


def test_what_a_row_says_is_what_the_file_says(small):
    names = {unit["id"]: unit["name"] for unit in small.units}
    for person, row in zip(there(small), roster_rows(small), strict=True):
        assert codes.table("gender").code(row["性别"]) == person["gender"]
        assert codes.table("ethnicity").code(row["民族"]) == person.get("ethnicity")
        standing = [one["party"] for one in newest(person, "memberships")]
        assert codes.table("political_status").codes(row["政治面貌"]) == standing
        assert row["所在单位"].split("、") == [names[one["unit"]] for one in newest(person, "units")]
        assert row["职称"] == "".join(one["name"] for one in newest(person, "titles"))
        assert codes.table("education").code(row["学历"]) == person["education"][-1]["level"]
        leads = [one for one in newest(person, "tenures") if one["kind"] == "leadership"]
        assert row["职务"] == (leads[0]["post"] if leads else "")
        assert bool(row["职务级别"]) == bool(row["任职时间"]) == bool(leads)
        assert row["留学经历"] in ("", "否") or "studies_abroad" in person


def test_a_day_is_spelt_in_many_ways_and_never_more_precisely_than_it_is_known(small):
    ways = set()
    for person, row in zip(there(small), roster_rows(small), strict=True):
        cell, known = row["来校时间"], person["joined"]
        if isinstance(cell, Shown):
            assert isinstance(cell.value, date)
            assert days.first_day(known) == cell.value
            assert ("d" in cell.number_format) == (len(known) == 10)
            ways.add(cell.number_format)
        else:
            digits = "".join(
                f"{int(part):02d}" for part in cell.translate(str.maketrans("年月./", "    ", "日-")).split()
            )
            assert digits == known.replace("-", "")
            ways.add("".join(sorted(set(cell) - set("0123456789"))))
    assert len(ways) >= 6


def test_units_have_names_of_their_own(school):
    names = [unit["name"] for unit in school().units]

    assert len(set(names)) == len(names)


def test_every_kind_of_oddity_is_accepted_as_something_or_refused_in_a_column(small):
    assert len(DIRT) > 60
    row = next(roster_rows(small))
    for dirt in DIRT.values():
        accepted = dirt.accepted(row) if callable(dirt.accepted) else dirt.accepted
        assert bool(dirt.refused) != bool(accepted)
        assert dirt.column in HEADERS
        assert "joined" not in accepted or accepted["joined"] is None or days.check(accepted["joined"])
        assert accepted.get("post_kind", "other") in entries.POST_KINDS


def test_the_workbook_says_first_that_its_people_are_invented_and_in_every_row(written):
    plan, book, cells = written

    assert cells[0][0] == SENTENCE
    assert book.properties.title == SENTENCE
    assert cells[1] == HEADERS
    assert len(cells) == plan.rows + 2
    assert {row[-1] for row in cells[2:]} == {"程序虚构"}


def test_the_plan_names_the_rows_as_the_spreadsheet_shows_them(written):
    plan, _, cells = written
    numbers = [row[0] for row in cells[2:] if isinstance(row[0], str)]

    assert [one.row for one in plan.odd] == list(range(3, len(plan.odd) + 3))
    assert {one.kind for one in plan.odd} == set(DIRT)
    by_kind = {one.kind: cells[one.row - 1] for one in plan.odd}
    assert by_kind["month_13"][HEADERS.index("来校时间")] == "2019.13"
    assert by_kind["day_that_lost_its_format"][HEADERS.index("来校时间")] == 45000
    assert by_kind["ethnicity_misspelt"][HEADERS.index("民族")] == "达翰尔族"
    assert by_kind["name_is_a_formula"][HEADERS.index("姓名")].startswith("=")
    assert sorted({number for number in numbers if numbers.count(number) > 1}) == [by_kind["number_twice"][0]]
    assert [one.refused for one in plan.odd if one.kind == "number_twice"] == ["staff_number_repeated"] * 2
