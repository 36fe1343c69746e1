"""The secret file: made once, by whoever comes first, for nobody else to read, and whole or refused."""

from __future__ import annotations

import base64
import json
import stat
import threading

import pytest

from kernel.identity.secrets import SecretFileFault, Secrets

_KEYED = ("wrapping_key", "receipt_key", "request_key", "head_key", "owner_key")


def test_it_is_made_where_there_is_none_and_only_its_owner_may_read_it(tmp_path):
    path = tmp_path / "deep" / "secret.json"
    made = Secrets.load_or_make(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Secrets.load(path).wrapping_key == made.wrapping_key
    assert len({getattr(made, name) for name in _KEYED}) == len(_KEYED)
    assert [entry.name for entry in path.parent.iterdir()] == ["secret.json"]


def test_sixteen_that_start_at_once_read_the_same_secrets(tmp_path):
    path, start, read = tmp_path / "secret.json", threading.Barrier(16), []

    def begin():
        start.wait()
        read.append(Secrets.load_or_make(path).wrapping_key)

    threads = [threading.Thread(target=begin) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read) == 16
    assert len(set(read)) == 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["secret.json"]


def test_an_existing_file_is_never_written_again(tmp_path):
    path = tmp_path / "secret.json"
    Secrets.load_or_make(path)
    before = path.read_bytes()
    Secrets.load_or_make(path)
    assert path.read_bytes() == before


def test_a_copy_with_the_public_key_instead_of_the_signing_key_is_enough_to_check(tmp_path):
    path = tmp_path / "secret.json"
    Secrets.load_or_make(path)
    document = json.loads(path.read_text())
    document.pop("signing_key")
    path.write_text(json.dumps(document))
    assert Secrets.load(path).signing_key is None


@pytest.mark.parametrize("name", ["key_id", "public_keys", *_KEYED])
def test_a_file_that_lacks_a_part_is_refused(tmp_path, name):
    path = tmp_path / "secret.json"
    Secrets.load_or_make(path)
    document = json.loads(path.read_text())
    document.pop(name)
    path.write_text(json.dumps(document))
    with pytest.raises(SecretFileFault):
        Secrets.load(path)


@pytest.mark.parametrize("name", _KEYED)
@pytest.mark.parametrize("value", ["", "short", base64.b64encode(bytes(31)).decode(), "%%%", 7, None], ids=repr)
def test_a_key_that_is_not_32_bytes_is_refused(tmp_path, name, value):
    path = tmp_path / "secret.json"
    Secrets.load_or_make(path)
    path.write_text(json.dumps(json.loads(path.read_text()) | {name: value}))
    with pytest.raises(SecretFileFault):
        Secrets.load(path)


@pytest.mark.parametrize("content", [b"", b"null", b"[]", b"{}", b"7", b"\xff\xfe", b'{"key_id":'], ids=repr)
def test_what_is_no_secret_file_is_refused_with_its_path_and_without_its_content(tmp_path, content):
    path = tmp_path / "secret.json"
    path.write_bytes(content)
    with pytest.raises(SecretFileFault, match=r"secret\.json"):
        Secrets.load(path)


def test_secrets_show_nothing_of_themselves(tmp_path):
    secrets = Secrets.load_or_make(tmp_path / "secret.json")
    shown = repr(secrets)
    for name in _KEYED:
        assert repr(getattr(secrets, name)) not in shown
        assert name not in shown
    assert "signing_key" not in shown
