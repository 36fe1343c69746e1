"""The five settings (docs/interface.md, "Settings"), and which databases go with which transport."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Mapping

_DEFAULT_URL = "sqlite:///{home}/{service}.db"
_POLICIES = Path(__file__).resolve().parent.parent / "policies"


class SettingsFault(Exception):
    """The settings do not go together; the message is a Chinese sentence."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where this process keeps, finds and sends things."""

    home: Path
    database_url: str
    amqp_uri: str
    policies: Path
    secret_file: Path

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """The settings of an environment; `SettingsFault` for a pair that is not allowed."""
        home = Path(environment.get("ZHITONGCHE_HOME") or "var")
        settings = cls(
            home=home,
            database_url=environment.get("ZHITONGCHE_DATABASE_URL") or _DEFAULT_URL,
            amqp_uri=environment.get("ZHITONGCHE_AMQP_URI") or "",
            policies=Path(environment.get("ZHITONGCHE_POLICIES") or _POLICIES),
            secret_file=Path(environment.get("ZHITONGCHE_SECRET_FILE") or home / "secret.json"),
        )
        settings.check()
        return settings

    @property
    def embedded(self) -> bool:
        """One process and no broker."""
        return not self.amqp_uri

    @property
    def backend(self) -> str:
        """`sqlite` or `postgresql`."""
        return make_url(self.url("feedback")).get_backend_name()

    @property
    def database_is_secret(self) -> bool:
        """Whether the database's URL holds a password, which is not for a screen."""
        url = make_url(self.url("feedback"))
        return url.password is not None or any("pass" in name.lower() for name in url.query)

    def check(self) -> None:
        """`SettingsFault` unless database and transport go together."""
        try:
            backend = self.backend
        except (ArgumentError, KeyError, IndexError, ValueError) as fault:
            raise SettingsFault("ZHITONGCHE_DATABASE_URL 不是合法的数据库地址。") from fault
        if "{service}" not in self.database_url:
            raise SettingsFault("ZHITONGCHE_DATABASE_URL 必须包含 {service}：每个服务有自己的数据库。")
        if backend not in ("sqlite", "postgresql"):
            raise SettingsFault("ZHITONGCHE_DATABASE_URL 只支持 sqlite 和 postgresql。")
        if self.amqp_uri and backend == "sqlite":
            raise SettingsFault("设置了 ZHITONGCHE_AMQP_URI 时必须使用 postgresql 数据库。")
        if self.amqp_uri and not self.amqp_uri.startswith(("amqp://", "amqps://", "pyamqp://")):
            raise SettingsFault("ZHITONGCHE_AMQP_URI 应以 amqp:// 或 amqps:// 开头。")

    def url(self, service: str) -> str:
        """The SQLAlchemy URL of a service's database; `postgresql://` means psycopg 3."""
        filled = self.database_url.replace("{home}", str(self.home)).replace("{service}", service)
        scheme, _, rest = filled.partition("://")
        return f"postgresql+psycopg://{rest}" if scheme == "postgresql" else filled

    def heads(self, service: str) -> Path:
        """The file outside the database that keeps the heads of a service's log."""
        return self.home / "heads" / f"{service}.log"
