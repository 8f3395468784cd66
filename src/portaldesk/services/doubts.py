"""Addresses that are doubtful: a mail server said that no mail reaches them, or mail came back (design §3.1).

Such an address is no evidence, and no link or code goes there (gate/recoveries.py), until a code that was sent to it is
told back to us. The doubt is of the address, so it is raised at every patient who has it on file; that a patient reads
mail there is proved of their own. A phone is never doubtful: one that takes no texts takes calls.
"""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from portaldesk.errors import RecordAltered
from portaldesk.rules import emails
from portaldesk.store import record, tables
from portaldesk.store.record import Change
from portaldesk.store.seals import whole
from portaldesk.words import ContactKind

_POINT = tables.ContactPoint


def raised(session: Session, email: str, *, now: datetime) -> list[Change]:
    """The changes that make an email doubtful, to be written with the event that tells why; none where it is so.

    Nor where one of its rows was altered: that one gives nobody access, and must not keep other mails back.
    """
    sure = select(_POINT).where(
        _POINT.kind == ContactKind.EMAIL, _POINT.key == emails.key(email), col(_POINT.bounced_at).is_(None)
    )
    try:
        return [record.changed(whole(session, row), bounced_at=now) for row in session.exec(sure)]
    except RecordAltered:
        return []


def lifted(session: Session, mrn: str, email: str) -> list[Change]:
    """The changes that end the doubt, to be written with the event of the code that came back from there."""
    doubtful = select(_POINT).where(
        _POINT.mrn == mrn, _POINT.kind == ContactKind.EMAIL, _POINT.key == emails.key(email),
        col(_POINT.bounced_at).is_not(None),
    )  # fmt: skip
    return [record.changed(whole(session, row), bounced_at=None) for row in session.exec(doubtful)]
