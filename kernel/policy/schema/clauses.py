"""The clauses of an institution's document, word for word."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, validates_schema

from kernel.policy.pack import FORCES, TREATMENTS
from kernel.policy.schema.pieces import LONGEST_QUOTE, LONGEST_REASON, Choice, Strict, Text, listed

_REASONED = ("narrowed", "declined", "background")
_CUT = ("narrowed", "declined")


class ClauseSchema(Strict):
    """A clause under its id.

    `declined`: the words of a narrowed or declined clause that are not built; `kept`: what of a
    narrowed one is; `reason`: why, also for a clause that is not operative.
    """

    quote = Text(longest=LONGEST_QUOTE, required=True)
    force = Choice(FORCES, error="not_a_force", required=True)
    treatment = Choice(TREATMENTS, error="not_a_treatment", required=True)
    aliases = listed(Text(), load_default=list)
    declined = Text(longest=LONGEST_QUOTE)
    kept = Text(longest=LONGEST_REASON)
    reason = Text(longest=LONGEST_REASON)

    @validates_schema(pass_original=True, skip_on_field_errors=True)
    def _says_what_it_leaves_out(self, data: dict[str, Any], original: dict[str, Any], **_: Any) -> None:
        treatment = data["treatment"]
        for name, wanted in (
            ("declined", treatment in _CUT),
            ("kept", treatment == "narrowed"),
            ("reason", treatment in _REASONED),
        ):
            if wanted and name not in original:
                raise ValidationError(f"{name}_unsaid")
            if not wanted and name in original:
                raise ValidationError(f"{name}_unasked", name)
