"""Settings that do not go together, files that cannot be used: refused with a sentence, nothing half done."""

from __future__ import annotations

import json
import stat

import pytest

from apps.cli.main import run
from tests.apps.cli.conftest import captured

URLS = {
    "nonsense": "不是合法的数据库地址",
    "sqlite:///one.db": "必须包含 {service}",
    "mysql://127.0.0.1/{service}": "只支持 sqlite 和 postgresql",
    "postgresql://u:pa55word@127.0.0.1:port/{service}": "不是合法的数据库地址",
}


@pytest.mark.parametrize("url", URLS)
def test_a_database_url_that_cannot_be_is_refused_at_start(cli, home, monkeypatch, url):
    monkeypatch.setenv("ZHITONGCHE_DATABASE_URL", url)
    for words in (["call", "feedback.get_health"], ["log", "verify"], ["demo", "--once"], ["units"]):
        said = cli(*words)
        assert said.refusal == "settings"
        assert URLS[url] in said.line
        assert "pa55word" not in said.line
    assert not cli("doctor", "--json").json["ok"]
    assert not home.exists()


def test_a_database_that_does_not_answer_is_unavailable(cli, monkeypatch):
    monkeypatch.setenv("ZHITONGCHE_DATABASE_URL", "postgresql://u:pa55word@127.0.0.1:1/{service}")
    for words in (["call", "feedback.get_health"], ["log", "verify"], ["units"]):
        said = cli(*words)
        assert said.refusal == "unavailable"
        assert "pa55word" not in said.line
    said = cli("doctor")
    assert said.code == 1
    assert "✗ 服务 feedback：数据库无法连接" in said.out


def test_a_broker_with_sqlite_is_refused(cli, home, monkeypatch):
    monkeypatch.setenv("ZHITONGCHE_AMQP_URI", "amqp://u:pa55word@127.0.0.1:1/")
    for words in (["call", "feedback.get_health"], ["up"], ["serve", "feedback"], ["log", "verify"]):
        said = cli(*words)
        assert said.code == 1
        assert "必须使用 postgresql" in said.line
        assert "pa55word" not in said.line
    assert not home.exists()


def test_commands_of_the_other_runtime_say_which_one_to_take(cli, monkeypatch):
    assert "zhitongche up" in cli("serve", "feedback").line
    monkeypatch.setenv("ZHITONGCHE_DATABASE_URL", "postgresql://127.0.0.1:1/{service}")
    monkeypatch.setenv("ZHITONGCHE_AMQP_URI", "amqp://127.0.0.1:1/")
    assert "zhitongche serve" in cli("up").line
    assert "ZHITONGCHE_AMQP_URI" in cli("demo", "--once").line


CONTENTS = {
    "empty": b"",
    "no object": b"[]",
    "cut": b'{"key_id": "a"',
    "poor": b'{"key_id": "a"}',
    "raw": b"\xff\x00",
}


@pytest.mark.parametrize("content", CONTENTS)
def test_a_secret_file_that_is_none_is_refused_and_left_as_it_is(cli, tmp_path, monkeypatch, content):
    file = tmp_path / "secret.json"
    file.write_bytes(CONTENTS[content])
    monkeypatch.setenv("ZHITONGCHE_SECRET_FILE", str(file))
    for words in (["token", "--subject", "a", "--role", "admin"], ["units"], ["log", "verify"]):
        assert cli(*words).line == f"密钥文件无法读取或内容不完整：{file} [secret_file]"
    assert file.read_bytes() == CONTENTS[content]
    monkeypatch.setenv("ZHITONGCHE_SECRET_FILE", str(tmp_path))
    assert cli("units").refusal == "secret_file"


def test_a_secret_file_without_signing_key_checks_tokens_but_makes_none(cli, home, monkeypatch):
    token = cli("token", "--subject", "a", "--role", "operator").out.strip()
    file = home / "secret.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    document = json.loads(file.read_text())
    del document["signing_key"]
    public = home / "public.json"
    public.write_text(json.dumps(document))
    monkeypatch.setenv("ZHITONGCHE_SECRET_FILE", str(public))
    assert cli("token", "--subject", "a", "--role", "operator").refusal == "secret_file"
    assert "没有签名私钥" in cli("call", "feedback.list_tickets").line
    assert cli("call", "feedback.list_tickets", "--token", token).json == {"items": [], "next_cursor": None}
    assert cli("log", "verify").code == 0


@pytest.mark.parametrize("place", ["/proc/nothing", "file"])
def test_a_home_that_cannot_be_made_is_named(cli, tmp_path, monkeypatch, place):
    (tmp_path / "file").write_text("in the way")
    path = tmp_path / place
    monkeypatch.setenv("ZHITONGCHE_HOME", str(path))
    for words in (["units"], ["demo", "--once"], ["log", "verify"], ["migrate"]):
        said = cli(*words)
        assert said.code == 1
        assert said.line.endswith(("[file_access]", "[unavailable]", "[secret_file]"))
    assert cli("doctor").code == 1


def test_a_database_that_cannot_be_written_is_said_to_be_so(cli, filled):
    # A directory in the place of the file that SQLite would write to, also for one who may write anywhere.
    (filled / "feedback.db").unlink()
    (filled / "feedback.db").mkdir()
    said = cli("units")
    assert "ZHITONGCHE_HOME" in said.line
    assert said.refusal == "unavailable"


def test_a_file_that_is_no_database_is_named_as_damaged(cli, filled):
    (filled / "feedback.db").write_bytes(b"not a database" * 1000)
    for path in filled.glob("feedback.db-*"):
        path.unlink()
    for words in (["units"], ["log", "verify"]):
        said = cli(*words)
        assert said.refusal == "damaged"


def test_policies_that_are_not_there_are_named(cli, tmp_path, monkeypatch):
    monkeypatch.setenv("ZHITONGCHE_POLICIES", str(tmp_path / "none"))
    assert cli("units").refusal == "policy_pack"
    assert cli("policy", "show", "datong").refusal == "policy_pack"
    said = cli("policy", "check")
    assert said.code == 1
    assert "[no_packs]" in said.out
    assert cli("doctor").code == 1


@pytest.mark.parametrize(("encoding", "shown"), [("gbk", "完整"), ("latin-1", "?")])
def test_a_terminal_that_cannot_show_chinese_does_not_end_a_command(filled, encoding, shown):
    def stdout(*words):
        with captured(encoding) as (out, _), pytest.raises(SystemExit) as ending:
            run(list(words))
        assert ending.value.code == 0
        return out.getvalue()

    assert shown in stdout("log", "verify").decode(encoding)
    # JSON stays UTF-8
    assert json.loads(stdout("policy", "show", "datong", "--json").decode())["name"] == "山西大同大学"
