"""`log verify` says up to where heads outside the database bear witness; fewer are no fault, but told."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from kernel.log.heads import Head


def reported(cli):
    said = cli("log", "verify", "feedback")
    assert (said.code, said.out.count("\n")) == (0, 1)
    (report,) = cli("log", "verify", "feedback", "--json").json["services"]
    assert report["ok"]
    return said.out, report


@pytest.mark.parametrize("how", ["missing", "emptied", "junk", "forged"])
def test_without_a_genuine_head_nobody_outside_bears_witness(cli, filled, how):
    file = filled / "heads" / "feedback.log"
    last = Head.from_line(file.read_bytes().splitlines()[-1])
    file.write_bytes({"junk": b"{}\nx\n", "forged": b""}.get(how, b""))
    if how == "missing":
        file.unlink()
    if how == "forged":
        file.write_bytes(Head(1, last.size, last.root, last.sealed_at, bytes(32)).to_line())
        assert cli("log", "verify", "feedback", "--json").json["services"][0]["noted"] == 0
        return
    out, report = reported(cli)
    assert (report["noted"], report["head"]) == (0, last.size)
    assert f"库外没有日志头为证（{last.size} 个已封存事件）" in out


def test_a_shortened_file_bears_witness_up_to_its_last_line(cli, filled):
    file = filled / "heads" / "feedback.log"
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:3]))
    noted = Head.from_line(lines[2]).size
    out, report = reported(cli)
    assert report["noted"] == noted < report["head"]
    assert f"库外日志头为证到第 {noted} 号，其后 {report['head'] - noted} 个已封存事件没有\n" in out


def test_a_junk_row_of_the_worklist_is_told_in_a_sentence_of_its_own(cli, filled):
    with closing(sqlite3.connect(filled / "feedback.db")) as database, database:
        database.execute("INSERT INTO unsealed (event_id, event_hash) VALUES ('junk', zeroblob(32))")
    said = cli("log", "verify")
    assert said.code == 1
    assert "  无位置 missing_event：待封存之列中有一项，而它所指的事件不存在。" in said.out
    assert "None" not in said.out


def test_more_dead_letters_than_can_be_counted_are_wrong_words(cli, home):
    said = cli("log", "dead-letters", "--limit", "99999999999999999999")
    assert said.refusal == "usage"
    assert "--limit 至多为" in said.line
