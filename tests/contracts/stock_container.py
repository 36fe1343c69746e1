"""Hosts a service class in a stock nameko container.

`python -m tests.contracts.stock_container URI MODULE CLASS`. Says `ready`, and ends well on SIGTERM.
"""

import eventlet

eventlet.monkey_patch()

import importlib  # noqa: E402 - after the patch, as eventlet wants it
import signal  # noqa: E402
import sys  # noqa: E402

from nameko import config  # noqa: E402
from nameko.containers import ServiceContainer  # noqa: E402


def main(uri, module, name):
    config.setup({"AMQP_URI": uri})
    container = ServiceContainer(getattr(importlib.import_module(module), name))
    signal.signal(signal.SIGTERM, lambda *_: eventlet.spawn_n(container.stop))
    container.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    container.wait()


main(*sys.argv[1:])
