"""Holds at the desk: listing them, and an admin's release (design §3.4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, or_, select

from portaldesk.errors import NotAllowed, StateForbids, WrongUsage
from portaldesk.gate import holds
from portaldesk.gate.actors import Actor
from portaldesk.services import patients, second_factors
from portaldesk.store import record, tables
from portaldesk.words import CheckOutcome


@dataclass(frozen=True, slots=True)
class Held:
    """A patient on hold, until when (UTC), after how many failed checks."""

    patient: str
    until: datetime
    failures: int


@dataclass(frozen=True, slots=True)
class Released:
    patient: str
    audit_seq: int


def list_held(session: Session, *, now: datetime) -> list[Held]:
    """Every patient on hold, soonest end first."""
    since = now - 2 * holds.WINDOW - timedelta(hours=1)
    mrns = session.exec(
        select(tables.IdentityCheck.patient)
        .where(
            or_(tables.IdentityCheck.wrong > 0, tables.IdentityCheck.outcome == CheckOutcome.FAILED),
            col(tables.IdentityCheck.expires_at) > since,
        )
        .distinct()
    ).all()
    states = ((mrn, holds.state(session, mrn, now=now)) for mrn in mrns)
    held = [Held(mrn, state.until, state.failures) for mrn, state in states if state.until is not None]
    return sorted(held, key=lambda one: one.until)


def release(session: Session, actor: Actor, mrn: str, *, reason: str, now: datetime) -> Released:
    """End a hold early; by an admin who failed none of its checks.

    Raises: NotAllowed `own-record`, `own-request`; CheckNeeded `second-factor-required`; StateForbids `not-on-hold`;
    WrongUsage without a reason.
    """
    actor.require_not_own(mrn)
    if not reason.strip():
        raise WrongUsage("usage", "A release needs a reason.", 'Like --reason "spoke with the patient in person"')
    patients.patient(session, mrn)
    state = holds.state(session, mrn, now=now)
    if not holds.may_release(state, actor.name):
        raise NotAllowed("own-request", "One of the failed checks was yours.", "Another admin must release this hold.")
    second_factors.require(session, actor)
    if state.until is None:
        raise StateForbids("not-on-hold", "The patient is not on hold.", "Nothing needs to be done.")
    entry = actor.entry(holds.RELEASED, "done", patient=mrn, reason=reason, details={"failures": state.failures})
    return Released(mrn, record.append(session, entry, now=now))
