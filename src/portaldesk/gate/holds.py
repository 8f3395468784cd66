"""Holds: three failed checks of one patient in 24 hours stop the desk for that patient (design §3.4).

Derived from the checks themselves and from the record's releases, so that there is no flag to clear. A check whose
caller hung up after a wrong answer counts as failed from the moment it ended: guess-and-hang-up is not free.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam
from sqlmodel import Session, col, or_, select

from portaldesk.store import record
from portaldesk.store.tables import IdentityCheck
from portaldesk.words import CheckOutcome, Level

FAILED_CHECKS = 3
WINDOW = timedelta(hours=24)
RELEASED = "hold-release"
_SUSPECT = select(IdentityCheck).where(
    IdentityCheck.patient == bindparam("patient"),
    or_(
        col(IdentityCheck.outcome) == CheckOutcome.FAILED,
        (col(IdentityCheck.wrong) > 0) & (col(IdentityCheck.outcome) != CheckOutcome.PASSED),
    ),
)


@dataclass(frozen=True, slots=True)
class HoldState:
    """`until`: when the hold ends by itself (UTC), None where there is none; `failed_by`: whose checks failed."""

    until: datetime | None
    failures: int
    failed_by: frozenset[str]


def state(session: Session, mrn: str, *, now: datetime) -> HoldState:
    """Whether this patient is on hold at `now`.

    Raises: RecordAltered where a release, or a check, is not as portaldesk wrote it.
    """
    checks = session.execute(_SUSPECT, {"patient": mrn}).scalars().all()
    released = _released(session, mrn) if checks else None
    failures: list[tuple[datetime, str | None]] = []
    for check in checks:
        at = failed_at(check, now=now)
        if at is not None and (released is None or at > released):
            failures.append((at, check.staff))
    until = held_until(sorted(at for at, _ in failures))
    by = frozenset(staff for _, staff in failures if staff)
    return HoldState(until if until is not None and until > now else None, len(failures), by)


def _released(session: Session, mrn: str) -> datetime | None:
    """When an admin last ended a hold; an event that is not whole would be anybody's release.

    Raises: RecordAltered.
    """
    from portaldesk.store.tables import AuditEvent  # only after failed checks: building a table takes time

    last = session.exec(
        select(AuditEvent.seq, AuditEvent.at)
        .where(AuditEvent.patient == mrn, AuditEvent.action == RELEASED, AuditEvent.outcome == "done")
        .order_by(col(AuditEvent.seq).desc())
        .limit(1)
    ).first()
    if last is None:
        return None
    record.require_whole_event(session, last[0])
    return last[1]


def failed_at(check: IdentityCheck, *, now: datetime) -> datetime | None:
    """When this check failed: by its answers, or abandoned with an uncorrected wrong one."""
    if check.outcome == CheckOutcome.FAILED:
        return check.failed_at
    open_ended = check.outcome in (CheckOutcome.PENDING, CheckOutcome.HELD) and check.level == Level.NONE
    if check.wrong and open_ended and check.ended_at is None and check.expires_at <= now:
        return check.expires_at
    return None


def may_release(state: HoldState, admin: str) -> bool:
    """Whether this admin may end the hold: not who failed one of its checks."""
    return admin not in state.failed_by


def held_until(failures: Sequence[datetime]) -> datetime | None:
    """When the hold ends that these failed checks, oldest first, have brought; None where they brought none."""
    until: datetime | None = None
    for n, at in enumerate(failures):
        within = sum(1 for earlier in failures[: n + 1] if at - earlier < WINDOW)
        if within >= FAILED_CHECKS or (until is not None and at < until):
            until = at + WINDOW
    return until
