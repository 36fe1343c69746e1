"""Chinese names for search: how a name is read, by which texts it is found, and what a typed text looks up.

Pure: pypinyin reads the characters, `surnames.yaml` the surnames. A look-up finds candidates; a long text is
looked up by its beginning, so the exact test (`matches`, `word_matches`) is made on what was found.
"""

from __future__ import annotations

from kernel.names.readings import readings
from kernel.names.search import look_ups_decide, matches, name_texts, query_texts
from kernel.names.words import word_matches, word_query, word_texts

__all__ = [
    "look_ups_decide",
    "matches",
    "name_texts",
    "query_texts",
    "readings",
    "word_matches",
    "word_query",
    "word_texts",
]
