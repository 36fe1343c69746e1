"""Writes what was measured into docs/performance.md."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
_QUIET = 0.5
# Sections that other measurements write.
APART = ("## People",)


class Ratio(NamedTuple):
    """A figure and what it should be."""

    name: str
    sign: str
    wanted: float
    figure: float

    def row(self) -> str:
        """A line of a table."""
        share = self.figure / self.wanted if self.sign == "≥" else self.wanted / self.figure
        verdict = "" if share >= 1 else f"**missed**: {share:.0%} of the way"
        return f"| {self.name} | {self.sign} {self.wanted:g} | {self.figure:.2f} | {verdict} |"


def write(measured: dict[str, Any]) -> None:
    """One page: ratios first, then the figures they rest on."""
    lines = [
        "# Performance",
        "",
        f"Written by `{measured['command']}`: everything in one run, side by side and interleaved, on one machine that",
        f"also runs the broker, the database and the clients. {datetime.now(tz=UTC):%Y-%m-%d}, {_machine()}. Ratios carry",
        "over to other machines, absolute figures do not.",
        f"Medians of {measured['rounds']} rounds, {measured['minutes']:.0f} minutes in all; load average before the first: {measured['load_average']:.1f}{_doubt(measured)}.",
        "",
        *_ratios(measured),
        *_lifecycles(measured["lifecycles"]),
        *_importing(measured["import"]),
        *_verification(measured["verification"]),
        *_lists(measured["lists"]),
    ]
    apart = [section for heading in APART if (section := _section(heading))]
    PAGE.write_text("\n".join(lines) + "\n" + "\n".join(apart), encoding="utf-8")


def put(heading: str, lines: list[str]) -> None:
    """Write a section that is measured apart in place of the one there was; the rest stays."""
    page = PAGE.read_text(encoding="utf-8")
    before = _section(heading)
    after = "\n".join(lines).rstrip() + "\n"
    told = page.replace(before, after) if before else page.rstrip() + "\n\n" + after
    PAGE.write_text(told, encoding="utf-8")


def _section(heading: str) -> str:
    """A section of the page as it stands, empty where there is none; it is behind all that `write` writes."""
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    _, found, rest = page.partition(f"\n{heading}\n")
    return found.lstrip("\n") + rest.partition("\n## ")[0] if found else ""


def conditions(measured: dict[str, Any]) -> str:
    """When and where it was measured, and how quiet it was there."""
    load = f"load average before {measured['load_average']:.1f}{_doubt(measured)}"
    if "load_average_after" in measured:
        load += f", behind {measured['load_average_after']:.1f}"
    when = f"{datetime.now(tz=UTC):%Y-%m-%d}, {_machine()}"
    return f"{when}; medians of {measured['rounds']} rounds, {measured['minutes']:.0f} minutes in all, {load}."


def _doubt(measured: dict[str, Any]) -> str:
    if measured["load_average"] < _QUIET:
        return ""
    return ", which is not a quiet machine: orders of magnitude only"


def _machine() -> str:
    return f"{os.cpu_count()} cores, Python {platform.python_version()}"


def _ratios(measured: dict[str, Any]) -> list[str]:
    eight = measured["lifecycles"]["8"]
    ratios = [
        Ratio("lifecycles/s at 8 clients ÷ bare nameko (moonshot 5)", "≥", 3, eight["rate_ratio"]),
        Ratio("CPU per lifecycle at 8 clients ÷ bare nameko", "≤", 0.35, eight["cpu_ratio"]),
        Ratio("p99 of a command ÷ its p50, at 8 clients", "≤", 4, eight["p99_by_p50"]),
        Ratio("import, events/s ÷ single commands at 8 clients", "≥", 10, measured["import"]["ratio"]),
        Ratio(
            "verification ÷ a plain loop over the same rows", "≥", 0.6, measured["verification"]["ratio_wall"]
        ),
        *(
            Ratio(f"{name}: large ÷ small", "≤", 1.5, question["ratio"])
            for name, question in measured["lists"]["questions"].items()
        ),
    ]
    return ["| ratio | wanted | measured | |", "|---|---|--:|---|", *(ratio.row() for ratio in ratios), ""]


def shares_told(profile: dict[str, float]) -> str:
    """Shares by topic in words."""
    return ", ".join(f"{topic} {share:.0%}" for topic, share in profile.items())


def _lifecycles(measured: dict[str, Any]) -> list[str]:
    lines = [
        "## Lifecycles",
        "",
        "Submit, assign, reply, close: four durable commands through RabbitMQ, five events. Ours has everything on:",
        "sealed texts, hash chain, sealing, publishing with confirms, latency counters, and a consumer in a process",
        "of its own that has applied the last event before the clock stops. CPU is milliseconds per lifecycle over",
        "all processes.",
        "",
        "| clients | who | lifecycles/s | p50 / p99 ms of a command | CPU ms | of which |",
        "|--:|---|--:|--:|--:|---|",
    ]
    for clients, row in measured.items():
        for who in ("ours", "bare"):
            one = row[who]
            parts = ", ".join(f"{part} {ms:.2f}" for part, ms in one["cpu"].items())
            lines.append(
                f"| {clients} | {who} | {one['rate']:.0f} | {one['p50']:.1f} / {one['p99']:.1f} | {one['cpu_sum']:.1f} | {parts} |"
            )
        lines.append(f"| {clients} | pgbench, the same writes | {row['pgbench_rate']:.0f} | | | |")
    return [*lines, ""]


def _importing(measured: dict[str, Any]) -> list[str]:
    parts = ", ".join(f"{part} {us:.0f}" for part, us in measured["cpu_us_per_event"].items())
    return [
        "## Import",
        "",
        f"{measured['letters']:,} letters, {measured['events']:,} events through RPC into PostgreSQL: {measured['events_per_second']:,.0f} events/s,",
        "in chunks of the command line's size, two at a time to two `rpc` processes, until the last one is committed.",
        f"Until the consumer has applied the last one it is {measured['applied_per_second']:,.0f} events/s: sealing and publishing go on",
        f"meanwhile on the same cores, at a lower priority. CPU microseconds per event until the commit: {parts}.",
        f"Where the CPU of an `rpc` process goes: {shares_told(measured['profile'])}.",
        "",
    ]


def _verification(measured: dict[str, Any]) -> list[str]:
    return [
        "## Verification",
        "",
        f"{measured['events']:,} events: {measured['verify_events_per_second']:,.0f} events/s, against {measured['plain_events_per_second']:,.0f} rows/s of a loop that only reads, hashes and decodes them.",
        f"By CPU time of the process the ratio is {measured['ratio_cpu']:.2f}; with two processes it is {measured['two_processes_ratio_wall']:.2f} by the clock.",
        "",
    ]


def _lists(measured: dict[str, Any]) -> list[str]:
    small, large = sorted(int(size) for size in measured["load_seconds"])
    verified = measured["verified"]
    return [
        "## Lists and reports",
        "",
        f"Medians of the service's answer at {small:,} and {large:,} tickets; the same backlog of open tickets in both,",
        f"loaded with a real chain: {verified['events']:,} events verify{'' if verified['ok'] else ' NOT'} ({verified['events_per_second']:,.0f} events/s).",
        "",
        "| question | small ms (of which CPU of the service) | large ms (of which CPU of the service) | ratio |",
        "|---|--:|--:|--:|",
        *(
            f"| {name} | {row['small_ms']:.1f} ({row['small_cpu_ms']:.1f}) | {row['large_ms']:.1f} ({row['large_cpu_ms']:.1f}) | {row['ratio']:.2f} |"
            for name, row in measured["questions"].items()
        ),
        "",
        "What is not the service's CPU is PostgreSQL's. Where the service's goes at the larger size:",
        "",
        *(f"- {name}: {shares_told(row['profile'])}." for name, row in measured["questions"].items()),
        "",
    ]
