"""Values about symposia, talks, briefings, invitations and publicity."""

from __future__ import annotations

from kernel.policy.pack import AUDIENCES, PERIODS, SYMPOSIUM_KINDS
from kernel.policy.schema.pieces import Choice, Named, Number, Text, texts


class SymposiumSchema(Named):
    """A symposium: its host, how often, with whom, its parts and topics; without `least` there is no number."""

    kind = Choice(SYMPOSIUM_KINDS, required=True)
    hosts = texts()
    audience = Choice(AUDIENCES)
    least = Number(1)
    per = Choice(PERIODS)
    when = Text()
    parts = texts()
    topics = texts()


class MeetingSchema(Named):
    """A meeting of the organisation about its own work, or an opinion-seeking talk of its leaders."""

    kind = Choice(("special_meeting", "secretary", "opinion_seeking_talk"), required=True)
    by = texts(required=True)
    least = Number(1)
    per = Choice(PERIODS)
    when = Text()
    proofs = texts()


class BriefingSchema(Named):
    """What is passed on, reported or invited to, and to whom."""

    act = Choice(("pass_on", "report", "invite"), required=True)
    to = Choice(AUDIENCES, required=True)
    about = texts(required=True)
    when = Text()


class PublicitySchema(Named):
    """Publicity: plan, roster, outlet or kind of item."""

    kind = Choice(("plan", "roster", "outlet", "item"), required=True)
    by = texts()
    per = Choice(PERIODS)
    reviewed_by = Text()
    review = Text()
    order = Text()
    partner = Text()
