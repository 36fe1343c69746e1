"""Listening: each service applies the events of those it listens to, over RabbitMQ and in one process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import make_url

from kernel.identity.actor import EVERYWHERE, Actor, Role
from kernel.identity.tokens import SigningKeyMissing, sign
from kernel.log.database import Database
from kernel.log.reading import read_log
from kernel.log.subscription import Subscription
from kernel.migration import exists

if TYPE_CHECKING:
    from collections.abc import Callable

    from kernel.identity.secrets import Secrets
    from kernel.parts import Listening, ServiceParts
    from kernel.settings import Settings

    ReadLog = Callable[[int, int], dict[str, Any]]


class TokenMissing(Exception):
    """The service cannot sign for itself, and nobody issued it a token."""


def own_token(settings: Settings, secrets: Secrets, service: str) -> str:
    """By what a service shows another one who it is; `TokenMissing`.

    Signed here, or where the secret file is a copy without the signing key, as an operator issued it into the
    file `{home}/tokens/<service>`.
    """
    try:
        return sign(secrets, Actor(service, Role.SERVICE, EVERYWHERE))
    except SigningKeyMissing:
        file = settings.home / "tokens" / service
        if not file.exists():
            raise TokenMissing(str(file)) from None
        return file.read_text("utf-8").strip()


def subscription(
    listening: Listening, settings: Settings, database: Database, consumer: str, read: ReadLog
) -> Subscription:
    """A service's reading of another one's log."""
    apply = listening.apply(settings)
    return Subscription(database, consumer, listening.source, apply, read, upcast=listening.upcast)


class Neighbours:
    """What the services of one process tell each other: without a broker, whoever listens looks."""

    def __init__(self, parts: ServiceParts, settings: Settings, database: Database) -> None:
        """Nothing is read before `listen`."""
        self._parts = parts
        self._settings = settings
        self._database = database
        self._logs: list[Database] = []
        self._subscriptions: dict[str, Subscription] = {}

    def listen(self) -> None:
        """Apply what was written since; a service that has no data yet has nothing to say."""
        for listening in self._parts.listens:
            if listening.source not in self._subscriptions:
                url = self._settings.url(listening.source)
                if not exists(make_url(url)):
                    continue
                self._subscriptions[listening.source] = self._begin(listening, Database(url))
            self._subscriptions[listening.source].catch_up()

    def close(self) -> None:
        """Give connections back."""
        for log in self._logs:
            log.close()

    def _begin(self, listening: Listening, log: Database) -> Subscription:
        self._logs.append(log)

        def read(after: int, limit: int) -> dict[str, Any]:
            with log.read() as connection:
                return read_log(connection, after, limit)

        return subscription(listening, self._settings, self._database, self._parts.name, read)
