"""Reading a person's file: who may see which fields, and what is written down of it (pure).

Every read is an event in the stream `reads/<person_id>`, and the person can list them.
"""

from __future__ import annotations

from typing import Final

PURPOSES: Final = ("registry", "contact", "ticket", "correction", "evaluation", "other")
"""Why somebody else's file is opened."""
STREAM: Final = "reads/"


def reads_of(person_id: str) -> str:
    """The stream that holds who read a person's file."""
    return STREAM + person_id
