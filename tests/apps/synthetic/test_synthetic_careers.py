"""Invented lives hold together: one thing after the other, and one holder of a post at a time."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from itertools import pairwise

from apps.synthetic.dice import NEWEST, year_of
from services.registry.domain.person.days import first_day, last_day

LISTS = ("units", "memberships", "tenures", "titles", "education", "studies_abroad", "groups")
RANKS = ("junior", "intermediate", "associate_senior", "senior")
LEVELS = ("61", "41", "31", "21", "14", "11")


def spans(person: dict, listed: str):
    for entry in person.get(listed, []):
        yield entry.get("since", ""), entry.get("until", "")


def earliest(since: str) -> date:
    return first_day(since) if since else date.min


def latest(until: str) -> date:
    return first_day(until) if until else date.max


def test_no_entry_ends_before_it_begins_and_none_is_later_than_the_newest_month(everybody):
    newest = date(year_of(NEWEST), NEWEST % 12 + 1, 28)
    for person in everybody:
        for listed in LISTS:
            for since, until in spans(person, listed):
                assert earliest(since) < latest(until)
                assert not since or earliest(since) <= newest
                assert not until or latest(until) <= newest


def test_people_are_born_study_join_retire_and_leave_in_this_order(everybody):
    for person in everybody:
        joined = first_day(person["joined"])
        born = first_day(person["birth"]) if "birth" in person else date.min
        assert joined.year - born.year >= 18
        for entry in person["education"]:
            assert not entry.get("since") or earliest(entry["since"]).year - born.year >= 17
            assert earliest(entry.get("since", "")) <= joined
        retired, left = (latest(person.get(key, "")) for key in ("retired", "left"))
        assert joined < retired
        assert joined < left
        assert "retired" not in person or retired <= left
        assert "birth" not in person or "retired" not in person or 49 <= retired.year - born.year <= 61


def test_no_title_comes_before_twenty_and_each_is_higher_than_the_one_before(everybody):
    for person in everybody:
        titles = person.get("titles", [])
        ranks = [RANKS.index(one["rank"]) for one in titles]
        assert ranks == sorted(set(ranks))
        for one in titles:
            assert "birth" not in person or int(one["since"][:4]) - int(person["birth"][:4]) >= 20
        for one, following in pairwise(titles):
            assert one["until"] == following["since"]
        assert all("until" not in one for one in titles[-1:])


def test_each_level_of_education_is_higher_than_the_one_before(everybody):
    for person in everybody:
        levels = [LEVELS.index(one["level"]) for one in person["education"]]
        assert levels == sorted(set(levels))
        assert all(one["degree"] == "none" for one in person["education"] if one["level"] not in LEVELS[-3:])


def test_units_that_follow_each_other_do_not_overlap_and_end_when_the_person_leaves(everybody):
    for person in everybody:
        units = person["units"]
        assert min(earliest(one.get("since", "")) for one in units) >= first_day(person["joined"])
        assert all(one.get("until") for one in units) == ("left" in person)
        ids = [one["unit"] for one in units]
        assert len(set(ids)) == len(ids)


def test_a_post_has_one_holder_at_a_time(school):
    held = defaultdict(list)
    for person in school(people=4_000).people():
        for one in person.get("tenures", []):
            if one["kind"] in ("leadership", "nonpartisan_post", "party_post") and one.get("role") == "head":
                span = earliest(one["since"]), latest(one.get("until", ""))
                held[one.get("unit"), one["post"]].append(span)

    assert len(held) > 80
    assert any(len(spans) > 1 for spans in held.values())
    for spans in held.values():
        for one, following in pairwise(sorted(spans)):
            assert one[1] <= following[0]


def test_nobody_leads_one_unit_twice_at_a_time(everybody):
    for person in everybody:
        by_unit = defaultdict(list)
        for one in person.get("tenures", []):
            if one["kind"] == "leadership":
                by_unit[one.get("unit")].append((earliest(one["since"]), latest(one.get("until", ""))))
        for spans in by_unit.values():
            assert all(one[1] <= following[0] for one, following in pairwise(sorted(spans)))


def test_leaders_are_grown_up_and_not_in_office_after_retiring(everybody):
    for person in everybody:
        for one in person.get("tenures", []):
            if one["kind"] != "leadership":
                continue
            since, until = earliest(one["since"]), latest(one.get("until", ""))
            assert since > first_day(person["joined"])
            assert "birth" not in person or since.year - int(person["birth"][:4]) >= 28
            assert "retired" not in person or until <= last_day(person["retired"])


def test_party_posts_are_held_by_members_of_the_party(everybody):
    for person in everybody:
        codes = {one["party"] for one in person.get("memberships", [])}
        for one in person.get("tenures", []):
            assert one["kind"] != "party_post" or one["body"] in codes
            assert one["kind"] != "nonpartisan_post" or codes == {"12"}
        for place in person.get("groups", []):
            kind, _, code = place["group"].partition("-")
            assert kind != "branch" or code in codes


def test_party_organisations_are_led_by_members_of_the_party(school):
    organisations = {unit["id"] for unit in school().units if unit.get("form")}
    led = 0
    for person in school().people():
        for one in person.get("tenures", []):
            if one.get("unit") in organisations:
                led += 1
                assert "01" in {held["party"] for held in person["memberships"]}
    assert led > 40


def test_days_are_known_with_different_precision(everybody):
    lengths = [len(since) for person in everybody for listed in LISTS for since, _ in spans(person, listed)]

    for length in (0, 4, 7, 10):
        assert lengths.count(length) > len(lengths) / 50


def test_nobody_is_in_a_group_twice_at_a_time_and_its_heads_are_officers_of_it(everybody):
    officers = 0
    for person in everybody:
        by_group = defaultdict(list)
        for place in person.get("groups", []):
            by_group[place["group"]].append((earliest(place.get("since", "")), latest(place.get("until", ""))))
            officers += place["role"] == "officer"
        for held in by_group.values():
            assert all(one[1] <= following[0] for one, following in pairwise(sorted(held)))
    assert officers > 20
