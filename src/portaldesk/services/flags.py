"""Flags to auditors that a check can raise (design §3.7), written into its event: what one clerk's day looks like.

The limits are the design's (ten attested strong checks a day) and ours (failed checks of five patients a day; of a week
ten, and three times a usual peer's): taste, to be looked at by a person, never a reason to refuse.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from statistics import median

from sqlmodel import Session, func, select

from portaldesk.gate.actors import Actor
from portaldesk.store import tables
from portaldesk.words import CheckOutcome, Level, MethodOutcome

DAY = timedelta(hours=24)
ATTESTED_A_DAY = 10
FAILED_PATIENTS_A_DAY = 5
WEEK = timedelta(days=7)
FEWEST_FAR_ABOVE = 10
TIMES_FAR_ABOVE = 3


def of_check(
    session: Session, actor: Actor, check: tables.IdentityCheck, *, attested: bool, failed: bool, now: datetime
) -> list[str]:
    """Flags that this check raises, together with the others its staff member made in the last 24 hours.

    `many-attested`: the eleventh that reached strong by the clerk's own word; `many-failed`: those of five patients
    failed; `far-above-peers`: ten or more failed in a week, three times the median of the other active staff.
    `attested`, `failed`: what has just become of this one.
    """
    if not (attested or failed):
        return []
    others = session.execute(
        select(
            tables.IdentityCheck.patient,
            tables.IdentityCheck.outcome,
            tables.IdentityCheck.level,
            tables.IdentityCheck.evidence,
        ).where(
            tables.IdentityCheck.staff == actor.name,
            tables.IdentityCheck.started_at > now - DAY,
            tables.IdentityCheck.id != check.id,
        )
    ).all()
    by_word = sum(one.level == Level.STRONG and f'"{MethodOutcome.ATTESTED}"' in one.evidence for one in others)
    patients = {one.patient for one in others if one.outcome == CheckOutcome.FAILED} | {check.patient}
    raised = {
        "many-attested": attested and by_word >= ATTESTED_A_DAY,
        "many-failed": failed and len(patients) >= FAILED_PATIENTS_A_DAY,
        "far-above-peers": failed and _far_above_peers(session, actor, now=now),
    }
    return [name for name, found in raised.items() if found]


def _far_above_peers(session: Session, actor: Actor, *, now: datetime) -> bool:
    """Whether this staff member's failed checks of a week, this one included, are many times those of a usual peer."""
    active = select(tables.StaffMember.name).where(tables.StaffMember.status == "active")
    peers = [name for name in session.execute(active).scalars() if name != actor.name]
    mine = _failed_in_a_week(session, actor.name, now=now) + 1
    if not peers or mine < FEWEST_FAR_ABOVE:
        return False
    return mine >= TIMES_FAR_ABOVE * median(_failed_in_a_week(session, name, now=now) for name in peers)


def _failed_in_a_week(session: Session, name: str, *, now: datetime) -> int:
    failed = select(func.count()).where(
        tables.IdentityCheck.staff == name,
        tables.IdentityCheck.started_at > now - WEEK,
        tables.IdentityCheck.outcome == CheckOutcome.FAILED,
    )
    return int(session.execute(failed).scalar_one())
