"""The patient's sessions at the portal: begun by a sign-in, ended by every recovery."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from portaldesk.gate import proxies
from portaldesk.services import minority, patients
from portaldesk.services.sessions import hashed_secret
from portaldesk.store import record, tables
from portaldesk.store.record import Change
from portaldesk.store.seals import whole

LIFE = timedelta(hours=12)  # NIST SP 800-63B-4 §2.2.3 asks for at most 24 hours


@dataclass(frozen=True, slots=True)
class Live:
    """Whether a portal session is live, and whose it is. `acts_for`: the patients of a proxy's session."""

    signed_in: bool
    patient: str | None
    expires_at: datetime | None
    acts_for: tuple[str, ...] = ()


def begun(mrn: str, *, now: datetime) -> tuple[str, tables.PortalSession]:
    """A new session and its secret, which only the patient's side holds."""
    secret = "s_" + secrets.token_urlsafe(32)  # so that it never begins like an option: portal session TOKEN
    row = tables.PortalSession(
        id="P-" + secrets.token_hex(6), mrn=mrn, token_hash=hashed_secret(secret), started_at=now, expires_at=now + LIFE
    )
    return secret, row


def ending(session: Session, mrn: str, *, why: str, now: datetime) -> list[Change]:
    """The end of every live session of a patient."""
    rows = session.exec(
        select(tables.PortalSession).where(
            tables.PortalSession.mrn == mrn, col(tables.PortalSession.ended_at).is_(None)
        )
    ).all()
    return [record.changed(row, ended_at=now, ended_why=why) for row in rows]


def look(session: Session, secret: str, *, now: datetime) -> Live:
    """Whether this session may go on; the patient's record and account must still be active."""
    row = session.exec(
        select(tables.PortalSession).where(tables.PortalSession.token_hash == hashed_secret(secret))
    ).first()
    if row is None or whole(session, row).ended_at is not None or row.expires_at <= now:
        return Live(False, None, None)
    account = session.get(tables.PortalAccount, row.mrn)
    if account is None or account.status != "active" or patients.holder(session, row.mrn).status != "active":
        return Live(False, None, None)
    if not proxies.is_proxy(row.mrn):
        return Live(True, row.mrn, row.expires_at)
    leaves = minority.acted_for(session, row.mrn, now=now)
    return Live(bool(leaves), row.mrn, row.expires_at, tuple(one.patient.mrn for one in leaves))
