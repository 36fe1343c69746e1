"""Homes of services under test: a directory in memory, settings for it, databases made once and copied."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from kernel.log.database import Database
from kernel.migration import KEYS, migrate
from kernel.settings import Settings

if TYPE_CHECKING:
    from kernel.parts import ServiceParts

ROOT = Path(__file__).parents[2]


def settings_of(home: Path, database_url: str | None = None) -> Settings:
    """Settings of a directory; SQLite files there unless a URL template is given."""
    return Settings(
        home=home,
        database_url=database_url or f"sqlite:///{home}/{{service}}.db",
        amqp_uri="",
        policies=ROOT / "policies",
        secret_file=home / "secret.json",
    )


def migrated(settings: Settings, parts: ServiceParts) -> Settings:
    """The same settings, a service's databases made."""
    for name, scripts in ((parts.name, parts.migrations), (f"{parts.name}_keys", KEYS)):
        database = Database(settings.url(name))
        migrate(database, scripts)
        database.close()
    return settings


def a_home() -> Path:
    """A directory in memory where there is one: a commit that waits for the disk proves nothing here."""
    memory = Path("/dev/shm")
    return Path(tempfile.mkdtemp(prefix="line-", dir=memory if memory.is_dir() else None))


def copy_of(template: Path) -> Path:
    """A home with the template's migrated databases and secrets."""
    home = a_home()
    shutil.copytree(template, home, dirs_exist_ok=True)
    return home
