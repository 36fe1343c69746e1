"""The commands on units, groups and training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from kernel.application import Needs
from kernel.facts import Fact
from kernel.identifiers import time_ordered
from kernel.refusals import InvalidInput
from services.registry.domain.person import edits
from services.registry.domain.person.days import backwards, last_day
from services.registry.domain.person.states import Person, stream_of
from services.registry.domain.units import form_on, under_itself
from services.registry.projections.rows import activity_rows, form_in, form_row, forms_of

if TYPE_CHECKING:
    from datetime import date

    from kernel.log.work import Work
    from services.registry.handlers.people import People

Arguments = dict[str, Any]
Answer = dict[str, Any]


def needs_unit(arguments: Arguments) -> Needs:
    """The unit's stream and row, and the person who is to head it."""
    key = f"{arguments['institution']}/{arguments['unit']}"
    head = arguments["head"]
    return Needs((f"unit/{key}",), {"unit": (key,), "person": (head,) if head else ()})


def needs_group(arguments: Arguments) -> Needs:
    """The group's stream and row."""
    key = f"{arguments['institution']}/{arguments['group']}"
    return Needs((f"cohort/{key}",), {"cohort": (key,)})


def needs_attendees(arguments: Arguments) -> Needs:
    """The people who were there."""
    ids = arguments["attendees"]
    return Needs([stream_of(person_id) for person_id in ids], {"person": ids})


class OrganisationCommands:
    """Handlers by method name."""

    def __init__(self, people: People) -> None:
        """Read and write people through `people`."""
        self.people = people
        self.office = people.office

    def register_unit(self, work: Work, arguments: Arguments) -> Answer:
        """A unit, or a new form of one that there is: from that day on it is called and stands so."""
        institution, unit = arguments["institution"], arguments["unit"]
        if arguments["form"] is not None and arguments["kind"] != "party_department":
            raise InvalidInput.of(form="unknown")
        if arguments["parent"] is not None:
            self._refuse_parent(institution, arguments, self.people.today(work))
        if arguments["head"] is not None and not self._is_here(work, arguments["head"], institution):
            raise InvalidInput.of(head="unknown_person")
        return self._reform(work, "unit", unit, arguments)

    def register_group(self, work: Work, arguments: Arguments) -> Answer:
        """A group, or a new form of one that there is."""
        unit = arguments["unit"]
        if unit is not None and unit not in self.office.unit_ids(arguments["institution"]):
            raise InvalidInput.of(unit="no_such_unit")
        return self._reform(work, "cohort", arguments["group"], arguments)

    def record_training(self, work: Work, arguments: Arguments) -> Answer:
        """A plan, a session or a selection; what the organiser did, and no rate of anybody.

        Only a selection for a course goes into the files of those who were selected.
        """
        institution, attendees = arguments["institution"], list(dict.fromkeys(arguments["attendees"]))
        for person_id in attendees:
            if not self._is_here(work, person_id, institution):
                raise InvalidInput.of(attendees="unknown_person")
        activity_id = time_ordered()
        if arguments["kind"] == "selection":
            self._select(work, arguments, attendees)
        content = {name: arguments[name] for name in ("title", "organiser", "note") if arguments[name]}
        data = {"activity_id": activity_id, "attended": len(attendees)}
        data |= {name: arguments[name] for name in ("kind", "audience", "held_on")}
        fact = Fact("training_recorded", data, {"content": orjson.dumps(content).decode()})
        (key,) = work.keys.take()
        stream_id = f"activity/{activity_id}"
        policy = self.office.pack(institution).version
        events = work.record(stream_id, institution, [fact], key=key, policy=policy)
        for row_id, row in activity_rows(events)["activity"].items():
            work.put("activity", row_id, row)
        return {"activity_id": activity_id, "attended": len(attendees), "event_hash": work.last_hash(stream_id)}

    def _refuse_parent(self, institution: str, arguments: Arguments, today: date) -> None:
        """`InvalidInput` for a parent that is not there when the form begins, or is under the unit itself."""
        forms, parent = self.office.unit_forms(institution), arguments["parent"]
        begins = last_day(arguments["since"]) if arguments["since"] else today
        of_pack = self.office.pack(institution).units
        if parent not in of_pack and form_on(forms.get(parent, ()), begins) is None:
            raise InvalidInput.of(parent="no_such_unit")
        if under_itself(forms, arguments["unit"], form_in("unit", arguments)):
            raise InvalidInput.of(parent="under_itself")

    def _is_here(self, work: Work, person_id: str, institution: str) -> bool:
        row = work.row("person", person_id)
        return row is not None and row["institution"] == institution and Person(**row).has_file

    def _select(self, work: Work, arguments: Arguments, attendees: list[str]) -> None:
        course = {"name": arguments["title"], "since": arguments["held_on"]}
        if arguments["organiser"]:
            course["organiser"] = arguments["organiser"]
        for person_id in attendees:
            person, file = self.people.expected(work, {"person_id": person_id})
            after, entry_id = edits.with_entry(file, "courses", course)
            self.people.change(work, person, (file, after), Fact("course_recorded", {"entry": entry_id}))

    def _reform(self, work: Work, stream: str, own: str, arguments: Arguments) -> Answer:
        if backwards(arguments["since"] or "", arguments["until"] or ""):
            raise InvalidInput.of(until="period_order")
        institution = arguments["institution"]
        table, event_name, field = _SHAPED[stream]
        key = f"{institution}/{own}"
        row, form = work.row(table, key), form_in(stream, arguments)
        if row is None or forms_of(row)[-1] != form:
            policy = self.office.pack(institution).version
            facts = [Fact(event_name, {field: own, **form})]
            (event,) = work.record(f"{stream}/{key}", institution, facts, key=None, policy=policy)
            row = form_row(stream, row, event)[table][key]
            work.put(table, key, row)
        version, event_hash = row["version"], work.last_hash(f"{stream}/{key}")
        return {field: own, "version": version, "event_hash": event_hash}


# By the first part of a stream's id: table, event, and the field that holds its id.
_SHAPED = {"unit": ("unit", "unit_registered", "unit"), "cohort": ("cohort", "group_registered", "group_id")}
