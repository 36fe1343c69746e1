"""Actor tokens: Ed25519-signed JWT with `sub role institution unit iat exp` and `kid` in the header.

Opaque to callers. Services hold public keys only (docs/interface.md, "Authorisation"; RFC 7519, RFC 8037).
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import jwt

from kernel.identity.actor import Actor, Role, is_subject
from kernel.refusals import NotAuthenticated

if TYPE_CHECKING:
    from kernel.identity.secrets import Secrets

_REQUIRED = ["sub", "role", "institution", "iat", "exp"]
# Checking a signature costs as much as deciding a command, and a caller sends the same token many times.
_REMEMBERED = 4096


class SigningKeyMissing(Exception):
    """This secret file can check tokens but not make any."""


def sign(secrets: Secrets, actor: Actor, *, ttl: int = 3600) -> str:
    """A token for an actor, valid for `ttl` seconds."""
    if secrets.signing_key is None:
        raise SigningKeyMissing("密钥文件中没有签名私钥，不能签发凭证")
    issued = int(time.time())
    claims = {
        "sub": actor.subject,
        "role": str(actor.role),
        "institution": actor.institution,
        "iat": issued,
        "exp": issued + ttl,
    }
    if actor.unit is not None:
        claims["unit"] = actor.unit
    return jwt.encode(claims, secrets.signing_key, algorithm="EdDSA", headers={"kid": secrets.key_id})


class Authenticator:
    """Turns tokens into actors."""

    def __init__(self, secrets: Secrets) -> None:
        """Check against the secret file's public keys."""
        self._keys = secrets.public_keys
        self._remembered: dict[str, tuple[float, Actor]] = {}

    def actor(self, token: object) -> Actor:
        """The actor of a token; `NotAuthenticated` for anything that is not a valid token of ours."""
        if not isinstance(token, str):
            raise NotAuthenticated
        remembered = self._remembered.get(token)
        if remembered is None:
            remembered = self._check(token)
            if len(self._remembered) >= _REMEMBERED:
                self._remembered.clear()
            self._remembered[token] = remembered
        expires, actor = remembered
        if expires <= time.time():
            raise NotAuthenticated
        return actor

    def _check(self, token: str) -> tuple[float, Actor]:
        try:
            key = self._keys[jwt.get_unverified_header(token)["kid"]]
            claims = jwt.decode(token, key, algorithms=["EdDSA"], options={"require": _REQUIRED})
            unit = claims.get("unit")
            actor = Actor(claims["sub"], Role(claims["role"]), str(claims["institution"]), unit)
        except (jwt.PyJWTError, KeyError, ValueError, TypeError, RecursionError) as fault:
            raise NotAuthenticated from fault
        if unit is not None and not isinstance(unit, str):
            raise NotAuthenticated
        if not is_subject(actor.subject) or not actor.has_its_unit:
            raise NotAuthenticated
        return float(claims["exp"]), actor
