"""Flags to auditors that a check can raise (design §3.7), written into its event: what one clerk's day looks like.

The limits are the design's (ten attested strong checks a day) and ours (failed checks of five patients): taste, to be
looked at by a person, never a reason to refuse.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session, select

from portaldesk.gate.actors import Actor
from portaldesk.store import tables
from portaldesk.words import CheckOutcome, Level, MethodOutcome

DAY = timedelta(hours=24)
ATTESTED_A_DAY = 10
FAILED_PATIENTS_A_DAY = 5


def of_check(
    session: Session, actor: Actor, check: tables.IdentityCheck, *, attested: bool, failed: bool, now: datetime
) -> list[str]:
    """Flags that this check raises, together with the others its staff member made in the last 24 hours.

    `many-attested`: the eleventh that reached strong by the clerk's own word; `many-failed`: those of five patients
    failed. `attested`, `failed`: what has just become of this one.
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
    flags = ["many-attested"] if attested and by_word >= ATTESTED_A_DAY else []
    return [*flags, *(["many-failed"] if failed and len(patients) >= FAILED_PATIENTS_A_DAY else [])]
