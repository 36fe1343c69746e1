"""(e) import: letters through the service's bulk command over real RPC, against single commands."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any

from apps.cli.letters.mailbox import read_mailbox
from apps.cli.letters.sending import chunks
from apps.synthetic.mailbox import letters
from bench.load import Load
from kernel import instants
from kernel.identity.actor import Actor, Role
from kernel.identity.secrets import Secrets
from kernel.identity.tokens import sign
from kernel.runtime.distributed.client import RpcClient
from kernel.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SEED = 7


def measure(mailbox: Path | None, lifecycles_per_second: float, events_wanted: int) -> dict[str, Any]:
    """Events per second until the last chunk is committed, and their ratio to single commands at 8 clients."""
    settings = Settings.from_environment()
    token = sign(Secrets.load(settings.secret_file), Actor("bench", Role.OPERATOR))
    batch, events, letters_sent = str(uuid.uuid4()), 0, 0
    with RpcClient(settings.amqp_uri, context={"auth_token": token}, timeout=120) as client:
        Load(client).lifecycle()
        parts = list(_chunks(mailbox, events_wanted))
        began = time.monotonic()
        for rows in parts:
            arguments = {
                "command_id": str(uuid.uuid4()),
                "institution": "mianyang",
                "channel": "office_mailbox",
                "batch": batch,
                "rows": rows,
            }
            answer = client.call("feedback.import_letters", arguments)
            letters_sent += answer["imported"]
            events += sum(2 if row["reply"] else 1 for row in rows) if not answer["refused"] else 0
        lasted = time.monotonic() - began
    rate = events / lasted
    return {
        "letters": letters_sent,
        "events": events,
        "seconds": lasted,
        "events_per_second": rate,
        # A lifecycle is five events: submitted, accepted, assigned, replied, closed.
        "ratio": rate / (lifecycles_per_second * 5),
    }


def _chunks(mailbox: Path | None, events: int) -> Iterator[list[dict[str, Any]]]:
    if mailbox is not None:
        yield from chunks(read_mailbox(mailbox, instants.now()).rows)
        return
    rows: list[dict[str, Any]] = []
    for letter in letters(_SEED, events * 5 // 9):
        times = {
            name: letter[name] and instants.to_text(letter[name]) for name in ("received_at", "replied_at")
        }
        rows.append(letter | times)
        if len(rows) == 100:
            yield rows
            rows = []
    if rows:
        yield rows
