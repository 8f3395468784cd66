"""A call: what the caller was looked up by in it, and how its identity checks end.

There is no table of calls. A call is what one session did since it last ended one (end-call, a check for another
patient, a sign-in); the record tells it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from portaldesk.gate import checks
from portaldesk.gate.actors import Actor
from portaldesk.gate.permits import facts_of
from portaldesk.store import record, tables
from portaldesk.store.record import Change
from portaldesk.words import CheckOutcome, Method

CALL_ENDS = ("end-call", "login", "logout")


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
    events = session.exec(
        select(tables.AuditEvent)
        .where(tables.AuditEvent.session == actor.session)
        .order_by(col(tables.AuditEvent.seq).desc())
        .limit(500)
    )
    spoiled: set[Method] = set()
    for event in events:
        if event.action in CALL_ENDS or (event.action == "verify-identity" and event.patient not in (None, mrn)):
            break
        told = json.loads(event.details)
        if told.get("by") in (Method.EMAIL, Method.PHONE) and (event.patient == mrn or mrn in told.get("found", ())):
            spoiled.add(Method(told["by"]))
    return sorted(spoiled)
