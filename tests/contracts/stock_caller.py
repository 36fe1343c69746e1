"""A program with stock nameko and nothing of ours: makes the calls it reads and writes what came of them.

stdin: `{"uri", "token", "calls": [[service, method, positional, named]], "order": "one by one"/"async"}`.
stdout: a list of `{"answer"}` or `{"raised", "exc_type", "value", "text"}`.
"""

import json
import sys
from functools import partial
from importlib.metadata import version

from nameko.standalone import rpc


def cluster(uri, token):
    """As each line's documentation has it."""
    options = {"context_data": {"auth_token": token}, "timeout": 10}
    if version("nameko").startswith("2."):
        return rpc.ClusterRpcProxy({"AMQP_URI": uri}, **options)
    return rpc.ClusterRpcClient(uri=uri, **options)


def outcome(get):
    try:
        return {"answer": get()}
    except Exception as error:  # noqa: BLE001 - what is raised is what is asked
        told = {name: getattr(error, name, None) for name in ("exc_type", "value")}
        return {"raised": type(error).__name__, "text": str(error), **told}


def main():
    wanted = json.load(sys.stdin)
    with cluster(wanted["uri"], wanted["token"]) as services:
        outcomes = []
        if wanted["order"] == "async":
            pending = [
                getattr(getattr(services, service), method).call_async(*positional, **named)
                for service, method, positional, named in wanted["calls"]
            ]
            outcomes = [outcome(reply.result) for reply in reversed(pending)][::-1]
        else:
            for service, method, positional, named in wanted["calls"]:
                call = partial(getattr(getattr(services, service), method), *positional, **named)
                outcomes.append(outcome(call))
    json.dump(outcomes, sys.stdout)


main()
