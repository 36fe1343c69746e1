"""Old events are read in today's shape; stored bytes never change."""

from __future__ import annotations

import pytest

from kernel import canonical
from kernel.log.upcasting import UnknownEventVersion, Upcaster
from tests.kernel.log.support import an_event


def with_outcome(event):
    return event._replace(schema_version=2, data=event.data | {"outcome": None})


def with_rounds(event):
    return event._replace(schema_version=3, data=event.data | {"rounds": [event.data["round"]]})


STEPS = {("ticket_submitted", 1): with_outcome, ("ticket_submitted", 2): with_rounds}


def test_an_old_event_takes_every_step_up_to_today():
    upcaster = Upcaster({"ticket_submitted": 3}, STEPS)
    old = an_event("ticket/1", 1)
    today = upcaster.read(canonical.encode(old.cloud_event()))
    assert (today.schema_version, today.data["outcome"], today.data["rounds"]) == (3, None, [1])
    assert "outcome" not in old.data


def test_an_event_of_todays_version_is_left_as_it_is():
    event = an_event("ticket/1", 1)._replace(schema_version=3)
    assert Upcaster({"ticket_submitted": 3}, STEPS).upcast(event) is event


@pytest.mark.parametrize(("name", "version"), [("ticket_submitted", 4), ("ticket_burnt", 1)])
def test_an_event_that_this_release_does_not_know_is_refused_by_name(name, version):
    event = an_event("ticket/1", 1)._replace(name=name, schema_version=version)
    with pytest.raises(UnknownEventVersion, match=f"{name}:{version}"):
        Upcaster({"ticket_submitted": 3}, STEPS).upcast(event)


def test_a_release_that_forgets_a_step_does_not_start():
    with pytest.raises(ValueError, match="ticket_submitted"):
        Upcaster({"ticket_submitted": 3}, {("ticket_submitted", 1): with_outcome})
    with pytest.raises(ValueError, match="ticket_burnt"):
        Upcaster({}, {("ticket_burnt", 1): with_outcome})
