"""The two kinds of process of a service on RabbitMQ, put together."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from apps.cli.assembly import SERVICES, Housekeeping
from kernel.identity.provenance import secrets_of
from kernel.log.database import Database
from kernel.log.dead_letters import DeadLetters
from kernel.runtime.distributed.host import BrokerGone, Host
from kernel.runtime.distributed.publisher import AmqpPublisher

if TYPE_CHECKING:
    from kernel.settings import Settings

__all__ = ["BrokerGone", "LogPart", "rpc_host"]


def rpc_host(settings: Settings, service: str) -> Host:
    """The host of a service's class."""
    secrets = secrets_of(settings, service)
    letters = DeadLetters(Database(settings.url(service)), secrets)
    parts = SERVICES[service]
    application = parts.build(settings, secrets)
    return Host(parts.service_class(), settings.amqp_uri, dead_letters=letters, application=application)


class LogPart(Housekeeping):
    """Housekeeping that also relays events, and runs what the service wants beside it."""

    def __init__(self, settings: Settings, service: str) -> None:
        """Publish over the settings' broker."""
        super().__init__(settings, service, AmqpPublisher(settings.amqp_uri, service))

    def helpers(self) -> list[threading.Thread]:
        """The threads beside the sealer."""
        if self.parts.beside_log is None:
            return super().helpers()
        words = (self.database, self.settings, self._stopping, lambda: self.process.leads)
        return [*super().helpers(), threading.Thread(target=self.parts.beside_log, args=words, daemon=True)]
