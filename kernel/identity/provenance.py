"""Which secret file a service's data was written with: made where there is no data, only loaded where there is.

With a new or another one nothing could be read any more, new texts would be sealed beside old ones that no file
opens, and every head of the log would look forged. What the keys were wrapped with and the heads were signed
with shows which file it was; no fingerprint needs to be kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import inspect, make_url, text

from kernel.identity.secrets import SecretFileFault, Secrets
from kernel.keys import keyring
from kernel.log import heads
from kernel.log.database import Database
from kernel.migration import exists

if TYPE_CHECKING:
    from kernel.log.heads import Head
    from kernel.settings import Settings

_ANY_EVENT = text("SELECT EXISTS (SELECT 1 FROM event)")


@dataclass
class _Traces:
    """What a service has written so far: any event at all, a few keys, a few heads."""

    events: bool = False
    keys: list[keyring.Wrapped] = field(default_factory=list)
    heads: list[Head] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.events or self.keys or self.heads)

    def contradict(self, secrets: Secrets, service: str) -> bool:
        """Whether there are proofs and none of them fits. One that fits is enough: others may be damaged."""
        fits = keyring.opens(secrets.wrapping_key, self.keys) or any(
            head.is_genuine(secrets.head_key, service) for head in self.heads
        )
        return bool(self.keys or self.heads) and not fits


def secrets_of(settings: Settings, *services: str) -> Secrets:
    """The secrets that the services' data was written with; made where there is neither file nor data.

    Raises `SecretFileFault` where there is data and no file, or a file that fits none of the data.
    """
    # Read before the file is looked for: whoever writes data has put the file in its place before.
    found = {service: traces for service in services if (traces := _traces(settings, service))}
    path = settings.secret_file
    # Another service of this home counts too, whose databases may be closed to this one: all share the file.
    written = [*found, *(name for name in _witnessed(settings) if name not in services)]
    if written and not path.exists():
        raise SecretFileFault(
            f"找不到密钥文件 {path}，而 {'、'.join(written)} 已有数据：请放回写入这些数据时所用的密钥文件，"
            "或用 ZHITONGCHE_SECRET_FILE 指明它的位置；不会另造一个。"
        )
    secrets = Secrets.load_or_make(path)
    for service, traces in found.items():
        if traces.contradict(secrets, service):
            raise SecretFileFault(
                f"密钥文件 {path} 不是写入 {service} 的数据时所用的那一个，请改用原来的密钥文件；"
                "如确是原来的文件，则密钥库和日志已被整体改写。"
            )
    return secrets


def _witnessed(settings: Settings) -> list[str]:
    """The services whose heads stand in this home, by name."""
    files = settings.heads("any").parent.glob("*.log")
    return sorted(file.stem for file in files if heads.HeadFile(file).last() is not None)


def _traces(settings: Settings, service: str) -> _Traces:
    traces = _Traces()
    last = heads.HeadFile(settings.heads(service)).last()
    if last is not None:
        traces.heads.append(last)
    for name in (service, f"{service}_keys"):
        if exists(make_url(settings.url(name))):
            database = Database(settings.url(name))
            try:
                _look(database, traces)
            finally:
                database.close()
    return traces


def _look(database: Database, traces: _Traces) -> None:
    with database.read() as connection:
        tables = set(inspect(connection).get_table_names())
        if keyring.DATA_KEY.name in tables:
            traces.keys += keyring.sample(connection)
        if {"event", "checkpoint"} <= tables:
            traces.events = bool(connection.execute(_ANY_EVENT).scalar_one())
            traces.heads += [head for head in (heads.oldest(connection), heads.newest(connection)) if head]
