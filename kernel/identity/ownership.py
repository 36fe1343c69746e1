"""Whose a ticket is, told by a mark that links no two tickets (docs/decisions/0010)."""

from __future__ import annotations

from kernel.canonical import keyed_hash


def owner_mark(owner_key: bytes, ticket_id: str, subject: str) -> str:
    """The mark of a subject on a ticket: it answers whether this one owns that one, and nothing else."""
    return keyed_hash(owner_key, ticket_id.encode(), subject.encode()).hex()
