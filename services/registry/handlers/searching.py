"""Searching in files: by what only those who keep the registry may see, and so recorded like a reading.

Whoever is found by a party is known to be of it, though the list does not say so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from services.registry.projections.shapes import LINE
from services.registry.queries.lists import ListQueries

if TYPE_CHECKING:
    from kernel.log.work import Work
    from services.registry.handlers.reading import Reading

Arguments = dict[str, Any]
Answer = dict[str, Any]
# By what was asked, what else is learnt of whoever is found.
_LEARNT: Final = {"party": "memberships", "words": "discipline"}


class Searching:
    """Handler of `search_files`."""

    def __init__(self, reading: Reading) -> None:
        """Record through `reading`."""
        self.reading = reading
        self.lists = ListQueries(reading.office)

    def search_files(self, work: Work, arguments: Arguments) -> Answer:
        """As `search_people`, also by party and by words of posts and disciplines that few may see."""
        answer, people = self.lists.search(work.actor, arguments, inner=True)
        learnt = [field for asked, field in _LEARNT.items() if arguments[asked] is not None]
        self.reading.note(work, people, "search_files", [*LINE, *learnt], "registry")
        return answer
