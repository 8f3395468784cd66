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

from sqlmodel import Session, col, select

from portaldesk.errors import CheckNeeded, NotAllowed, NotFound, StateForbids, WrongUsage
from portaldesk.gate import permits
from portaldesk.gate.actors import Actor, patient_entry
from portaldesk.gate.permits import Permit
from portaldesk.rules import emails, masks
from portaldesk.services import changes, credentials, messages, patients, securing
from portaldesk.services.changes import Changed
from portaldesk.services.messages import Message
from portaldesk.services.requests import OPEN
from portaldesk.settings import ClinicSettings
from portaldesk.store import record, tables
from portaldesk.store.record import Change, Entry
from portaldesk.store.seals import keys_of, whole
from portaldesk.words import (
    Action,
    ContactKind,
    ContactSource,
    CredentialKind,
    Method,
    Outcome,
    RequestState,
    Role,
)

REQUEST_LIFE = timedelta(days=7)
PAUSE = timedelta(hours=24)
INDEPENDENCE = timedelta(days=7)
MOST_CODES = 3
NOT_BY = {
    ContactKind.EMAIL: frozenset({Method.CODE_EMAIL}),
    ContactKind.PHONE: frozenset({Method.CODE_PHONE, Method.CALLBACK}),
}
"""The possession methods that do not count for a change of this kind: never by the channel that changes."""


@dataclass(frozen=True, slots=True)
class ContactAsked:
    """A request that was made, or whose code was sent again. `words`: what the new address is shown as well."""

    change: Changed
    request_id: str
    state: RequestState
    effective_at: datetime | None
    words: str | None


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request as desk and auditors see it; the new value masked."""

    request_id: str
    action: str
    patient: str
    kind: str
    new_value: str
    state: RequestState
    requested_by: str
    requested_at: datetime
    expires_at: datetime
    confirmed_at: datetime | None
    effective_at: datetime | None
    approver: str | None
    independent: bool | None
    reason: str
    shared_with: int
    already: bool = False
    audit_seq: int | None = None


def ask(
    session: Session, permit: Permit, kind: ContactKind, value: str, *, settings: ClinicSettings, now: datetime
) -> ContactAsked:
    """Ask for a new email or phone (already read, in the form it is kept in).

    For an email a code goes to the new address, and the old one is told. Asked again for the same address, a new code
    goes out, three in all. Raises: StateForbids `already-there`, `too-many`; CheckNeeded `check-spent`.
    """
    account = patients.account(session, permit.mrn)
    current = account.email if kind is ContactKind.EMAIL else account.phone
    if current is not None and _key(kind, current) == _key(kind, value):
        raise StateForbids("already-there", "That is the address on file already.", "Nothing needs to be changed.")
    open_ = _open_request(session, account.mrn, kind, now=now)
    same = open_ if open_ is not None and _key(kind, open_.new_value) == _key(kind, value) else None
    if same is not None and (same.state != RequestState.AWAITING_CONFIRMATION or permit.recent):
        return _asked(session, permit, account, same, now=now)
    permit.require_uses()
    if same is not None and same.codes_sent >= MOST_CODES:
        raise StateForbids(
            "too-many", "Three codes went to that address already.", "Check the address with the caller."
        )
    if kind is ContactKind.EMAIL:
        messages.require_under_cap(session, value, now=now)
    bears: list[Change] = []
    if open_ is not None and same is None:
        bears.append(record.changed(open_, state=RequestState.CANCELLED, decided_at=now, decision_reason="asked anew"))
        bears += credentials.revoking(session, account.mrn, [CredentialKind.OBJECT], now=now)
    request = same or _new_request(permit, account, kind, value, now=now)
    if same is None:
        bears.insert(0, record.new(request))
    code: tables.RecoveryCredential | None = None
    if kind is ContactKind.EMAIL:
        code, mails = _confirmation(session, account, request, settings=settings, now=now)
        bears += mails
    if same is None:
        told = _tell_the_old(session, account, request, settings=settings, now=now)
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


def confirm(
    session: Session,
    actor: Actor,
    request_id: str,
    *,
    code: str | None,
    callback: bool,
    settings: ClinicSettings,
    now: datetime,
) -> RequestView:
    """The new address answered: the code that it got, or for a phone a call-back there (the clerk's word).

    Raises: NotFound; CheckNeeded `wrong-code` (counted); StateForbids `request-closed`, `too-many`.
    """
    request = get(session, request_id)
    actor.require_not_own(request.mrn)
    patients.account(session, request.mrn)
    if _state(request, now=now) in (RequestState.AWAITING_APPROVAL, RequestState.WAITING):
        return view(session, request, now=now, already=True)
    _require_open(request, now=now)
    how, changes_ = "callback", []
    if request.kind == ContactKind.EMAIL:
        if code is None:
            raise WrongUsage("usage", "An email is confirmed by the code that was sent to it.", "Give it with --code -")
        changes_ = _code_answered(session, actor, request, code, now=now)
        how = "code"
    elif not callback:
        raise WrongUsage("usage", "A phone is confirmed by calling it back.", "Call the new number, then: --callback")
    entry = actor.entry(
        "confirm", Outcome.DONE, patient=request.mrn, check_id=request.check_id,
        details={"request": request.id, "how": how, "attested": ["callback"] if how == "callback" else []},
    )  # fmt: skip
    return _confirmed(session, request, entry, how, changes_, now=now)


def confirm_by_link(session: Session, token: str, *, now: datetime) -> RequestView:
    """The new address answered by opening its link.

    Raises: StateForbids `link-dead`.
    """
    link = credentials.by_token(session, token)
    if link.kind != CredentialKind.CONFIRM_LINK or link.request_id is None:
        raise credentials.dead_link()
    request = get(session, link.request_id)
    if link.redeemed_at or link.revoked_at or link.expires_at <= now or _state(request, now=now) not in OPEN:
        raise credentials.dead_link()
    if request.confirmed_at is not None:
        return view(session, request, now=now, already=True)
    entry = patient_entry("confirm", Outcome.DONE, patient=request.mrn, details={"request": request.id, "how": "link"})
    return _confirmed(session, request, entry, "link", [record.changed(link, redeemed_at=now)], now=now)


def approve(session: Session, actor: Actor, request_id: str, *, reason: str, now: datetime) -> RequestView:
    """Put a confirmed change into force.

    Raises: NotAllowed `own-request`, `own-record`, `not-independent`; CheckNeeded `approval-required` while it is not
    confirmed; StateForbids `request-closed`.
    """
    request = get(session, request_id)
    actor.require_not_own(request.mrn)
    if request.requested_by == actor.name:
        raise NotAllowed("own-request", "You asked for this change yourself.", "Another admin must approve it.")
    _require_reason(reason)
    independent = _independent(session, actor, request, now=now)
    patients.account(session, request.mrn)
    if request.state == RequestState.EFFECTIVE:
        return view(session, request, now=now, already=True)
    _require_open(request, now=now)
    if request.confirmed_at is None:
        raise CheckNeeded(
            "approval-required",
            "The new address has not answered yet.",
            f"First: portaldesk confirm {request.id} " + ("--code -" if request.kind == "email" else "--callback"),
        )
    decided = record.changed(
        request, state=RequestState.EFFECTIVE, decided_by=actor.name, decided_at=now, decision_reason=reason,
        independent=independent,
    )  # fmt: skip
    return _applied(session, permits.for_approval(actor, request), request, decided, independent, reason, now=now)


def reject(session: Session, actor: Actor, request_id: str, *, reason: str, now: datetime) -> RequestView:
    """Refuse a change; nothing of the account was touched.

    Raises: NotAllowed `own-record`; StateForbids `request-closed`.
    """
    request = get(session, request_id)
    actor.require_not_own(request.mrn)
    _require_reason(reason)
    if request.state == RequestState.REJECTED:
        return view(session, request, now=now, already=True)
    _require_open(request, now=now)
    closed = record.changed(
        request, state=RequestState.REJECTED, decided_by=actor.name, decided_at=now, decision_reason=reason
    )
    kinds = [CredentialKind.CONFIRM, CredentialKind.CONFIRM_LINK, CredentialKind.OBJECT]
    dead = credentials.revoking(session, request.mrn, kinds, now=now)
    entry = actor.entry(
        "reject", Outcome.DONE, patient=request.mrn, check_id=request.check_id, reason=reason,
        details={"request": request.id},
    )  # fmt: skip
    seq = record.append(session, entry, [closed, *dead], now=now)
    return view(session, request, now=now, seq=seq)


def object_(session: Session, token: str, *, now: datetime) -> Changed:
    """The old address objects: the change is cancelled and the account secured; the event opens an incident.

    Raises: StateForbids `link-dead`.
    """
    link = credentials.by_token(session, token)
    patients.account(session, link.mrn)
    dead = link.redeemed_at or link.revoked_at or link.expires_at <= now
    if link.kind != CredentialKind.OBJECT or dead or link.request_id is None:
        raise credentials.dead_link()
    request = get(session, link.request_id)
    first: list[Change] = [record.changed(link, redeemed_at=now)]
    if request.state in OPEN:
        first.append(record.changed(request, state=RequestState.CANCELLED, decided_at=now, decision_reason="objected"))
    permit = permits.for_redemption(Action.SECURE_ACCOUNT, link)
    return securing.secure(session, permit, now=now, before=first, keep=link.id)


def settle_waiting(session: Session, *, now: datetime, mrn: str | None = None) -> int:
    """Put into force what waited for time alone (a clinic with one admin, design §3.5); returns how many."""
    query = select(tables.ChangeRequest).where(
        tables.ChangeRequest.state == RequestState.WAITING, col(tables.ChangeRequest.waits_until) <= now
    )
    if mrn is not None:
        query = query.where(tables.ChangeRequest.mrn == mrn)
    due = [whole(session, one) for one in session.exec(query) if one.expires_at > now]
    for request in due:
        _apply_by_time(session, request, now=now)
    return len(due)


def get(session: Session, request_id: str) -> tables.ChangeRequest:
    """Raises: NotFound `no-such-request`; RecordAltered."""
    found = session.get(tables.ChangeRequest, request_id.strip().upper())
    if found is None:
        raise NotFound("no-such-request", "There is no request of that reference.", "See: portaldesk requests list")
    return whole(session, found)


def list_open(session: Session, *, now: datetime) -> list[RequestView]:
    """Requests that wait for something, oldest first."""
    found = session.exec(
        select(tables.ChangeRequest)
        .where(col(tables.ChangeRequest.state).in_(OPEN))
        .order_by(col(tables.ChangeRequest.requested_at))
    ).all()
    return [view(session, one, now=now) for one in found if _state(one, now=now) in OPEN]


def view(
    session: Session, request: tables.ChangeRequest, *, now: datetime, already: bool = False, seq: int | None = None
) -> RequestView:
    """A request as screens show it."""
    state = _state(request, now=now)
    value = (
        masks.email(request.new_value) if request.kind == ContactKind.EMAIL else masks.phone(True, request.new_value)
    )
    effective = request.decided_at if state is RequestState.EFFECTIVE else request.waits_until
    return RequestView(
        request.id, "update-contact", request.mrn, request.kind, value, state, request.requested_by,
        request.requested_at, request.expires_at, request.confirmed_at, effective, request.decided_by,
        request.independent, request.decision_reason, len(sharing(session, request)), already, seq,
    )  # fmt: skip


def sharing(session: Session, request: tables.ChangeRequest) -> Sequence[str]:
    """Other patients who have this address already: a warning to desk and approver."""
    return session.exec(
        select(tables.ContactPoint.mrn)
        .where(
            tables.ContactPoint.kind == request.kind,
            tables.ContactPoint.key == _key(ContactKind(request.kind), request.new_value),
            tables.ContactPoint.mrn != request.mrn,
            col(tables.ContactPoint.current).is_(True),
        )
        .distinct()
    ).all()


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
    return ContactAsked(change, request.id, _state(request, now=now), request.waits_until, words)


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
    """A code and a link for the new address; older ones of this account are dead."""
    to = request.new_value
    code = credentials.new_code(
        session, CredentialKind.CONFIRM, account, bound=request.id, settings=settings, now=now, sent_to=to,
        request_id=request.id,
    )  # fmt: skip
    link = credentials.new_link(
        session, CredentialKind.CONFIRM_LINK, account, settings=settings, now=now, sent_to=to, request_id=request.id
    )
    variables = {"kind": request.kind, "link": link.id}
    mail = messages.queue(Message.CONFIRM_CODE, mrn=account.mrn, to=to, now=now, credential=code, variables=variables)
    kinds = [CredentialKind.CONFIRM, CredentialKind.CONFIRM_LINK]
    older = credentials.revoking(session, account.mrn, kinds, now=now, superseded_by=code.reference)
    return code, [record.new(code), record.new(link), mail, *older]


def _tell_the_old(
    session: Session,
    account: tables.PortalAccount,
    request: tables.ChangeRequest,
    *,
    settings: ClinicSettings,
    now: datetime,
) -> list[Change]:
    """The address that recovery uses until now is told at once, with a link to object by."""
    if not account.email:
        return []
    link = credentials.new_link(
        session, CredentialKind.OBJECT, account, settings=settings, now=now, sent_to=account.email,
        request_id=request.id,
    )  # fmt: skip
    mail = messages.queue(
        Message.CONTACT_CHANGING, mrn=account.mrn, to=account.email, now=now, credential=link,
        variables={"kind": request.kind},
    )  # fmt: skip
    return [record.new(link), mail]


def _code_answered(
    session: Session, actor: Actor, request: tables.ChangeRequest, said: str, *, now: datetime
) -> list[Change]:
    sent = [
        one
        for one in credentials.open_ones(session, request.mrn, [CredentialKind.CONFIRM])
        if one.request_id == request.id
    ]
    again = "Send a new one by asking again: portaldesk update-contact"
    if not sent or whole(session, sent[0]).expires_at <= now:
        raise CheckNeeded("wrong-code", "The code is over: it lives 10 minutes.", again)
    credentials.require_code_tries(session, request.mrn, now=now)
    code = sent[0]
    if credentials.code_matches(session, code, said):
        return [record.changed(code, redeemed_at=now)]
    tries = code.tries + 1
    left = credentials.CODE_TRIES - tries
    spent = record.changed(code, tries=tries, **({"revoked_at": now} if left <= 0 else {}))
    entry = actor.entry(
        "confirm", Outcome.FAILED, patient=request.mrn, check_id=request.check_id,
        details={"request": request.id, "code": "wrong-code", "tries": tries},
    )  # fmt: skip
    record.append(session, entry, [spent], now=now)
    raise CheckNeeded(
        "wrong-code",
        "That is not the code that was sent to the new address.",
        f"{left} tries are left." if left > 0 else again,
        counted=True,
    )


def _confirmed(
    session: Session, request: tables.ChangeRequest, entry: Entry, how: str, more: list[Change], *, now: datetime
) -> RequestView:
    others = _other_admins(session, request.requested_by)
    values: dict[str, object] = {"confirmed_at": now, "confirmed_how": how, "state": RequestState.AWAITING_APPROVAL}
    if not others and request.rests_on_photo_id:
        until = request.old_told_at + PAUSE if request.old_told_at else now
        values |= {"state": RequestState.WAITING, "waits_until": until}
    seq = record.append(session, entry, [record.changed(request, **values), *more], now=now)
    if request.state == RequestState.WAITING and request.waits_until is not None and request.waits_until <= now:
        _apply_by_time(session, request, now=now)
    return view(session, request, now=now, seq=seq)


def _apply_by_time(session: Session, request: tables.ChangeRequest, *, now: datetime) -> None:
    decided = record.changed(request, state=RequestState.EFFECTIVE, decided_at=now, independent=False)
    _applied(session, permits.for_time(request), request, decided, False, "no other admin", now=now)


def _applied(
    session: Session,
    permit: Permit,
    request: tables.ChangeRequest,
    decided: Change,
    independent: bool,
    reason: str,
    *,
    now: datetime,
) -> RequestView:
    account = patients.account(session, request.mrn)
    kind = ContactKind(request.kind)
    point = tables.ContactPoint(
        id=secrets.token_hex(8), mrn=request.mrn, kind=kind, value=request.new_value,
        key=_key(kind, request.new_value), source=ContactSource.DESK, added_at=now, evidence_from=now + PAUSE,
        confirmed_at=now, confirmed_how=request.confirmed_how,
    )  # fmt: skip
    older = [
        record.changed(one, current=False)
        for one in session.exec(
            select(tables.ContactPoint).where(
                tables.ContactPoint.mrn == request.mrn,
                tables.ContactPoint.kind == kind,
                tables.ContactPoint.source != ContactSource.RECORD,
                col(tables.ContactPoint.current).is_(True),
            )
        )
    ]
    old_told = messages.notices(session, account, what="contact-changed", staff=permit.staff, now=now)
    new_told = (
        [messages.queue(Message.CHANGED, mrn=account.mrn, to=request.new_value, now=now,
                        variables={"what": "contact-changed", "at_desk": True})]
        if kind is ContactKind.EMAIL else []
    )  # fmt: skip
    bears = [
        *older,
        record.new(point),
        *credentials.revoking(session, account.mrn, credentials.LINKS, now=now),
        *old_told,
        *new_told,
    ]
    seq = permits.spend(
        session, permit, now=now, outcome=Outcome.DONE, account=account,
        values={kind.value: request.new_value, "contact_changed_at": now}, before=[decided], bears=bears,
        details=changes.told(bears)
        | {"request": request.id, "approver": permit.staff, "independent": independent, "check": request.check_id,
           "requested_by": request.requested_by, "kind": kind},
        reason=reason, event_action="update-contact",
    )  # fmt: skip
    return view(session, request, now=now, seq=seq)


def _independent(session: Session, actor: Actor, request: tables.ChangeRequest, *, now: datetime) -> bool:
    requester = session.get(tables.StaffMember, request.requested_by)
    assert requester is not None
    whole(session, requester)
    if requester.credentialed_by != actor.name or now - requester.credentialed_at >= INDEPENDENCE:
        return True
    if [one for one in _other_admins(session, request.requested_by) if one != actor.name]:
        raise NotAllowed(
            "not-independent",
            "You gave the requester a password or token less than 7 days ago.",
            "Another admin must approve this.",
        )
    return False


def _other_admins(session: Session, name: str) -> list[str]:
    found = session.exec(
        select(tables.StaffMember).where(tables.StaffMember.role == Role.ADMIN, tables.StaffMember.status == "active")
    ).all()
    return [member.name for member in found if member.name != name]


def _open_request(session: Session, mrn: str, kind: ContactKind, *, now: datetime) -> tables.ChangeRequest | None:
    found = session.exec(
        select(tables.ChangeRequest).where(
            tables.ChangeRequest.mrn == mrn,
            tables.ChangeRequest.kind == kind,
            col(tables.ChangeRequest.state).in_(OPEN),
        )
    ).all()
    live = [one for one in found if one.expires_at > now]
    return whole(session, live[-1]) if live else None


def _state(request: tables.ChangeRequest, *, now: datetime) -> RequestState:
    if request.state in OPEN and request.expires_at <= now:
        return RequestState.EXPIRED
    return RequestState(request.state)


def _require_open(request: tables.ChangeRequest, *, now: datetime) -> None:
    state = _state(request, now=now)
    if state not in OPEN:
        raise StateForbids(
            "request-closed", f"The request is {state}.", f"Ask anew: portaldesk update-contact {request.mrn}"
        )


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise WrongUsage("usage", "A decision needs a reason.", 'Like --reason "spoke with the patient"')


def _key(kind: ContactKind, value: str) -> str:
    return emails.key(value) if kind is ContactKind.EMAIL else value
