"""Policy packs: the rules of each institution as data; every value cites its clause or says that it is local.

`domain/` imports `kernel.policy.pack`, which needs the standard library only. Reading packs needs YAML and
marshmallow, so `Packs`, `check` and `editor_schema` are loaded when they are first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernel.policy.description import describe, describe_clauses
from kernel.policy.faults import PackFault
from kernel.policy.pack import Channel, Citation, Clause, Clock, Pack, Unit, Value

if TYPE_CHECKING:
    from kernel.policy.editors import editor_schema
    from kernel.policy.loading import Packs, check

__all__ = [
    "Channel",
    "Citation",
    "Clause",
    "Clock",
    "Pack",
    "PackFault",
    "Packs",
    "Unit",
    "Value",
    "check",
    "describe",
    "describe_clauses",
    "editor_schema",
]


def __getattr__(name: str) -> Any:
    if name not in {"Packs", "check", "editor_schema"}:
        raise AttributeError(name)
    from kernel.policy import editors, loading  # noqa: PLC0415 - the reason stands above

    return getattr(editors if name == "editor_schema" else loading, name)
