"""Add samples of events that have none yet: `python tests/golden/collect.py SERVICE [DATABASE_URL]`.

A sample is the stored body, byte for byte, of the first event of its name and version in a log: in that of the
service's story (stories.py), or of another database. One that is there is never written again: it shows what
was once released, and a red test is answered by an upcaster.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from kernel import envelope
from kernel.log.database import Database
from kernel.log.reading import sealed_events
from kernel.log.snapshot import Snapshot
from tests.golden.stories import told

FOLDER = Path(__file__).parent
SUMS = "sha256sums.txt"


def first_of_each(url: str, service: str) -> dict[str, bytes]:
    """The stored bodies of the first event of each name and version in a log, by the name of its sample."""
    found: dict[str, bytes] = {}
    with Snapshot(Database(url.replace("{service}", service))) as snapshot:
        for _, _, body in sealed_events(snapshot):
            event = envelope.from_body(body)
            found.setdefault(f"{event.name}.{event.schema_version}.json", body)
    return found


def collect(service: str, url: str) -> list[str]:
    """The names of the new samples."""
    folder = FOLDER / service
    folder.mkdir(exist_ok=True)
    bodies = first_of_each(url, service)
    added = [name for name in bodies if not (folder / name).exists()]
    with (folder / SUMS).open("a") as sums:
        for name in added:
            (folder / name).write_bytes(bodies[name])
            sums.write(f"{hashlib.sha256(bodies[name]).hexdigest()}  {name}\n")
    return added


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as directory:
        service, *where = sys.argv[1:]
        names = collect(service, *(where or [told(service, Path(directory))]))
    sys.stdout.write("".join(f"{name}\n" for name in names))
