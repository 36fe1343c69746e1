"""The five stages of a ticket's round, and which of them end when a mark is set.

Source: docs/interface.md §3 `latency`: submit = `received_at`, assign = the first assignment, reply = the
reply, close = the closing; ends are taken per round.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

Mark = Literal["submit", "assign", "reply", "close"]


class Stage(NamedTuple):
    """A named stretch of a round between two marks."""

    name: str
    start: Mark
    end: Mark


STAGES: Final = (
    Stage("submit_to_assign", "submit", "assign"),
    Stage("assign_to_reply", "assign", "reply"),
    Stage("submit_to_reply", "submit", "reply"),
    Stage("reply_to_close", "reply", "close"),
    Stage("submit_to_close", "submit", "close"),
)


def ended_stages(kind: str, marks: Mapping[str, int | None]) -> list[tuple[str, int, int]]:
    """The stages that end when mark `kind` is set: (name, start, end) each, instants.

    `marks` are this round's instants, the one just set included; None or missing where the source does not
    date one. A stage with an undated mark is absent, never zero. The assignment that counts is the round's
    first: whoever decides a later one does not ask.
    """
    ended = (
        (stage.name, marks.get(stage.start), marks.get(stage.end)) for stage in STAGES if stage.end == kind
    )
    return [(name, start, end) for name, start, end in ended if start is not None and end is not None]
