"""One command's way to the services: settings, a token of its own, and calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from apps.cli.assembly import SERVICES, open_embedded, own_secrets
from kernel.identity.actor import EVERYWHERE, Actor, Role
from kernel.identity.tokens import SigningKeyMissing, sign
from kernel.refusals import NotAuthenticated, NotFound, Unavailable, sentence
from kernel.runtime.calls import LOGIN, Call
from kernel.settings import Settings, SettingsFault

if TYPE_CHECKING:
    from apps.cli.assembly import Embedded
    from kernel.identity.secrets import Secrets
    from kernel.runtime.distributed.client import RpcClient

_PATIENCE = 60.0
SUBJECT = "cli"
_SELF = Actor(SUBJECT, Role.OPERATOR, EVERYWHERE)


@dataclass
class Session:
    """Calls services directly (embedded) or over RabbitMQ, as the settings say."""

    settings: Settings = field(default_factory=Settings.from_environment)
    _opened: dict[str, Embedded] = field(default_factory=dict)
    _own_tokens: dict[str, str] = field(default_factory=dict)

    @cached_property
    def secrets(self) -> Secrets:
        """The secret file's content; it fits the data of every service."""
        return own_secrets(self.settings)

    def token(
        self,
        *,
        subject: str = SUBJECT,
        role: Role = Role.OPERATOR,
        institution: str = EVERYWHERE,
        unit: str | None = None,
        ttl: int = 3600,
    ) -> str:
        """A token signed with the secret file; by default an operator of all institutions."""
        return sign(self.secrets, Actor(subject, role, institution, unit), ttl=ttl)

    def call(self, name: str, arguments: dict[str, Any], token: str | None = None) -> Any:
        """The answer of `service.method`; raises a `Refusal`."""
        return self.call_as(_SELF, name, arguments) if token is None else self._call(name, arguments, token)

    def call_as(self, actor: Actor, name: str, arguments: dict[str, Any]) -> Any:
        """As somebody for whom the secret file speaks; what needs no token goes on where none can be made."""
        try:
            token = self._token_of(actor, name.partition(".")[0])
        except SigningKeyMissing as missing:
            try:
                return self._call(name, arguments, "")
            except NotAuthenticated:
                raise missing from None
        return self._call(name, arguments, token)

    def _token_of(self, actor: Actor, service: str) -> str:
        if actor is not _SELF:
            return sign(own_secrets(self.settings, service), actor)
        if service not in self._own_tokens:
            self._own_tokens[service] = sign(own_secrets(self.settings, service), actor)
        return self._own_tokens[service]

    def _call(self, name: str, arguments: dict[str, Any], token: str) -> Any:
        service, _, method = name.partition(".")
        context = {"auth_token": token}
        if not self.settings.embedded:
            return self._over_rabbitmq(name, arguments, context)
        if service not in SERVICES:
            raise NotFound({"service": service})
        return self._embedded(service).call(Call(method, arguments, context))

    def _over_rabbitmq(self, name: str, arguments: dict[str, Any], context: dict[str, Any]) -> Any:
        try:
            return self._client.call(name, arguments, context=context, timeout=_PATIENCE)
        except Unavailable as refusal:
            if refusal.details.get("part") == LOGIN:
                # No repetition helps: a person has to change a setting.
                raise SettingsFault(sentence("settings", "broker_login")) from None
            raise

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
