"""A letter that is written into a workbook comes back as it was, whatever it says."""

from __future__ import annotations

import tempfile
import unicodedata
from datetime import timedelta
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.cli.letters import read_mailbox
from apps.cli.workbooks.cells import text_of
from apps.synthetic.mailbox import HEADERS
from kernel.instants import SECOND, parse, to_datetime

FIRST, NOW = parse("1992-01-01T00:00:00+08:00") // SECOND, parse("2026-03-05T01:02:03Z") // SECOND
CHARACTERS = st.characters(exclude_categories=("Cs", "Cn", "Co", "Cc"), include_characters="\t\n")


def as_typed(text: str) -> str:
    """What is left when composition and ends are normalised, which is what a letter may hold."""
    try:
        return text_of(unicodedata.normalize("NFC", text))
    except ValueError:
        return ""


def texts(limit):
    return st.text(CHARACTERS, min_size=1, max_size=limit).map(as_typed).filter(bool)


@st.composite
def letters(draw):
    received = draw(st.integers(FIRST, NOW))
    reply = draw(st.none() | texts(200))
    return {
        "ref": draw(
            st.from_regex(r"[0-9A-Za-z_-]{1,30}", fullmatch=True).filter(lambda r: "e" not in r.lower())
        ),
        "submitter": draw(st.none() | texts(20)),
        "title": draw(texts(100)),
        "body": draw(texts(400)),
        "received_at": received * SECOND,
        "reply": reply,
        "replied_at": None if reply is None else draw(st.integers(received, NOW)) * SECOND,
    }


def cell_of(instant, spelling):
    wall = to_datetime(instant).replace(tzinfo=None) + timedelta(hours=8)
    return wall if spelling == "cell" else wall.strftime(spelling)


@pytest.mark.slow
@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    mailbox=st.lists(letters(), min_size=1, max_size=8, unique_by=lambda letter: letter["ref"]),
    spelling=st.sampled_from(["cell", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y年%m月%d日 %H:%M:%S"]),
)
def test_a_good_letter_reads_back_identically(mailbox, spelling):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "信箱.xlsx"
        with xlsxwriter.Workbook(path) as book:
            page = book.add_worksheet()
            stamp = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
            page.write_row(0, 0, HEADERS)
            for line, letter in enumerate(mailbox, start=1):
                parts = ("ref", "submitter", "title", "received_at", "body", "reply", "replied_at")
                for at, part in enumerate(parts):
                    if letter[part] is None:
                        continue
                    cell = cell_of(letter[part], spelling) if part.endswith("_at") else letter[part]
                    if isinstance(cell, str):
                        page.write_string(line, at, cell)
                    else:
                        page.write_datetime(line, at, cell, stamp)
        read = read_mailbox(path, NOW * SECOND)
    assert read.faults == []
    assert [{k: v for k, v in letter._asdict().items() if k != "row"} for letter in read.rows] == mailbox
