"""The log in other people's formats: CloudEvents as JSON lines, XES (IEEE 1849), OCEL 2.0 JSON.

Written as a stream from one snapshot. Texts stay sealed: an export says what happened and when, not what was
written.
"""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

import orjson

from kernel import envelope, instants
from kernel.log.damage import located
from kernel.log.reading import cloud_event, read_log, sealed_events, streams
from kernel.log.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from kernel.envelope import Event
    from kernel.log.database import Database

_PAGE = 500
_XES_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<log xes.version="1849-2023" xes.features="">\n'
    '<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>\n'
    '<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>\n'
    '<extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>\n'
    '<classifier name="Activity" keys="concept:name"/>\n'
)


def export(database: Database, service: str, form: str, out: Path) -> int:
    """Write the log as `jsonl` (sealed events), `xes` or `ocel` (all); how many. `KeyError`: no such form.

    `out` is there whole or as it was before; `OSError` where it cannot be written, `Damaged` where the log
    cannot be read.
    """
    write = _FORMS[form]
    with _whole_file(out) as file, Snapshot(database) as snapshot, located(snapshot):
        return write(snapshot, service, file)


@contextmanager
def _whole_file(out: Path) -> Iterator[IO[bytes]]:
    """A file that takes its name when everything is in it and on the disk."""
    out = out.resolve()
    # A pipe or a terminal has no half and cannot be replaced; a directory refuses.
    replaced = out.is_file() or not out.exists()
    draft = out.with_name(f".{secrets.token_hex(8)}.part") if replaced else out
    try:
        with draft.open("xb" if replaced else "wb") as file:
            yield file
            if replaced:
                file.flush()
                os.fsync(file.fileno())
        if replaced:
            if out.exists():
                shutil.copymode(out, draft)
            draft.replace(out)
    except OSError as fault:
        # It names the draft or nothing, and a person knows only their own file.
        raise OSError(fault.errno, fault.strerror, str(out)) from fault
    finally:
        if replaced:
            with suppress(OSError):
                draft.unlink()


def tail(database: Database, after: int = 0) -> Iterator[dict[str, Any]]:
    """Every sealed event behind a position, as it is published, up to the head of now."""
    while True:
        with database.read() as connection:
            page = read_log(connection, after, _PAGE)
        yield from page["events"]
        after = page["next_after"]
        if not page["events"]:
            return


def _jsonl(snapshot: Snapshot, _service: str, file: IO[bytes]) -> int:
    count = 0
    for position, digest, body in sealed_events(snapshot):
        cloud_event(position, digest, body)
        file.write(envelope.published(body, position, digest) + b"\n")
        count += 1
    return count


def _xes(snapshot: Snapshot, service: str, file: IO[bytes]) -> int:
    count = 0
    file.write(_XES_HEAD.encode())
    file.write(f'<string key="concept:name" value={quoteattr(service)}/>\n'.encode())
    for stream_id, bodies in streams(snapshot):
        file.write(f'<trace><string key="concept:name" value={quoteattr(stream_id)}/>\n'.encode())
        for body in bodies:
            file.write(_xes_event(envelope.from_body(body)))
            count += 1
        file.write(b"</trace>\n")
    file.write(b"</log>\n")
    return count


def _xes_event(event: Event) -> bytes:
    values = [
        ("string", "concept:name", event.name),
        ("date", "time:timestamp", instants.to_text(event.occurred_at)),
        ("string", "org:role", event.actor.partition(":")[0]),
        ("string", "identity:id", event.event_id),
        ("string", "institution", event.institution),
    ]
    if event.data.get("lead"):
        values.append(("string", "org:group", event.data["lead"]))
    inside = "".join(f"<{kind} key={quoteattr(key)} value={quoteattr(value)}/>" for kind, key, value in values)
    return f"<event>{inside}</event>\n".encode()


def _ocel(snapshot: Snapshot, service: str, file: IO[bytes]) -> int:
    """Objects: the streams, and the institutions they belong to."""
    names: set[str] = set()
    objects: dict[str, str] = {}
    kinds: set[str] = {"institution"}
    count = 0
    file.write(b'{"events":[')
    for stream_id, bodies in streams(snapshot):
        kind = stream_id.partition("/")[0]
        kinds.add(kind)
        objects[stream_id] = kind
        for body in bodies:
            event = envelope.from_body(body)
            names.add(event.name)
            objects[f"institution/{event.institution}"] = "institution"
            file.write(b"," if count else b"")
            file.write(orjson.dumps(_ocel_event(event)))
            count += 1
    listed = [
        {"id": name, "type": kind, "attributes": [], "relationships": []} for name, kind in objects.items()
    ]
    role = {"name": "role", "type": "string"}
    tail_ = {
        "objects": listed,
        "eventTypes": [{"name": name, "attributes": [role]} for name in sorted(names)],
        "objectTypes": [{"name": kind, "attributes": []} for kind in sorted(kinds)],
    }
    file.write(b"]," + orjson.dumps(tail_)[1:])
    del service
    return count


def _ocel_event(event: Event) -> dict[str, Any]:
    return {
        "id": event.event_id,
        "type": event.name,
        "time": instants.to_text(event.occurred_at),
        "attributes": [{"name": "role", "value": event.actor.partition(":")[0]}],
        "relationships": [
            {"objectId": event.stream_id, "qualifier": "about"},
            {"objectId": f"institution/{event.institution}", "qualifier": "of"},
        ],
    }


_FORMS: dict[str, Callable[[Snapshot, str, IO[bytes]], int]] = {"jsonl": _jsonl, "xes": _xes, "ocel": _ocel}
