"""Every stored event of the registry still projects, and what is sealed in it still opens and can be read."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kernel.keys.keyring import SEALED, DataKey
from kernel.settings import Settings
from services.registry.domain.person.file import File
from services.registry.domain.person.states import FILE, RESIDUE, STREAM, State, fold
from services.registry.projections.rebuild import projection

_SAMPLES = sorted((Path(__file__).parents[2] / "golden" / "registry").glob("*.json"))
_PROJECTION = projection(Settings.from_environment({}))
# An event that is never the first of its stream, with the one that it follows.
_FOLLOWS = {"correction_answered": "correction_requested"}
_KEY = AESGCM(bytes(range(32)))


def _event(sample):
    (event,) = _PROJECTION.events([sample.read_bytes()])
    return event


def _opened(event):
    """The sealed texts of an event by field."""
    sealed = {name: value[SEALED] for name, value in event.data.items() if SEALED in str(value)}
    return {
        name: DataKey(text.partition(":")[0], _KEY).open(text, event.event_id, name)
        for name, text in sealed.items()
    }


@pytest.mark.parametrize("sample", _SAMPLES, ids=lambda sample: sample.stem)
def test_a_stored_text_still_opens_and_a_stored_file_is_still_read_whole(sample):
    event = _event(sample)
    texts = _opened(event)
    if FILE in texts:
        document = orjson.loads(texts.pop(FILE))
        file = File.from_document(document)
        assert file.name.startswith("虚构")
        assert File.from_document(file.document()) == file
        # What was stored is still said: no field is forgotten on the way through today's file
        assert file.document() == document
    if RESIDUE in texts:
        assert set(orjson.loads(texts.pop(RESIDUE))) == {"middle", "pools"}
    assert [text for text in texts.values() if "虚构" not in text] == []


@pytest.mark.parametrize("sample", _SAMPLES, ids=lambda sample: sample.stem)
def test_a_stored_event_still_makes_the_rows_of_its_stream(sample):
    event = _event(sample)
    if event.stream_id.startswith(STREAM):
        person = fold([event])
        assert person.person_id == event.stream_id.removeprefix(STREAM)
        assert person.has_file == (event.data.get("state") not in (State.ERASED, State.UNDONE))
    before = [_event(sample.with_name(f"{name}.1.json")) for name in [_FOLLOWS.get(event.name)] if name]
    rows = _PROJECTION.project([*before, event])
    # A seat that is filled guards the seat and makes no row of its own; all else is seen somewhere.
    assert bool(any(rows.values())) == (event.name != "liaison_seat_filled")
