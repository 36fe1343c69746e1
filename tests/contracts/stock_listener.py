"""A listener as somebody else would write it: stock nameko, nothing of ours. Writes each event it hears.

`stock_listener.py URI`; says `ready` first.
"""

import json
import sys

import eventlet

eventlet.monkey_patch()

from importlib.metadata import version  # noqa: E402 - after the patch, as eventlet wants it

from nameko.containers import ServiceContainer  # noqa: E402
from nameko.events import event_handler  # noqa: E402


class Listener:
    name = "listener_of_somebody_else"

    @event_handler("feedback", "ticket_assigned")
    def hear(self, payload):
        say(payload)


def say(what):
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def main(uri):
    settings = {"AMQP_URI": uri}
    if version("nameko").startswith("2."):
        container = ServiceContainer(Listener, settings)
    else:
        from nameko import config

        config.setup(settings)
        container = ServiceContainer(Listener)
    container.start()
    say("ready")
    container.wait()


main(sys.argv[1])
