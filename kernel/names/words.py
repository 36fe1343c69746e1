"""Full text by words: pairs of neighbouring Chinese characters, and whole Latin words and numbers."""

from __future__ import annotations

from typing import Final

from kernel.names.folding import runs

Text = tuple[str, str]

WORD: Final = "word"
_PAIR = 2


def word_texts(text: str) -> frozenset[Text]:
    """What a text is found by: each pair of neighbouring characters, each Latin word or number, folded."""
    return frozenset(_words(text))


def word_query(text: str) -> tuple[Text, ...]:
    """The look-ups that answer what was typed, each once; all must be found. Empty for an unusable text.

    One character alone looks nothing up: it would find every text that has it.
    """
    return tuple(dict.fromkeys(_words(text)))


def word_matches(text: str, typed: str) -> bool:
    """Whether a text has what was typed: the exact test, for texts that the look-ups found.

    Every run of characters that was typed stands together in the text, and every Latin word is one of its
    words. What looks nothing up matches nothing.
    """
    if not word_query(typed):
        return False
    held = _runs(text)
    words = {run for kind, run in held if kind == "word"}
    characters = [run for kind, run in held if kind == "han"]
    return all(
        run in words if kind == "word" else any(run in other for other in characters)
        for kind, run in _runs(typed)
    )


def _runs(text: str) -> list[tuple[str, str]]:
    return [(kind, run.replace("ü", "u")) for kind, run in runs(text) if kind != "dot"]


def _words(text: str) -> list[Text]:
    words: list[Text] = []
    for kind, run in _runs(text):
        if kind == "han":
            words += [(WORD, run[start : start + _PAIR]) for start in range(len(run) - 1)]
        else:
            words.append((WORD, run))
    return words
