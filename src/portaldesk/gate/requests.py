"""When a requested contact comes into force: who may approve it, and when time may (design §3.5). Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from portaldesk.words import ContactKind, Method, RequestState

PAUSE = timedelta(hours=24)
"""No credential goes to a new address for so long, and so long the old address has to object."""
PROXY = "proxy"
"""The kind of a request that is about no address but about who may act for the patient."""
INDEPENDENCE = timedelta(days=7)
RECOVERED = "init recover"
"""Who gave a password by a recovery code: nobody knows. It has a space, so it is no staff member's name."""
OPEN = (RequestState.AWAITING_CONFIRMATION, RequestState.AWAITING_APPROVAL, RequestState.WAITING)
NOT_BY = {
    ContactKind.EMAIL: frozenset({Method.CODE_EMAIL}),
    ContactKind.PHONE: frozenset({Method.CODE_PHONE, Method.CALLBACK}),
}
"""The possession methods that do not count for a change of this kind: never by the channel that changes."""


class Refusal(StrEnum):
    """Why a request cannot be put into force."""

    OWN_REQUEST = "own-request"
    NOT_INDEPENDENT = "not-independent"
    CLOSED = "closed"
    NOT_CONFIRMED = "not-confirmed"


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """All that decides about a request. `waits_until`: when time may put it into force, where nobody can approve."""

    requested_by: str
    state: RequestState
    expires_at: datetime
    rests_on_photo_id: bool
    old_told_at: datetime | None = None
    confirmed_at: datetime | None = None
    waits_until: datetime | None = None


def state_of(state: RequestState, expires_at: datetime, *, now: datetime) -> RequestState:
    """Where a request stands: one that waited too long is expired."""
    return RequestState.EXPIRED if state in OPEN and expires_at <= now else state


def why_not_approved(request: RequestFacts, approver: str, *, now: datetime) -> Refusal | None:
    """Why this staff member cannot put the request into force by approving it."""
    if request.requested_by == approver:
        return Refusal.OWN_REQUEST
    if state_of(request.state, request.expires_at, now=now) not in OPEN:
        return Refusal.CLOSED
    return Refusal.NOT_CONFIRMED if request.confirmed_at is None else None


def too_close(
    approver: str, *, credentialed_by: str, credentialed_at: datetime, others: Collection[str], now: datetime
) -> bool:
    """Whether the approver gave the requester a password in the last seven days and somebody else could approve."""
    gave_it = credentialed_by == approver and now - credentialed_at < INDEPENDENCE
    return gave_it and any(one != approver for one in others)


def after_confirmation(
    request: RequestFacts, *, other_admins: Collection[str], now: datetime
) -> tuple[RequestState, datetime | None]:
    """Where a request stands once the new address answered, and until when it waits.

    Time decides only where no other admin exists and photo ID was seen: 24 hours after the old address was told.
    """
    if other_admins or not request.rests_on_photo_id:
        return RequestState.AWAITING_APPROVAL, None
    return RequestState.WAITING, request.old_told_at + PAUSE if request.old_told_at else now


def is_due(request: RequestFacts, *, told_at: datetime | None, now: datetime) -> bool:
    """Whether time may decide about a waiting request.

    Args:
        told_at: when the notice to the old address went out, None where there is no old address.
    """
    waited = request.waits_until is not None and request.waits_until <= now
    in_time = state_of(request.state, request.expires_at, now=now) is RequestState.WAITING
    return in_time and waited and (told_at is None or told_at <= now - PAUSE)


def is_paused(changed_at: datetime | None, *, photo_id: bool, now: datetime) -> bool:
    """Whether a contact changed too lately for a temporary login: an email change followed by a reset is how accounts
    are taken over."""
    return changed_at is not None and now - changed_at < PAUSE and not photo_id
