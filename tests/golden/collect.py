"""Add samples of events that have none yet: `python tests/golden/collect.py DATABASE_URL SERVICE`.

A sample is the stored body, byte for byte, of the first event of its name and version in a log. One that is
there is never written again: it shows what was once released, and a red test is answered by an upcaster.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from kernel import envelope
from kernel.log.database import Database
from kernel.log.reading import sealed_events
from kernel.log.snapshot import Snapshot

FOLDER = Path(__file__).parent
SUMS = "sha256sums.txt"


def collect(url: str, service: str) -> list[str]:
    """The names of the new samples."""
    folder = FOLDER / service
    folder.mkdir(exist_ok=True)
    added = []
    with Snapshot(Database(url.replace("{service}", service))) as snapshot:
        for _, _, body in sealed_events(snapshot):
            event = envelope.from_body(body)
            sample = folder / f"{event.name}.{event.schema_version}.json"
            if not sample.exists():
                sample.write_bytes(body)
                with (folder / SUMS).open("a") as sums:
                    sums.write(f"{hashlib.sha256(body).hexdigest()}  {sample.name}\n")
                added.append(sample.name)
    return added


if __name__ == "__main__":
    sys.stdout.write("\n".join(collect(*sys.argv[1:])) + "\n")
