"""Ends a SQLite writer at every named point of its transaction and tells what was left; run as a program.

Forks from a process without threads, so that each of the dozen lives costs no start of Python.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from kernel.log import faults
from tests.services.feedback.line import LEAD, OPERATOR, Line
from tests.support.homes import copy_of, settings_of

POINTS = (
    "writer.streams",
    "writer.commands",
    "writer.events",
    "writer.written",
    "sealer.read",
    "sealer.written",
    "writer.sealed",
    "writer.committed",
)
COMMAND = "c0ffee00-0000-4000-8000-000000000001"


def _assign(home: Path, ticket_id: str, point: str = "") -> None:
    faults._NAME = point
    line = Line(settings_of(home))
    answer = line.do(OPERATOR, "assign_ticket", command_id=COMMAND, ticket_id=ticket_id, lead=LEAD)
    (home / "answer.json").write_text(json.dumps(answer))
    line.close()


def _look(home: Path) -> dict[str, Any]:
    # In this very process, which keeps no connection: a child could not be forked from one that did.
    with closing(sqlite3.connect(home / "feedback.db")) as database:

        def rows(query: str) -> list[Any]:
            return [row[0] for row in database.execute(query)]

        tables = rows("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {
            "counts": {name: rows(f"SELECT count(*) FROM {name}")[0] for name in tables},
            "commands": rows(f"SELECT count(*) FROM command WHERE command_id = '{COMMAND}'")[0],
            "positions": rows("SELECT position FROM log_entry ORDER BY position"),
            "unsealed": rows("SELECT count(*) FROM unsealed")[0],
            "version": rows("SELECT version FROM stream")[0],
            "state": rows("SELECT state FROM ticket")[0],
            "events": rows("SELECT count(*) FROM event")[0],
            "integrity": rows("PRAGMA integrity_check")[0],
        }


def _submit(home: Path) -> None:
    line = Line(settings_of(home))
    (home / "ticket").write_text(line.submit()["ticket_id"])
    line.close()


def _in_a_child(work: Any, *arguments: Any) -> int:
    """Run it in a process of its own; the signal that ended it, 0 for none."""
    child = os.fork()
    if child == 0:
        work(*arguments)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def main(template: Path) -> dict[str, Any]:
    """By point: the signal, what was there before, after the kill, and after the same command came again."""
    told = {}
    _in_a_child(_submit, template)
    ticket_id, before = (template / "ticket").read_text(), _look(template)
    for point in POINTS:
        home = copy_of(template)
        signal = _in_a_child(_assign, home, ticket_id, point)
        left = _look(home)
        again = _in_a_child(_assign, home, ticket_id)
        answer = json.loads((home / "answer.json").read_text())
        told[point] = {
            "signal": signal,
            "before": before,
            "left": left,
            "again": again,
            "answer": answer,
            "after": _look(home),
        }
        shutil.rmtree(home)
    return told


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]))))
