"""Importing a year's working days, once the State Council's arrangement is published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from kernel.application import Needs
from kernel.facts import Fact
from kernel.identity.actor import EVERYWHERE
from kernel.refusals import InvalidInput
from kernel.worktime import CalendarFault, CalendarYear
from services.feedback.projections.calendar import calendar_rows

if TYPE_CHECKING:
    from kernel.log.work import Work
    from services.feedback.storage.office import Office


def stream_of_year(year: int) -> str:
    """The stream that holds a calendar year's events."""
    return f"calendar/{year}"


def needs_year(arguments: dict[str, Any]) -> Needs:
    """The year's stream and row."""
    return Needs((stream_of_year(arguments["year"]),), {"calendar_year": (str(arguments["year"]),)})


class CalendarCommands:
    """Handler of `import_calendar`."""

    def __init__(self, office: Office) -> None:
        """Tell the office's calendars of what was imported."""
        self.office = office

    def import_calendar(self, work: Work, arguments: dict[str, Any]) -> dict[str, Any]:
        """The year counts from now on; what was decided before keeps its figures."""
        try:
            year = CalendarYear.from_mapping(
                {name: arguments[name] for name in ("year", "source", "off", "work")}
            )
        except CalendarFault as fault:
            raise InvalidInput.of(**{fault.field: fault.code}) from None
        content = year.to_mapping()
        stored = orjson.dumps(content, option=orjson.OPT_SORT_KEYS).decode()
        known = work.row("calendar_year", str(arguments["year"]))
        if known is None or known["content"] != stored:
            fact = Fact("calendar_imported", content)
            events = work.record(stream_of_year(arguments["year"]), EVERYWHERE, [fact], key=None)
            for key, row in calendar_rows(events)["calendar_year"].items():
                work.put("calendar_year", key, row)
        self.office.calendars.forget()
        return {"year": arguments["year"], "changed": known is None or known["content"] != stored}
