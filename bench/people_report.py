"""Writes what was measured of people and rosters as a section of docs/performance.md."""

from __future__ import annotations

from typing import Any

from bench.report import Ratio, conditions, put, shares_told

HEADING = "## People"
_PAGE_MS, _FLAT, _ROSTER_SECONDS = 50, 1.5, 30
_SHAPES = {
    "one": "One institution, PostgreSQL",
    "five": "Five institutions, all of them asked at once, PostgreSQL",
    "lite": "One institution, SQLite",
}


def write(measured: dict[str, Any]) -> None:
    """The section anew; the rest of the page stays."""
    lines = [
        HEADING,
        "",
        f"Written by `{measured['command']}`, apart from the rest of this page. {conditions(measured)}",
        "",
        *_wanted(measured),
    ]
    for shape, told in _SHAPES.items():
        if shape in measured:
            lines += _shape(told, measured[shape], measured[f"{shape}_verified"])
    if "rosters" in measured:
        lines += _rosters(measured["rosters"])
    lines += _filling(measured["filling"])
    put(HEADING, lines)


def _wanted(measured: dict[str, Any]) -> list[str]:
    """What was wanted at the sizes that it was wanted at: the first shape."""
    rows: list[str] = []
    asked = measured.get("one", {})
    pages = {name: one for name, one in asked.items() if one["page"]}
    if pages:
        slowest = max(pages, key=lambda name: _large(pages[name]["ms"]))
        rows.append(Ratio(f"slowest page, ms: {slowest}", "≤", _PAGE_MS, _large(pages[slowest]["ms"])).row())
        alike = {name: one for name, one in asked.items() if len(set(one["shown"].values())) == 1}
        steepest = max(alike, key=lambda name: _ratio(alike[name]))
        rows.append(Ratio(f"large ÷ small: {steepest}", "≤", _FLAT, _ratio(alike[steepest])).row())
    for name, one in measured.get("rosters", {}).get("command_line", {}).items():
        if f"{measured['roster']:,} rows" in name:
            rows.append(Ratio(f"import, seconds: {name}", "≤", _ROSTER_SECONDS, one["seconds"]).row())
    return ["| | wanted | measured | |", "|---|---|--:|---|", *rows, ""]


def _shape(told: str, asked: dict[str, Any], verified: dict[str, Any]) -> list[str]:
    small, large = sorted(next(iter(asked.values()))["ms"])
    return [
        f"### {told}: {small:,} and {large:,} people",
        "",
        "Milliseconds of the service's answer: median (the fastest; median of the service's CPU). No data key is at hand when",
        f"it is asked, tables and index are in the machine's memory. {_verified(verified)}",
        "",
        "| question | people shown | small | large | ratio |",
        "|---|--:|--:|--:|--:|",
        *(_row(name, one) for name, one in asked.items()),
        "",
        "A ratio is told where both sizes show as many people. Where the CPU of the service goes at the larger size:",
        "",
        *(f"- {name}: {shares_told(one['profile'])}." for name, one in asked.items() if name in _PROFILED),
        "",
    ]


def _verified(found: dict[str, Any]) -> str:
    verdict = "verify" if found["ok"] else "do NOT verify"
    return f"{found['events']:,} events {verdict} ({found['events_per_second']:,.0f} events/s)."


_PROFILED = ("no filter", "word, 教授", "nobody: 张, long before", "get_person", "get_ratio")


def _row(name: str, one: dict[str, Any]) -> str:
    small, large = sorted(one["ms"])
    counts = [str(one["shown"][size]) for size in (small, large)]
    shown = counts[0] if counts[0] == counts[1] else " / ".join(counts)
    cells = [
        f"{one['ms'][size]:.1f} ({one['fastest_ms'][size]:.1f}; {one['cpu_ms'][size]:.1f})"
        for size in (small, large)
    ]
    ratio = f"{_ratio(one):.2f}" if counts[0] == counts[1] else "–"
    return f"| {name} | {shown} | {cells[0]} | {cells[1]} | {ratio} |"


def _rosters(measured: dict[str, Any]) -> list[str]:
    service = measured["service"]
    return [
        "### Rosters",
        "",
        f"`zhitongche import roster`, from the start of the process to its end, without a broker; of {measured['of']} rounds the one in",
        "the middle: seconds, CPU, and the most memory that the process had (invented people who left are in no roster).",
        "",
        "| | people | seconds | CPU s | MB at most |",
        "|---|--:|--:|--:|--:|",
        *(
            f"| {name} | {one['new']:,} | {one['seconds']:.1f} | {one['cpu_seconds']:.1f} | {one['peak_mb']:.0f} |"
            for name, one in measured["command_line"].items()
        ),
        "",
        f"The service alone took {service['seconds']:.1f} s ({service['cpu_seconds']:.1f} s of CPU) for {service['new']:,} rows in chunks of 500 on SQLite, and at",
        f"most {service['peak_mb']:.0f} MB ({service['before_mb']:.0f} MB before the first). Of its CPU: {shares_told(service['profile'])}.",
        "",
    ]


def _filling(measured: dict[str, Any]) -> list[str]:
    told = ", ".join(f"{name} {sum(each.values()):,.0f} s" for name, each in measured.items())
    return [
        f"Filling took: {told}. People are registered by the service's own code, keys, sealed files, index and log; left out",
        "are the broker, the reading of arguments and a command for each person, and the index is put in order at the end.",
        "",
    ]


def _ratio(one: dict[str, Any]) -> float:
    return float(_large(one["ms"]) / one["ms"][min(one["ms"])])


def _large(by_size: dict[int, float]) -> float:
    return by_size[max(by_size)]
