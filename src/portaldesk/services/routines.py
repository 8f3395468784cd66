"""What people must do from time to time, as the doctor sees it in the record: back up, save the keys, review."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, func, select

from portaldesk.errors import DeskError
from portaldesk.secret_keys import load_keys
from portaldesk.services import backing_up, saved_secrets
from portaldesk.services.health import Finding
from portaldesk.services.opening import OpenStore
from portaldesk.settings import ClinicSettings
from portaldesk.store import event_lists, tables
from portaldesk.store.events import told_by
from portaldesk.words import Outcome, Role

BACKUP_DUE, BACKUP_LATE = timedelta(days=1), timedelta(days=7)
"""Ours: what is written by hand in a day can still be told again; a week cannot."""
REVIEW_DUE, REVIEW_LATE = timedelta(days=7), timedelta(days=31)
"""Ours; 45 CFR 164.308(a)(1)(ii)(D) asks for a regular review of records of activity and names no time."""
INCIDENT_DUE, INCIDENT_LATE = timedelta(0), timedelta(days=7)
"""The week is the design's (a flag that nobody looks at is none)."""
REVIEWS = ("list-resets", "audit report", "audit show", "audit export")


def backups(session: Session, now: datetime) -> Iterator[Finding]:
    last, since = last_done(session, backing_up.ACTION), _begun(session)
    age = now - (last or since or now)
    told = f"The last backup is {_days(age)} old." if last else "No backup was made yet."
    mend = "An admin runs, from cron: portaldesk backup FILE --passphrase-stdin"
    yield _by_age("backups", age, BACKUP_DUE, BACKUP_LATE, told, mend, never=last is None)


def saved_keys(session: Session, store: OpenStore) -> Iterator[Finding]:
    unsaved = unsaved_keys(session, store)
    if unsaved is None:
        return  # the secrets cannot be read: health.secrets says so
    if not unsaved:
        yield Finding("saved keys", True, False, "The keys in use were saved elsewhere.", "")
        return
    yield Finding(
        "saved keys",
        True,
        True,
        f"Not saved elsewhere: the {', '.join(unsaved)} key. If this machine is lost, no backup can be opened.",
        "An admin runs: portaldesk secrets save FILE, and keeps it apart from the backups.",
    )


def reviews(session: Session, now: datetime) -> Iterator[Finding]:
    last, since = last_done(session, *REVIEWS), _begun(session)
    age = now - (last or since or now)
    told = f"The record was last looked through {_days(age)} ago." if last else "Nobody has looked through the record."
    mend = "An auditor runs: portaldesk list-resets --since 7d (45 CFR 164.308(a)(1)(ii)(D))."
    yield _by_age("review", age, REVIEW_DUE, REVIEW_LATE, told, mend, never=False)


def incidents(session: Session, now: datetime) -> Iterator[Finding]:
    """By columns, without objects: where one was altered, `seals` says so."""
    waiting = select(func.count(), func.min(tables.Incident.opened_at)).where(col(tables.Incident.closed_at).is_(None))
    try:
        count, oldest = session.exec(waiting).one()
    except DBAPIError:  # a damaged page: `database` says so
        return
    if not count:
        yield Finding("incidents", True, False, "No incident waits to be looked at.", "")
        return
    told = f"Incidents that wait: {count}; the oldest was opened {_days(now - oldest)} ago."
    mend = "An auditor runs: portaldesk incidents list, and closes each with an outcome."
    yield _by_age("incidents", now - oldest, INCIDENT_DUE, INCIDENT_LATE, told, mend, never=False)


def second_factors(session: Session, settings: ClinicSettings) -> Iterator[Finding]:
    """By columns, as `incidents`."""
    member, app = tables.StaffMember, tables.StaffTotp
    admins = select(member.name).where(member.role == Role.ADMIN, member.status == "active").order_by(member.name)
    try:
        enrolled = set(session.exec(select(app.staff).where(col(app.secret).is_not(None))))
        without = [name for name in session.exec(admins) if name not in enrolled]
    except DBAPIError:
        return
    mend = "Each runs: portaldesk staff totp (OWASP ASVS 5.0 6.3.3)."
    if settings.staff_second_factor == "off":
        told = "No code of an authenticator app is asked of anybody: staff_second_factor is off."
        mend = "An admin runs: portaldesk settings set staff_second_factor admins"
    elif without:
        told = f"Admins without an authenticator app, whom a stolen password is enough to act as: {', '.join(without)}."
    else:
        yield Finding("second factor", True, False, "Every admin has an authenticator app.", "")
        return
    yield Finding("second factor", True, True, told, mend)


def recovery_codes(session: Session) -> Iterator[Finding]:
    """By columns, as `incidents`."""
    code = tables.RecoveryCode
    live = select(func.count()).select_from(code).where(col(code.spent_at).is_(None), col(code.void_at).is_(None))
    try:
        left = session.exec(live).one()
    except DBAPIError:
        return
    if left:
        yield Finding("recovery codes", True, False, f"Recovery codes that count: {left}.", "")
        return
    yield Finding(
        "recovery codes",
        True,
        True,
        "No recovery code is left: an only admin who loses password or phone has no way back.",
        "An admin runs: portaldesk staff recovery-codes, and keeps them on paper.",
    )


def unsaved_keys(session: Session, store: OpenStore) -> tuple[str, ...] | None:
    """The keys whose generation in use no saved file has; None where the keys cannot be read."""
    try:
        kept = saved_secrets.generations_of(load_keys(store.secrets))
    except DeskError:
        return None
    event = _last_event(session, saved_secrets.SAVE)
    saved = told_by(event.details).get("generations", {}) if event else {}
    return tuple(key for key, name in kept.items() if saved.get(key) != name)


def last_done(session: Session, *actions: str) -> datetime | None:
    """When one of these was last done (UTC), by the record."""
    event = _last_event(session, *actions)
    return event.at if event else None


def _last_event(session: Session, *actions: str) -> tables.AuditEvent | None:
    whole = event_lists.span(session, None, None)
    found = event_lists.newest(session, whole, limit=1, actions=actions, outcome=Outcome.DONE)
    return session.get(tables.AuditEvent, found[0]) if found else None


def _begun(session: Session) -> datetime | None:
    try:
        row = session.exec(select(tables.Settings)).first()
    except DeskError:  # `seals` says so
        return None
    return row.created_at if row else None


def _by_age(
    subject: str, age: timedelta, due: timedelta, late: timedelta, told: str, mend: str, *, never: bool
) -> Finding:
    if age > late:
        return Finding(subject, False, False, told, mend)
    if never or age > due:
        return Finding(subject, True, True, told, mend)
    return Finding(subject, True, False, told, "")


def _days(age: timedelta) -> str:
    if age < timedelta(days=2):
        hours = max(0, age // timedelta(hours=1))
        return f"{hours} hour{'' if hours == 1 else 's'}"
    return f"{age.days} days"
