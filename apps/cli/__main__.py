"""`zhitongche` and `python -m apps.cli`: where the command begins."""

import os
import signal
import sys
from typing import Any

# `demo --once` is none of them: cut short, it has not told its story.
_LONG_RUNNING = {"up", "serve", "demo"}


def main() -> None:
    """Run the command that the words name.

    Loading takes a second or two. A process manager that ends a process meanwhile would see it die of the
    signal, as if it had failed; so what is to run until a signal ends with 0 from here on.
    """
    named = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
    if named in _LONG_RUNNING and "--once" not in sys.argv:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _end)
    from apps.cli.main import run  # noqa: PLC0415 - what this loads takes its time

    run()


def _end(_number: int, _frame: Any) -> None:
    # Whatever has begun is one transaction, or nothing; and an exception might be caught by what is loading.
    os._exit(0)


if __name__ == "__main__":
    main()
