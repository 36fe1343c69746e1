"""One stored sample of every event version ever released stays readable by today's code.

Never write a sample again to make a red test green: old logs hold exactly these bytes.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from apps.cli.assembly import SERVICES
from kernel import canonical, envelope
from kernel.settings import Settings
from tests.golden.collect import first_of_each
from tests.golden.stories import STORIES, told
from tests.support.homes import a_home

FOLDER = Path(__file__).parent
SETTINGS = Settings.from_environment({})
SAMPLES = sorted(FOLDER.glob("*/*.json"))
# What is public by its nature: a source of law, the names of units and groups, rules.
PUBLIC = {
    "calendar_imported": ("source",),
    "unit_registered": ("name",),
    "group_registered": ("name",),
    "policy_adopted": ("summary", "difference", "content"),
}


def recorded(service: str) -> dict[str, str]:
    """File names and the hashes that they were released with."""
    lines = (FOLDER / service / "sha256sums.txt").read_text().splitlines()
    return {name: digest for digest, name in (line.split() for line in lines)}


@pytest.mark.parametrize("service", SERVICES)
def test_every_released_version_of_every_event_has_a_sample(service):
    released = SERVICES[service].projection(SETTINGS).upcaster.released
    versions = {
        f"{name}.{version}.json" for name, newest in released.items() for version in range(1, newest + 1)
    }
    assert {sample.name for sample in SAMPLES if sample.parent.name == service} == versions
    assert set(recorded(service)) == versions


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample.parent.name}/{sample.name}")
def test_a_sample_has_its_old_bytes_and_today_s_code_reads_it(sample):
    service, body = sample.parent.name, sample.read_bytes()
    assert hashlib.sha256(body).hexdigest() == recorded(service)[sample.name]
    event = envelope.from_body(body)
    # What was stored is what today's code would store, so that hashes can be recomputed from events too.
    assert canonical.encode(event.cloud_event()) == body
    upcaster = SERVICES[service].projection(SETTINGS).upcaster
    today = upcaster.read(body)
    assert (today.service, today.event_id) == (service, event.event_id)
    assert today.schema_version == upcaster.released[today.name]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample.parent.name}/{sample.name}")
def test_a_sample_holds_no_text_in_clear(sample):
    event = envelope.from_body(sample.read_bytes())
    data = {name: value for name, value in event.data.items() if name not in PUBLIC.get(event.name, ())}
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in str(data))


@pytest.mark.parametrize("service", STORIES)
def test_the_story_of_a_service_tells_every_event_that_it_writes_today(service):
    home = a_home()
    try:
        written = set(first_of_each(told(service, home), service))
    finally:
        shutil.rmtree(home)
    released = SERVICES[service].projection(SETTINGS).upcaster.released
    assert written == {f"{name}.{version}.json" for name, version in released.items()}
