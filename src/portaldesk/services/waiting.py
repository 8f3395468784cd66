"""Whether something of a patient is due by time: asked by every command of a call, nearly always with the answer no."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from portaldesk.store.columns import time_text

_DUE = text("SELECT 1 FROM change_request WHERE mrn = :mrn AND state = 'waiting' AND waits_until <= :now LIMIT 1")


_OVER = text("SELECT 1 FROM proxy WHERE mrn = :mrn AND ended_at IS NULL AND ends_at <= :now LIMIT 1")


def settle(session: Session, mrn: str, *, now: datetime) -> None:
    """Put into force what this patient's request waited for time alone, and end proxies whose time is over."""
    asked = {"mrn": mrn, "now": time_text(now)}
    if session.connection().execute(_OVER, asked).first() is not None:
        from portaldesk.services.proxies import leaves

        leaves.end_due(session, now=now, mrn=mrn)
    if session.connection().execute(_DUE, asked).first() is not None:
        from portaldesk.services import approving

        approving.settle_waiting(session, now=now, mrn=mrn)
