"""A named suggestion on its way to being adopted, event by event."""

from __future__ import annotations

import pytest

from services.registry.domain.suggestions import ADOPTED, ADOPTING, OPEN, RECORDED, Suggestion, after
from tests.services.registry.heard import MARK, TICKET, event

BEGUN = Suggestion(TICKET, "datong", MARK)
SAID = BEGUN._replace(state=ADOPTED)
CLOSED = SAID._replace(closed_at=7)


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ({}, BEGUN),
        ({"confidentiality": "withheld"}, None),
        ({"confidentiality": "anonymous", "owner": None}, None),
        ({"owner": None}, None),
        ({"owner": ...}, None),
    ],
)
@pytest.mark.clause("DT-18")
def test_only_what_somebody_submitted_under_their_own_name_is_kept(told, kept):
    assert after(None, event("ticket_submitted", **told)) == kept


@pytest.mark.parametrize("outcome", sorted(ADOPTING))
def test_what_is_answered_as_adopted_counts_once_it_is_closed(outcome):
    said = after(BEGUN, event("ticket_replied", outcome=outcome))
    assert (said, said.creditable) == (SAID, False)
    closed = after(said, event("ticket_closed", outcome=None, at=7))
    assert (closed, closed.creditable) == (CLOSED, True)


@pytest.mark.parametrize(
    ("one", "name", "outcome", "then"),
    [
        (BEGUN, "ticket_replied", None, BEGUN),
        (BEGUN, "ticket_replied", "explained", BEGUN),
        (SAID, "ticket_replied", "explained", BEGUN),
        (BEGUN, "ticket_closed", "adopted", CLOSED),
        (BEGUN, "ticket_closed", None, None),
        (SAID, "ticket_closed", "explained", None),
        (SAID, "ticket_withdrawn", None, None),
        (BEGUN, "ticket_declined", None, None),
        (None, "ticket_closed", "adopted", None),
    ],
)
def test_the_last_word_on_the_outcome_decides(one, name, outcome, then):
    assert after(one, event(name, outcome=outcome, at=7)) == then


@pytest.mark.parametrize("name", ["ticket_submitted", "ticket_replied", "ticket_closed", "ticket_withdrawn"])
def test_what_is_recorded_stays_so_also_when_everything_is_heard_again(name):
    recorded = CLOSED._replace(state=RECORDED, owner="")
    assert after(recorded, event(name, outcome="explained")) == recorded


def test_an_open_suggestion_is_nobodys_contribution():
    assert not BEGUN.creditable
    assert BEGUN.state == OPEN
