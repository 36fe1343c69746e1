"""What a number format shows of a number: the parts of a date, or leading zeros."""

from __future__ import annotations

import re

# Built-in formats of dates and times (ECMA-376 part 1, 18.8.30, and its table for zh-cn).
BUILT_IN = {
    14: "yyyy/m/d",
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: "yyyy/m/d h:mm",
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss.0",
    **dict.fromkeys((27, 36, 50, 52, 57), 'yyyy"年"m"月"'),
    **dict.fromkeys((28, 29, 51, 53, 54, 58), 'm"月"d"日"'),
    30: "m-d-yy",
    31: 'yyyy"年"m"月"d"日"',
    32: 'h"时"mm"分"',
    33: 'h"时"mm"分"ss"秒"',
    **dict.fromkeys((34, 55), '上午/下午h"时"mm"分"'),
    **dict.fromkeys((35, 56), '上午/下午h"时"mm"分"ss"秒"'),
}
# What is no placeholder in a number format: quoted or escaped text, and brackets other than [h] [m] [s].
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|am/pm|a/p|general|\[(?![hms]+\])[^\]]*\]')
_MINUTES = re.compile(r"(?<=h)[^ymdhs]*m{1,2}|m{1,2}(?=[^ymdhs]*s)|\[m+\]")
_ZEROS = re.compile("0{2,}")


def shown(number_format: str) -> frozenset[str]:
    """Which of `year month day time` a format shows; none for a format of plain numbers."""
    said = _LITERAL.sub("", number_format.lower()).partition(";")[0]
    time = "h" in said or "s" in said
    said = _MINUTES.sub("", said)
    found = {name for name, letter in (("month", "m"), ("day", "d")) if letter in said}
    # `e` is a year as well, except in a number with an exponent.
    if "y" in said or ("e" in said and not re.search("[0#?]", said)):
        found.add("year")
    return frozenset(found | ({"time"} if time else set()))


def shows_time(number_format: str) -> bool:
    """Whether a number format has hours or seconds in it."""
    return "time" in shown(number_format)


def zeros(number_format: str) -> int:
    """The digits to which a format fills a number with zeros from the left; 0 where it does not."""
    return len(number_format) if _ZEROS.fullmatch(number_format) else 0
