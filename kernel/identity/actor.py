"""The actor behind a call (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

EVERYWHERE = "*"


class Role(StrEnum):
    """The eight roles of the interface."""

    SUBMITTER = "submitter"
    OPERATOR = "operator"
    HANDLER = "handler"
    LEADER = "leader"
    LIAISON = "liaison"
    AUDITOR = "auditor"
    ADMIN = "admin"
    SERVICE = "service"


def is_subject(text: str) -> bool:
    """Whether somebody can be called that: it goes into rows and events, and a database refuses a zero byte."""
    return bool(text) and text.isprintable()


@dataclass(frozen=True, slots=True)
class Actor:
    """Subject, role, institution (or `*`) and, for a handler, the unit."""

    subject: str
    role: Role
    institution: str = EVERYWHERE
    unit: str | None = None

    @property
    def has_its_unit(self) -> bool:
        """Whether a handler names the unit, and the institution that has it; of others nothing is asked."""
        return self.role is not Role.HANDLER or (self.unit is not None and self.institution != EVERYWHERE)

    def covers(self, institution: str) -> bool:
        """Whether the institution lies in this actor's scope."""
        return self.institution in (EVERYWHERE, institution)

    @property
    def label(self) -> str:
        """`<role>:<subject id>`, as events name an actor; never a person's name."""
        return f"{self.role}:{self.subject}"
