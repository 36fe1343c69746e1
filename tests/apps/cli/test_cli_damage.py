"""A log or database that cannot be read: a sentence with code and position, nothing half-done, no traceback."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

THIRD = "(SELECT event_id FROM log_entry WHERE position = 3)"
DAMAGE = {
    "an event is gone": f"DELETE FROM event WHERE event_id = {THIRD}",
    "a body is junk": f"UPDATE event SET body = '{{{{' WHERE event_id = {THIRD}",
}
READING = (["diff"], ["replay"], ["tail"], ["rebuild"])
EXPORTS = ("jsonl", "xes", "ocel")


def change(home, statement):
    with closing(sqlite3.connect(home / "feedback.db")) as database, database:
        database.execute(statement)


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_log_is_refused_with_its_position_and_what_to_do(cli, filled, tmp_path, damage):
    change(filled, DAMAGE[damage])
    out = tmp_path / "out"
    exports = [["export", "--format", form, str(out)] for form in EXPORTS]
    for command, *more in [*READING, *exports]:
        said = cli("log", command, "feedback", *more)
        assert said.refusal == "damaged"
        assert "zhitongche log verify" in said.line
        assert "位置：3" in said.line
        error = cli("log", command, "feedback", *more, "--json").error
        assert (error["code"], error["details"]) == ("damaged", {"position": 3})
    assert not out.exists()
    assert cli("call", "feedback.read_log", "--role", "auditor").refusal == "damaged"
    assert cli("log", "tail", "feedback", "--after", "3").code == 0


@pytest.mark.parametrize("damage", DAMAGE)
def test_the_other_tickets_are_still_listed(cli, ask, filled, damage):
    change(filled, DAMAGE[damage].replace("position = 3", "position = 1"))
    items = ask("list_tickets", {"limit": 200})["items"]
    assert len(items) == 22
    (bad,) = [row["ticket_id"] for row in items if row["title"] is None]
    for method in ("get_ticket", "get_timeline"):
        said = cli("call", f"feedback.{method}", json.dumps({"ticket_id": bad}))
        assert (said.code, said.err.rpartition("[")[2]) == (1, "damaged]\n")


@pytest.mark.slow
@pytest.mark.parametrize(
    "words", [["verify"], ["verify", "feedback"], ["diff", "feedback"], ["replay", "feedback"]]
)
def test_a_table_that_is_gone_is_told_as_that(process, cli, filled, words):
    change(filled, "DROP TABLE event")
    # In a process of its own: what Python says while it ends counts too.
    said = process("log", *words)
    assert said.refusal == "damaged"
    assert said.line.startswith("数据库能够连接，但缺少应有的表或列")
    assert cli("log", *words, "--json").error["code"] == "damaged"


@pytest.mark.slow
def test_nothing_is_said_beside_the_sentence_where_a_stream_of_rows_breaks_off(process, filled):
    change(filled, DAMAGE["a body is junk"])
    assert process("log", "diff", "feedback").refusal == "damaged"
