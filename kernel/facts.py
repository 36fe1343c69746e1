"""What a decision answers: facts, still in plain words. The unit of work seals their texts (pure)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Fact:
    """One event to be.

    `data` stands in clear in the event and must hold no free text and no identity; `texts` are sealed with
    the stream's key, `identities` with the key of the sealed identity where there is one.
    `occurred_at` is the business time; `None` means: when it is recorded.
    """

    name: str
    data: Mapping[str, Any]
    texts: Mapping[str, str] = field(default_factory=dict)
    identities: Mapping[str, str] = field(default_factory=dict)
    occurred_at: int | None = None
    schema_version: int = 1
