"""A call: what the caller was looked up by in it, and how its identity checks end.

There is no table of calls. A call is what one session did since it last ended one (end-call, a check for another
patient, a sign-in); the record tells it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam
from sqlmodel import Session, and_, col, func, or_, select

from portaldesk.gate import checks
from portaldesk.gate.actors import Actor
from portaldesk.gate.permits import facts_of
from portaldesk.store import record, tables
from portaldesk.store.record import Change
from portaldesk.words import CheckOutcome, Method

CALL_ENDS = ("end-call", "login", "logout")
MOST_EVENTS = 500  # ours: of one call
_CALL_BEGAN = (
    select(tables.AuditEvent.seq)
    .where(
        tables.AuditEvent.session == bindparam("session"),
        or_(
            col(tables.AuditEvent.action).in_(CALL_ENDS),
            and_(tables.AuditEvent.action == "verify-identity", tables.AuditEvent.patient != bindparam("mrn")),
        ),
    )
    .order_by(col(tables.AuditEvent.seq).desc())
    .limit(1)
    .scalar_subquery()
)
_CALL_SO_FAR = (
    select(tables.AuditEvent.patient, tables.AuditEvent.details)
    .where(tables.AuditEvent.session == bindparam("session"), tables.AuditEvent.seq > func.coalesce(_CALL_BEGAN, 0))
    .order_by(col(tables.AuditEvent.seq).desc())
    .limit(MOST_EVENTS)
)


@dataclass(frozen=True, slots=True)
class CallEnded:
    """How many live checks the call's end closed, and how many of them count as failed."""

    checks: int
    failed: int
    audit_seq: int


def ending(check: tables.IdentityCheck, *, why: str, now: datetime) -> Change:
    """The end of one live check, which may count as failed by it."""
    at = min(now, check.expires_at)
    if checks.closed(facts_of(check)).outcome is CheckOutcome.FAILED:
        return record.changed(check, outcome=CheckOutcome.FAILED, failed_at=at, ended_at=at, ended_why=why)
    return record.changed(check, ended_at=at, ended_why=why)


def open_checks(session: Session, staff: str, *, session_id: str | None = None) -> Sequence[tables.IdentityCheck]:
    """The checks of a staff member that were not ended (some may be past their life)."""
    query = select(tables.IdentityCheck).where(
        tables.IdentityCheck.staff == staff, col(tables.IdentityCheck.ended_at).is_(None)
    )
    if session_id is not None:
        query = query.where(tables.IdentityCheck.session == session_id)
    return session.exec(query).all()


def end_call(session: Session, actor: Actor, *, note: str, now: datetime) -> CallEnded:
    """End the call: every open check of this session ends with it."""
    changes = [
        ending(check, why="end-call", now=now) for check in open_checks(session, actor.name, session_id=actor.session)
    ]
    failed = sum(change.values.get("outcome") == CheckOutcome.FAILED for change in changes)
    entry = actor.entry("end-call", "done", reason=note, details={"checks": len(changes), "failed": failed})
    seq = record.append(session, entry, changes, now=now)
    return CallEnded(len(changes), failed, seq)


def spoiled_methods(session: Session, actor: Actor, mrn: str) -> list[Method]:
    """Methods by which this patient was looked up in this call: who typed the phone has not been asked for it."""
    told_of = session.execute(_CALL_SO_FAR, {"session": actor.session, "mrn": mrn}).all()
    spoiled: set[Method] = set()
    for event in told_of:
        told = json.loads(event.details)
        if told.get("by") in (Method.EMAIL, Method.PHONE) and (event.patient == mrn or mrn in told.get("found", ())):
            spoiled.add(Method(told["by"]))
    return sorted(spoiled)
