"""Arguments about what people do: posts, pools, liaisons, recommendations (docs/interface.md, "Registry")."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, validates_schema

from kernel.schemas import boolean, choice, identifier, text, uuid_text
from services.registry.domain.person import entries
from services.registry.schemas.file import Tenure, known_day, short
from services.registry.schemas.person import PersonCommand, PoolOrList

NOTE = 2_000
ENTRY_ID = r"[0-9a-f]{12}\Z"
_BIG = 2**31 - 1


class AddTenure(PersonCommand, Tenure):
    """A post, a seat, a secondment."""

    @validates_schema
    def leads_somewhere(self, data: dict[str, Any], **_: Any) -> None:
        """A post in the leadership has its level and its name, as in `RegisterLeader`."""
        for name in ("level", "post"):
            if data["kind"] == "leadership" and data[name] is None:
                raise ValidationError("required", name)


class EndTenure(PersonCommand):
    tenure_id = identifier(ENTRY_ID)
    until = known_day()


class RegisterLeader(PersonCommand):
    level = choice(entries.LEADER_LEVELS)
    post = short(optional=False)
    role = choice(("head", "deputy"), optional=True)
    body = short()
    unit = identifier(optional=True)
    portfolio = Tenure().fields["portfolio"]
    since = known_day()
    until = known_day()


class _PoolOrList(PersonCommand, PoolOrList):
    reason = text(NOTE)
    decided_by = short(optional=False)


class AdmitToPool(_PoolOrList):
    since = known_day()


class RemoveFromPool(_PoolOrList):
    until = known_day()


class AppointLiaison(PersonCommand):
    unit = identifier()
    on = known_day()
    reason = text(NOTE, optional=True)
    nominated_by = short()


class RecommendPerson(PersonCommand):
    """A new recommendation, or the outcome of one."""

    kind = choice(entries.RECOMMENDATION_KINDS, optional=True)
    place = short()
    level = choice(entries.LEVELS, optional=True)
    since = known_day()
    recommendation_id = identifier(ENTRY_ID, optional=True)
    outcome = choice(entries.OUTCOMES, optional=True)
    decided_on = known_day()

    @validates_schema
    def new_or_decided(self, data: dict[str, Any], **_: Any) -> None:
        """Kind and place make a new one; id and outcome decide an old one."""
        new = data["kind"] is not None
        if new == (data["recommendation_id"] is not None):
            raise ValidationError("not_both" if new else "one_needed", "kind")
        missing = [name for name in (("place",) if new else ("outcome",)) if data[name] is None]
        if missing:
            raise ValidationError("required", missing[0])
        others = ("outcome", "decided_on") if new else ("place", "level", "since")
        if strange := [name for name in others if data[name] is not None]:
            raise ValidationError("not_both", strange[0])


class RecordContribution(PersonCommand):
    kind = short(optional=False, limit=40)
    title = short(optional=False)
    on = known_day()
    source = uuid_text(optional=True)
    consent = boolean()


class ConfirmFact(PersonCommand):
    fact = choice(entries.CONFIRMED)
    holds = boolean(default=True)
    reason = text(NOTE)
    since = known_day()
