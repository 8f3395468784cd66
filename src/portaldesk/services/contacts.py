"""Changing the email or phone that recovery uses: asked for, confirmed by the new address, approved, put into force.

The way accounts are taken over is an email change followed by a reset. So it takes a strong check that does not rest
on the channel that changes, an answer from the new address, an admin who did not ask for it (or 24 hours in a clinic
with one admin), and the old address is told at once how to object (design §3, update-contact).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from portaldesk.errors import StateForbids
from portaldesk.gate import permits
from portaldesk.gate.permits import Permit
from portaldesk.gate.requests import NOT_BY
from portaldesk.services import account_states, addresses, changes, credentials, mail_caps, messages, patients, requests
from portaldesk.services.changes import Changed
from portaldesk.services.messages import Message
from portaldesk.settings import ClinicSettings
from portaldesk.store import record, tables
from portaldesk.store.record import Change
from portaldesk.store.seals import keys_of
from portaldesk.words import (
    ACCOUNT_CONTACTS,
    ContactKind,
    CredentialKind,
    Outcome,
    RequestState,
)

REQUEST_LIFE = timedelta(days=7)
MOST_CODES = 3
_CONFIRM = (CredentialKind.CONFIRM, CredentialKind.CONFIRM_LINK)
_OF_A_REQUEST = (*_CONFIRM, CredentialKind.OBJECT)


@dataclass(frozen=True, slots=True)
class ContactAsked:
    """A request that was made, or whose code was sent again. `words`: what the new address is shown as well.

    `shared_with_others`: another patient has this address too; it is never said who.
    """

    change: Changed
    request_id: str
    kind: ContactKind
    state: RequestState
    effective_at: datetime | None
    words: str | None
    shared_with_others: bool


def ask(
    session: Session, permit: Permit, kind: ContactKind, value: str, *, settings: ClinicSettings, now: datetime
) -> ContactAsked:
    """Ask for a new email or phone (already read, in the form it is kept in).

    A code goes to the new address (to a phone where the clinic has a gateway for texts), and the old one is told. Asked
    again for the same address, a new code goes out, three in all.
    Raises: StateForbids `patient-inactive`, `already-there`, `contact-closed`, `too-many`; CheckNeeded `check-spent`,
        `check-too-weak`.
    """
    permit.require_not_by(NOT_BY[kind])  # whatever the front door asked of the check
    account_states.require_living(patients.patient(session, permit.mrn))
    account = patients.account(session, permit.mrn)
    current = account.email if kind is ContactKind.EMAIL else account.phone
    key = requests.compare_key(kind, value)
    known = addresses.latest(session, account.mrn, kind, key)
    is_doubtful = known is not None and known.bounced_at is not None  # then its answer is what is asked for
    if current is not None and requests.compare_key(kind, current) == key and not is_doubtful:
        raise StateForbids("already-there", "That is the address on file already.", "Nothing needs to be changed.")
    if known is not None and known.do_not_use:
        raise StateForbids(
            "contact-closed",
            "The patient asked us not to use that address.",
            f"If they want it again, first: portaldesk contacts mark {account.mrn} CONTACT --usable",
        )
    open_ = requests.open_request(session, account.mrn, kind, now=now)
    same = (
        open_
        if open_ is not None and requests.compare_key(kind, open_.new_value) == requests.compare_key(kind, value)
        else None
    )
    if same is not None and (same.state != RequestState.AWAITING_CONFIRMATION or permit.recent):
        return _asked(session, permit, account, same, now=now)
    permit.require_uses()
    if same is not None and same.codes_sent >= MOST_CODES:
        raise StateForbids(
            "too-many", "Three codes went to that address already.", "Check the address with the caller."
        )
    by_code = kind is ContactKind.EMAIL or bool(settings.sms_url)
    if by_code:
        mail_caps.require_room(session, value, key=key, now=now)
    bears: list[Change] = []
    if open_ is not None and same is None:
        bears.append(record.changed(open_, state=RequestState.CANCELLED, decided_at=now, decision_reason="asked anew"))
        bears += credentials.revoking(session, account.mrn, _OF_A_REQUEST, now=now, request_id=open_.id)
    request = same or _new_request(permit, account, kind, value, now=now)
    if same is None:
        bears.insert(0, record.new(request))
    code: tables.RecoveryCredential | None = None
    if by_code:
        code, mails = _confirmation(session, account, request, settings=settings, now=now)
        bears += mails
    if same is None:
        told = tell_the_old(session, account, request, settings=settings, now=now)
        bears += told
        request.old_told_at = now if told else None
        request.codes_sent = 1 if code else 0
    else:
        bears.append(record.changed(request, codes_sent=request.codes_sent + 1))
    seq = permits.spend(
        session, permit, now=now, outcome=Outcome.WAITING, bears=bears,
        details=changes.told(bears, code) | {"request": request.id, "kind": kind},
    )  # fmt: skip
    return _asked(session, permit, account, request, now=now, seq=seq, sent=bears, code=code)


def _asked(
    session: Session,
    permit: Permit,
    account: tables.PortalAccount,
    request: tables.ChangeRequest,
    *,
    now: datetime,
    seq: int | None = None,
    sent: Sequence[Change] = (),
    code: tables.RecoveryCredential | None = None,
) -> ContactAsked:
    change = changes.result(session, permit, account, now=now, seq=seq, effect="waiting", credential=code, sent=sent)
    words = credentials.words_of(keys_of(session), code.id) if code is not None else None
    return ContactAsked(
        change, request.id, ContactKind(request.kind), requests.state_of(request, now=now), request.waits_until, words,
        requests.is_shared(session, request),
    )  # fmt: skip


def _new_request(
    permit: Permit, account: tables.PortalAccount, kind: ContactKind, value: str, *, now: datetime
) -> tables.ChangeRequest:
    assert permit.check is not None
    assert permit.staff is not None
    return tables.ChangeRequest(
        id="R-" + secrets.token_hex(3).upper(), mrn=account.mrn, kind=kind, new_value=value,
        state=RequestState.AWAITING_CONFIRMATION, check_id=permit.check.id, permit_id="", requested_by=permit.staff,
        requested_at=now, expires_at=now + REQUEST_LIFE, rests_on_photo_id=permit.photo_id,
    )  # fmt: skip


def _confirmation(
    session: Session,
    account: tables.PortalAccount,
    request: tables.ChangeRequest,
    *,
    settings: ClinicSettings,
    now: datetime,
) -> tuple[tables.RecoveryCredential, list[Change]]:
    """A code for the new address, and a link for an email; older ones of this request are dead."""
    to = request.new_value
    code = credentials.new_code(
        session, CredentialKind.CONFIRM, account, bound=request.id, settings=settings, now=now, sent_to=to,
        request_id=request.id,
    )  # fmt: skip
    kind, told, born = Message.CONFIRM_CODE_TEXT, {"kind": request.kind}, [code]
    if request.kind == ContactKind.EMAIL:
        link = credentials.new_link(
            session, CredentialKind.CONFIRM_LINK, account, settings=settings, now=now, sent_to=to, request_id=request.id
        )
        kind, told, born = Message.CONFIRM_CODE, told | {"link": link.id}, [code, link]
    message = messages.queue(kind, mrn=account.mrn, to=to, now=now, credential=code, variables=told)
    older = credentials.revoking(
        session, account.mrn, _CONFIRM, now=now, superseded_by=code.reference, request_id=request.id
    )
    return code, [*map(record.new, born), message, *older]


def tell_the_old(
    session: Session,
    account: tables.PortalAccount,
    request: tables.ChangeRequest,
    *,
    settings: ClinicSettings,
    now: datetime,
) -> list[Change]:
    """The address that recovery uses until now is told of a request at once, with a link to object by; else one that
    may be told. Of a proxy's too (services/proxies/granting.py)."""
    new = requests.compare_key(ContactKind.EMAIL, request.new_value) if request.kind == ContactKind.EMAIL else None
    hear = addresses.told_of_changes(session, account, now=now)
    old = next((to for to in hear if new is None or requests.compare_key(ContactKind.EMAIL, to) != new), None)
    phones = messages.texted(session, account) if request.kind in ACCOUNT_CONTACTS else []
    texts = [messages.queue(Message.CHANGING_TEXT, mrn=account.mrn, to=phone, now=now) for phone in phones]
    if old is None:
        return texts
    link = credentials.new_link(
        session, CredentialKind.OBJECT, account, settings=settings, now=now, sent_to=old, request_id=request.id
    )
    mail = messages.queue(
        Message.CONTACT_CHANGING, mrn=account.mrn, to=old, now=now, credential=link,
        variables={"kind": request.kind},
    )  # fmt: skip
    return [record.new(link), mail, *texts]
