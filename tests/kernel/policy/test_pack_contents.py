"""What the five packs hold of their documents: every clause, and the values that rest on them."""

from __future__ import annotations

from hashlib import sha256

import pytest

from kernel.policy import Packs
from kernel.policy.citations import squeezed
from kernel.policy.indicators import printed
from tests.kernel.policy.test_packs import INSTITUTIONS, POLICIES

PACKS = Packs.load(POLICIES)
DATONG = PACKS.get("datong")
# Clauses, and those of them that ask for something.
CLAUSES = {
    "chifeng": (39, 34),
    "datong": (76, 72),
    "hunan-first-normal": (28, 23),
    "mianyang": (37, 30),
    "shanghai-dianji": (36, 31),
}
# The items of each indicator, and who is responsible, counted and read in the document by hand.
ITEMS = [5, 1, 1, 3, 1, 1, 1, 2, 1, 2, 3, 2, 4, 1, 4, 1, 1, 0, 2, 1, 1, 1]
OFFICE, ORGANIZATION, PUBLICITY, UNITED_FRONT = "党委办公室", "党委组织部", "党委宣传部", "党委统战部"
BASE, PARTIES = "各基层党委", "各民主党派"
RESPONSIBLE = [
    (OFFICE, ORGANIZATION, PUBLICITY, UNITED_FRONT, BASE),
    (UNITED_FRONT,),
    (OFFICE,),
    (OFFICE, BASE),
    (PUBLICITY, BASE),
    (PARTIES, BASE),
    (UNITED_FRONT, BASE),
    (UNITED_FRONT, PUBLICITY, BASE),
    (UNITED_FRONT, BASE, PARTIES),
    (PUBLICITY, UNITED_FRONT),
    (ORGANIZATION, UNITED_FRONT, BASE),
    (UNITED_FRONT,),
    (ORGANIZATION, UNITED_FRONT),
    (UNITED_FRONT, BASE),
    (OFFICE, UNITED_FRONT, BASE),
    (UNITED_FRONT,),
    (UNITED_FRONT,),
    (ORGANIZATION, UNITED_FRONT),
    (UNITED_FRONT, BASE),
    (OFFICE, UNITED_FRONT),
    (OFFICE, BASE),
    (UNITED_FRONT, OFFICE),
]


def source(institution: str) -> str:
    return squeezed((POLICIES / institution / "source.txt").read_text(encoding="utf-8"))


def names(section: str, institution: str = "datong") -> list[str]:
    return [value.content["name"] for value in PACKS.get(institution).section(section).values()]


@pytest.mark.parametrize("institution", INSTITUTIONS)
def test_every_clause_of_a_document_stands_in_its_pack_word_for_word(institution):
    pack = PACKS.get(institution)
    operative = [clause for clause in pack.clauses.values() if clause.operative]
    assert (len(pack.clauses), len(operative)) == CLAUSES[institution]
    assert [clause.id for clause in pack.clauses.values() if clause.quote not in source(institution)] == []
    raw = (POLICIES / institution / pack.source.file).read_bytes()
    assert pack.source.sha256 == sha256(raw).hexdigest()


def test_the_five_documents_have_216_clauses_of_which_190_ask_for_something():
    assert [sum(column) for column in zip(*CLAUSES.values(), strict=True)] == [216, 190]


def test_what_is_narrowed_or_declined_says_which_words_why_and_what_is_kept():
    left_out = [
        clause
        for institution in INSTITUTIONS
        for clause in PACKS.get(institution).clauses.values()
        if clause.treatment in {"narrowed", "declined"}
    ]
    assert len(left_out) == 19
    assert sorted(clause.id for clause in left_out if clause.treatment == "declined") == [
        "CF-5.1.1",
        "MY-5.3.2",
        "YS-5.3.2",
    ]
    for clause in left_out:
        assert clause.declined in clause.quote
        assert clause.reason.startswith(
            "系统只评价组织和领导干部，不记录、不打分、不排序、不标注、不预测任何人"
        )
        assert bool(clause.kept) == (clause.treatment == "narrowed")


def test_a_clause_is_found_by_the_id_that_it_had_before():
    pack = PACKS.get("hunan-first-normal")
    assert pack.clause("YS-5.1b") is pack.clause("YS-5.1.4") is pack.clauses["YS-5.1.4"]
    assert pack.clause("YS-9") is None


def test_datong_has_22_indicators_with_39_items_and_18_has_none():
    assert [indicator.number for indicator in DATONG.indicators] == list(range(1, 23))
    assert [len(indicator.items) for indicator in DATONG.indicators] == ITEMS
    assert sum(ITEMS) == 39
    document = printed(source("datong"))
    for indicator in DATONG.indicators:
        items = tuple(DATONG.clauses[item.clause].quote for item in indicator.items)
        assert (DATONG.clauses[indicator.clause].quote, items) == document[indicator.number][:2]


def test_the_responsible_parties_of_datong_are_those_of_the_document():
    parties = DATONG.section("responsible_parties")
    told = [tuple(parties[one].content["name"] for one in row.responsible) for row in DATONG.indicators]
    assert told == RESPONSIBLE
    assert [value.content["kind"] for value in parties.values()].count("groups") == 1


def test_the_heads_of_datong_are_the_five_in_their_order():
    heads = DATONG.section("heads")
    told = list(dict.fromkeys(heads[indicator.head].content["name"] for indicator in DATONG.indicators))
    assert told == names("heads")
    assert "、".join(told) in source("datong")


@pytest.mark.clause("DT-11.2")
def test_datong_has_five_pools_and_finds_candidates_for_non_party_cadres_only():
    assert names("talent_pools") == ["民主党派", "无党派人士", "少数民族", "党外干部", "留学人员"]
    assert [key for key, pool in DATONG.section("talent_pools").items() if pool.content["automatic"]] == [
        "non_party_cadres"
    ]


@pytest.mark.clause("DT-13.2")
def test_the_share_of_non_party_cadres_is_a_guideline_of_ten_percent():
    ratio = DATONG.section("ratios")["non_party_middle"]
    assert ratio.content["least_percent"] == 10
    assert DATONG.clause(ratio.cites.clause).force == "guideline"


@pytest.mark.clause("DT-21.1")
def test_a_leader_of_datong_keeps_in_touch_with_two_persons_and_only_talks_count():
    assert DATONG.section("contact_quotas")["persons_per_leader"].content["count"] == 2
    cadence = DATONG.section("contact_cadences")["talks_per_person"].content
    assert (cadence["least"], cadence["per"], cadence["kinds"]) == (2, "year", ("talk",))
    # And which year is meant, and the way of the list, no document says.
    assert cadence["reading"]["local"]
    assert all(flow.cites.local for flow in DATONG.section("contact_lists").values())


@pytest.mark.clause("CF-5")
def test_a_liaison_of_chifeng_is_nominated_by_two_branches_of_equal_rank_or_a_fallback():
    rule = PACKS.get("chifeng").section("liaison_rules")["nomination"].content
    assert [branch["id"] for branch in rule["branches"]] == ["non_party", "young_returned_teacher"]
    assert rule["branches"][1]["all_of"][1] == {"fact": "age_at_most", "age": 35}
    assert rule["fallback"]["id"] == "young_party_teacher"
    # And up to which age one is young, the document does not say.
    assert (rule["young"]["age_at_most"], rule["young"]["local"]) == (35, True)


@pytest.mark.clause("YS-2.2.6")
@pytest.mark.clause("MY-3.2.9")
def test_hunan_has_six_categories_mianyang_eleven_and_the_last_is_never_derived():
    for institution, count in (("hunan-first-normal", 6), ("mianyang", 11)):
        categories = PACKS.get(institution).section("contact_categories")
        assert len(categories) == count
        assert categories["other"].content["any_of"] == ({"all_of": ({"fact": "entered_by_hand"},)},)


def test_shanghai_has_29_work_items_without_owner_or_date():
    items = PACKS.get("shanghai-dianji").work_items
    assert len(items) == 29
    assert {(item.owner, item.due) for item in items} == {("", None)}


@pytest.mark.parametrize("institution", INSTITUTIONS)
def test_the_academic_calendar_is_local_everywhere(institution):
    calendar = PACKS.get(institution).academic_calendar
    assert calendar.cites.local
    assert calendar.cites.reason
    assert [semester["name"] for semester in calendar.content["semesters"]] == ["第一学期", "第二学期"]
