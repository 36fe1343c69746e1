"""A token is ours or it is nothing: signed by a key we know, whole, of a role we know, and not too old."""

from __future__ import annotations

import base64
import time
from dataclasses import replace

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kernel.identity.actor import EVERYWHERE, Actor, Role
from kernel.identity.secrets import Secrets
from kernel.identity.tokens import Authenticator, SigningKeyMissing, sign
from kernel.refusals import NotAuthenticated

_ACTOR = Actor("o-1", Role.OPERATOR, "datong")


@pytest.fixture(scope="module")
def secrets(tmp_path_factory):
    return Secrets.load_or_make(tmp_path_factory.mktemp("home") / "secret.json")


@pytest.fixture
def authenticator(secrets):
    return Authenticator(secrets)


def _claims(**changed):
    now = int(time.time())
    claims = {"sub": "o-1", "role": "operator", "institution": "datong", "iat": now, "exp": now + 60}
    return {name: value for name, value in (claims | changed).items() if value is not None}


def _token(secrets, key=None, headers=None, **changed):
    return jwt.encode(
        _claims(**changed),
        key or secrets.signing_key,
        algorithm="EdDSA",
        headers={"kid": secrets.key_id} | (headers or {}),
    )


@pytest.mark.parametrize(
    "actor",
    [
        Actor("o-1", Role.OPERATOR, "datong"),
        Actor("a-1", Role.AUDITOR),
        Actor("h-1", Role.HANDLER, "datong", "logistics"),
        Actor("合成-主体", Role.SUBMITTER, "mianyang", None),
    ],
    ids=lambda actor: actor.label,
)
def test_what_was_signed_is_read_back(secrets, authenticator, actor):
    assert authenticator.actor(sign(secrets, actor)) == actor


@pytest.mark.parametrize(
    "token",
    [
        None,
        7,
        b"bytes",
        [],
        {},
        True,
        "",
        "nonsense",
        "a.b.c",
        "路.灯.坏",
        "\ud800",
        "\x00",
        "." * 10_000,
        "e30.e30.e30",
        "x" * 1_000_000,
    ],
    ids=lambda token: ascii(token)[:20],
)
def test_what_is_no_token_is_not_authenticated(authenticator, token):
    with pytest.raises(NotAuthenticated):
        authenticator.actor(token)


def test_a_header_nested_beyond_reason_is_not_authenticated(authenticator):
    deep = base64.urlsafe_b64encode(b'{"kid":' + b"[" * 200_000 + b"]" * 200_000 + b"}").rstrip(b"=").decode()
    with pytest.raises(NotAuthenticated):
        authenticator.actor(f"{deep}.e30.AAAA")


def test_a_token_signed_by_somebody_else_is_not_authenticated(secrets, authenticator):
    with pytest.raises(NotAuthenticated):
        authenticator.actor(_token(secrets, key=Ed25519PrivateKey.generate()))


@pytest.mark.parametrize("kid", ["unknown", "", None, "../secret", ["a"], {}], ids=repr)
def test_a_token_of_an_unknown_key_is_not_authenticated(secrets, authenticator, kid):
    header = jwt.utils.base64url_encode(jwt.api_jws.json.dumps({"alg": "EdDSA", "kid": kid}).encode()).decode()
    token = header + "." + _token(secrets).split(".", 1)[1]
    with pytest.raises(NotAuthenticated):
        authenticator.actor(token)


def test_a_token_without_signature_or_with_a_shared_secret_is_not_authenticated(secrets, authenticator):
    public = secrets.public_keys[secrets.key_id].public_bytes_raw()
    for token in (
        jwt.encode(_claims(), None, algorithm="none", headers={"kid": secrets.key_id}),
        jwt.encode(_claims(), public, algorithm="HS256", headers={"kid": secrets.key_id}),
        _token(secrets).rpartition(".")[0] + ".",
    ):
        with pytest.raises(NotAuthenticated):
            authenticator.actor(token)


def test_a_changed_claim_breaks_the_signature(secrets, authenticator):
    head, body, signature = _token(secrets).split(".")
    raw = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
    forged = base64.urlsafe_b64encode(raw.replace(b"operator", b"auditor")).rstrip(b"=").decode()
    with pytest.raises(NotAuthenticated):
        authenticator.actor(f"{head}.{forged}.{signature}")


@pytest.mark.parametrize("name", ["sub", "role", "institution", "iat", "exp"])
def test_a_token_that_lacks_a_claim_is_not_authenticated(secrets, authenticator, name):
    with pytest.raises(NotAuthenticated):
        authenticator.actor(_token(secrets, **{name: None}))


@pytest.mark.parametrize(
    "changed",
    [
        {"sub": ""},
        {"sub": "a\x00b"},
        {"sub": "a\nb"},
        {"role": "king"},
        {"role": "OPERATOR"},
        {"role": ["operator"]},
        {"unit": 7},
        {"role": "handler"},
        {"role": "handler", "unit": "logistics", "institution": "*"},
        {"exp": 1},
        {"exp": "tomorrow"},
        {"iat": 99_999_999_999},
        {"nbf": 99_999_999_999},
    ],
    ids=repr,
)
def test_a_claim_that_is_none_of_ours_is_not_authenticated(secrets, authenticator, changed):
    with pytest.raises(NotAuthenticated):
        authenticator.actor(_token(secrets, **changed))


def test_a_remembered_token_ends_at_its_time_too(secrets, authenticator, monkeypatch):
    token = sign(secrets, _ACTOR, ttl=60)
    assert authenticator.actor(token) == _ACTOR
    later = time.time() + 61
    monkeypatch.setattr(time, "time", lambda: later)
    with pytest.raises(NotAuthenticated):
        authenticator.actor(token)


def test_a_refused_token_is_not_remembered_and_the_memory_is_bounded(secrets, authenticator):
    for n in range(20):
        with pytest.raises(NotAuthenticated):
            authenticator.actor(f"nonsense-{n}")
    assert not authenticator._remembered


def test_a_copy_without_the_signing_key_checks_and_does_not_sign(secrets):
    copy = replace(secrets, signing_key=None)
    assert Authenticator(copy).actor(sign(secrets, _ACTOR)) == _ACTOR
    with pytest.raises(SigningKeyMissing):
        sign(copy, _ACTOR)


def test_a_scope_covers_the_own_institution_or_all():
    assert _ACTOR.covers("datong")
    assert not _ACTOR.covers("mianyang")
    assert not _ACTOR.covers("*")
    assert Actor("o", Role.OPERATOR, EVERYWHERE).covers("mianyang")
