"""Import of a roster: seconds, and the most memory that the importing process had.

`python -m bench.rosters COUNT` imports so many invented rows with the settings of the environment, in this
process and in chunks of what the service takes at once; it prints one JSON document.
"""

from __future__ import annotations

import resource
import sys
import time
import uuid
from contextlib import closing
from itertools import islice
from typing import TYPE_CHECKING, Any

import orjson

from apps.cli.assembly import SERVICES
from apps.synthetic.school import School
from bench.people_filling import NAME, SEED, operator_token, prepared
from bench.profiling import sampled, shares
from bench.stage import run_python
from kernel.policy import Packs
from kernel.refusals import Refusal
from kernel.runtime.calls import Call
from kernel.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kernel.application import ServiceApplication

_PACK = "mianyang"
_CHUNK = 500
_ROUNDS = 3


def measure(home: Path, server: str, rows: int) -> dict[str, Any]:
    """Of several interleaved rounds the one in the middle, by database and number of rows."""
    took: dict[str, list[dict[str, Any]]] = {}
    for number in range(_ROUNDS):
        for database, url in (("sqlite", None), ("postgresql", server)):
            for count in (rows, 2 * rows):
                own = home / f"roster{number}_{count}_{database}"
                _, environment, _ = prepared(own, url, {_PACK: count})
                done = run_python(environment, "bench.rosters", str(count))
                took.setdefault(f"{database}, {count:,} rows", []).append(done)
    return {
        name: sorted(each, key=lambda one: one["seconds"])[len(each) // 2] | {"of": len(each)}
        for name, each in took.items()
    }


def main(count: int) -> None:
    """Import, and tell what it took."""
    settings = Settings.from_environment()
    pack = Packs.load(settings.policies).get(_PACK)
    if pack is None:
        raise LookupError(_PACK)
    school = School.generate(pack, seed=SEED, people=count)
    token = operator_token(settings)
    with closing(SERVICES[NAME].build(settings)) as application:
        before = _peak()
        began, used = time.monotonic(), time.process_time()
        with sampled() as found:
            new = sum(_import(application, token, rows) for rows in _chunks(school))
        seconds, cpu = time.monotonic() - began, time.process_time() - used
    told = {"new": new, "seconds": seconds, "cpu_seconds": cpu, "peak_mb": _peak(), "before_mb": before}
    print(orjson.dumps(told | {"profile": shares(found)}).decode())


def _import(application: ServiceApplication, token: str, rows: list[dict[str, Any]]) -> int:
    arguments = {
        "command_id": str(uuid.uuid4()),
        "institution": _PACK,
        "batch": _BATCH,
        "rows": rows,
    }
    (answer,) = application.run_batch([Call("import_roster", arguments, {"auth_token": token})])
    if isinstance(answer, Refusal):
        raise answer
    if answer["refused"]:
        raise RuntimeError("a row was refused")
    return int(answer["new"])


_BATCH = str(uuid.uuid4())


def _chunks(school: School) -> Iterator[list[dict[str, Any]]]:
    rows = ({"row": number, **person} for number, person in enumerate(school.people(), 2))
    while chunk := list(islice(rows, _CHUNK)):
        yield chunk


def _peak() -> float:
    """Megabytes; Linux tells kilobytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main(int(sys.argv[1]))
