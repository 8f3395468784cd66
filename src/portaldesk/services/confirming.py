"""The new address answers, or the old one objects: what comes back after a contact change was asked for."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from portaldesk.errors import CheckNeeded, WrongUsage
from portaldesk.gate import permits
from portaldesk.gate.actors import Actor, patient_entry
from portaldesk.gate.checks import CODE_TRIES
from portaldesk.gate.requests import OPEN, PROXY, after_confirmation
from portaldesk.services import addresses, approving, credentials, doubts, patients, requests, securing
from portaldesk.services.changes import Changed
from portaldesk.services.requests import RequestView
from portaldesk.store import record, tables
from portaldesk.store.record import Change, Entry
from portaldesk.store.seals import whole
from portaldesk.words import Action, ContactKind, CredentialKind, Outcome, RequestState


def confirm(
    session: Session,
    actor: Actor,
    request_id: str,
    *,
    code: str | None,
    callback: bool,
    now: datetime,
) -> RequestView:
    """The new address answered: the code that it got, or for a phone also a call-back there (the clerk's word).

    Raises: NotFound; CheckNeeded `wrong-code` (counted); StateForbids `request-closed`, `too-many`.
    """
    request = requests.get(session, request_id)
    actor.require_not_own(request.mrn)
    patients.account(session, request.mrn)
    if requests.state_of(request, now=now) in (RequestState.AWAITING_APPROVAL, RequestState.WAITING):
        return requests.view(session, request, now=now, already=True)
    requests.require_open(request, now=now)
    how, changes_ = "callback", []
    if code is not None:
        changes_ = _code_answered(session, actor, request, code, now=now)
        how = "code"
    elif request.kind == ContactKind.EMAIL:
        raise WrongUsage("usage", "An email is confirmed by the code that was sent to it.", "Give it with --code -")
    elif not callback:
        raise WrongUsage(
            "usage",
            "A phone is confirmed by the code that was texted to it, or by calling it back.",
            "Give the code with --code -; or call the new number, then: --callback",
        )
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
    request = requests.get(session, link.request_id)
    if link.redeemed_at or link.revoked_at or link.expires_at <= now or requests.state_of(request, now=now) not in OPEN:
        raise credentials.dead_link()
    if request.confirmed_at is not None:
        return requests.view(session, request, now=now, already=True)
    entry = patient_entry("confirm", Outcome.DONE, patient=request.mrn, details={"request": request.id, "how": "link"})
    answered = [record.changed(link, redeemed_at=now), *doubts.lifted(session, request.mrn, request.new_value)]
    return _confirmed(session, request, entry, "link", answered, now=now)


def object_(session: Session, token: str, *, now: datetime) -> Changed:
    """The old address objects: the change is cancelled and the account secured; the event opens an incident.

    Where the change is in force already, the new address is closed: a reset there would undo the objection; a proxy's
    leave ends. The old address is not put back: an objection only takes access away, since who reads an old mailbox may
    be who it was changed for.

    Raises: StateForbids `link-dead`.
    """
    link = credentials.by_token(session, token)
    account = patients.account(session, link.mrn)
    dead = link.redeemed_at or link.revoked_at or link.expires_at <= now
    if link.kind != CredentialKind.OBJECT or dead or link.request_id is None:
        raise credentials.dead_link()
    request = requests.get(session, link.request_id)
    first: list[Change] = [record.changed(link, redeemed_at=now)]
    closed = None  # the address that is false, where it is one
    if request.kind != PROXY:
        closed = (ContactKind(request.kind), requests.compare_key(ContactKind(request.kind), request.new_value))
    if request.state in OPEN:
        first.append(record.changed(request, state=RequestState.CANCELLED, decided_at=now, decision_reason="objected"))
    elif request.state == RequestState.EFFECTIVE and closed is not None:
        # too late to cancel, but no link may go to an address that its owner calls false, nor is it evidence
        first += addresses.closing(session, request.mrn, *closed)
    elif request.state == RequestState.EFFECTIVE:
        from portaldesk.services.proxies import leaves  # nobody else here needs it

        first += leaves.ending_of(session, request, now=now)
    hear = dict.fromkeys([*filter(None, [link.sent_to]), *addresses.told_of_changes(session, account, now=now)])
    told = [to for to in hear if closed is None or requests.compare_key(closed[0], to) != closed[1]]
    permit = permits.for_redemption(Action.SECURE_ACCOUNT, link)
    return securing.secure(
        session, permit, now=now, before=first, keep=link.id, to=told, about=request.requested_by
    )  # fmt: skip


def _code_answered(
    session: Session, actor: Actor, request: tables.ChangeRequest, said: str, *, now: datetime
) -> list[Change]:
    sent = [
        one
        for one in credentials.open_ones(session, request.mrn, [CredentialKind.CONFIRM])
        if one.request_id == request.id
    ]
    again = "Send a new one by asking again: portaldesk update-contact"
    if request.kind == ContactKind.PHONE:
        again += "; or call the new number, then: --callback"
    if not sent or whole(session, sent[0]).expires_at <= now:
        raise CheckNeeded("wrong-code", "The code is over: it lives 10 minutes.", again)
    credentials.require_code_tries(session, request.mrn, now=now)
    code = sent[0]
    if credentials.code_matches(session, code, said):
        return [record.changed(code, redeemed_at=now), *doubts.lifted(session, request.mrn, request.new_value)]
    tries = code.tries + 1
    left = CODE_TRIES - tries
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
    others = requests.other_admins(session, request.requested_by)
    state, until = after_confirmation(requests.facts_of(request), other_admins=others, now=now)
    values = {"confirmed_at": now, "confirmed_how": how, "state": state, "waits_until": until}
    seq = record.append(session, entry, [record.changed(request, **values), *more], now=now)
    if request.state == RequestState.WAITING and request.waits_until is not None and request.waits_until <= now:
        approving.apply_by_time(session, request, now=now)
    return requests.view(session, request, now=now, seq=seq)
