"""Whether a request of a patient is due by time: asked by every command of a call, nearly always with the answer no."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from portaldesk.store.columns import time_text

_DUE = text("SELECT 1 FROM change_request WHERE mrn = :mrn AND state = 'waiting' AND waits_until <= :now LIMIT 1")


def settle(session: Session, mrn: str, *, now: datetime) -> None:
    """Put into force what this patient's request waited for time alone (approving.py)."""
    if session.connection().execute(_DUE, {"mrn": mrn, "now": time_text(now)}).first() is not None:
        from portaldesk.services import approving

        approving.settle_waiting(session, now=now, mrn=mrn)
