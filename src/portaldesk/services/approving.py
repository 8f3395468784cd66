"""Deciding about a requested contact: approved, rejected, or put into force by time (design §3.5).

Nobody approves what they asked for. An approval by who gave the requester a password in the last seven days is marked
not independent, and refused where another admin exists.
"""

from __future__ import annotations

import json
import secrets
from datetime import datetime

from sqlmodel import Session, col, select

from portaldesk.errors import CheckNeeded, NotAllowed, StateForbids
from portaldesk.gate import permits
from portaldesk.gate import requests as decisions
from portaldesk.gate.actors import Actor
from portaldesk.gate.permits import Permit
from portaldesk.gate.requests import INDEPENDENCE, PAUSE, PROXY, Refusal
from portaldesk.services import addresses, changes, claims, credentials, messages, patients, requests, second_factors
from portaldesk.services.messages import Message
from portaldesk.services.proxies import granting
from portaldesk.services.requests import RequestView
from portaldesk.store import event_lists, record, tables
from portaldesk.store.record import Change, Entry
from portaldesk.store.seals import whole
from portaldesk.words import ContactKind, ContactSource, CredentialKind, Outcome, RequestState


def approve(session: Session, actor: Actor, request_id: str, *, reason: str, now: datetime) -> RequestView:
    """Put a confirmed change into force.

    Raises: NotAllowed `own-request`, `own-record`, `not-independent`; CheckNeeded `approval-required` while it is not
    confirmed, `second-factor-required`; StateForbids `request-closed`, and as granting.apply.
    """
    request = requests.get(session, request_id)
    actor.require_not_own(request.mrn)
    refusal = decisions.why_not_approved(requests.facts_of(request), actor.name, now=now)
    if refusal is Refusal.OWN_REQUEST:
        raise NotAllowed("own-request", "You asked for this change yourself.", "Another admin must approve it.")
    requests.require_reason(reason)
    independent = _independent(session, actor, request, now=now)
    second_factors.require(session, actor)
    patients.account(session, request.mrn)
    if request.state == RequestState.EFFECTIVE:
        return requests.view(session, request, now=now, already=True)
    requests.require_open(request, now=now)
    if refusal is not None:
        raise CheckNeeded(
            "approval-required",
            "The new address has not answered yet.",
            f"First: portaldesk confirm {request.id} " + ("--code -" if request.kind == "email" else "--callback"),
        )
    decided = record.changed(
        request,
        state=RequestState.EFFECTIVE,
        decided_by=actor.name,
        decided_at=now,
        decision_reason=reason,
        independent=independent,
    )
    return _applied(session, permits.for_approval(actor, request), request, decided, independent, reason, now=now)


def reject(session: Session, actor: Actor, request_id: str, *, reason: str, now: datetime) -> RequestView:
    """Refuse a change; nothing of the account was touched.

    Raises: NotAllowed `own-record`; StateForbids `request-closed`.
    """
    request = requests.get(session, request_id)
    actor.require_not_own(request.mrn)
    requests.require_reason(reason)
    if request.state == RequestState.REJECTED:
        return requests.view(session, request, now=now, already=True)
    requests.require_open(request, now=now)
    closed = record.changed(
        request, state=RequestState.REJECTED, decided_by=actor.name, decided_at=now, decision_reason=reason
    )
    kinds = [CredentialKind.CONFIRM, CredentialKind.CONFIRM_LINK, CredentialKind.OBJECT]
    dead = credentials.revoking(session, request.mrn, kinds, now=now, request_id=request.id)
    entry = actor.entry(
        "reject",
        Outcome.DONE,
        patient=request.mrn,
        check_id=request.check_id,
        reason=reason,
        details={"request": request.id},
    )
    seq = record.append(session, entry, [closed, *dead], now=now)
    return requests.view(session, request, now=now, seq=seq)


def settle_waiting(session: Session, *, now: datetime, mrn: str | None = None) -> int:
    """Put into force what waited for time alone (a clinic with one admin, design §3.5); returns how many."""
    query = select(tables.ChangeRequest).where(
        tables.ChangeRequest.state == RequestState.WAITING, col(tables.ChangeRequest.waits_until) <= now
    )
    if mrn is not None:
        query = query.where(tables.ChangeRequest.mrn == mrn)
    due = [whole(session, one) for one in session.exec(query) if _is_due(session, one, now=now)]
    for request in due:
        if requests.other_admins(session, request.requested_by):
            _hand_over(session, request, now=now)
        else:
            apply_by_time(session, request, now=now)
    return len(due)


def _hand_over(session: Session, request: tables.ChangeRequest, *, now: datetime) -> None:
    """There is another admin by now: time alone no longer decides."""
    entry = Entry(requests.action_of(request), Outcome.WAITING, patient=request.mrn, details={"request": request.id})
    back = record.changed(request, state=RequestState.AWAITING_APPROVAL, waits_until=None)
    record.append(session, entry, [back], now=now)


def _is_due(session: Session, request: tables.ChangeRequest, *, now: datetime) -> bool:
    """Whether the old address has had its time to object: a mail that still waits in the outbox told nobody.

    One that was given up or dropped cannot be waited for: it counts from when it was written.
    """
    found = session.exec(
        select(tables.OutboxMessage)
        .join(tables.RecoveryCredential, col(tables.RecoveryCredential.id) == col(tables.OutboxMessage.credential_id))
        .where(
            tables.OutboxMessage.mrn == request.mrn,
            tables.OutboxMessage.kind == Message.CONTACT_CHANGING,
            tables.RecoveryCredential.request_id == request.id,
        )
    ).first()
    if found is not None and found.sent_at is None and not found.dropped_why and not _given_up(session, found):
        return False
    told_at = (found.sent_at or found.created_at) if found is not None else None
    return decisions.is_due(requests.facts_of(request), told_at=told_at, now=now)


def _given_up(session: Session, message: tables.OutboxMessage) -> bool:
    """Whether delivery gave the message up: by the record, for no seal covers what the row says of it."""
    event = tables.AuditEvent
    failures = session.execute(
        select(event.seq, event.details).where(
            event.action == "deliver",
            event.outcome == Outcome.FAILED,
            event.seq >= event_lists.first_from(session, message.created_at),
        )
    )
    for seq, details in failures:
        told = json.loads(details)
        if told.get("message") == message.id and claims.gave_up(told):
            record.require_whole_event(session, seq)
            return True
    return False


def apply_by_time(session: Session, request: tables.ChangeRequest, *, now: datetime) -> None:
    """Put into force what waited for time alone; what may not be in force any more is cancelled."""
    decided = record.changed(request, state=RequestState.EFFECTIVE, decided_at=now, independent=False)
    try:
        _applied(session, permits.for_time(request), request, decided, False, "no other admin", now=now)
    except StateForbids as refusal:
        entry = Entry(
            requests.action_of(request), Outcome.REFUSED, patient=request.mrn,
            details={"request": request.id, "code": refusal.code},
        )  # fmt: skip
        cancelled = record.changed(request, state=RequestState.CANCELLED, decided_at=now, decision_reason=refusal.code)
        record.append(session, entry, [cancelled], now=now)


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
    decision = {
        "request": request.id,
        "approver": permit.staff,
        "independent": independent,
        "check": request.check_id,
        "requested_by": request.requested_by,
        "kind": request.kind,
    }
    if request.kind == PROXY:
        seq, sent = granting.apply(session, permit, request, decided, now=now, details=decision, reason=reason)
        return requests.view(session, request, now=now, seq=seq, sent=sent)
    account = patients.account(session, request.mrn)
    kind = ContactKind(request.kind)
    known = addresses.latest(session, request.mrn, kind, requests.compare_key(kind, request.new_value))
    point = tables.ContactPoint(
        id=secrets.token_hex(8),
        mrn=request.mrn,
        kind=kind,
        value=request.new_value,
        key=requests.compare_key(kind, request.new_value),
        source=ContactSource.DESK,
        added_at=now,
        evidence_from=now + PAUSE,
        confirmed_at=now,
        confirmed_how=request.confirmed_how,
        confidential=known is not None and known.confidential,
    )
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
        [
            messages.queue(
                Message.CHANGED,
                mrn=account.mrn,
                to=request.new_value,
                now=now,
                variables={"what": "contact-changed", "at_desk": True},
            )
        ]
        if kind is ContactKind.EMAIL
        else []
    )
    bears = [
        *older,
        record.new(point),
        *credentials.revoking(session, account.mrn, credentials.LINKS, now=now),
        *old_told,
        *new_told,
    ]
    seq = permits.spend(
        session,
        permit,
        now=now,
        outcome=Outcome.DONE,
        account=account,
        values={kind.value: request.new_value, "contact_changed_at": now},
        before=[decided],
        bears=bears,
        details=changes.told(bears) | decision,
        reason=reason,
        event_action="update-contact",
    )
    return requests.view(session, request, now=now, seq=seq, sent=bears)


def _independent(session: Session, actor: Actor, request: tables.ChangeRequest, *, now: datetime) -> bool:
    requester = session.get(tables.StaffMember, request.requested_by)
    assert requester is not None
    whole(session, requester)
    if decisions.too_close(
        actor.name, credentialed_by=requester.credentialed_by, credentialed_at=requester.credentialed_at,
        others=requests.other_admins(session, request.requested_by), now=now,
    ):  # fmt: skip
        raise NotAllowed(
            "not-independent",
            "You gave the requester a password or token less than 7 days ago.",
            "Another admin must approve this.",
        )
    # the other way round, or through a colleague between, it is allowed (somebody must be able to help), and told
    may_ask, may_approve = (_may_act_as(session, name, now=now) for name in (requester.name, actor.name))
    known = decisions.RECOVERED not in may_ask | may_approve  # else one person may be both
    return known and actor.name not in may_ask and requester.name not in may_approve


def _may_act_as(session: Session, name: str, *, now: datetime) -> set[str]:
    """Who gave this staff member a password or token within seven days, and who gave one to them, and so on."""
    found: set[str] = set()
    member = session.get(tables.StaffMember, name)
    while member is not None and now - whole(session, member).credentialed_at < INDEPENDENCE:
        if member.credentialed_by in found:
            break
        found.add(member.credentialed_by)
        member = session.get(tables.StaffMember, member.credentialed_by)
    return found - {name}
