"""The two kinds of process of a service on RabbitMQ, put together."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from apps.cli.assembly import SERVICES, Housekeeping
from apps.cli.listening import own_token, subscription
from kernel.identity.provenance import secrets_of
from kernel.log.database import Database
from kernel.log.dead_letters import DeadLetters
from kernel.runtime.distributed.client import RpcClient
from kernel.runtime.distributed.doorbell import AmqpDoorbell
from kernel.runtime.distributed.host import BrokerGone, Host
from kernel.runtime.distributed.publisher import AmqpPublisher

if TYPE_CHECKING:
    from kernel.parts import Listening
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
        self._client = RpcClient(settings.amqp_uri)
        self._bells = [self._bell(listening) for listening in self.parts.listens]

    def run(self) -> None:
        """Work until stopped."""
        try:
            super().run()
        finally:
            self._client.close()

    def listen(self) -> None:
        """The broker tells; see `helpers`."""

    def stop(self) -> None:
        """End `run`."""
        super().stop()
        for bell in self._bells:
            bell.stop()

    def helpers(self) -> list[threading.Thread]:
        """The threads beside the sealer."""
        threads = [
            *super().helpers(),
            *(threading.Thread(target=bell.run, daemon=True) for bell in self._bells),
        ]
        if self.parts.beside_log is not None:
            words = (self.database, self.settings, self._stopping, lambda: self.process.leads)
            threads.append(threading.Thread(target=self.parts.beside_log, args=words, daemon=True))
        return threads

    def _bell(self, listening: Listening) -> AmqpDoorbell:
        name, secrets = self.parts.name, secrets_of(self.settings, self.parts.name)

        def read(after: int, limit: int) -> dict[str, Any]:
            context = {"auth_token": own_token(self.settings, secrets, name)}
            asked = {"after": after, "limit": limit}
            answer: dict[str, Any] = self._client.call(f"{listening.source}.read_log", asked, context=context)
            return answer

        heard = subscription(listening, self.settings, self.database, name, read)
        return AmqpDoorbell(self.settings.amqp_uri, heard, DeadLetters(self.database, secrets))
