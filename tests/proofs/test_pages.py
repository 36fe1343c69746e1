"""Every list that comes in pages: one after the other they are what one large page is, each thing once."""

from __future__ import annotations

import orjson

from kernel.identity.actor import Role
from tests.proofs.rule import ACCESS
from tests.proofs.town import HERE

# What the town has too little of to fill two pages of.
_FEW = {"list_adopted", "list_policies"}


def _paged(town):
    for service in ACCESS:
        application = town.at(service).application
        for routes in (application._commands, application._queries):
            for method, route in routes.items():
                if "cursor" in route.schema.fields:
                    yield service, method, route.schema.fields


def _words(town, fields):
    named = {"institution": HERE, "person_id": town.known[HERE].people[0]}
    if "unit" in fields and fields["unit"].required:
        named["unit"] = "logistics"
    return {name: value for name, value in named.items() if name in fields}


def _page(town, service, method, **words):
    kind, text = town.ask(service, town.known[HERE].actor(Role.OPERATOR), method, words)
    assert kind == "answered", (method, text)
    return orjson.loads(text)


def test_pages_of_one_together_are_the_whole_list(town):
    title = {"kind": "session", "audience": "scholar", "title": "虚构培训", "held_on": "2026-04"}
    town.done(HERE, "registry", "record_training", institution=HERE, **title)
    lists = list(_paged(town))
    assert len(lists) > len(_FEW)
    for service, method, fields in lists:
        words = _words(town, fields)
        whole = _page(town, service, method, **words)
        assert whole["next_cursor"] is None, method
        assert len(whole["items"]) > 1 or method in _FEW, method
        one_by_one, cursor = [], None
        while cursor or not one_by_one:
            page = _page(town, service, method, limit=1, cursor=cursor, **words)
            one_by_one += page["items"] or [None]
            cursor = page["next_cursor"]
        assert [one for one in one_by_one if one] == whole["items"], method
