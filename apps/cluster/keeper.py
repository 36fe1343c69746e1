"""Keeper: runs one server and sees that it, and all it started, ends no later than its owner.

Run as a script (`python -I -S keeper.py USER COMMAND…`; USER is a name, or `-` for the caller's own), standard
library only. Its standard input is the owner's line to the server:

- a byte N (not 9) sends signal N to the server, so that no pid can be mistaken for a later process;
- the byte 9 ends everything at once;
- end of file does the same. The kernel closes the line when the owner dies in whatever way, also by SIGKILL,
  which no exit handler survives.

The first line on standard output is the server's pid. The exit code is the server's, `128 + N` after signal N.

A parent-death signal alone would not do: it fires when the *thread* that started the server ends, and it is not
inherited by what the server starts (Erlang's epmd makes itself a daemon, PostgreSQL's children lead sessions of
their own). So the keeper is a subreaper: orphans below it become its children and are ended with the rest.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_LIBC = ctypes.CDLL(None, use_errno=True)


def _prctl(option: int, value: int) -> None:
    if _LIBC.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def _die_with_keeper() -> None:
    """Run in the server's process after its user is set, because a change of user clears the setting."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def descendants(root: int) -> list[int]:
    """The pids of all processes below `root`, read from /proc; what ends meanwhile is left out."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                # The command's name may hold spaces and brackets: the fields begin after its last bracket.
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found: list[int] = []
    level = [root]
    while level:
        level = [child for pid in level for child in parents.get(pid, [])]
        found.extend(level)
    return found


def _end_all() -> None:
    """SIGKILL all that is below this process and wait: ports and locks are free when the keeper has gone."""
    while True:
        for pid in descendants(os.getpid()):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _listen(server: subprocess.Popen[bytes]) -> int | None:
    """Pass signals on until the server ends (its code) or the owner wants everything ended (None)."""
    ended = os.pidfd_open(server.pid)
    while True:
        ready, _, _ = select.select([0, ended], [], [])
        if ended in ready:
            return server.wait()
        order = os.read(0, 1)
        if order in (b"", bytes([signal.SIGKILL])):
            return None
        server.send_signal(order[0])


def keep(user: str, command: list[str]) -> int:
    """Run `command` as `user` until it ends or the owner does; the exit code."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    account = None if user == "-" else user
    server = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr.fileno(),
        preexec_fn=_take_orders_again,  # noqa: PLW1509 - the keeper has one thread
        user=account,
        group=account,
        extra_groups=None if account is None else [],
    )
    sys.stdout.write(f"{server.pid}\n")
    sys.stdout.flush()
    code = _listen(server)
    _end_all()
    if code is None:
        code = -signal.SIGKILL
    return code if code >= 0 else 128 - code


def _take_orders_again() -> None:
    """Undo the keeper's own deafness, which the server would inherit and then never stop."""
    for heard in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(heard, signal.SIG_DFL)
    _die_with_keeper()


if __name__ == "__main__":
    sys.exit(keep(sys.argv[1], sys.argv[2:]))
