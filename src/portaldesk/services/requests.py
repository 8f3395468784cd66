"""Requests: changes that wait for confirmation, approval or time; what all of them have in common."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from portaldesk.store import record, tables
from portaldesk.store.record import Change
from portaldesk.words import RequestState

OPEN = (RequestState.AWAITING_CONFIRMATION, RequestState.AWAITING_APPROVAL, RequestState.WAITING)


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
