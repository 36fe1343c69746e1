"""Every event ever released still folds and projects to what it made when it was released, and still opens."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kernel.keys.keyring import SEALED, DataKey
from services.feedback.domain.ticket.lifecycle import STATE_AFTER
from services.feedback.projections.rebuild import PROJECTION

_CORPUS = Path(__file__).parents[2] / "golden" / "feedback"
_KEY = DataKey("0" * 31 + "1", AESGCM(bytes(range(32))))
# By sample: which samples it follows in its stream, and the live rows that they make together.
_MADE = json.loads(Path(__file__).with_name("golden_rows.json").read_text(encoding="utf-8"))
_TEXTLESS = {"ticket_claimed", "ticket_released", "calendar_imported"}


def _history(sample):
    names = [f"{name}.1" for name in _MADE[sample]["follows"]] + [sample]
    return PROJECTION.events([(_CORPUS / f"{name}.json").read_bytes() for name in names])


def test_every_sample_has_its_rows_and_the_other_way_round():
    assert {path.stem for path in _CORPUS.glob("*.json")} == set(_MADE)


@pytest.mark.parametrize("sample", sorted(_MADE))
def test_a_stored_event_still_folds_to_its_state(sample):
    events = _history(sample)
    assert f"{events[-1].name}.{events[-1].schema_version}" == sample
    assert [event.stream_version for event in events] == list(range(1, len(events) + 1))
    assert PROJECTION.state(events) == STATE_AFTER.get(events[-1].name)


@pytest.mark.parametrize("sample", sorted(_MADE))
def test_a_stored_event_still_projects_to_the_rows_it_made(sample):
    rows = PROJECTION.project(_history(sample))
    # Later releases may know more of a row; what was known at the release must be the same.
    for table, keyed in _MADE[sample]["rows"].items():
        assert rows[table].keys() == keyed.keys()
        for key, row in keyed.items():
            found = dict(rows[table][key])
            assert {name: found[name] for name in row} == row, (table, key)


@pytest.mark.parametrize("sample", sorted(_MADE))
def test_a_stored_text_still_opens_in_its_event_and_field(sample):
    event = _history(sample)[-1]
    fields = [name for name, value in event.data.items() if isinstance(value, dict) and SEALED in value]
    for name in fields:
        assert "合成" in _KEY.open(event.data[name][SEALED], event.event_id, name)
    assert bool(fields) == (event.name not in _TEXTLESS)
