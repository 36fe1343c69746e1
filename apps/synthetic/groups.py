"""In which groups invented people are, and what they do there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apps.synthetic.appointments import BODIES_OF, CPC
from apps.synthetic.dice import YEAR, month

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from apps.synthetic.appointments import Appointment
    from apps.synthetic.dice import Dice
    from apps.synthetic.institution import Group, Institution
    from apps.synthetic.life import Life

Entry = dict[str, Any]

_IN_BRANCH, _IN_STUDY_GROUP, _KEY_MEMBERS, _DAY_UNKNOWN = 0.97, 0.3, 0.06, 0.1
_SHARES = {"scholars": 0.15, "returned": 0.6, "peoples": 0.3}
_FROM = month(2008)


class Places:
    """Places in the groups that are open when the person comes."""

    def __init__(self, institution: Institution, dice: Dice) -> None:
        self._dice = dice
        groups = institution.groups.all
        self._branches: Mapping[str, Group] = {group.party: group for group in groups if group.party}
        self._associations: Mapping[str, Group] = {group.for_whom: group for group in groups if group.for_whom}
        self._units = institution.by_id
        self._study: Mapping[str | None, Group] = {
            self._units[group.unit].parent: group for group in groups if group.kind == "study_group"
        }

    def of(self, life: Life, number: int, document: Entry, code: str, appointment: Appointment | None) -> None:
        """Add `groups` to the document, and to its tenures what somebody does in an association."""
        entries = list(self._headed(appointment))
        headed = entries[0]["group"] if entries else ""
        if not headed:
            entries += self._branch(life, number, document, code)
        for for_whom in self._audiences(document, code):
            group = self._associations[for_whom]
            if headed != group.id and group.opens <= number and self._dice.throw() < _SHARES[for_whom]:
                for entry in self._place(life, group):
                    entries.append(entry)
                    if self._dice.throw() < _KEY_MEMBERS:
                        self._key_member(document, entry, for_whom, group)
        unit = self._units[document["units"][-1]["unit"]]
        study = self._study.get(unit.parent or unit.id)
        if study and code != CPC and study.opens <= number and self._dice.throw() < _IN_STUDY_GROUP:
            entries += self._place(life, study)
        if entries:
            document["groups"] = entries

    def _headed(self, appointment: Appointment | None) -> Iterator[Entry]:
        if appointment is None or not appointment.post.group:
            return
        group, told = appointment.post.group, appointment.entry
        entry = {"group": group, "role": "officer", "post": told["post"], "since": told["since"]}
        if "until" not in told:
            yield entry
            return
        yield entry | {"until": told["until"]}
        yield {"group": group, "role": "member", "since": told["until"]}

    def _branch(self, life: Life, number: int, document: Entry, code: str) -> Iterator[Entry]:
        branch = self._branches.get(code)
        if branch is None or branch.opens > number or self._dice.throw() >= _IN_BRANCH:
            return
        since = document["memberships"][-1].get("since", "")
        entry = {"group": branch.id, "role": "member", "since": max(since, document["joined"])}
        if life.left is None:
            yield entry

    def _audiences(self, document: Entry, code: str) -> Iterator[str]:
        if code != CPC and document.get("titles"):
            yield "scholars"
        if "studies_abroad" in document:
            yield "returned"
        if document.get("ethnicity", "01") != "01":
            yield "peoples"

    def _place(self, life: Life, group: Group) -> Iterator[Entry]:
        since = max(life.joined, _FROM)
        if since + YEAR >= life.end or life.left is not None:
            return
        entry = {"group": group.id, "role": "member"}
        if self._dice.throw() >= _DAY_UNKNOWN:
            entry["since"] = self._dice.day(self._dice.between(since + 1, life.end - 1))
        yield entry

    def _key_member(self, document: Entry, entry: Entry, for_whom: str, group: Group) -> None:
        entry |= {"role": "officer", "post": "理事"}
        tenure = {
            "kind": "association_post",
            "post": f"{group.name}理事",
            "level": "school",
            "role": "key_member",
        }
        tenure["body"] = BODIES_OF[for_whom]
        if "since" in entry:
            tenure["since"] = entry["since"]
        document.setdefault("tenures", []).append(tenure)
