"""Private servers on this machine, without containers: what `make cluster` and the tests run on."""

from apps.cluster.postgres import PrivatePostgres
from apps.cluster.processes import ServerFailed, ServersMissing
from apps.cluster.rabbit import PrivateRabbit

__all__ = ["PrivatePostgres", "PrivateRabbit", "ServerFailed", "ServersMissing"]
