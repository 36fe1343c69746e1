"""What is known about a thousand people stands in no file, before they are erased and after."""

from __future__ import annotations

import base64
import json
import logging
import shutil
from contextlib import closing

import orjson
import pytest
from sqlalchemy import text

from apps.cli.session import Session
from apps.cluster.nodes import PrivatePostgres, PrivateRabbit
from kernel.log.database import Database
from kernel.settings import Settings
from tests.services.registry.canaries import Choir, heard, heard_in, song, spellings
from tests.support.cluster import a_cluster
from tests.support.homes import a_home

_SPELT = {
    "utf-8": str.encode,
    "utf-16-le": lambda words: words.encode("utf-16-le"),
    "utf-16-be": lambda words: words.encode("utf-16-be"),
    "gb18030": lambda words: words.encode("gb18030"),
    "json": lambda words: json.dumps(words).encode(),
    "hexadecimal": lambda words: words.encode().hex().encode(),
    "base64": lambda words: base64.b64encode(words.encode()),
    "base64 behind one": lambda words: base64.b64encode(b"x" + words.encode()),
    "base64 behind two": lambda words: base64.b64encode(b"xx" + words.encode()),
}


@pytest.mark.parametrize("spelling", _SPELT)
@pytest.mark.parametrize("words", [song("name", 7), song("name")[:3], "…" + song("mail")[-10:], "0712-03-04"])
def test_the_search_hears_a_text_and_its_pieces_in_every_spelling(spelling, words):
    assert heard(b"before " + _SPELT[spelling](words) + b" after")


def test_the_search_hears_nothing_in_what_is_no_text_of_ours(school):
    assert heard("姓名 鹮 鷩 Zq7 0712-03 虚构甲 ".encode() + bytes(range(256)) * 100) == []
    assert min(len(spelling) for piece in ("鹮鸫", "Zq7xVk") for spelling in spellings(piece)) >= 4


def _keys_left(settings, ids):
    """How many keys of these people still open anything."""
    with (
        closing(Database(settings.url("registry"))) as database,
        closing(Database(settings.url("registry_keys"))) as keys,
    ):
        with database.engine.connect() as connection:
            rows = connection.execute(text("SELECT person_id, key_id, state FROM person"))
            mine = [key_id for person_id, key_id, state in rows if person_id in ids and state == "erased"]
        assert len(mine) == len(ids)
        with keys.engine.connect() as connection:
            there = set(
                connection.execute(text("SELECT key_id FROM data_key WHERE wrapped IS NOT NULL")).scalars()
            )
    return len(there & set(mine))


@pytest.fixture
def home():
    made = a_home()
    yield made
    shutil.rmtree(made)


@pytest.mark.parametrize("count", [5, pytest.param(1000, marks=pytest.mark.slow)])
def test_on_sqlite_no_file_log_line_refusal_or_export_holds_a_text(home, caplog, count):
    caplog.set_level(logging.DEBUG)
    settings = Settings.from_environment({"ZHITONGCHE_HOME": str(home)})
    session = Session(settings)
    session.call("registry.get_health", {})
    choir = Choir(session, count)
    choir.sing()
    names = {path.name for path in home.rglob("*") if path.is_file()}
    assert names >= {"registry.db", "registry.db-wal", "registry_keys.db", "registry.log", "secret.json"}
    assert heard_in([home]) == {}
    choir.erase()
    assert heard_in([home]) == {}
    for embedded in session._opened.values():
        embedded.close()
    assert heard_in([home]) == {}
    assert len(choir.told) > count * 3
    assert heard(orjson.dumps(choir.told)) == []
    assert heard(caplog.text.encode()) == []
    assert caplog.text
    assert _keys_left(settings, set(choir.ids)) == 0


@pytest.mark.servers
@pytest.mark.slow
def test_over_rabbitmq_no_file_of_service_broker_or_postgresql_holds_a_text(open_directory, tmp_path):
    rabbit, postgres = PrivateRabbit(open_directory / "rabbit"), PrivatePostgres(open_directory / "postgres")
    folders = [open_directory, tmp_path]
    try:
        rabbit.start()
        postgres.start()
        with a_cluster(rabbit, postgres, tmp_path, "registry") as cluster:
            choir = _sing_over(cluster)
            assert heard_in(folders) == {}
            choir.erase()
            assert _keys_left(cluster.settings, set(choir.ids)) == 0
            assert [process.stop() for process in cluster.processes] == [0, 0], cluster.output()
            # What they still held in memory they have written by now.
            postgres.stop()
            rabbit.stop()
            assert heard_in(folders) == {}
            assert {path.name for path in open_directory.rglob("*")} >= {"pg_wal", "mnesia"}
            postgres.start()
    finally:
        rabbit.wipe()
        postgres.wipe()
    assert heard(orjson.dumps(choir.told)) == []


def _sing_over(cluster):
    for part in ("rpc", "log"):
        cluster.serve(part, service="registry")
    cluster.await_ready()
    choir = Choir(Session(cluster.settings), 1000)
    choir.sing()
    return choir
