"""Faults to plant in a copy of a real pack, and how each is told."""

from __future__ import annotations

HUNAN = "hunan-first-normal"
VERSION = "  - effective_from: 2019-06-21\n    summary: 依来源文件建立\n"
AGAIN = f"{VERSION}    local: true\n    reason: 来源文件未写生效日期，取其落款日期\n"
FIFTEEN_TWO = "      - clause: DT-15.2\n"
FIFTEEN_THREE = "      - clause: DT-15.3\n        measure: 召开并征求意见建议的座谈会\n"
ITEMS_OF_15 = "strengths\n    responsible: [party_office, united_front, base_committees]\n    items:"
INDICATOR_9 = """\
  - number: 9
    clause: DT-9
    head: guidance
    responsible: [united_front, base_committees, democratic_parties]
    items:
      - clause: DT-9.1
"""
INDICATOR_18 = """\
  - number: 18
    clause: DT-18
    head: strengths
    responsible: [organization, united_front]
    items: []
"""
KEPT = "    kept: 谈话次数，以及已解决的工作和生活困难的件数\n"
PRESIDENT = "  DT-3:\n    quote: 校党委书记亲自"

# pack, file, what is changed, into what, the line that is told (by its first such text), where, code
PLANTED = {
    "a misquoted clause": (
        *("datong", "clauses.yaml", "实施方案》，召开动员部署会。", "实施方案》，召开部署会。"),
        *("实施方案》，召开部署会。", "clauses.DT-四.1.quote", "misquoted"),
    ),
    "one wrong comma in a quote": (
        *("chifeng", "clauses.yaml", "建立宣传工作成员名单,按顺序", "建立宣传工作成员名单，按顺序"),
        *("    quote: 建立宣传工作成员名单，", "clauses.CF-2.quote", "misquoted"),
    ),
    "a misquoted value": (
        *("mianyang", "contacts.yaml", "quote: 重大节假日走访慰问", "quote: 重大节假日走访问候"),
        *("quote: 重大节假日走访问候", "contact_duties.festival_visits.quote", "misquoted"),
    ),
    "a misquoted title": (
        *(HUNAN, "pack.yaml", "    - 湘一师党字〔2017〕50号", "    - 湘一师党字〔2017〕51号"),
        *("    - 湘一师党字〔2017〕51号", "source.quotes.0", "misquoted"),
    ),
    "declined words that the clause has not": (
        *(HUNAN, "clauses.yaml", "    declined: 思想动态", "    declined: 思想状态"),
        *("    declined: 思想状态", "clauses.YS-5.4.1.declined", "words_elsewhere"),
    ),
    "a clause that nothing uses": (
        *("shanghai-dianji", "evaluation.yaml", "  - clause: SD-5.8\n", ""),
        *("clauses.yaml:  SD-5.8:", "clauses.SD-5.8", "unused_clause"),
    ),
    "an unknown clause": (
        *("datong", "people.yaml", "held_by: 校党委, clause: DT-13.1", "held_by: 校党委, clause: DT-13.9"),
        *("clause: DT-13.9", "reserve_lists.reserve_cadres.clause", "unknown_clause"),
    ),
    "a clause of another document": (
        *("mianyang", "people.yaml", "clause: MY-3\n", "clause: YS-2.1\n"),
        *("clause: YS-2.1", "leaders.school.clause", "other_document"),
    ),
    "a declined clause as a ground": (
        *(HUNAN, "evaluation.yaml", "of: [领导干部], clause: YS-5.3.1", "of: [领导干部], clause: YS-5.3.2"),
        *("clause: YS-5.3.2", "appraisals.annual_appraisal.clause", "cites_declined"),
    ),
    "a value without ground": (
        *(
            HUNAN,
            "contacts.yaml",
            "name: 春节, kind: home_visit, clause: YS-5.2.3",
            "name: 春节, kind: home_visit",
        ),
        *("  spring_festival:", "festivals.spring_festival", "uncited"),
    ),
    "an unknown category": (
        *("mianyang", "contacts.yaml", "[party_branches, united_front_groups]", "[party_branches, clubs]"),
        *(
            "    categories: [party_branches, clubs]",
            "contact_quotas.groups_per_leader.categories.1",
            "unknown_category",
        ),
    ),
    "an unknown condition": (
        *(HUNAN, "contacts.yaml", "{fact: long_cooperation_confirmed}", "{fact: loyal}"),
        *("{fact: loyal}", "contact_categories.veterans.any_of.0.all_of.2.fact", "unknown_condition"),
    ),
    "an unknown kind of contact": (
        *("chifeng", "contacts.yaml", "[talk, visit, invitation]", "[talk, visit, call]"),
        *("    kinds: [talk", "contact_cadences.contacts_per_person.kinds.2", "unknown_kind"),
    ),
    "a kind that does not count": (
        *("datong", "contacts.yaml", "    kinds: [talk]", "    kinds: [talk, visit]"),
        *("    kinds: [talk, visit]", "contact_cadences.talks_per_person.kinds.1", "does_not_count"),
    ),
    "no responsible party": (
        *("datong", "evaluation.yaml", "    responsible: [party_office]", "    responsible: []"),
        *("    responsible: []", "indicators.2.responsible", "no_responsible"),
    ),
    "a responsible party left out": (
        *("datong", "evaluation.yaml", "[publicity, base_committees]", "[publicity]"),
        *("    responsible: [publicity]", "indicators.4.responsible", "responsible_differs"),
    ),
    "responsible parties in another order": (
        *(
            "datong",
            "evaluation.yaml",
            "[democratic_parties, base_committees]",
            "[base_committees, democratic_parties]",
        ),
        *("    responsible: [base_committees, democratic", "indicators.5.responsible", "responsible_differs"),
    ),
    "an unknown responsible party": (
        *("datong", "evaluation.yaml", "    responsible: [party_office]", "    responsible: [library]"),
        *("    responsible: [library]", "indicators.2.responsible.0", "unknown_party"),
    ),
    "a responsible party that is no unit": (
        *("datong", "evaluation.yaml", "unit: organization", "unit: organisation"),
        *("unit: organisation", "responsible_parties.organization.unit", "unknown_own_unit"),
    ),
    "an indicator under an unknown head": (
        *("datong", "evaluation.yaml", "clause: DT-9\n    head: guidance", "clause: DT-9\n    head: thoughts"),
        *("    head: thoughts", "indicators.8.head", "unknown_head"),
    ),
    "an indicator missing": (
        *("datong", "evaluation.yaml", INDICATOR_18, ""),
        *("indicators:", "indicators", "indicator_missing"),
    ),
    "an indicator that the document has not": (
        *("datong", "evaluation.yaml", INDICATOR_9, INDICATOR_9 + INDICATOR_9.replace("9", "23", 1)),
        *("  - number: 23", "indicators.9.number", "indicator_unknown"),
    ),
    "an indicator twice": (
        *("datong", "evaluation.yaml", INDICATOR_9, INDICATOR_9 + INDICATOR_9),
        *(INDICATOR_9 + "  - number: 9", "indicators.9.number", "twice"),
    ),
    "an item missing": (
        *("datong", "evaluation.yaml", FIFTEEN_THREE, ""),
        *(ITEMS_OF_15, "indicators.14.items", "item_missing"),
    ),
    "an item in another place": (
        *("datong", "evaluation.yaml", FIFTEEN_TWO + FIFTEEN_THREE, FIFTEEN_THREE + FIFTEEN_TWO),
        *(ITEMS_OF_15, "indicators.14.items", "item_unknown"),
    ),
    "a missing reason of what is declined": (
        *("mianyang", "clauses.yaml", "    reason: 意义说明，不设具体要求\n", ""),
        *("  MY-1.0:", "clauses.MY-1.0", "reason_unsaid"),
    ),
    "a missing reason of what is local": (
        *("chifeng", "pack.yaml", "    reason: 来源文件均未写明\n", ""),
        *("文件的日期、文号和发文单位\n    local: true", "open_points.document_date.local", "reason_missing"),
    ),
    "not said what is kept": (
        *("datong", "clauses.yaml", KEPT, ""),
        *("  DT-4.3:", "clauses.DT-4.3", "kept_unsaid"),
    ),
    "not said what is declined": (
        *("datong", "clauses.yaml", "    declined: 摸清底数\n", ""),
        *("  DT-9.1:", "clauses.DT-9.1", "declined_unsaid"),
    ),
    "declined words of a clause that is built": (
        *("datong", "clauses.yaml", PRESIDENT, PRESIDENT.replace(":\n", ":\n    declined: 校党委\n")),
        *("    declined: 校党委\n", "clauses.DT-3.declined", "declined_unasked"),
    ),
    "something kept of a clause that is built": (
        *("datong", "clauses.yaml", PRESIDENT, PRESIDENT.replace(":\n", ":\n    kept: 全部\n")),
        *("    kept: 全部\n", "clauses.DT-3.kept", "kept_unasked"),
    ),
    "a reason of a clause that is built": (
        *("datong", "clauses.yaml", PRESIDENT, PRESIDENT.replace(":\n", ":\n    reason: 合成\n")),
        *("    reason: 合成\n", "clauses.DT-3.reason", "reason_unasked"),
    ),
    "a wrong word of force": (
        *(HUNAN, "clauses.yaml", "    force: guideline", "    force: should"),
        *("    force: should", "clauses.YS-5.1.4.force", "not_a_force"),
    ),
    "a wrong word of treatment": (
        *("shanghai-dianji", "clauses.yaml", "    treatment: rule", "    treatment: score"),
        *("    treatment: score", "clauses.SD-0.1.treatment", "not_a_treatment"),
    ),
    "a changed source document": (
        *("mianyang", "source.txt", "为进一步贯彻落实中央", "为贯彻落实中央"),
        *("pack.yaml:  sha256:", "source.sha256", "source_changed"),
    ),
    "a source document that is not there": (
        *("mianyang", "pack.yaml", "  file: source.txt", "  file: rules.txt"),
        *("  file: rules.txt", "source.file", "source_missing"),
    ),
    "a source document elsewhere": (
        *("mianyang", "pack.yaml", "  file: source.txt", "  file: ../datong/source.txt"),
        *("  file: ../datong/source.txt", "source.file", "not_a_file_name"),
    ),
    "a wrong digest": (
        *("mianyang", "pack.yaml", "  sha256: 5ba2ceb6", "  sha256: 5ba2ceb7"),
        *("  sha256: 5ba2ceb7", "source.sha256", "source_changed"),
    ),
    "a digest of another length": (
        *("mianyang", "pack.yaml", "  sha256: 5ba2ceb6", "  sha256: 5ba2"),
        *("  sha256: 5ba2", "source.sha256", "not_a_digest"),
    ),
    "two versions on one date": (
        *("datong", "pack.yaml", AGAIN, AGAIN + AGAIN.replace("依来源文件建立", "修订")),
        *(AGAIN + "  - effective_from: 2019-06-21", "versions.1.effective_from", "same_date"),
    ),
    "versions in the wrong order": (
        *("datong", "pack.yaml", AGAIN, AGAIN + AGAIN.replace("2019-06-21", "2018-06-21")),
        *("  - effective_from: 2018-06-21", "versions.1.effective_from", "not_in_order"),
    ),
    "no version": (
        *("datong", "pack.yaml", "versions:\n" + AGAIN, "versions: []\n"),
        *("versions: []", "versions", "no_version"),
    ),
    "an id twice": (
        *("datong", "people.yaml", "  nonpartisans: {", "  democratic_parties: {"),
        *("clause: DT-11.2}\n  democratic_parties:", "", "twice"),
    ),
    "a section in two files": (
        *("datong", "people.yaml", "leaders:\n", "phases:\n"),
        *("phases:\n", "phases", "section_twice"),
    ),
    "an alias that is another clause's id": (
        *(HUNAN, "clauses.yaml", "[YS-5.1b]", "[YS-5.1.5]"),
        *("    aliases: [YS-5.1.5]", "clauses.YS-5.1.4.aliases.0", "twice"),
    ),
    "a work item twice": (
        *(
            "shanghai-dianji",
            "evaluation.yaml",
            "  - clause: SD-1.2\n",
            "  - clause: SD-1.2\n  - clause: SD-1.1\n",
        ),
        *("  - clause: SD-1.2\n  - clause: SD-1.1", "work_items.2.clause", "twice"),
    ),
    "a text where a number belongs": (
        *("datong", "gatherings.yaml", "    least: 1\n    per: semester", "    least: 一\n    per: semester"),
        *("    least: 一", "symposia.consultation.least", "not_an_integer"),
    ),
    "a number where a text belongs": (
        *("chifeng", "people.yaml", "nominated_by: 各部门院系", "nominated_by: 7"),
        *("    nominated_by: 7", "liaison_rules.nomination.nominated_by", "not_a_string"),
    ),
    "a text where a list belongs": (
        *(HUNAN, "contacts.yaml", "    acts: [交换看法]", "    acts: 交换看法"),
        *("    acts: 交换看法", "contact_duties.exchange_of_views.acts", "not_a_list"),
    ),
    "a period that nobody knows": (
        *(HUNAN, "contacts.yaml", "per: semester", "per: week"),
        *("    per: week", "contact_cadences.contacts_per_person.per", "not_a_choice"),
    ),
    "a day that no year has": (
        *("mianyang", "pack.yaml", "starts: 09-01, ends: 01-31", "starts: 09-31, ends: 01-31"),
        *("starts: 09-31", "academic_calendar.semesters.0.starts", "not_a_day_of_year"),
    ),
    "an open list of nothing": (
        *(HUNAN, "pack.yaml", "  festivals: {name", "  feasts: {name"),
        *("  feasts: {name", "open_lists.feasts", "unknown_section"),
    ),
    "candidates by ethnicity": (
        *("datong", "people.yaml", "{name: 少数民族, clause", "{name: 少数民族, automatic: true, clause"),
        *("{name: 少数民族, automatic", "talent_pools.ethnic_minorities.automatic", "automatic_forbidden"),
    ),
    "a field that nobody knows": (
        *("datong", "people.yaml", "    least_percent: 10", "    least_percent: 10\n    score: 3"),
        *("    score: 3", "ratios.non_party_middle.score", "unknown"),
    ),
}
