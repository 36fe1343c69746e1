"""One command's way to the services: settings, a token of its own, and calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from apps.cli.assembly import SERVICES, open_embedded, own_secrets
from kernel.identity.actor import EVERYWHERE, Actor, Role
from kernel.identity.tokens import sign
from kernel.refusals import NotFound
from kernel.runtime.calls import Call
from kernel.settings import Settings

if TYPE_CHECKING:
    from apps.cli.assembly import Embedded
    from kernel.identity.secrets import Secrets
    from kernel.runtime.distributed.client import RpcClient

_PATIENCE = 60.0


@dataclass
class Session:
    """Calls services directly (embedded) or over RabbitMQ, as the settings say."""

    settings: Settings = field(default_factory=Settings.from_environment)
    _opened: dict[str, Embedded] = field(default_factory=dict)

    @cached_property
    def secrets(self) -> Secrets:
        """The secret file's content."""
        return own_secrets(self.settings)

    def token(
        self,
        *,
        subject: str = "cli",
        role: Role = Role.OPERATOR,
        institution: str = EVERYWHERE,
        unit: str | None = None,
        ttl: int = 3600,
    ) -> str:
        """A token signed with the secret file; by default an operator of all institutions."""
        return sign(self.secrets, Actor(subject, role, institution, unit), ttl=ttl)

    @cached_property
    def _own_token(self) -> str:
        return self.token()

    def call(self, name: str, arguments: dict[str, Any], token: str | None = None) -> Any:
        """The answer of `service.method`; raises a `Refusal`."""
        service, _, method = name.partition(".")
        context = {"auth_token": self._own_token if token is None else token}
        if not self.settings.embedded:
            return self._client.call(name, arguments, context=context, timeout=_PATIENCE)
        if service not in SERVICES:
            raise NotFound({"service": service})
        return self._embedded(service).call(Call(method, arguments, context))

    def close(self) -> None:
        """Give back connections; what was written is sealed before."""
        for embedded in self._opened.values():
            embedded.close()
        self._opened.clear()
        if "_client" in self.__dict__:
            self._client.close()

    def _embedded(self, service: str) -> Embedded:
        if service not in self._opened:
            self._opened[service] = open_embedded(self.settings, service)
        return self._opened[service]

    @cached_property
    def _client(self) -> RpcClient:
        from kernel.runtime.distributed.client import RpcClient  # noqa: PLC0415 - embedded needs no broker

        return RpcClient(self.settings.amqp_uri)
