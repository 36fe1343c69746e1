"""(e) import: letters through the service's bulk command over real RPC, against single commands."""

from __future__ import annotations

import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from apps.cli.assembly import SERVICES
from apps.cli.letters import Letter
from apps.cli.letters.mailbox import read_mailbox
from apps.cli.letters.sending import on_the_wire
from apps.cli.workbooks.sending import chunks
from apps.synthetic.mailbox import letters
from bench.lifecycles import applied
from bench.load import Load
from bench.profiling import sampled, shares
from bench.stage import wait_until
from kernel import instants
from kernel.identity.actor import Actor, Role
from kernel.identity.secrets import Secrets
from kernel.identity.tokens import sign
from kernel.runtime.calls import Call
from kernel.runtime.distributed.client import RpcClient
from kernel.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from bench.stage import Stage

_SEED = 7
_PROFILED = 12_000
_SENDERS = 2


def measure(
    stage: Stage, mailbox: Path | None, lifecycles_per_second: float, events_wanted: int
) -> dict[str, Any]:
    """Events per second until the last chunk is committed, and their ratio to single commands at 8 clients.

    A second rpc process and two senders: a chunk is one command, and one process does one at a time.
    """
    settings = Settings.from_environment()
    stage.start("rpc2", sys.executable, "-m", "apps.cli", "serve", "feedback", "--part", "rpc")
    token = sign(Secrets.load(settings.secret_file), Actor("bench", Role.OPERATOR))
    with RpcClient(settings.amqp_uri, context={"auth_token": token}, timeout=120) as client:
        for _ in range(20):
            Load(client).lifecycle()
        parts = list(_chunks(mailbox, events_wanted))
        batch = str(uuid.uuid4())
        before, began = stage.cpu(), time.monotonic()
        with ThreadPoolExecutor(_SENDERS) as senders:
            done = list(senders.map(lambda rows: _send(client, batch, rows), parts))
        lasted, used = time.monotonic() - began, stage.cpu()
        wait_until(lambda: applied(stage), "the consumer does not catch up", 600)
        applied_after = time.monotonic() - began
    events = sum(count for _, count in done)
    rate = events / lasted
    return {
        "letters": sum(imported for imported, _ in done),
        "events": events,
        "seconds": lasted,
        "events_per_second": rate,
        "applied_per_second": events / applied_after,
        "cpu_us_per_event": {part: (used[part] - before[part]) / events * 1e6 for part in used},
        # A lifecycle is five events: submitted, accepted, assigned, replied, closed.
        "ratio": rate / (lifecycles_per_second * 5),
        "profile": _profile(settings, token),
    }


def _profile(settings: Settings, token: str) -> dict[str, float]:
    """Where the CPU of the service goes while it imports, in this process and without a broker."""
    application = SERVICES["feedback"].build(settings)
    calls = [
        Call("import_letters", _arguments(str(uuid.uuid4()), rows), {"auth_token": token})
        for rows in _chunks(None, _PROFILED, _SEED + 1)
    ]
    application.run_batch(calls[:1])
    with sampled() as found:
        for call in calls[1:]:
            application.run_batch([call])
    application.close()
    return shares(found)


def _send(client: RpcClient, batch: str, rows: list[dict[str, Any]]) -> tuple[int, int]:
    """Letters imported, and the events that made them."""
    answer = client.call("feedback.import_letters", _arguments(batch, rows))
    if answer["refused"]:
        raise RuntimeError("a letter was refused")
    return answer["imported"], sum(2 if row["reply"] else 1 for row in rows)


def _arguments(batch: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "command_id": str(uuid.uuid4()),
        "institution": "mianyang",
        "channel": "office_mailbox",
        "batch": batch,
        "rows": rows,
    }


def _chunks(mailbox: Path | None, events: int, seed: int = _SEED) -> list[list[dict[str, Any]]]:
    """Chunks as the command line sends them."""
    if mailbox is not None:
        return list(chunks(map(on_the_wire, read_mailbox(mailbox, instants.now()).rows)))
    # Four of five letters of the generator are answered, give or take; a few more are made to be sure.
    made = letters(seed, events * 9 // 16)
    rows = (Letter(row=number, **letter) for number, letter in enumerate(made, 2))
    return list(chunks(map(on_the_wire, rows)))
