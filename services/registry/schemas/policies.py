"""Arguments about adopted rules (docs/registry.md)."""

from __future__ import annotations

from kernel.schemas import ArgumentSchema, Paged, day, identifier

_VERSION = r"[0-9a-f]{12}\Z"


class ListPolicies(Paged):
    institution = identifier(optional=True)
    as_of = day()


class GetPolicy(ArgumentSchema):
    institution = identifier()
    version = identifier(_VERSION, optional=True)
    as_of = day()


# One of its arguments is a word of the language.
ComparePolicies = ArgumentSchema.from_dict(
    {
        "institution": identifier(),
        "from": identifier(_VERSION, optional=True),
        "to": identifier(_VERSION, optional=True),
    },
    name="ComparePolicies",
)
