"""One of several programs on one SQLite home: `python -m tests.faults.embedded_writer HOME COUNT`.

Says each command's id and ticket when it was acknowledged. Ends with an error where anything was refused.
"""

from __future__ import annotations

import json
import sys
import uuid

from apps.cli.session import Session
from kernel.settings import Settings

GOOD = {"institution": "datong", "channel": "office_mailbox", "title": "（合成）", "body": "（合成）"}


def main(home: str, count: str) -> None:
    session = Session(Settings.from_environment({"ZHITONGCHE_HOME": home}))
    for _ in range(int(count)):
        command_id = str(uuid.uuid4())
        answer = session.call("feedback.submit_suggestion", {**GOOD, "command_id": command_id})
        told = {"command_id": command_id, "ticket_id": answer["ticket_id"]}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
    session.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
