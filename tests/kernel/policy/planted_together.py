"""Faults of parts that are each right alone, planted in a copy of a real pack, and how each is told."""

from __future__ import annotations

OF_BRANCHES = "    quote: 民主党派基层组织；\n"

# As in `planted`: pack, file, what is changed, into what, the line that is told, where, code
TOGETHER = {
    "a condition of groups asked of persons": (
        *("mianyang", "contacts.yaml", "{fact: professor}", "{fact: association}"),
        *(
            "person\n    any_of:\n      - all_of: [{fact: not_cpc_member}, {fact: association}]",
            "contact_categories.professors.any_of.0.all_of.1.fact",
            "condition_of_another",
        ),
    ),
    "a condition of persons asked of groups": (
        *("mianyang", "contacts.yaml", "[{fact: association}]", "[{fact: professor}]"),
        *(
            "[{fact: professor}]",
            "contact_categories.united_front_groups.any_of.0.all_of.0.fact",
            "condition_of_another",
        ),
    ),
    "a condition of groups asked of liaisons": (
        *("chifeng", "people.yaml", "all_of: [{fact: not_cpc_member}]", "all_of: [{fact: association}]"),
        *(
            "all_of: [{fact: association}]",
            "liaison_rules.nomination.branches.0.all_of.0.fact",
            "condition_of_another",
        ),
    ),
    "an age that is not said": (
        *("chifeng", "people.yaml", "{fact: age_at_most, age: 35}", "{fact: age_at_most}"),
        *("{fact: age_at_most}", "liaison_rules.nomination.branches.1.all_of.1", "age_unsaid"),
    ),
    "a quote of another clause": (
        *("mianyang", "contacts.yaml", "    clause: MY-3.1.2\n", f"    clause: MY-3.1.2\n{OF_BRANCHES}"),
        *(OF_BRANCHES, "contact_categories.united_front_groups.quote", "words_of_another_clause"),
    ),
    "a reason that names a clause that is not there": (
        *("chifeng", "contacts.yaml", "reason: CF-6.2 只写", "reason: CF-99 只写"),
        *("reason: CF-99 只写", "contact_lists.focus.reason", "unknown_clause"),
    ),
    "overlapping semesters": (
        *("mianyang", "pack.yaml", "starts: 09-01, ends: 01-31", "starts: 09-01, ends: 02-10"),
        *("starts: 02-01", "academic_calendar.semesters.1.starts", "semesters_overlap"),
    ),
    "more contacts at least than at most": (
        *("chifeng", "contacts.yaml", "    least: 1\n    stated_most: 2", "    least: 5\n    stated_most: 2"),
        *("    stated_most: 2", "contact_cadences.contacts_per_person.stated_most", "most_below_least"),
    ),
}
