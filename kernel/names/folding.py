"""Texts as they are compared: one width, one case, no accents; and the runs of characters in them."""

from __future__ import annotations

import re
import unicodedata

# Ideographs, the two marks that stand for one, and the private area where registers keep rare characters.
_HAN = r"\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\ue000-\uf8ff\U00020000-\U000323af"
_RUN = re.compile(rf"(?P<han>[{_HAN}]+)|(?P<dot>[·•‧∙⋅・.])|(?P<word>[^\W_{_HAN}]+)")
_DIAERESIS = "\N{COMBINING DIAERESIS}"


def folded(text: str) -> str:
    """The text with every letter in one width and case, without accents and tones; only ü keeps its dots."""
    if text.isascii():
        return text.lower()
    letters: list[str] = []
    for letter in unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold()):
        if not unicodedata.combining(letter):
            letters.append(letter)
        elif letter == _DIAERESIS and letters and letters[-1] == "u":
            letters[-1] = "ü"
    return "".join(letters)


def runs(text: str) -> list[tuple[str, str]]:
    """What a text consists of, in order: ("han", characters), ("word", letters and digits), ("dot", ·)."""
    return [(match.lastgroup or "", match.group()) for match in _RUN.finditer(folded(text))]


def characters(text: str) -> str:
    """The Chinese characters of a text; what stands between them is gone."""
    return "".join(run for kind, run in runs(text) if kind == "han")


def letters_typed(text: str) -> str:
    """The letters and digits of a text as they are typed: without spaces and tones, ü as v."""
    return "".join(run for kind, run in runs(text) if kind == "word").replace("ü", "v")
