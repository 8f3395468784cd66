"""Requests: changes that wait for confirmation, approval or time; what all of them have in common."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from portaldesk.errors import NotFound, StateForbids, WrongUsage
from portaldesk.gate import requests as decisions
from portaldesk.gate.proxies import PREFIX
from portaldesk.gate.requests import OPEN, PROXY, RequestFacts
from portaldesk.rules import emails, masks
from portaldesk.services import account_states, changes
from portaldesk.store import record, tables
from portaldesk.store.record import Change
from portaldesk.store.seals import whole
from portaldesk.words import Action, ContactKind, RequestState, Role


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request as desk and auditors see it, the new value masked; the fields of every change among its own.

    `check_id`: the check it was asked for under; `notified`: masked addresses that a decision told; `old_told_at`: when
    an address that was there before was told, None where there is none to tell; `shared_with_others`: another patient
    has the new address too.
    """

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
    old_told_at: datetime | None
    shared_with_others: bool
    account_status: str
    check_id: str
    reference: str | None
    notified: tuple[str, ...]
    effect: str
    already: bool
    audit_seq: int | None


def get(session: Session, request_id: str) -> tables.ChangeRequest:
    """Raises: NotFound `no-such-request`; RecordAltered."""
    found = session.get(tables.ChangeRequest, request_id.strip().upper())
    if found is None:
        raise NotFound(
            "no-such-request",
            "There is no request of that reference.",
            "update-contact showed it, like R-1A2B3C; an admin sees all of them with: portaldesk requests list",
        )
    return whole(session, found)


def list_open(session: Session, *, now: datetime) -> list[RequestView]:
    """Requests that wait for something, oldest first."""
    found = session.exec(
        select(tables.ChangeRequest)
        .where(col(tables.ChangeRequest.state).in_(OPEN))
        .order_by(col(tables.ChangeRequest.requested_at))
    ).all()
    return [view(session, one, now=now) for one in found if state_of(one, now=now) in OPEN]


def view(
    session: Session,
    request: tables.ChangeRequest,
    *,
    now: datetime,
    already: bool = False,
    seq: int | None = None,
    sent: Sequence[Change] = (),
) -> RequestView:
    """A request as screens show it."""
    state = state_of(request, now=now)
    value = _shown(request)
    effective = request.decided_at if state is RequestState.EFFECTIVE else request.waits_until
    return RequestView(
        request.id, action_of(request), request.mrn, request.kind, value, state, request.requested_by,
        request.requested_at, request.expires_at, request.confirmed_at, effective, request.decided_by,
        request.independent, request.decision_reason, request.old_told_at, is_shared(session, request),
        account_states.shown(session, session.get(tables.PortalAccount, request.mrn), now=now), request.check_id, None,
        changes.masked(sent), "done" if state is RequestState.EFFECTIVE else "waiting", already, seq,
    )  # fmt: skip


def action_of(request: tables.ChangeRequest) -> Action:
    """What was asked for."""
    return Action.PROXY_GRANT if request.kind == PROXY else Action.UPDATE_CONTACT


def _shown(request: tables.ChangeRequest) -> str:
    """The new value as who decides may see it: an address masked; a proxy by name, authority and document, where their
    links will go, what they will see until when, and whose leave ends with it."""
    if request.kind == ContactKind.EMAIL:
        return masks.email(request.new_value)
    if request.kind == ContactKind.PHONE:
        return masks.phone(True, request.new_value)
    kept = json.loads(request.new_value)
    wanted, seen = kept["proxy"], kept["document"] or "no document was named"
    by = "" if wanted["name"] == kept["represented_by"] else f", asked for by {kept['represented_by']}"
    told = [f"{wanted['relation']}{by}", f"{kept['authority']}: {seen}"]
    if wanted.get("email") is not None:
        told.append(masks.email(wanted["email"]))
    if wanted.get("phone") is not None:
        told.append(masks.phone(True, wanted["phone"]))
    if wanted["scope"] != "full":
        told.append(f"{wanted['scope']} only")
    if wanted.get("until") is not None:
        told.append(f"until {wanted['until']}")
    if wanted.get("instead_of") is not None:
        told.append(f"instead of {wanted['instead_of']}")
    return f"{wanted['name']} ({'; '.join(told)})"


def is_shared(session: Session, request: tables.ChangeRequest) -> bool:
    """Whether another patient has this address already: a warning to desk and approver, no refusal.

    A family may share one; so may a thief who takes over accounts one after another.
    """
    if request.kind == PROXY:
        return False
    point = tables.ContactPoint
    others = select(point.id).where(
        point.kind == request.kind,
        point.key == compare_key(ContactKind(request.kind), request.new_value),
        point.mrn != request.mrn,
        col(point.current).is_(True),
        ~col(point.mrn).startswith(PREFIX),  # who acts for a patient may be one, and has the same address as both
    )
    return session.exec(others.limit(1)).first() is not None


def open_requests(session: Session, mrn: str) -> list[tables.ChangeRequest]:
    """The patient's requests that wait for something, verified (they may be expired)."""
    found = session.exec(
        select(tables.ChangeRequest).where(tables.ChangeRequest.mrn == mrn, col(tables.ChangeRequest.state).in_(OPEN))
    ).all()
    return [whole(session, one) for one in found]


def cancelling(session: Session, mrn: str, *, why: str, now: datetime) -> list[Change]:
    """The end of every request of the patient that waits for something."""
    return [
        record.changed(one, state=RequestState.CANCELLED, decided_at=now, decision_reason=why)
        for one in open_requests(session, mrn)
    ]


def open_request(session: Session, mrn: str, kind: ContactKind, *, now: datetime) -> tables.ChangeRequest | None:
    """The live request of this kind; there is one at most, since a newer one cancels the older."""
    live = [one for one in open_requests(session, mrn) if one.kind == kind and one.expires_at > now]
    return live[-1] if live else None


def state_of(request: tables.ChangeRequest, *, now: datetime) -> RequestState:
    return decisions.state_of(RequestState(request.state), request.expires_at, now=now)


def facts_of(request: tables.ChangeRequest) -> RequestFacts:
    """A stored request as the gate's decisions take it."""
    return RequestFacts(
        request.requested_by, RequestState(request.state), request.expires_at, request.rests_on_photo_id,
        request.old_told_at, request.confirmed_at, request.waits_until,
    )  # fmt: skip


def require_open(request: tables.ChangeRequest, *, now: datetime) -> None:
    state = state_of(request, now=now)
    if state not in OPEN:
        raise StateForbids(
            "request-closed", f"The request is {state}.", f"Ask anew: portaldesk {action_of(request)} {request.mrn}"
        )


def require_reason(reason: str) -> None:
    if not reason.strip():
        raise WrongUsage("usage", "A decision needs a reason.", 'Like --reason "spoke with the patient"')


def compare_key(kind: ContactKind, value: str) -> str:
    return emails.key(value) if kind is ContactKind.EMAIL else value


def other_admins(session: Session, name: str) -> list[str]:
    found = session.exec(
        select(tables.StaffMember).where(tables.StaffMember.role == Role.ADMIN, tables.StaffMember.status == "active")
    ).all()
    return [member.name for member in found if member.name != name]


def cancelling_changes(session: Session, *, requested_by: str, now: datetime) -> list[Change]:
    """The end of every open request of one staff member."""
    found = session.exec(
        select(tables.ChangeRequest).where(
            tables.ChangeRequest.requested_by == requested_by, col(tables.ChangeRequest.state).in_(OPEN)
        )
    ).all()
    return [
        record.changed(one, state=RequestState.CANCELLED, decided_at=now, decision_reason="requester disabled")
        for one in found
    ]
