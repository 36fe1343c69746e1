"""How a process that works through many rows or calls uses the garbage collector."""

from __future__ import annotations

import gc


def collect_rarely() -> None:
    """Let the garbage collector look at what is new, and rarely at all of it.

    A batch holds thousands of objects that live until its commit and none in cycles; with Python's own limits
    the collector would walk over them and over every module many times a second.
    """
    gc.set_threshold(50_000, 20, 50)
