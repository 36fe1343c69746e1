"""The event as every part of the system knows it, and its CloudEvents 1.0 form (docs/interface.md, "Events").

The canonical bytes of a stored event are its CloudEvents object without `position` and `eventhash`: the
first is given later by the sealer, the second is computed over the bytes.
"""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

import orjson

from kernel import instants

GENESIS = bytes(32)
_TAG = b"zhitongche-event-1\n"


class Unreadable(ValueError):
    """The stored bytes are no event of ours."""


class Event(NamedTuple):
    """One thing that happened, decided once and never changed. Free text in `data` is already sealed.

    A named tuple, because a frozen dataclass of this many fields takes several times as long to make.
    """

    event_id: str
    service: str
    name: str
    schema_version: int
    stream_id: str
    stream_version: int
    institution: str
    occurred_at: int
    recorded_at: int
    actor: str
    command_id: str
    data: dict[str, Any]
    policy: str | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    traceparent: str | None = None

    def cloud_event(self) -> dict[str, Any]:
        """The CloudEvents object without position and hash; attributes without value are absent."""
        document = {
            "specversion": "1.0",
            "id": self.event_id,
            "source": f"/zhitongche/{self.service}",
            "type": f"zhitongche.{self.service}.{self.name}",
            "subject": self.stream_id,
            "time": instants.to_text(self.occurred_at),
            "datacontenttype": "application/json",
            "dataschema": f"urn:zhitongche:{self.service}:{self.name}:{self.schema_version}",
            "data": self.data,
            "institution": self.institution,
            "streamversion": self.stream_version,
            "recordedtime": instants.to_text(self.recorded_at),
            "actor": self.actor,
            "commandid": self.command_id,
        }
        optional = {
            "policy": self.policy,
            "causationid": self.causation_id,
            "correlationid": self.correlation_id,
            "traceparent": self.traceparent,
        }
        document.update({name: value for name, value in optional.items() if value is not None})
        return document


def read(document: dict[str, Any]) -> Event:
    """The event of a CloudEvents object; `KeyError` or `ValueError` where it is not one of ours."""
    _, _, service, name, version = document["dataschema"].split(":")
    return Event(
        event_id=document["id"],
        service=service,
        name=name,
        schema_version=int(version),
        stream_id=document["subject"],
        stream_version=document["streamversion"],
        institution=document["institution"],
        occurred_at=instants.parse(document["time"]),
        recorded_at=instants.parse(document["recordedtime"]),
        actor=document["actor"],
        command_id=document["commandid"],
        data=document["data"],
        policy=document.get("policy"),
        causation_id=document.get("causationid"),
        correlation_id=document.get("correlationid"),
        traceparent=document.get("traceparent"),
    )


def event_hash(previous: bytes, body: bytes) -> bytes:
    """SHA-256 over tag, the hash of the stream's previous event (32 zero bytes at first) and the body."""
    return hashlib.sha256(_TAG + previous + body).digest()


def published(body: bytes, position: int, digest: bytes) -> bytes:
    """The bytes that leave the service: the stored object with `position` and `eventhash` in front.

    Splices instead of decoding: the body is an object of ours and never empty, and the relay sends every
    event ever written.
    """
    return b'{"eventhash":"%s","position":%d,%s' % (digest.hex().encode(), position, body[1:])


def from_body(body: bytes) -> Event:
    """The event of stored canonical bytes; `Unreadable`."""
    try:
        event = read(orjson.loads(body))
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise Unreadable from fault
    if type(event.data) is not dict:
        raise Unreadable
    return event
