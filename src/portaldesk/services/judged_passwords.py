"""Judging a password before the store is locked for writing: bcrypt takes a quarter of a second.

A sign-in judges in a session that only reads, then opens the writing one; there the judgement holds as long as the
stored hash is still the same.
"""

from __future__ import annotations

from sqlmodel import Session

from portaldesk.rules import hashing
from portaldesk.store.seals import keys_of


def judged(session: Session, stored: str | None, password: str) -> bool:
    """Whether the password is right; where there is no hash it costs the same time, and is wrong."""
    right = hashing.verify(password, stored or hashing.dummy_hash(), peppers=keys_of(session).pepper.keys)
    return right and stored is not None
