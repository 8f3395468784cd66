"""To which addresses mail may go: what the patient closed or wants confidential is obeyed here (design §2, §3.1).

A patient may ask to be reached elsewhere, without a reason (45 CFR 164.522(b)). *Do not use*: nothing is written there,
and no code or answer counts from there. *Confidential*: it is for this patient's own account and nothing else; it is
shown to nobody who calls for them, and shares no mail with others.

Whoever wants a change to go unseen would first close the address that hears of it. So an address that was closed at the
desk hears of changes for one more day (`notices_until`), and of nothing else.

A mark belongs to the address, not to a row: every row of one address carries the same marks.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from portaldesk.rules import emails
from portaldesk.store import record, tables
from portaldesk.store.record import Change
from portaldesk.store.seals import whole
from portaldesk.words import ContactKind, ContactSource, Message

NOTICES_AFTER_CLOSING = timedelta(hours=24)
"""Ours, as long as every other pause after a change of contact (design §3.1)."""
_READ = "portaldesk.emails"
_NOTICES = (Message.CHANGED, Message.CONTACT_CHANGING, Message.LOCKED)
_EMAILS = (
    select(tables.ContactPoint)
    .where(tables.ContactPoint.mrn == bindparam("mrn"), tables.ContactPoint.kind == ContactKind.EMAIL)
    .order_by(col(tables.ContactPoint.added_at))
)


def told_of_changes(session: Session, account: tables.PortalAccount, *, now: datetime) -> list[str]:
    """The emails that hear of a change: the account's own first, then the record's where it differs."""
    points = _emails_of(session, account.mrn)
    known = {p.value: p.key for p in points}  # keys are stored: none is worked out while a caller waits
    marked = {p.key: p for p in points}
    of_record = (p for p in points if p.current and p.source == ContactSource.RECORD and p.confirmed_at is not None)
    seen: dict[str, str] = {}
    for value in filter(None, (account.email, *(p.value for p in of_record))):
        key = known.get(value) or emails.key(value)
        if key not in seen and _may_be_told(marked.get(key), own=value == account.email, now=now):
            seen[key] = value
    return list(seen.values())


def phone_that_hears(session: Session, account: tables.PortalAccount) -> str | None:
    """The account's phone, where the patient did not close it."""
    if account.phone is None:
        return None
    point = latest(session, account.mrn, ContactKind.PHONE, account.phone)
    return None if point is not None and point.do_not_use else account.phone


def is_refused(session: Session, message: tables.OutboxMessage, mrn: str) -> bool:
    """Whether this patient closed the address of a message while it waited.

    A notice that was written before the address fell silent still goes: who makes a change and then closes the address
    must not catch up with the notice of it.
    """
    closed = [point for point in _emails_of(session, mrn) if point.do_not_use]
    if not closed:
        return False
    key = emails.key(message.to_address)
    point = next((point for point in closed if point.key == key), None)
    if point is None:
        return False
    until = point.notices_until
    return message.kind not in _NOTICES or until is None or message.created_at >= until


def is_confidential(session: Session, mrn: str, to: str) -> bool:
    """Whether this patient wants the email confidential: then it is shown to nobody who calls for them."""
    marked = [point for point in _emails_of(session, mrn) if point.confidential]
    return bool(marked) and emails.key(to) in {point.key for point in marked}


def latest(session: Session, mrn: str, kind: ContactKind, key: str) -> tables.ContactPoint | None:
    """The newest row of this address of the patient, to read its marks from, verified."""
    point = tables.ContactPoint
    mine = select(point).where(point.mrn == mrn, point.kind == kind, point.key == key)
    found = session.exec(mine.order_by(col(point.added_at).desc()).limit(1)).first()
    return whole(session, found) if found is not None else None


def spellings(session: Session, to: str, key: str) -> set[str]:
    """How one mailbox is spelled wherever it is on file. `key`: what its addresses are compared by."""
    point = tables.ContactPoint
    on_file = select(point.value).where(point.key == key, point.kind == ContactKind.EMAIL).distinct()
    return {to, *session.exec(on_file)}


def closing(session: Session, mrn: str, kind: ContactKind, key: str) -> list[Change]:
    """An address closed at once and for good: its owner says that it is none of theirs."""
    point = tables.ContactPoint
    rows = session.exec(select(point).where(point.mrn == mrn, point.kind == kind, point.key == key)).all()
    return [record.changed(whole(session, row), do_not_use=True, notices_until=None) for row in rows]


def read_together(session: Session, holders: Collection[str]) -> list[tables.ContactPoint]:
    """The emails of many at once, for a session that only reads: they are not read again in it."""
    point = tables.ContactPoint
    found: dict[str, list[tables.ContactPoint]] = {mrn: [] for mrn in holders}
    emails_ = select(point).where(col(point.mrn).in_(holders), point.kind == ContactKind.EMAIL)
    for row in session.exec(emails_.order_by(col(point.added_at))):
        found[row.mrn].append(row)
    session.info.setdefault(_READ, {}).update(found)
    return [row for rows in found.values() for row in rows]


def _emails_of(session: Session, mrn: str) -> Sequence[tables.ContactPoint]:
    known: Mapping[str, Sequence[tables.ContactPoint]] = session.info.get(_READ, {})
    if mrn in known:
        return known[mrn]
    return session.execute(_EMAILS, {"mrn": mrn}).scalars().all()


def _may_be_told(point: tables.ContactPoint | None, *, own: bool, now: datetime) -> bool:
    if point is None or (point.notices_until is not None and now < point.notices_until):
        return True
    return not point.do_not_use and (own or not point.confidential)
