"""The secret file: what signs tokens, wraps data keys, and keys the hashes that must not be guessable.

Never in logs, events, answers or the repository. A service may run from a copy without `signing_key`: it
then checks tokens but cannot make any.
"""

from __future__ import annotations

import base64
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import orjson
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

if TYPE_CHECKING:
    from pathlib import Path

_KEYED = ("wrapping_key", "receipt_key", "request_key", "head_key", "owner_key")
_KEY_BYTES = 32


class SecretFileFault(Exception):
    """The secret file cannot be read or lacks a part; the sentence never shows its content."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """The parsed secret file; every key is 32 bytes."""

    key_id: str
    public_keys: dict[str, Ed25519PublicKey]
    signing_key: Ed25519PrivateKey | None = field(repr=False)
    wrapping_key: bytes = field(repr=False)
    receipt_key: bytes = field(repr=False)
    request_key: bytes = field(repr=False)
    head_key: bytes = field(repr=False)
    owner_key: bytes = field(repr=False)

    @classmethod
    def load(cls, path: Path) -> Secrets:
        """The secrets of a file; `SecretFileFault` where it is not one."""
        try:
            document = orjson.loads(path.read_bytes())
            keyed = {name: _key(document[name]) for name in _KEYED}
            private = document.get("signing_key")
            return cls(
                key_id=document["key_id"],
                public_keys={
                    kid: Ed25519PublicKey.from_public_bytes(base64.b64decode(text))
                    for kid, text in document["public_keys"].items()
                },
                signing_key=Ed25519PrivateKey.from_private_bytes(base64.b64decode(private))
                if private
                else None,
                **keyed,
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
            raise SecretFileFault(f"密钥文件无法读取或内容不完整：{path}") from fault

    @classmethod
    def load_or_make(cls, path: Path) -> Secrets:
        """The secrets of a file, made first where there is none.

        Two commands may start at once: the file is written whole under another name and linked into
        place, so exactly one of them wins and both read the same secrets.
        """
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(_generate())
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):
                os.link(draft, path)
            draft.unlink()
        return cls.load(path)


def _key(text: str) -> bytes:
    key = base64.b64decode(text, validate=True)
    if len(key) != _KEY_BYTES:
        # An empty key would be accepted by every hash, and what it keys could be guessed.
        raise ValueError(_KEY_BYTES)
    return key


def _generate() -> bytes:
    private = Ed25519PrivateKey.generate()
    raw_private = private.private_bytes(
        serialization.Encoding.Raw, serialization.PrivateFormat.Raw, serialization.NoEncryption()
    )
    raw_public = private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    key_id = secrets.token_hex(4)
    document = {
        "key_id": key_id,
        "signing_key": base64.b64encode(raw_private).decode(),
        "public_keys": {key_id: base64.b64encode(raw_public).decode()},
    } | {name: base64.b64encode(secrets.token_bytes(32)).decode() for name in _KEYED}
    return orjson.dumps(document, option=orjson.OPT_INDENT_2)
