"""Units, groups, liaisons and training of an institution on a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import select, tuple_

from kernel.paging import Cursors
from services.registry.domain.person import found_by
from services.registry.domain.person.file import standing
from services.registry.domain.person.masking import suppressed
from services.registry.domain.person.scope import explain_group
from services.registry.domain.units import COMMITTEE
from services.registry.storage.tables import ACTIVITY

if TYPE_CHECKING:
    from datetime import date

    from kernel.identity.actor import Actor, Role
    from services.registry.storage.office import Office

Answer = dict[str, Any]
# Units of these kinds have a liaison where the rules know one (CF-5: 各部门院系).
_WITH_LIAISON = ("department", "college")


class OrganisationQueries:
    """Handlers by method name."""

    def __init__(self, office: Office) -> None:
        """Read from the office's database."""
        self.office = office
        self.cursors = Cursors(office.secrets.request_key)

    def list_units(self, actor: Actor, arguments: Answer) -> Answer:
        """The units of a day: those of the pack, in the form they were registered in, and all others."""
        (institution,) = self.office.institutions(actor, arguments["institution"])
        return {"items": self._units(institution, self.office.day(arguments["as_of"]))}

    def list_groups(self, actor: Actor, arguments: Answer) -> Answer:
        """The groups of a day with their number of members; fewer than five are for those who keep them."""
        (institution,) = self.office.institutions(actor, arguments["institution"])
        on = self.office.day(arguments["as_of"])
        items = []
        for group, form in self.office.groups(institution, on).items():
            members = self._members(institution, group, on)
            few = suppressed(actor.role, members)
            told = {"members": None if few else members, "suppressed": few}
            items.append({"group": group, **form, **told, "categories": self._categories(institution, form)})
        committees = {unit["id"] for unit in self._units(institution, on) if unit.get("form") == COMMITTEE}
        studying = {item.get("unit") for item in items if item["kind"] == "study_group"}
        share = {"with_study_group": len(committees & studying), "base_committees": len(committees)}
        return {"items": items, "study_groups": share}

    def _categories(self, institution: str, form: Answer) -> list[Answer]:
        """The contact categories of groups that apply to a group of that kind (MY-3.1.1, MY-3.1.2)."""
        explained = explain_group(
            form["kind"], self.office.pack(institution).section("contact_categories").values()
        )
        return [
            {"category": one.category, "name": one.name, "clause": one.clause}
            for one in explained
            if one.applies
        ]

    def list_liaisons(self, actor: Actor, arguments: Answer) -> Answer:
        """Each unit that has a liaison by the rules, with who it is on a day; `vacant` where nobody is."""
        (institution,) = self.office.institutions(actor, arguments["institution"])
        on = self.office.day(arguments["as_of"])
        if not self.office.pack(institution).section("liaison_rules"):
            return {"items": [], "vacant": 0}
        items = [
            {
                "unit": unit["id"],
                "unit_name": unit["name"],
                "liaison": self._liaison(institution, unit["id"], on),
            }
            for unit in self._units(institution, on)
            if unit["kind"] in _WITH_LIAISON
        ]
        return {"items": items, "vacant": sum(item["liaison"] is None for item in items)}

    def list_trainings(self, actor: Actor, arguments: Answer) -> Answer:
        """Plans and sessions of training, newest first: what the organiser did, and no rate of anybody."""
        (institution,) = self.office.institutions(actor, arguments["institution"])
        place = self.cursors.read(arguments, arguments["cursor"])
        held_on, activity_id = ACTIVITY.c.held_on, ACTIVITY.c.activity_id
        query = select(ACTIVITY).where(ACTIVITY.c.institution == institution)
        if arguments["as_of"] is not None:
            # As precise as it is known: a session of that year or month counts, whichever day it was.
            query = query.where(held_on <= arguments["as_of"].isoformat())
        if place:
            query = query.where(tuple_(held_on, activity_id) < tuple_(*place))
        query = query.order_by(held_on.desc(), activity_id.desc()).limit(arguments["limit"] + 1)
        with self.office.database.read() as connection:
            rows = connection.execute(query).mappings().all()
        shown, cursor = rows[: arguments["limit"]], None
        if len(rows) > len(shown):
            cursor = self.cursors.make(arguments, [shown[-1]["held_on"], shown[-1]["activity_id"]])
        self.office.keys.get({row["key_id"] for row in shown})
        return {"items": [self._training(row, actor.role) for row in shown], "next_cursor": cursor}

    def _units(self, institution: str, on: date) -> list[Answer]:
        registered = self.office.units(institution, on)
        items: dict[str, Answer] = {
            unit.id: {"id": unit.id, "name": unit.name, "kind": unit.kind, "machine_queue": unit.machine_queue}
            for unit in self.office.pack(institution).units.values()
        }
        for unit_id, form in registered.items():
            items[unit_id] = {**items.get(unit_id, {"id": unit_id, "machine_queue": False}), **form}
        return [items[unit_id] for unit_id in sorted(items)]

    def _members(self, institution: str, group: str, on: date) -> int:
        return sum(
            file.here(on) and any(place.group == group for place in standing(file.groups, on))
            for _, file in self.office.found(institution, found_by.GROUP, group)
        )

    def _liaison(self, institution: str, unit: str, on: date) -> Answer | None:
        for person, file in self.office.found(institution, found_by.LIAISON, unit):
            for term in standing(file.liaisons, on):
                if term.unit == unit and file.here(on):
                    days = {"since": term.since, "until": term.until or None}
                    return {"person_id": person.person_id, "name": file.name, **days}
        return None

    def _training(self, row: Any, role: Role) -> Answer:
        told = {name: row[name] for name in ("activity_id", "kind", "audience", "held_on")}
        few = suppressed(role, row["attended"])
        told |= {"attended": None if few else row["attended"], "suppressed": few}
        opened = self.office.keys.open({"$sealed": row["content"]}, row["sealed_in"], "content")
        return told | (orjson.loads(opened) if opened else {})
