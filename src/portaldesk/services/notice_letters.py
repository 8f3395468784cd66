"""Notices by letter: where no mail, or only the mail that got the link, would tell the patient (design §4)."""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session

from portaldesk.services import postal_addresses
from portaldesk.store import record, tables
from portaldesk.store.record import Change
from portaldesk.store.seals import whole
from portaldesk.words import Message


def beside(
    session: Session, mrn: str, mailed: Collection[str], *, link_to: str | None, what: str, at_desk: bool, now: datetime
) -> list[Change]:
    """The letter that tells of a change which its mails may not: none where a mail goes elsewhere than the link did.

    Args:
        mailed: the addresses that are told by mail.
        link_to: where the link went that made the change.
    """
    if any(to != link_to for to in mailed):
        return []
    patient = session.get(tables.Patient, mrn)
    to = postal_addresses.may_be_told(session, whole(session, patient), now=now) if patient is not None else None
    if to is None:
        return []
    return [
        record.new(
            tables.OutboxMessage(
                id=secrets.token_hex(12), kind=Message.NOTICE_LETTER, mrn=mrn, to_address=to, created_at=now,
                variables=json.dumps({"what": what, "at_desk": at_desk}),
            )
        )
    ]  # fmt: skip
