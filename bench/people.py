"""`make bench-people`: a registry at two sizes side by side, rosters, and a section of docs/performance.md."""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from apps.cli.assembly import SERVICES
from apps.cluster.nodes import PrivatePostgres
from apps.synthetic.school import School
from bench import people_report, rosters
from bench.people_filling import NAME, SEED, filled, operator_token, verified
from bench.people_questions import deep, everywhere, files, questions
from bench.profiling import sampled, shares
from kernel.log.database import Database
from kernel.policy import Packs
from kernel.refusals import Refusal
from kernel.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bench.people_questions import Question
    from kernel.application import ServiceApplication

_PACK = "datong"
_WARM_UP = 2
_PROFILED = 10


class _Registry:
    """One filled registry, ready to be asked."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.token = operator_token(settings)
        self.application: ServiceApplication = SERVICES[NAME].build(settings)
        with closing(Database(settings.url(NAME))) as database:
            self.own = [deep(settings, database, _PACK), *files(database, _PACK)]

    def ask(self, question: Question) -> tuple[float, int]:
        """Milliseconds of an answer for which no key is at hand, as of people whom nobody looked at lately.

        And how many people it shows.
        """
        self.application._keys._opened.clear()  # noqa: SLF001 - or a page costs less each time it is asked for
        call = question.call(self.token)
        began = time.perf_counter()
        if question.method in self.application.queries:
            answer = self.application.run_query(call)
        else:
            (answer,) = self.application.run_batch([call])
            if isinstance(answer, Refusal):
                raise answer
        return (time.perf_counter() - began) * 1000, len(answer.get("items", ()))


def compare(settings: dict[int, Settings], asked: Iterable[Question], rounds: int) -> dict[str, Any]:
    """Milliseconds of each question at each size, interleaved; where the service's CPU goes at the largest."""
    with ExitStack() as stack:
        registries = {size: _Registry(one) for size, one in sorted(settings.items())}
        for registry in registries.values():
            stack.callback(registry.application.close)
        answers = {one.name: _compared(registries, lambda _, one=one: one, rounds) for one in asked}
        for at, own in enumerate(registries[min(registries)].own):
            answers[own.name] = _compared(registries, lambda registry, at=at: registry.own[at], rounds)
    return answers


def _compared(
    registries: dict[int, _Registry], question: Callable[[_Registry], Question], rounds: int
) -> dict[str, Any]:
    walls: dict[int, list[float]] = {size: [] for size in registries}
    cpus: dict[int, list[float]] = {size: [] for size in registries}
    shown: dict[int, int] = {}
    for number in range(rounds + _WARM_UP):
        for size, registry in registries.items():
            used = time.process_time()
            took, shown[size] = registry.ask(question(registry))
            if number >= _WARM_UP:
                walls[size].append(took)
                cpus[size].append((time.process_time() - used) * 1000)
    largest = registries[max(registries)]
    with sampled() as found:
        for _ in range(_PROFILED):
            largest.ask(question(largest))
    return {
        "page": question(largest).page,
        "shown": shown,
        "ms": {size: statistics.median(one) for size, one in walls.items()},
        "fastest_ms": {size: min(one) for size, one in walls.items()},
        "cpu_ms": {size: statistics.median(one) for size, one in cpus.items()},
        "profile": shares(found),
    }


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", type=int, default=10_000, help="people at the small size")
    parser.add_argument("--large", type=int, default=1_500_000, help="people at the large size")
    parser.add_argument("--spread", type=int, default=300_000, help="people of five institutions; 0 for none")
    parser.add_argument("--sqlite", type=int, default=300_000, help="people on SQLite; 0 for none")
    parser.add_argument("--roster", type=int, default=20_000, help="rows to import; twice as many again")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--roster-rounds", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="keep the databases here, and fill none that is here already")
    parser.add_argument("--dry", action="store_true", help="print, and leave docs/performance.md alone")
    return parser.parse_args()


def _measure(home: Path, server: str, asked: argparse.Namespace) -> dict[str, Any]:
    packs = Packs.load(Settings.from_environment().policies)
    pack = packs.get(_PACK)
    if pack is None:
        raise LookupError(_PACK)
    listed = questions(School.generate(pack, seed=SEED, people=asked.small))
    answer: dict[str, Any] = {"filling": {}}

    def fill(shape: str, size: int, url: str | None, ids: tuple[str, ...]) -> Settings:
        name, schools = f"{shape}{size}", {one: size // len(ids) for one in ids}
        settings, answer["filling"][name] = filled(home / name, url, schools)
        print(name, answer["filling"][name], file=sys.stderr)
        return settings

    shapes: dict[str, tuple[int, str | None, tuple[str, ...]]] = {
        "one": (asked.large, server, (_PACK,)),
        "five": (asked.spread, server, packs.ids()),
        "lite": (asked.sqlite, None, (_PACK,)),
    }
    for shape, (large, url, ids) in shapes.items():
        if not large:
            continue
        settings = {size: fill(shape, size, url, ids) for size in (asked.small, large)}
        wanted = everywhere(listed) if len(ids) > 1 else listed
        answer[shape] = compare(settings, wanted, asked.rounds)
        answer[f"{shape}_verified"] = verified(settings[large])
    if asked.roster:
        answer["rosters"] = rosters.measure(home, server, asked.roster, asked.roster_rounds)
    return answer


def main() -> None:
    asked = _asked()
    # Where the databases are kept says nothing of what was measured.
    kept = ["--keep", str(asked.keep)]
    words = [word for word in sys.argv[1:] if word not in kept]
    command = " ".join(["python -m bench.people" if words else "make bench-people", *words])
    began = time.monotonic()
    home = asked.keep or Path(tempfile.mkdtemp(prefix="zhitongche-people-"))
    home.mkdir(exist_ok=True)
    home.chmod(0o755)
    postgres = PrivatePostgres(home / "postgresql")
    postgres.start()
    conditions = {"command": command, "rounds": asked.rounds, "load_average": os.getloadavg()[0]}
    conditions |= {name: getattr(asked, name) for name in ("small", "large", "spread", "sqlite", "roster")}
    try:
        answer = conditions | _measure(home, postgres.url_template, asked)
    finally:
        postgres.stop()
    answer |= {"minutes": (time.monotonic() - began) / 60, "load_average_after": os.getloadavg()[0]}
    if not asked.dry:
        people_report.write(answer)
    print(orjson.dumps(answer, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode())


if __name__ == "__main__":
    main()
