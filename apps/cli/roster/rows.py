"""One row of a roster: what it says of a person, or every reason why it cannot be read exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apps.cli.roster.columns import COLUMNS
from apps.cli.roster.dates import Cell
from apps.cli.workbooks.cells import CellFault
from apps.cli.workbooks.faults import RowFault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from apps.cli.roster.units import Units
    from apps.cli.workbooks.layout import Columns
    from apps.cli.workbooks.marks import Marks, Place

_REQUIRED = {"staff_number": "staff_number_missing", "name": "name_missing"}
_PLAIN = (
    "name",
    "staff_number",
    "subject",
    "gender",
    "birth",
    "ethnicity",
    "phone",
    "email",
    "post_kind",
    "joined",
)
_OF_A_POST = {"level": "level_without_post", "post_since": "date_without_post"}
_MOST_REMEMBERED = 2_000
# Standings that say of somebody that there is no other: 无党派人士 and 群众 (GB/T 4762).
_ALONE = frozenset({"12", "13"})


class RowReader:
    """Reads the rows below one header."""

    def __init__(self, columns: Columns, marks: Marks, units: Units, today: date) -> None:
        """Take the header, what is known of single cells, the units, and the last day that may be named."""
        self._columns, self._marks = columns, marks
        self._last = today.isoformat()
        self._plan = [
            (column.field, column.read or units.read, columns.position[column.field])
            for column in COLUMNS
            if column.field in columns.position
        ]
        self._known: dict[str, dict[str, Any]] = {field: {} for field, _, _ in self._plan}
        self._days = [column.field for column in COLUMNS if column.is_day and column.field in columns.position]

    def is_blank(self, row: int, cells: Sequence[object]) -> bool:
        """Whether nothing stands in any column of a roster: such a row is neither a person nor a fault."""
        return row not in self._marks.rows and not any(
            not isinstance(cells[i], str) or str(cells[i]).strip() for _, _, i in self._plan
        )

    def read(self, row: int, cells: Sequence[object]) -> tuple[dict[str, Any], list[RowFault]]:
        """What each field says, nothing for an empty cell; and the faults, in the order of the columns."""
        values: dict[str, Any] = {}
        faults: dict[str, str] = {}
        marked, remembered = row in self._marks.rows, self._remembered
        for field, read, i in self._plan:
            cell = cells[i]
            try:
                if not marked and isinstance(cell, str):
                    value = remembered(field, cell, read)
                else:
                    value = self._read_marked((row, i), cell, read)
            except CellFault as fault:
                faults[field] = fault.code
                continue
            if value is not None:
                values[field] = value
        self._judge(values, faults)
        return values, [
            RowFault(row, self._columns.header(field), faults[field])
            for field, _, _ in self._plan
            if field in faults
        ]

    def _remembered(self, field: str, text: str, read: Callable[[Cell], Any]) -> Any:
        """What a text means; most texts of a roster stand in hundreds of its rows."""
        known = self._known[field]
        if text not in known:
            value = read(Cell(text))
            if len(known) < _MOST_REMEMBERED:
                known[text] = value
            return value
        return known[text]

    def _read_marked(self, place: Place, cell: object, read: Callable[[Cell], Any]) -> Any:
        if place in self._marks.faults:
            raise CellFault(self._marks.faults[place])
        return read(Cell(cell, self._marks.formats.get(place, ""), self._marks.exact))

    def _judge(self, values: Mapping[str, Any], faults: dict[str, str]) -> None:
        """Add what is wrong between cells that could be read; one that could not says nothing further."""
        for field, code in _REQUIRED.items():
            if field not in values:
                faults.setdefault(field, code)
        for field in self._days:
            if field in values and self._in_the_future(values[field]):
                faults[field] = "in_the_future"
        if any(self._in_the_future(period.get("since", "")) for period in values.get("studies_abroad", ())):
            faults["studies_abroad"] = "in_the_future"
        parties = _parties(values)
        if len(parties) > 1 and _ALONE.intersection(parties):
            faults["second_party" if "second_party" in values else "party"] = "parties_contradict"
        if "second_party" in values and "party" not in values and "party" not in faults:
            faults["second_party"] = "second_party_alone"
        if not faults.keys() & {"post", "level", "post_since"}:
            self._judge_post(values, faults)

    def _in_the_future(self, day: str) -> bool:
        return day > self._last[: len(day)]

    def _judge_post(self, values: Mapping[str, Any], faults: dict[str, str]) -> None:
        if "post" not in values:
            faults.update({field: code for field, code in _OF_A_POST.items() if field in values})
        elif "level" not in values:
            faults["post"] = "post_without_level"
        elif "units" not in values and "units" not in faults:
            faults["post"] = "post_without_unit"


def on_the_wire(row: int, values: Mapping[str, Any]) -> dict[str, Any]:
    """A row as `registry.import_roster` takes it: a field of which the sheet says nothing is not there."""
    told: dict[str, Any] = {"row": row, **{field: values[field] for field in _PLAIN if field in values}}
    if "units" in values:
        told["units"] = [{"unit": unit} for unit in values["units"]]
    if parties := _parties(values):
        told["memberships"] = [{"party": party} for party in parties]
    if "titles" in values:
        told["titles"] = values["titles"]
    education = {"level": values.get("education"), "degree": values.get("degree")}
    if any(education.values()):
        told["education"] = [{key: value for key, value in education.items() if value}]
    if "studies_abroad" in values:
        told["studies_abroad"] = values["studies_abroad"]
    if "post" in values:
        told["tenures"] = [_tenure(values)]
    return told


def _parties(values: Mapping[str, Any]) -> list[str]:
    first, second = values.get("party", []), values.get("second_party", [])
    return list(dict.fromkeys([*first, *second])) if second else first


def _tenure(values: Mapping[str, Any]) -> dict[str, str]:
    level, role = values["level"]
    told = {
        "kind": "leadership",
        "post": values["post"],
        "level": level,
        "role": role,
        "unit": values["units"][0],
        "since": values.get("post_since"),
    }
    return {key: value for key, value in told.items() if value is not None}
