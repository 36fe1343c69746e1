"""Units and groups as they were on a day (pure).

Each has forms: what it was called, which kind it was and what it stood under, from a day on. A form holds
until the next one begins; the last one may say when the unit or group was dissolved.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from services.registry.domain.person.days import begun, first_day

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COMMITTEE: Final = "committee"
PARTY_FORMS: Final = (COMMITTEE, "general_branch", "branch")
"""基层党委, 党总支, 直属党支部: the forms of a party organisation, which is a party department."""

Form = dict[str, Any]


def form_on(forms: Sequence[Form], on: date) -> Form | None:
    """The form that holds on a day; none before the first began and after the last ended."""
    holding = [form for form in forms if begun(form.get("since", ""), on)]
    if not holding:
        return None
    newest = max(enumerate(holding), key=lambda one: (_start(one[1]), one[0]))[1]
    until = newest.get("until", "")
    return None if until and on >= first_day(until) else newest


def under_itself(forms: Mapping[str, Sequence[Form]], unit: str, new: Form) -> bool:
    """Whether a unit would stand under itself with a new form, on any day on which that holds."""
    forms = {**forms, unit: [*forms.get(unit, ()), new]}
    starts = {_start(form) for one in forms.values() for form in one} | {_start(new)}
    for start in starts:
        day = first_day(start) if start else date.min
        standing = {own: form for own, of_unit in forms.items() if (form := form_on(of_unit, day))}
        parents = {own: form["parent"] for own, form in standing.items() if "parent" in form}
        if standing.get(unit) is new and leads_back(parents, unit, new["parent"]):
            return True
    return False


def leads_back(parents: Mapping[str, str], unit: str, parent: str) -> bool:
    """Whether a unit would stand under itself if it stood under that parent."""
    above: str | None = parent
    seen = set()
    while above and above not in seen:
        if above == unit:
            return True
        seen.add(above)
        above = parents.get(above)
    return False


def _start(form: Form) -> str:
    since = form.get("since", "")
    return first_day(since).isoformat() if since else ""
