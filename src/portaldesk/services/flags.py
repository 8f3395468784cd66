"""Flags to auditors: what one staff member's day looks like (design §3.7), told in the event that raises them.

Counted by indexes at that moment, by the staff member's name: another session or token makes no difference. A flag
opens an incident, unless one of its kind about them waits already; what an auditor has closed is not counted again. The
limits are the design's (ten attested strong checks a day) and ours (failed checks of five patients a day; of a week
ten, and three times a usual peer's): taste, to be looked at by a person, never a reason to refuse.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, and_, col, func, or_, select

from portaldesk.gate.actors import Actor
from portaldesk.store import tables
from portaldesk.store.record import Change
from portaldesk.words import CheckOutcome, IncidentKind, Level, MethodOutcome

DAY = timedelta(hours=24)
ATTESTED_A_DAY = 10
FAILED_PATIENTS_A_DAY = 5
WEEK = timedelta(days=7)
FEWEST_FAR_ABOVE = 10
TIMES_FAR_ABOVE = 3


def of_check(
    session: Session,
    actor: Actor,
    check: tables.IdentityCheck,
    *,
    begins: bool,
    attested: bool,
    failed: bool,
    now: datetime,
) -> list[IncidentKind]:
    """Flags that this check raises, together with the others its staff member made.

    `many-attested`: the eleventh of a day that reached strong by the clerk's own word; `many-failed`: those of five
    patients failed in a day; `far-above-peers`: ten or more failed in a week, three times the median of the other
    active staff. `attested`, `failed`: what has just become of this one. `begins`: it is new; whoever hung up on the
    ones before, so that they failed without an answer of their own, is looked at now.
    """
    raised = []
    if attested and _attested(session, actor, check, now=now) >= ATTESTED_A_DAY:
        raised.append(IncidentKind.MANY_ATTESTED)
    if not (failed or begins):
        return raised
    failures = _failures(session, actor, now=now)
    if failed:
        failures.append((check.patient, now))
    of_failures = []
    if _many_patients(session, actor, failures, now=now):
        of_failures.append(IncidentKind.MANY_FAILED)
    if _far_above_peers(session, actor, failures, now=now):
        of_failures.append(IncidentKind.FAR_ABOVE_PEERS)
    if not failed:  # nothing has failed now: told once, not by every check of the day
        of_failures = [kind for kind in of_failures if not _waits(session, kind, actor)]
    return raised + of_failures


def opening(session: Session, actor: Actor, raised: Collection[IncidentKind], *, now: datetime) -> list[Change]:
    """An incident for each flag that has none waiting about this staff member; to go with the event that raises it."""
    if not raised:
        return []
    from portaldesk.services import incidents  # almost no check needs its table

    return [
        incidents.opened(session, kind, patient=None, staff=actor.name, now=now)
        for kind in raised
        if not _waits(session, kind, actor)
    ]


def told(raised: Collection[IncidentKind], opened: Collection[Change]) -> dict[str, object]:
    """What an event says of its flags."""
    if not raised:
        return {}
    from portaldesk.services import incidents

    return {"flags": list(raised)} | incidents.told(opened)


def _waits(session: Session, kind: IncidentKind, actor: Actor) -> bool:
    from portaldesk.services import incidents

    return incidents.is_open(session, kind, staff=actor.name)


def _attested(session: Session, actor: Actor, check: tables.IdentityCheck, *, now: datetime) -> int:
    """The other checks of the day that reached strong by their clerk's word."""
    by_word = (
        tables.IdentityCheck.id != check.id,
        tables.IdentityCheck.level == Level.STRONG,
        col(tables.IdentityCheck.evidence).contains(f'"{MethodOutcome.ATTESTED}"'),
    )
    count = _count(session, actor.name, *by_word, since=now - DAY)
    if count < ATTESTED_A_DAY:
        return count
    return _count(session, actor.name, *by_word, since=_from(session, IncidentKind.MANY_ATTESTED, actor, now - DAY))


def _failures(session: Session, actor: Actor, *, now: datetime) -> list[tuple[str, datetime]]:
    """Patient and beginning of this staff member's checks of a week that failed, abandoned ones among them."""
    check = tables.IdentityCheck
    query = select(check.patient, check.started_at).where(
        check.staff == actor.name, check.started_at > now - WEEK, _has_failed(now)
    )
    return [(patient, at) for patient, at in session.exec(query)]


def _many_patients(session: Session, actor: Actor, failures: Sequence[tuple[str, datetime]], *, now: datetime) -> bool:
    def patients(since: datetime) -> int:
        return len({patient for patient, at in failures if at > since})

    if patients(now - DAY) < FAILED_PATIENTS_A_DAY:
        return False
    return patients(_from(session, IncidentKind.MANY_FAILED, actor, now - DAY)) >= FAILED_PATIENTS_A_DAY


def _far_above_peers(
    session: Session, actor: Actor, failures: Sequence[tuple[str, datetime]], *, now: datetime
) -> bool:
    """Whether this staff member's failed checks of a week are many times those of a usual peer."""
    if len(failures) < FEWEST_FAR_ABOVE:
        return False
    since = _from(session, IncidentKind.FAR_ABOVE_PEERS, actor, now - WEEK)
    mine = sum(at > since for _, at in failures)
    active = select(tables.StaffMember.name).where(tables.StaffMember.status == "active")
    peers = [name for name in session.execute(active).scalars() if name != actor.name]
    if not peers or mine < FEWEST_FAR_ABOVE:
        return False
    from statistics import median  # it loads much, and few come here

    check = tables.IdentityCheck
    failed = session.execute(
        select(check.staff, func.count())
        .where(col(check.staff).in_(peers), check.started_at > since, _has_failed(now))
        .group_by(col(check.staff))
    )
    theirs = dict.fromkeys(peers, 0) | {name: count for name, count in failed if name is not None}
    return bool(mine >= TIMES_FAR_ABOVE * median(theirs.values()))


def _has_failed(now: datetime) -> Any:
    """As gate/holds.py counts it: by its answers, or past its life with a wrong one that was never put right."""
    check = tables.IdentityCheck
    abandoned = and_(check.wrong > 0, check.level == Level.NONE, col(check.ended_at).is_(None), check.expires_at <= now)
    return or_(check.outcome == CheckOutcome.FAILED, abandoned)


def _count(session: Session, name: str, *conditions: Any, since: datetime) -> int:
    check = tables.IdentityCheck
    found = select(func.count()).where(check.staff == name, check.started_at > since, *conditions)
    return int(session.execute(found).scalar_one())


def _from(session: Session, kind: IncidentKind, actor: Actor, begins: datetime) -> datetime:
    """The beginning of the time that counts: not before an auditor last closed such an incident."""
    from portaldesk.services import incidents

    closed = incidents.last_closed(session, kind, staff=actor.name)
    return max(begins, closed) if closed is not None else begins
