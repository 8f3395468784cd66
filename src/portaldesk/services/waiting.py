"""Whether something of a patient is due by time: asked by every command of a call, nearly always with the answer no."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from portaldesk.store.columns import time_text

_DUE = text(
    "SELECT EXISTS (SELECT 1 FROM proxy WHERE mrn = :mrn AND ended_at IS NULL AND ends_at <= :now), "
    "EXISTS (SELECT 1 FROM change_request WHERE mrn = :mrn AND state = 'waiting' AND waits_until <= :now)"
)


def settle(session: Session, mrn: str, *, now: datetime) -> None:
    """End proxies whose time is over, and put into force what this patient's request waited for time alone."""
    over, due = session.connection().execute(_DUE, {"mrn": mrn, "now": time_text(now)}).one()
    if over:
        from portaldesk.services.proxies import leaves

        leaves.end_due(session, now=now, mrn=mrn)
    if due:
        from portaldesk.services import approving

        approving.settle_waiting(session, now=now, mrn=mrn)
