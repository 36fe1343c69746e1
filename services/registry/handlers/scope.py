"""What the rules of an institution make of a person on a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernel.refusals import Erased, sentence
from services.registry.domain.person.scope import duties, explain
from services.registry.projections.shapes import duty_of, explained_of

if TYPE_CHECKING:
    from kernel.log.work import Work
    from services.registry.handlers.reading import Reading

Arguments = dict[str, Any]
Answer = dict[str, Any]


class ScopeQuestions:
    """Handler of `explain_scope`."""

    def __init__(self, reading: Reading) -> None:
        """Open files through `reading`."""
        self.reading = reading
        self.office = reading.office

    def explain_scope(self, work: Work, arguments: Arguments) -> Answer:
        """Which contact categories apply to a person on a day, and why, value by value."""
        person = self.reading.people.person(work, arguments["person_id"])
        if not person.has_file:
            raise Erased
        file, on = self.office.open(person), self.office.day(arguments["as_of"])
        pack = self.office.pack(person.institution)
        categories = explain(file, pack.section("contact_categories").values(), on)
        leading = duties(file, pack.section("leaders").values(), on)
        answer = {
            "person_id": person.person_id,
            "institution": person.institution,
            "as_of": on.isoformat(),
            "categories": [explained_of(one) for one in categories],
            "note": None if categories else sentence("notes", "no_categories"),
            "leader_duties": [duty_of(one) for one in leading],
        }
        self.reading.note(work, [person], "explain_scope", _fields(answer), arguments["purpose"])
        return answer


def _fields(answer: Answer) -> list[str]:
    """The fields that the reasons tell of."""
    told = [
        reason["field"]
        for category in answer["categories"]
        for way in category["alternatives"]
        for condition in way["conditions"]
        for reason in condition["because"]
    ]
    told += [reason["field"] for duty in answer["leader_duties"] for reason in duty["because"]]
    return sorted(set(told))
