"""Notices by letter: where no mail, or only the mail that got the link, would tell the patient (design §4)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session

from portaldesk.services import postal_addresses
from portaldesk.store import tables
from portaldesk.store.seals import whole


def goes_to(session: Session, mrn: str, mailed: Collection[str], *, link_to: str | None, now: datetime) -> str | None:
    """Where the letter goes that tells of a change which its mails may not: none where a mail goes elsewhere than the
    link did.

    Args:
        mailed: the addresses that are told by mail.
        link_to: where the link went that made the change.
    """
    if any(to != link_to for to in mailed):
        return None
    patient = session.get(tables.Patient, mrn)
    return postal_addresses.may_be_told(session, whole(session, patient), now=now) if patient is not None else None
