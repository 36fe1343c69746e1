"""A log process to be killed, paused and woken: `python log_part.py URL HOME [AMQP_URI]`; ends on SIGTERM."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from kernel.log.database import Database
from kernel.log.process import LogProcess
from kernel.runtime.distributed.publisher import AmqpPublisher
from tests.kernel.log.support import SERVICE, Secrets


def main(url: str, home: str, amqp_uri: str = "") -> None:
    publisher = AmqpPublisher(amqp_uri, SERVICE, patience=3.0) if amqp_uri else None
    process = LogProcess(Database(url), SERVICE, Secrets(), Path(home), publisher)
    signal.signal(signal.SIGTERM, lambda *_: process.stop())
    process.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
