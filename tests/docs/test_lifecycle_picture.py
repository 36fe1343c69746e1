"""The lifecycle in docs/flow.md is the one that the rows say."""

from __future__ import annotations

import importlib.util

import pytest

from services.feedback.domain.ticket.lifecycle import LIFECYCLE
from tests.docs.pages import DOCS, blocks, read, tables


@pytest.fixture(scope="module")
def draw():
    spec = importlib.util.spec_from_file_location("draw", DOCS / "draw.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_committed_picture_and_table_are_what_the_rows_draw(draw):
    page = read("docs/flow.md")
    assert page == draw.drawn(page), "run `make docs` (python docs/draw.py)"


def test_the_picture_has_every_state_and_command(draw):
    (block,) = blocks(draw.picture(LIFECYCLE))
    for step in LIFECYCLE:
        (arrow,) = (line for line in block.text.splitlines() if f"{step.state or '[*]'} --> {step.to}:" in line)
        assert step.command in arrow.partition(": ")[2].split(", ")


def test_a_state_that_nothing_leaves_is_an_end_and_no_other(draw):
    ends = {line.split()[0] for line in draw.picture(LIFECYCLE).splitlines() if line.endswith("--> [*]")}
    assert ends == {"closed", "declined", "withdrawn"}


def test_the_table_has_a_row_for_each_row(draw):
    (rows,) = tables(draw.table(LIFECYCLE))
    assert len(rows) == len(LIFECYCLE)


def test_a_page_without_its_marks_is_refused(draw):
    with pytest.raises(ValueError, match="no place"):
        draw.drawn("# A page\n")
