"""Import of a roster: seconds, and the most memory that the importing process had.

`python -m bench.rosters COUNT` imports so many invented rows with the settings of the environment, in this
process, without a workbook and in chunks of what the service takes at once; it prints one JSON document.
"""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
import time
import uuid
from contextlib import closing
from itertools import islice
from pathlib import Path
from subprocess import DEVNULL
from typing import TYPE_CHECKING, Any

import orjson

from apps.cli.assembly import SERVICES
from apps.synthetic.roster import write_roster
from apps.synthetic.school import School
from bench.people_filling import NAME, SEED, operator_token, prepared
from bench.profiling import sampled, shares
from bench.stage import ROOT, run_python
from kernel.policy import Packs
from kernel.refusals import Refusal
from kernel.runtime.calls import Call
from kernel.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kernel.application import ServiceApplication

_PACK = "mianyang"
_CHUNK = 500
_LOOK_EVERY = 0.02
# Gone once the process has ended and only its exit code is left.
_HIGH_WATER = re.compile(r"^VmHWM:\s+(\d+) kB", re.MULTILINE)


def measure(home: Path, server: str, rows: int, rounds: int) -> dict[str, Any]:
    """By database and number of rows the round in the middle, interleaved; and where the service's CPU goes."""
    took: dict[str, list[dict[str, Any]]] = {}
    for number in range(rounds):
        for database, url in (("SQLite", None), ("PostgreSQL", server)):
            for count in (rows, 2 * rows):
                own = home / f"roster{number}_{count}_{database.lower()}_{secrets.token_hex(3)}"
                done = _by_command_line(own, url, count)
                took.setdefault(f"{database}, {count:,} rows", []).append(done)
    answer = {name: sorted(each, key=_seconds)[len(each) // 2] for name, each in took.items()}
    _, environment, _ = prepared(home / f"roster_profile_{secrets.token_hex(3)}", None, {_PACK: rows})
    return {
        "of": rounds,
        "command_line": answer,
        "service": run_python(environment, "bench.rosters", str(rows)),
    }


def _by_command_line(home: Path, server: str | None, count: int) -> dict[str, Any]:
    """`zhitongche import roster` in a process of its own, from its start to its end."""
    _, environment, schools = prepared(home, server, {_PACK: count})
    workbook, told = home / "roster.xlsx", home / "told.json"
    write_roster(workbook, schools[_PACK])
    words = [str(Path(sys.executable).with_name("zhitongche")), "import", "roster", str(workbook)]
    began = time.monotonic()
    with told.open("wb") as out:
        process = subprocess.Popen(
            [*words, "--institution", _PACK, "--json"], env=environment, cwd=ROOT, stdout=out, stderr=DEVNULL
        )
        peak = _peak_until_it_ends(process.pid)
        _, status, used = os.wait4(process.pid, 0)
    seconds, answer = time.monotonic() - began, orjson.loads(told.read_bytes())
    if status or answer["refused"]:
        raise RuntimeError("the roster was not imported as a whole")
    return {
        "new": answer["new"],
        "seconds": seconds,
        "cpu_seconds": used.ru_utime + used.ru_stime,
        "peak_mb": peak,
    }


def _peak_until_it_ends(pid: int) -> float:
    """Megabytes that a child of this process had at most; what `wait4` tells includes this process's own."""
    peak = 0.0
    while told := _HIGH_WATER.search(Path(f"/proc/{pid}/status").read_text()):
        peak = max(peak, int(told[1]) / 1024)
        time.sleep(_LOOK_EVERY)
    return peak


def _seconds(one: dict[str, Any]) -> float:
    return float(one["seconds"])


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
    """Megabytes that this process had at most."""
    told = _HIGH_WATER.search(Path("/proc/self/status").read_text())
    return int(told[1]) / 1024 if told else 0.0


if __name__ == "__main__":
    main(int(sys.argv[1]))
