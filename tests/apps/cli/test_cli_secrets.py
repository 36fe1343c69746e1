"""A secret file that is away or another one: told as that, never made anew beside data, never as forgery."""

from __future__ import annotations

import json
import shutil
import sqlite3

import pytest

from apps.cli.assembly import SERVICES
from kernel.identity.provenance import secrets_of
from kernel.identity.secrets import SecretFileFault, Secrets
from kernel.settings import Settings

OPENING = (
    ["log", "verify"],
    ["log", "verify", "feedback"],
    ["units"],
    ["latency"],
    ["demo", "--once"],
    ["call", "feedback.get_health"],
    ["import", "undo", "00000000-0000-4000-8000-000000000000"],
    ["up"],
)
TOKEN = ["token", "--subject", "a", "--role", "admin"]


def files(home):
    return {path.name: path.read_bytes() for path in home.iterdir() if path.suffix == ".json"}


@pytest.mark.parametrize("words", [*OPENING, TOKEN], ids=" ".join)
def test_where_there_is_data_a_missing_secret_file_is_named_and_none_is_made(cli, filled, words):
    (filled / "secret.json").unlink()
    said = cli(*words)
    assert said.line.startswith(f"找不到密钥文件 {filled / 'secret.json'}")
    assert said.refusal == "secret_file"
    assert files(filled) == {}


@pytest.mark.parametrize("words", [*OPENING, TOKEN], ids=" ".join)
def test_another_secret_file_is_told_as_that_and_not_as_a_forged_log(cli, filled, words):
    (filled / "secret.json").unlink()
    Secrets.load_or_make(filled / "secret.json")
    before = files(filled)
    error = cli(*words, "--json").error
    assert error["code"] == "secret_file"
    assert f"密钥文件 {filled / 'secret.json'} 不是写入 feedback 的数据时所用的那一个" in error["message"]
    assert files(filled) == before


@pytest.mark.parametrize("service", SERVICES)
def test_a_call_to_one_service_is_not_made_with_another_secret_file_than_its_data(cli, filled, service):
    (filled / "secret.json").unlink()
    Secrets.load_or_make(filled / "secret.json")
    error = cli("call", f"{service}.get_health", "--json").error
    assert error["code"] == "secret_file"
    assert f"不是写入 {service} 的数据时所用的那一个" in error["message"]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_without_data_makes_no_secret_file_beside_the_data_of_others(cli, filled, service):
    # Given a home in which this service has written nothing, and heads alone bear witness of the others
    for path in (*filled.glob("*.db*"), filled / "heads" / f"{service}.log", filled / "secret.json"):
        path.unlink()
    # When it is asked for the secrets of its own data, as a process of it does
    with pytest.raises(SecretFileFault, match="已有数据") as refused:
        secrets_of(Settings.from_environment(), service)
    # Then the others are named, no file is made, and no database opened
    assert all(other in str(refused.value) for other in SERVICES if other != service)
    assert files(filled) == {}
    assert list(filled.glob("*.db")) == []


def test_over_rabbitmq_a_token_is_signed_without_a_look_at_databases(cli, filled, monkeypatch):
    Secrets.load_or_make(filled / "other.json")
    monkeypatch.setenv("ZHITONGCHE_SECRET_FILE", str(filled / "other.json"))
    monkeypatch.setenv("ZHITONGCHE_DATABASE_URL", "postgresql://127.0.0.1:1/{service}")
    monkeypatch.setenv("ZHITONGCHE_AMQP_URI", "amqp://127.0.0.1:1/")
    assert cli(*TOKEN).code == 0


@pytest.mark.slow
def test_without_a_signing_key_goes_what_needs_no_token_and_nothing_else(cli, filled):
    file = filled / "secret.json"
    document = json.loads(file.read_text())
    del document["signing_key"]
    file.write_text(json.dumps(document))
    assert cli("call", "feedback.get_health").json["status"] == "ok"
    assert cli("doctor").code == 0
    for words in (["call", "feedback.list_tickets"], ["units"], TOKEN):
        assert cli(*words).refusal == "secret_file"


def test_commands_that_need_no_secret_go_on_without_it(cli, filled, tmp_path):
    (filled / "secret.json").unlink()
    for words in (["migrate"], ["log", "diff", "feedback"], ["log", "replay", "feedback"]):
        assert cli(*words).code == 0
    assert cli("log", "export", "feedback", tmp_path / "log", "--format", "jsonl").code == 0
    assert files(filled) == {}


@pytest.mark.parametrize("gone", ["feedback.db", "feedback_keys.db", "heads", "both"])
def test_what_is_left_of_the_data_is_enough_to_ask_for_its_secret_file(cli, filled, gone):
    for name in ("feedback.db", "feedback_keys.db") if gone == "both" else (gone,):
        path = filled / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in (*filled.glob("registry*"), *filled.glob("heads/registry*"), filled / "secret.json"):
        path.unlink()
    assert cli(*TOKEN).refusal == "secret_file"
    Secrets.load_or_make(filled / "secret.json")
    assert cli("units").refusal == "secret_file"


def test_a_migrated_home_without_data_still_makes_its_secret_file(cli, home):
    assert cli("migrate").code == 0
    assert files(home) == {}
    assert cli(*TOKEN).code == 0
    assert list(files(home)) == ["secret.json"]


def test_with_the_right_secret_file_forged_checkpoints_are_told_as_forged(cli, filled):
    with sqlite3.connect(filled / "feedback.db") as database:
        database.execute("UPDATE checkpoint SET keyed_hash = randomblob(32)")
    database.close()
    said = cli("log", "verify", "feedback", "--json")
    assert said.code == 1
    faults = said.json["services"][0]["faults"]
    assert {fault["kind"] for fault in faults} == {"bad_root"}
    assert "密钥校验不符" in json.dumps(faults, ensure_ascii=False)
