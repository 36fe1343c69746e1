"""A user or password that a server refuses is a setting for a person to change, not a wait."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from kernel.identity.secrets import Secrets
from kernel.log.database import Database
from kernel.refusals import Unavailable
from kernel.runtime.distributed.client import RpcClient

pytestmark = pytest.mark.servers


def with_another_password(url):
    return re.sub(r"://([^:@/]+)(:[^@/]*)?@", r"://\1:wrong@", url)


def test_a_broker_that_refuses_the_login_is_told_as_a_setting(cli, home, amqp_uri, monkeypatch):
    monkeypatch.setenv("ZHITONGCHE_DATABASE_URL", "postgresql://127.0.0.1:1/{service}")
    monkeypatch.setenv("ZHITONGCHE_AMQP_URI", with_another_password(amqp_uri))
    Secrets.load_or_make(home / "secret.json")
    said = cli("call", "feedback.get_health")
    assert said.refusal == "settings"
    assert "ZHITONGCHE_AMQP_URI" in said.line


def test_a_client_knows_a_refused_login_from_a_broker_that_is_away(amqp_uri):
    for uri, part in ((with_another_password(amqp_uri), "login"), ("amqp://127.0.0.1:1/", "broker")):
        with RpcClient(uri) as client, pytest.raises(Unavailable) as refused:
            client.call("feedback.get_health", {})
        assert refused.value.details == {"part": part}


@pytest.mark.parametrize("words", [["log", "verify"], ["units"], ["migrate"]], ids=" ".join)
def test_a_database_that_refuses_the_login_is_told_as_a_setting(cli, home, database_url, monkeypatch, words):
    monkeypatch.setenv("ZHITONGCHE_DATABASE_URL", with_another_password(database_url))
    said = cli(*words)
    assert said.refusal == "settings"
    assert "ZHITONGCHE_DATABASE_URL" in said.line


def test_a_database_that_lacks_a_table_is_told_as_that(cli, home, database_url, monkeypatch):
    monkeypatch.setenv("ZHITONGCHE_DATABASE_URL", database_url)
    assert cli("migrate").code == 0
    database = Database(database_url.replace("{service}", "feedback"))
    with database.write() as connection:
        connection.execute(text("DROP TABLE event"))
    database.close()
    for command in ("diff", "replay", "verify"):
        assert cli("log", command, "feedback").refusal == "damaged"
