"""A patient's contact points as the desk sees and marks them: masked, one line an address (design §2, §3.2).

Taking an address away needs what every taking away needs, a basic check, and no reason: a patient may ask to be reached
elsewhere (45 CFR 164.522(b)). Giving it back is giving a way in, so it takes a strong check that rests on no mailed
code, and no credential goes there for 24 hours. What a mark does is told in addresses.py.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from portaldesk.errors import NotFound, WrongUsage
from portaldesk.gate import permits
from portaldesk.gate.permits import Permit
from portaldesk.gate.requests import PAUSE
from portaldesk.rules import emails, masks
from portaldesk.services import (
    addresses,
    changes,
    credentials,
    messages,
    patients,
    postal_addresses,
    requests,
)
from portaldesk.services.changes import Changed
from portaldesk.store import record, tables
from portaldesk.store.record import Change
from portaldesk.store.seals import whole
from portaldesk.words import (
    Action,
    ContactKind,
    ContactSource,
    CredentialKind,
    Mark,
    Message,
    Method,
    Outcome,
    RequestState,
)

ACTION_FOR = {
    Mark.DO_NOT_USE: Action.CLOSE_CONTACT,
    Mark.CONFIDENTIAL: Action.CLOSE_CONTACT,
    Mark.USABLE: Action.REOPEN_CONTACT,
}
_REFERENCE = re.compile(r"(email|phone|postal)-([1-9][0-9]{0,3})")
_TOLD_AS = {
    Mark.DO_NOT_USE: "contact-closed", Mark.CONFIDENTIAL: "contact-confidential", Mark.USABLE: "contact-reopened",
}  # fmt: skip
# what was sent to an address that is closed: all but the object link, which only takes access away
_DIE_WITH_IT = tuple(kind for kind in CredentialKind if kind not in (CredentialKind.OBJECT, CredentialKind.TEMP_LOGIN))


@dataclass(frozen=True, slots=True)
class ContactLine:
    """One address, masked. `recovery`: the account's own, to which links go; `counts_from`: no evidence until then."""

    contact: str
    kind: ContactKind
    value: str
    recovery: bool
    sources: tuple[ContactSource, ...]
    confirmed_at: datetime | None
    confirmed_how: str
    counts_from: datetime | None
    bounced_at: datetime | None
    do_not_use: bool
    confidential: bool


@dataclass(frozen=True, slots=True)
class ContactList:
    """The addresses of one patient that are in use or were marked."""

    patient: str
    contacts: tuple[ContactLine, ...]


@dataclass(frozen=True, slots=True)
class _Address:
    """All rows of one address, the oldest first. `contact`: how the desk names it, for good: rows are never deleted."""

    contact: str
    kind: ContactKind
    rows: Sequence[tables.ContactPoint]

    @property
    def last(self) -> tables.ContactPoint:
        return self.rows[-1]


def listed(session: Session, permit: Permit, *, now: datetime) -> ContactList:
    """The patient's addresses; the gate lets nobody see them who calls for somebody else.

    Of a phone nothing is shown before the caller named it.
    Raises: RecordAltered.
    """
    account = patients.account(session, permit.mrn)
    assert permit.check is not None
    named = Method.PHONE in permits.facts_of(permit.check).held
    lines = [
        _line(one, account, phone_named=named, now=now)
        for one in _addresses(session, permit.mrn)
        if _is_shown(one, account)
    ]
    return ContactList(permit.mrn, tuple(lines))


def read_contact(said: str) -> tuple[str, ContactKind]:
    """How the desk names an address, and of which kind it is.

    Raises: WrongUsage.
    """
    found = _REFERENCE.fullmatch(said.strip().lower())
    if found is None:
        raise WrongUsage(
            "usage",
            "That is not the name of an address.",
            "Name it as contacts list does, like email-1, phone-2 or postal-1.",
        )
    return found[0], ContactKind(found[1])


def mark(session: Session, permit: Permit, contact: str, wanted: Mark, *, now: datetime) -> Changed:
    """Close an address, make it confidential, or let both marks go; the patient is told, at a closed address too.

    With an address that is closed, what was sent there dies, and so does a request for it.
    Raises: NotFound `no-such-contact`; CheckNeeded `check-spent`; RecordAltered.
    """
    assert permit.action is ACTION_FOR[wanted]
    account = patients.account(session, permit.mrn)
    address = _named(session, permit, contact)
    values = _values(address, account, wanted, now=now)
    marked = [_marked(row, values) for row in address.rows if _differs(row, values)]
    if not marked:
        return changes.result(session, permit, account, now=now)
    permit.require_uses()
    bears = [*marked, *_told(session, permit, account, address, wanted, now=now)]
    if wanted is Mark.DO_NOT_USE:
        bears += _ends_with(session, address, now=now)
    seq = permits.spend(
        session, permit, now=now, outcome=Outcome.DONE, bears=bears,
        details=changes.told(bears) | {"contact": address.contact, "mark": wanted},
    )  # fmt: skip
    return changes.result(session, permit, account, now=now, seq=seq, sent=bears)


def _marked(row: tables.ContactPoint, values: Mapping[str, Any]) -> Change:
    """A row with its marks; one that stands for a postal address is stored with its first."""
    if row.seal:
        return record.changed(row, **values)
    for name, value in values.items():
        setattr(row, name, value)
    return record.new(row)


def _values(address: _Address, account: tables.PortalAccount, wanted: Mark, *, now: datetime) -> dict[str, Any]:
    last = address.last
    if wanted is Mark.USABLE:
        again = {"do_not_use": False, "confidential": False, "notices_until": None}
        return again | ({"evidence_from": max(last.evidence_from, now + PAUSE)} if last.do_not_use else {})
    closed = wanted is Mark.DO_NOT_USE and address.kind is not ContactKind.PHONE
    silent = closed or (address.kind is ContactKind.EMAIL and not _is_own(address, account))
    tail = {"notices_until": now + addresses.NOTICES_AFTER_CLOSING} if silent and not last.do_not_use else {}
    return {"do_not_use": True} | tail if wanted is Mark.DO_NOT_USE else {"confidential": True} | tail


def _differs(row: tables.ContactPoint, values: dict[str, Any]) -> bool:
    """By the marks themselves: a time alone is no reason to write a row."""
    return any(getattr(row, name) != values[name] for name in ("do_not_use", "confidential") if name in values)


def _told(
    session: Session, permit: Permit, account: tables.PortalAccount, address: _Address, wanted: Mark, *, now: datetime
) -> list[Change]:
    """Every address that may be told until now; the one that is given back hears of it too."""
    hear = addresses.told_of_changes(session, account, now=now)
    keys = {emails.key(to) for to in hear}
    if wanted is Mark.USABLE and address.kind is ContactKind.EMAIL and address.last.key not in keys:
        hear.append(address.last.value)

    def what(to: str) -> str:
        is_it = address.kind is ContactKind.EMAIL and emails.key(to) == address.last.key
        return "address-closed" if is_it and wanted is Mark.DO_NOT_USE else _TOLD_AS[wanted]

    mails = [
        messages.queue(
            Message.CHANGED, mrn=account.mrn, to=to, now=now, variables={"what": what(to), "at_desk": True}
        )
        for to in hear
    ]  # fmt: skip
    told = {"what": _TOLD_AS[wanted], "at_desk": True}
    return [*mails, *messages.letter_beside(session, account.mrn, hear, told=told, now=now)]


def _ends_with(session: Session, address: _Address, *, now: datetime) -> list[Change]:
    """What was sent to the address, and the request to use it."""
    mrn = address.last.mrn
    ends = [
        record.changed(one, revoked_at=now)
        for one in credentials.open_ones(session, mrn, _DIE_WITH_IT)
        if one.sent_to is not None and requests.compare_key(address.kind, one.sent_to) == address.last.key
    ]
    ends += [
        record.changed(one, state=RequestState.CANCELLED, decided_at=now, decision_reason="address closed")
        for one in requests.open_requests(session, mrn)
        if one.kind == address.kind and requests.compare_key(address.kind, one.new_value) == address.last.key
    ]
    return ends


def _named(session: Session, permit: Permit, contact: str) -> _Address:
    name, _ = read_contact(contact)
    for one in _addresses(session, permit.mrn):
        if one.contact == name:
            return one
    see = f"See them: portaldesk contacts list {permit.mrn}"
    raise NotFound("no-such-contact", "The patient has no address of that name.", see)


def _addresses(session: Session, mrn: str) -> list[_Address]:
    """Every address that the patient has or had, verified, numbered within its kind in the order they came."""
    point = tables.ContactPoint
    rows = session.exec(select(point).where(point.mrn == mrn).order_by(col(point.added_at), col(point.id))).all()
    grouped: dict[tuple[ContactKind, str], list[tables.ContactPoint]] = {}
    for row in rows:
        grouped.setdefault((ContactKind(row.kind), row.key), []).append(whole(session, row))
    postal = _postal_address(session, mrn)
    if postal is not None:
        grouped.setdefault((ContactKind.POSTAL, postal.key), [postal])
    numbers = dict.fromkeys(ContactKind, 0)
    found = []
    for (kind, _), of_one in grouped.items():
        numbers[kind] += 1
        found.append(_Address(f"{kind}-{numbers[kind]}", kind, of_one))
    return found


def _postal_address(session: Session, mrn: str) -> tables.ContactPoint | None:
    """The home address of the record as a contact point, not stored: it becomes one when it is marked."""
    patient = session.get(tables.Patient, mrn)
    to = postal_addresses.on_file(whole(session, patient)) if patient is not None else None
    if patient is None or to is None:
        return None
    since = patient.imported_at
    return tables.ContactPoint(
        id=secrets.token_hex(12), mrn=mrn, kind=ContactKind.POSTAL, value=to, key=to, source=ContactSource.RECORD,
        added_at=since, evidence_from=patient.address_evidence_from or since,
    )  # fmt: skip


def _is_own(address: _Address, account: tables.PortalAccount) -> bool:
    own = {ContactKind.EMAIL: account.email, ContactKind.PHONE: account.phone}.get(address.kind)
    return own is not None and requests.compare_key(address.kind, own) == address.last.key


def _was_asked(address: _Address, account: tables.PortalAccount) -> bool:
    """Whether it is the one that answers are compared with (evidence.facts_on_file)."""
    return _is_own(address, account) or (account.phone is None and any(row.current for row in address.rows))


def _is_shown(address: _Address, account: tables.PortalAccount) -> bool:
    """One that nobody uses any more, and nobody marked, is history."""
    last = address.last
    return any(row.current for row in address.rows) or _is_own(address, account) or last.do_not_use or last.confidential


def _line(address: _Address, account: tables.PortalAccount, *, phone_named: bool, now: datetime) -> ContactLine:
    last, own = address.last, _is_own(address, account)
    value = {
        ContactKind.EMAIL: lambda: masks.email(last.value),
        ContactKind.PHONE: lambda: masks.phone(phone_named and _was_asked(address, account), last.value),
        ContactKind.POSTAL: lambda: masks.HIDDEN,  # its postal code is an answer
    }[address.kind]()
    confirmed = next((row for row in reversed(address.rows) if row.confirmed_at is not None), last)
    return ContactLine(
        address.contact, address.kind, value, own,
        tuple(sorted({ContactSource(row.source) for row in address.rows if row.current})),
        confirmed.confirmed_at, confirmed.confirmed_how, last.evidence_from if last.evidence_from > now else None,
        last.bounced_at, last.do_not_use, last.confidential,
    )  # fmt: skip
