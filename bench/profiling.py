"""Where the CPU of this process goes: samples of what runs, by topic."""

from __future__ import annotations

import signal
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_INTERVAL = 0.001
# The innermost frame that stands here names the topic.
_TOPICS = {
    "/marshmallow/": "reading arguments (marshmallow)",
    "/psycopg": "talking to PostgreSQL (psycopg)",
    "/sqlalchemy/": "building and reading statements (SQLAlchemy)",
    "/kernel/log/writer_postgresql.py": "rows to COPY",
    "/kernel/keys/": "data keys and sealing",
    "/kernel/canonical.py": "canonical JSON and keyed hashes",
    "/kernel/envelope.py": "events and their hashes",
    "/kernel/log/work.py": "chaining events",
    "/kernel/schemas.py": "reading arguments (ours)",
    "/kernel/worktime/": "working time",
    "/pypinyin/": "reading names (pypinyin)",
    "/kernel/names/": "reading names (ours)",
    "/services/registry/storage/": "index tokens and opening files",
    "/services/registry/domain/": "files and what is made of them",
    "/services/registry/schemas/": "reading arguments (ours)",
    "/services/registry/handlers/": "handlers",
    "/services/registry/queries/": "pages and answers",
    "/services/registry/projections/": "live rows",
    "/apps/synthetic/": "inventing people",
    "/services/feedback/domain/ticket/": "decisions and states",
    "/services/feedback/domain/latency.py": "unpacking counts",
    "/services/feedback/projections/": "live rows",
    "/services/feedback/handlers/": "handlers",
    "/services/feedback/storage/": "look-ups of counters",
    "/services/feedback/queries/": "ranks and answers",
}


@contextmanager
def sampled() -> Iterator[Counter[str]]:
    """Samples by topic, one for every millisecond of CPU that the block uses; main thread only."""
    found: Counter[str] = Counter()
    names: dict[str, str | None] = {}

    def take(_number: int, frame: FrameType | None) -> None:
        while frame is not None:
            path = frame.f_code.co_filename
            if path not in names:
                names[path] = next((topic for part, topic in _TOPICS.items() if part in path), None)
            if (topic := names[path]) is not None:
                found[topic] += 1
                return
            frame = frame.f_back
        found["the rest"] += 1

    before = signal.signal(signal.SIGPROF, take)
    signal.setitimer(signal.ITIMER_PROF, _INTERVAL, _INTERVAL)
    try:
        yield found
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def shares(found: Counter[str]) -> dict[str, float]:
    """Each topic's share, the largest first; what is below a fiftieth is in the rest."""
    total = found.total() or 1
    named = {topic: times / total for topic, times in found.most_common() if topic != "the rest"}
    shown = {topic: share for topic, share in named.items() if share >= 1 / 50}
    return shown | {"the rest": 1 - sum(shown.values())}
