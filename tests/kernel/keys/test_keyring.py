"""Data keys: durable before anything is sealed, wrapped where they lie, gone when they are destroyed."""

from __future__ import annotations

import threading

import pytest

from kernel.keys.keyring import LIFETIME, METADATA, SEALED, KeyRing
from kernel.log.database import Database
from kernel.refusals import Damaged, Unavailable
from tests.kernel.small_service import urls
from tests.support.homes import a_home

_WRAPPING = bytes(range(32))


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def url(request):
    yield from urls(request, a_home())


@pytest.fixture
def database(url):
    opened = Database(url.replace("{service}", "feedback_keys"))
    METADATA.create_all(opened.engine)
    yield opened
    opened.close()


def _rows(database):
    with database.read() as connection:
        return connection.exec_driver_sql("SELECT key_id, wrapped, destroyed_at FROM data_key").all()


def test_a_key_is_in_its_table_before_it_is_handed_out_and_wrapped(database):
    ring = KeyRing(database, _WRAPPING)
    (key,) = ring.take()
    rows = {row.key_id: bytes(row.wrapped) for row in _rows(database)}
    assert key.key_id in rows
    # 12 bytes of nonce, 32 of key, 16 of tag.
    assert {len(wrapped) for wrapped in rows.values()} == {60}


def test_no_two_keys_are_alike_and_none_is_handed_out_twice(database):
    ring = KeyRing(database, _WRAPPING)
    taken = [key.key_id for _ in range(10) for key in ring.take(60)]
    assert len(set(taken)) == len(taken) == 600


def test_what_one_process_seals_another_opens_and_nobody_without_the_wrapping_key(database):
    (key,) = KeyRing(database, _WRAPPING).take()
    sealed = key.seal("秘密 🍚", "event-1", "title")
    assert sealed[SEALED].partition(":")[0] == key.key_id
    assert KeyRing(database, _WRAPPING).open(sealed, "event-1", "title") == "秘密 🍚"
    with pytest.raises(Unavailable):
        KeyRing(database, bytes(32)).open(sealed, "event-1", "title")


def test_with_another_wrapping_key_nothing_is_opened_and_no_key_is_made_beside_the_old_ones(database):
    right, wrong = KeyRing(database, _WRAPPING), KeyRing(database, bytes(32))
    (key,) = right.take()
    before = len(_rows(database))
    for question in (wrong.check, wrong.take, lambda: wrong.get([key.key_id])):
        with pytest.raises(Unavailable) as refused:
            question()
        assert refused.value.details == {"part": "keys"}
    assert len(_rows(database)) == before
    right.check()


@pytest.mark.parametrize(
    ("event", "field"), [("event-2", "title"), ("event-1", "body"), ("event-1/title", ""), ("", "")]
)
def test_a_text_opens_only_where_it_was_sealed(database, event, field):
    ring = KeyRing(database, _WRAPPING)
    sealed = ring.take()[0].seal("秘密", "event-1", "title")
    with pytest.raises(Damaged):
        ring.open(sealed, event, field)


def test_a_wrapped_key_moved_to_another_id_does_not_open(database):
    ring = KeyRing(database, _WRAPPING)
    one, other = ring.take(2)
    sealed = one.seal("秘密", "e", "f")
    moved = {SEALED: other.key_id + sealed[SEALED][len(one.key_id) :]}
    with pytest.raises(Damaged):
        ring.open(moved, "e", "f")
    with database.write() as connection:
        for target, source in ((other.key_id, one.key_id),):
            connection.exec_driver_sql(
                f"UPDATE data_key SET wrapped = (SELECT wrapped FROM data_key WHERE key_id = '{source}')"
                f" WHERE key_id = '{target}'"
            )
    with pytest.raises(Unavailable):
        KeyRing(database, _WRAPPING).get([other.key_id])


def test_a_changed_ciphertext_is_damaged_as_long_as_its_key_is_there_and_gone_with_it(database):
    ring = KeyRing(database, _WRAPPING)
    (key,) = ring.take()
    whole = key.seal("秘密", "e", "f")[SEALED]
    changed = [
        f"{key.key_id}:",
        f"{key.key_id}:A",
        f"{key.key_id}:秘",
        whole[:-4],
        f"{whole[:-6]}AAAA{whole[-2:]}",
    ]
    for sealed in ({}, None, "秘密", {SEALED: 1}, *({SEALED: text} for text in changed)):
        with pytest.raises(Damaged):
            ring.open(sealed, "e", "f")
    ring.destroy(key.key_id)
    assert [ring.open({SEALED: text}, "e", "f") for text in changed] == [None] * len(changed)


def test_a_destroyed_key_is_gone_here_and_in_the_table_and_stays_gone(database):
    ring = KeyRing(database, _WRAPPING)
    one, other = ring.take(2)
    sealed = {key.key_id: key.seal("秘密", "e", "f") for key in (one, other)}
    ring.destroy(one.key_id)
    for each in (ring, KeyRing(database, _WRAPPING)):
        assert each.get([one.key_id]) == {one.key_id: None}
        assert each.open(sealed[one.key_id], "e", "f") is None
        assert each.open(sealed[other.key_id], "e", "f") == "秘密"
    (row,) = (row for row in _rows(database) if row.key_id == one.key_id)
    assert row.wrapped is None
    assert row.destroyed_at is not None


def test_what_another_process_destroyed_is_gone_here_when_the_lifetime_of_a_kept_key_is_over(database):
    seconds = [1000.0]
    ring = KeyRing(database, _WRAPPING, clock=lambda: seconds[0])
    keys = ring.take(2)
    KeyRing(database, _WRAPPING).destroy(keys[0].key_id)
    # The kept key is not asked for again before its time is over, whether it was made or read here …
    seconds[0] += LIFETIME - 1
    assert ring.get([keys[0].key_id])[keys[0].key_id] is keys[0]
    # … and what is asked for in between makes it live no longer.
    seconds[0] += 2
    assert ring.get([key.key_id for key in keys])[keys[0].key_id] is None
    KeyRing(database, _WRAPPING).destroy(keys[1].key_id)
    seconds[0] += LIFETIME
    assert ring.get([keys[1].key_id]) == {keys[1].key_id: None}


def test_a_key_that_never_was_opens_nothing(database):
    ring = KeyRing(database, _WRAPPING)
    assert ring.get(["never", "was"]) == {"never": None, "was": None}
    assert ring.open({SEALED: "never:AAAA"}, "e", "f") is None


def test_many_keys_are_looked_up_at_once_also_from_an_iterator(database):
    ids = [key.key_id for key in KeyRing(database, _WRAPPING).take(1200)]
    ring = KeyRing(database, _WRAPPING)
    found = ring.get(key_id for key_id in ids)
    assert set(found) == set(ids)
    assert None not in found.values()


def test_threads_that_take_at_once_get_keys_of_their_own(database):
    ring, taken, start = KeyRing(database, _WRAPPING), [], threading.Barrier(8)

    def take():
        start.wait()
        taken.extend(key.key_id for _ in range(40) for key in ring.take())

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 320
