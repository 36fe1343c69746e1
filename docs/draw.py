"""Draws the lifecycle of a ticket, as picture and as table, from its rows into docs/flow.md (`make docs`).

The documentation is no part of the house: this script may read the domain, which `apps` may not.
"""  # noqa: INP001 - a script beside the pages that it writes

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from services.feedback.domain.ticket.lifecycle import LIFECYCLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.feedback.domain.ticket.lifecycle import Step

PAGE = Path(__file__).parent / "flow.md"
BEGIN, END = "<!-- lifecycle: drawn by docs/draw.py -->\n", "<!-- lifecycle: end -->\n"
_OUTSIDE = "[*]"


def picture(rows: Sequence[Step]) -> str:
    """A Mermaid state diagram: one arrow for each pair of states, its commands in the order of the rows."""
    arrows: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows:
        arrows[row.state or _OUTSIDE, row.to].append(row.command)
    left = {row.state for row in rows}
    ends = dict.fromkeys(row.to for row in rows if row.to not in left)
    lines = ["stateDiagram-v2", "    direction LR"]
    lines += [f"    {before} --> {after}: {', '.join(names)}" for (before, after), names in arrows.items()]
    lines += [f"    {state} --> {_OUTSIDE}" for state in ends]
    return "```mermaid\n" + "\n".join(lines) + "\n```\n"


def table(rows: Sequence[Step]) -> str:
    """Every row of the lifecycle as a row of a Markdown table."""
    lines = [
        "| from | command | events | to | who | clause | reply clock |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        events = " ".join(f"`{name}`" for name in row.events)
        cells = [row.state or "–", f"`{row.command}`", events, row.to, " ".join(sorted(row.who)), row.clause]
        lines.append(f"| {' | '.join(cells)} | {row.clock} |")
    return "\n".join(lines) + "\n"


def drawn(page: str) -> str:
    """The page with today's lifecycle between its two marks; `ValueError` where they are missing."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError("the page has no place for the lifecycle")
    return f"{before}{BEGIN}\n{picture(LIFECYCLE)}\n{table(LIFECYCLE)}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(drawn(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
