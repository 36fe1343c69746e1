"""`log verify`, `diff`, `replay`, `export` and `tail` on a log that nobody touched."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import subprocess
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from xml.etree import ElementTree as ET

import pytest

from apps.cli.assembly import SERVICES
from apps.cli.wording import STATES
from tests.apps.cli.conftest import PROGRAM, SETTINGS
from tests.support.school import SCHOOL


@pytest.fixture
def stored(filled):
    """(position, document) of every event, by an auditor's SQL."""
    with sqlite3.connect(filled / "feedback.db") as database:
        rows = database.execute("SELECT position, body FROM log_entry JOIN event USING (event_id) ORDER BY 1")
        found = [(position, json.loads(body)) for position, body in rows]
    database.close()
    return found


def test_verification_says_in_one_line_that_all_is_well(cli, filled, stored):
    said = cli("log", "verify", "feedback")
    assert (said.code, said.out.count("\n")) == (0, 1)
    assert f"feedback：{len(stored)} 个事件，完整" in said.out
    answer = cli("log", "verify", "feedback", "--json").json
    assert answer["ok"]
    (report,) = answer["services"]
    assert set(report) == {"service", "ok", "events", "head", "noted", "root", "faults"}
    assert report["noted"] == report["head"]
    assert f"库外日志头为证到第 {len(stored)} 号\n" in said.out
    assert (report["events"], report["head"], report["faults"]) == (len(stored), len(stored), [])
    newest = json.loads((filled / "heads" / "feedback.log").read_text().splitlines()[-1])
    assert (newest["size"], newest["root"]) == (len(stored), report["root"])


def test_verification_of_all_logs_says_one_line_of_each(cli, filled):
    said = cli("log", "verify")
    assert said.code == 0
    assert [line.partition("：")[0] for line in said.out.splitlines()] == list(SERVICES)
    reports = cli("log", "verify", "--json").json["services"]
    assert [report["service"] for report in reports] == list(SERVICES)
    for report, line in zip(reports, said.out.splitlines(), strict=True):
        assert report["events"] > 0
        assert (report["ok"], report["noted"], report["faults"]) == (True, report["events"], [])
        assert f"{report['events']} 个事件，完整，根 {report['root'][:16]}…" in line


@pytest.mark.parametrize("service", SERVICES)
def test_one_changed_log_does_not_hide_behind_a_whole_one(cli, filled, service):
    with closing(sqlite3.connect(filled / f"{service}.db")) as database, database:
        database.execute("UPDATE event SET body = body || ' ' WHERE rowid = (SELECT max(rowid) FROM event)")
    said = cli("log", "verify", "--json")
    assert (said.code, said.json["ok"]) == (1, False)
    assert {report["service"]: report["ok"] for report in said.json["services"]} == {
        name: name != service for name in SERVICES
    }


@pytest.mark.parametrize("service", SERVICES)
def test_every_log_is_what_its_live_tables_were_made_from(cli, filled, service):
    assert cli("log", "diff", service).code == 0


def test_difference_says_in_one_line_that_there_is_none(cli, filled, stored):
    said = cli("log", "diff", "feedback")
    assert (said.code, said.out.count("\n")) == (0, 1)
    assert said.out.endswith("与日志一致\n")
    answer = cli("log", "diff", "feedback", "--json").json
    assert (answer["ok"], answer["service"], answer["position"]) == (True, "feedback", len(stored))
    assert all(set(table) == {"table", "rows", "different"} for table in answer["tables"])
    rows = {table["table"]: table["rows"] for table in answer["tables"]}
    assert rows["ticket"] == 22


def test_replay_counts_states_as_they_were_at_a_moment(cli, ask, filled, stored):
    now = cli("log", "replay", "feedback", "--json").json
    states = Counter(row["state"] for row in ask("list_tickets", {"limit": 200})["items"])
    assert now == {"service": "feedback", "as_of": None, "position": len(stored), "counts": dict(states)}
    # Given the moment at which the first ticket was assigned and not yet claimed
    recorded = stored[2][1]["recordedtime"]
    then = cli("log", "replay", "feedback", "--as-of", recorded, "--json").json
    assert then == {"service": "feedback", "as_of": recorded, "position": 3, "counts": {"assigned": 1}}
    shanghai = "2020-01-01T00:00:00+08:00"
    assert (
        cli("log", "replay", "feedback", "--as-of", shanghai, "--json").json["as_of"]
        == "2019-12-31T16:00:00.000000Z"
    )
    assert cli("log", "replay", "feedback", "--as-of", shanghai).out == "位置 0：没有工单\n"
    shown = cli("log", "replay", "feedback").out
    assert all(f"{STATES[state]} {number}" in shown for state, number in states.items())


def test_replay_names_people_by_their_states_and_who_was_erased_by_the_brackets(cli):
    # Given nobody, then somebody here and somebody erased
    assert cli("log", "replay", "registry", "--as-of", "2020-01-01T00:00:00+08:00").out == "位置 0：没有人员\n"
    ids = [_registered(cli, name) for name in ("虚构甲", "虚构乙")]
    _commanded(cli, "erase_person", person_id=ids[0], reason="own_request")
    # Then the states are in Chinese, for people; JSON keeps the names
    assert cli("log", "replay", "registry").out.endswith("：在校 1，〔已删除〕 1\n")
    assert cli("log", "replay", "registry", "--json").json["counts"] == {"current": 1, "erased": 1}


def test_tail_prints_every_event_once_in_order_as_cloud_events(cli, filled, stored):
    said = cli("log", "tail", "feedback")
    events = [json.loads(line) for line in said.out.splitlines()]
    assert said.code == 0
    assert [event["position"] for event in events] == list(range(1, len(stored) + 1))
    for event, (position, body) in zip(events, stored, strict=True):
        assert event == body | {"position": position, "eventhash": event["eventhash"]}
        assert event["specversion"] == "1.0"
    later = cli("log", "tail", "feedback", "--after", "10").out.splitlines()
    assert later == said.out.splitlines()[10:]
    assert cli("log", "tail", "feedback", "--after", "99999").out == ""


def test_jsonl_holds_what_tail_prints(cli, filled, stored, tmp_path):
    out = tmp_path / "out.jsonl"
    said = cli("log", "export", "feedback", "--format", "jsonl", out)
    assert said.out == f"已导出 {len(stored)} 个事件到 {out}\n"
    lines = out.read_text(encoding="utf-8").splitlines()
    tail = cli("log", "tail", "feedback").out.splitlines()
    assert [json.loads(line) for line in lines] == [json.loads(line) for line in tail]


def test_xes_is_xml_with_a_trace_for_every_ticket(cli, filled, stored, tmp_path):
    out = tmp_path / "out.xes"
    answer = cli("log", "export", "feedback", out, "--format", "xes", "--json").json
    assert answer == {"service": "feedback", "format": "xes", "events": len(stored), "out": str(out)}
    root = ET.parse(out).getroot()
    assert root.tag.rpartition("}")[2] == "log"
    traces = root.findall("{*}trace")
    assert len(traces) == 22
    names = Counter(
        value.get("value")
        for value in root.findall("{*}trace/{*}event/{*}string")
        if value.get("key") == "concept:name"
    )
    assert names == Counter(body["type"].rpartition(".")[2] for _, body in stored)
    times = [value.get("value") for value in root.findall("{*}trace/{*}event/{*}date")]
    assert sorted(times) == sorted(body["time"] for _, body in stored)


def test_ocel_has_its_four_lists_and_every_reference_is_resolved(cli, filled, stored, tmp_path):
    out = tmp_path / "out.json"
    assert cli("log", "export", "feedback", out, "--format", "ocel").code == 0
    document = json.loads(out.read_text(encoding="utf-8"))
    assert set(document) == {"objectTypes", "eventTypes", "objects", "events"}
    objects = {row["id"]: row["type"] for row in document["objects"]}
    assert {row["id"] for row in document["events"]} == {body["id"] for _, body in stored}
    assert {row["type"] for row in document["events"]} <= {row["name"] for row in document["eventTypes"]}
    assert set(objects.values()) <= {row["name"] for row in document["objectTypes"]}
    for event in document["events"]:
        assert event["relationships"]
        assert all(link["objectId"] in objects for link in event["relationships"])


@pytest.mark.parametrize("form", ["jsonl", "xes", "ocel"])
def test_an_empty_log_is_exported_too_and_its_text_holds_no_letter(cli, tmp_path, form):
    out = tmp_path / "out"
    assert cli("log", "export", "feedback", out, "--format", form, "--json").json["events"] == 0
    text = out.read_text(encoding="utf-8")
    assert form == "jsonl" or text
    if form == "xes":
        ET.fromstring(text)
    if form == "ocel":
        assert json.loads(text)["events"] == []


def test_an_export_that_breaks_off_leaves_nothing_and_what_stood_there_stays(cli, filled, tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "kept").write_text("an older export")
    with sqlite3.connect(filled / "feedback.db") as database:
        # No event of ours: XES and OCEL stop in the middle.
        last = "SELECT event_id FROM event ORDER BY stream_id DESC, stream_version DESC LIMIT 1"
        database.execute(f"UPDATE event SET body = x'7b7d' WHERE event_id = ({last})")
    database.close()
    for form in ("xes", "ocel"):
        for name in ("new", "kept"):
            assert cli("log", "export", "feedback", folder / name, "--format", form).code == 1
    assert [path.name for path in folder.iterdir()] == ["kept"]
    assert (folder / "kept").read_text() == "an older export"


@pytest.mark.slow
def test_a_disk_that_is_full_is_named_and_leaves_nothing(filled, tmp_path):
    # To a writer a limit on the size of files is a full disk; 40 KiB are enough for what SQLite needs.
    out = tmp_path / "out.jsonl"
    words = f"ulimit -f 40; exec {PROGRAM} log export feedback {out} --format jsonl"
    settings = SETTINGS | {"ZHITONGCHE_HOME": str(filled)}
    said = subprocess.run(["bash", "-c", words], env=settings, capture_output=True, text=True, check=False)
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr == f"文件或目录无法读写：{out} [file_access]\n"
    assert list(tmp_path.glob("*out*")) == list(tmp_path.glob(".*")) == []


def test_an_export_replaces_a_file_with_its_rights_follows_a_link_and_fills_a_pipe(
    cli, filled, stored, tmp_path
):
    out, link, pipe = tmp_path / "out", tmp_path / "link", tmp_path / "pipe"
    out.write_text("older")
    out.chmod(0o600)
    link.symlink_to(out)
    assert cli("log", "export", "feedback", link, "--format", "jsonl").code == 0
    assert link.is_symlink()
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert len(out.read_text().splitlines()) == len(stored)
    os.mkfifo(pipe)
    with ThreadPoolExecutor() as pool:
        read = pool.submit(pipe.read_text)
        assert cli("log", "export", "feedback", pipe, "--format", "jsonl").code == 0
        assert read.result(10) == out.read_text()
    assert pipe.is_fifo()


@pytest.mark.parametrize("place", ["", "absent/out", "file/out", "/proc/out"])
def test_a_place_that_cannot_be_written_is_named(cli, filled, tmp_path, place):
    (tmp_path / "file").write_text("in the way")
    said = cli("log", "export", "feedback", tmp_path / place, "--format", "jsonl")
    assert said.code == 1
    assert said.line == f"文件或目录无法读写：{tmp_path / place} [file_access]"


def test_exports_hold_no_free_text(cli, filled, tmp_path):
    for form in ("jsonl", "xes", "ocel"):
        out = tmp_path / form
        cli("log", "export", "feedback", out, "--format", form)
        text = out.read_text(encoding="utf-8")
        assert "合成" not in text
        assert "演示" not in text


def test_an_empty_log_is_whole(cli):
    assert [row["events"] for row in cli("log", "verify", "--json").json["services"]] == [0] * len(SERVICES)
    assert cli("log", "diff", "feedback").code == 0
    assert cli("log", "replay", "feedback", "--json").json["counts"] == {}
    assert cli("log", "tail", "feedback").out == ""


def _registered(cli, name):
    return _commanded(cli, "register_person", institution=SCHOOL, name=name)["person_id"]


def _commanded(cli, method, **arguments):
    asked = json.dumps(arguments | {"command_id": str(uuid.uuid4())})
    said = cli("call", f"registry.{method}", asked)
    assert said.code == 0, said.err
    return said.json
