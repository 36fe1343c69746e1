"""Political standing (政治面貌) on a day, from the recorded memberships and from nothing else (pure).

A standing is what is recorded for the day. Where nothing is, the answer is unknown: not non-party, not 群众.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from services.registry.domain.person.entries import (
    CPC_MEMBER,
    CPC_PROBATIONARY,
    DEMOCRATIC_PARTIES,
    NONPARTISAN,
    Membership,
)
from services.registry.domain.person.file import standing
from services.registry.domain.person.findings import Finding, not_recorded, told

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from typing import Any

    from services.registry.domain.person.file import File

MEMBERS: Final = {
    "01": "中共党员",
    "02": "中共预备党员",
    "03": "共青团员",
    "04": "民革党员",
    "05": "民盟盟员",
    "06": "民建会员",
    "07": "民进会员",
    "08": "农工党党员",
    "09": "致公党党员",
    "10": "九三学社社员",
    "11": "台盟盟员",
    "12": "无党派人士",
    "13": "群众",
}
"""What one calls somebody of that standing."""
CPC: Final = (CPC_MEMBER, CPC_PROBATIONARY)
"""A probationary member is one: the Party's constitution (党章第七条) gives the same duties from the day of
admission, and who has been admitted is no 党外人士. So contact duties begin then, and non-party ends."""


def cpc_member(file: File, on: date, _condition: Mapping[str, Any]) -> Finding:
    """Whether the person is a member of the CPC, full or probationary."""
    return _one_of(CPC, file, on)


def not_cpc_member(file: File, on: date, condition: Mapping[str, Any]) -> Finding:
    """Whether a standing is recorded for the day and none is membership of the CPC."""
    member = cpc_member(file, on, condition)
    return member if member.unknown else member._replace(holds=not member.holds)


def democratic_party_member(file: File, on: date, _condition: Mapping[str, Any]) -> Finding:
    """Whether the person is a member of one of the eight democratic parties; of the CPC as well is legal."""
    return _one_of(DEMOCRATIC_PARTIES, file, on)


def nonpartisan(file: File, on: date, _condition: Mapping[str, Any]) -> Finding:
    """Whether the person is recognised as 无党派人士 and in no party.

    By that recognition alone: 群众 is not it. The regulations on united front work (统一战线工作条例) say it of
    persons who joined no party, so a membership that is recorded beside it outweighs it.
    """
    party = _one_of((*CPC, *DEMOCRATIC_PARTIES), file, on)
    if party.unknown or party.holds:
        return party._replace(holds=False)
    return _one_of((NONPARTISAN,), file, on)


def _one_of(codes: tuple[str, ...], file: File, on: date) -> Finding:
    """Whether a recorded standing is among the codes; the reasons are those that are, else all of the day."""
    # A code that the table does not know says nothing.
    recorded = [one for one in standing(file.memberships, on) if one.party in MEMBERS]
    if not recorded:
        return not_recorded("memberships", "当日政治面貌未登记")
    among = [one for one in recorded if one.party in codes]
    return Finding(bool(among), told("memberships", among or recorded, _words))


def _words(membership: Membership) -> str:
    return MEMBERS[membership.party]
