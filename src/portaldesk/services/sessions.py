"""Staff sign-in and sessions: a session belongs to one operating-system caller, a token to a script.

Limits (NIST SP 800-63B-4 §2.2.3 as settings): 15 minutes idle, 8 hours in all. Idle time is read from the record:
every command but `audit verify` and `audit anchor`, which write nothing, leaves an event of its session, so there is no
counter to keep or to forge.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from portaldesk.errors import NotAllowed, StateForbids
from portaldesk.gate.actors import Actor
from portaldesk.rules import hashing, lockout
from portaldesk.secret_keys import SecretKeys
from portaldesk.services import calls, judged_passwords
from portaldesk.settings import ClinicSettings
from portaldesk.store import record, tables
from portaldesk.store.record import Change, Entry
from portaldesk.store.seals import keys_of, whole
from portaldesk.words import Role

STAFF_POLICY = "nist-800-63b-4"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session. `secret` goes into the secret store of this operating-system caller and nowhere else."""

    name: str
    role: str
    session: str
    secret: str
    expires_at: datetime
    audit_seq: int


@dataclass(frozen=True, slots=True, repr=False)
class Judged:
    """A password judged against the hash that was stored then (None: nobody of that name)."""

    stored: str | None
    right: bool


@dataclass(frozen=True, slots=True)
class Who:
    """Who is signed in here."""

    name: str
    role: str
    session: str
    expires_at: datetime | None
    idle_minutes: int | None


def hashed_secret(secret: str) -> str:
    """What the store keeps of a session or token secret: SHA-256 (they are 256 random bits)."""
    return hashlib.sha256(secret.encode()).hexdigest()


def judge(session: Session, name: str, password: str) -> Judged:
    """Judge a staff member's password in a session that only reads; an unknown name costs the same time."""
    member = session.get(tables.StaffMember, name.strip().casefold())
    stored = member.password_hash if member is not None else None
    return Judged(stored, judged_passwords.judged(session, stored, password))


def sign_in(
    session: Session,
    name: str,
    password: str,
    *,
    os_caller: str,
    new_password: str | None,
    settings: ClinicSettings,
    now: datetime,
    judged: Judged | None = None,
    code: str | None = None,
) -> SignedIn:
    """Sign a staff member in; whoever was signed in for this operating-system caller is signed out first.

    `judged`: what `judge` found; it is judged anew where the stored hash has changed since. `code`: of their
    authenticator app, where the clinic asks all staff for one.

    Raises: NotAllowed `wrong-login` (counted); StateForbids `staff-locked`, `must-change-password`, `password-policy`;
    CheckNeeded `second-factor-required`, `wrong-code` (counted).
    """
    keys = keys_of(session)
    member = session.get(tables.StaffMember, name.strip().casefold())
    lock = lockout.Lock(member.failed_attempts, member.locked_until) if member else lockout.cleared()
    entry = Entry("login", "done", staff=member.name if member else None)
    if member is not None:
        _require_tries_left(session, whole(session, member), lock, entry, now=now)
    if judged is None or judged.stored != (member.password_hash if member else None):
        judged = judge(session, name, password)
    right = judged.right
    if member is None or not right or member.status != "active":
        wrong: list[Change] = [_one_more(member, lock, now=now)] if member is not None and not right else []
        record.append(session, _refused(entry, "wrong-login"), wrong, now=now)
        raise NotAllowed("wrong-login", "Name and password do not match.", "Try again, or ask an admin.", counted=True)
    used_up = _second_factor(session, entry, member.name, code, settings, now=now)
    values: dict[str, object] = {}
    if member.must_change_password:
        values |= _first_password(member, password, new_password, keys)
    elif hashing.needs_rehash(member.password_hash, key_id=keys.pepper.current, cost=12):
        values["password_hash"] = hashing.hashed(password, pepper=keys.pepper.key, key_id=keys.pepper.current)
    if member.failed_attempts or member.locked_until:
        values |= {"failed_attempts": 0, "locked_until": None}
    secret = secrets.token_urlsafe(32)
    row = tables.StaffSession(
        id="S-" + secrets.token_hex(5), staff=member.name, os_caller=os_caller, token_hash=hashed_secret(secret),
        started_at=now,
    )  # fmt: skip
    before = session.exec(
        select(tables.StaffSession).where(
            tables.StaffSession.os_caller == os_caller, col(tables.StaffSession.ended_at).is_(None)
        )
    ).all()
    changes = [change for old in before for change in _session_end(session, old, why="new sign-in", now=now)]
    changes += used_up
    if values:
        changes.append(record.changed(member, **values))
    changes.append(record.new(row))
    seq = record.append(session, replace(entry, session=row.id), changes, now=now)
    return SignedIn(member.name, member.role, row.id, secret, now + timedelta(hours=settings.session_life_hours), seq)


def require_password_again(session: Session, actor: Actor, password: str, *, command: str, now: datetime) -> None:
    """The password of who is signed in, typed again before what would stay in a thief's hands (ASVS 5.0 7.5.1).

    Raises: NotAllowed `wrong-login`, counted as at a sign-in; StateForbids `staff-locked`.
    """
    member = session.get_one(tables.StaffMember, actor.name)
    lock, entry = lockout.Lock(member.failed_attempts, member.locked_until), actor.entry(command, "done")
    _require_tries_left(session, whole(session, member), lock, entry, now=now)
    if not judged_passwords.judged(session, member.password_hash, password):
        record.append(session, _refused(entry, "wrong-login"), [_one_more(member, lock, now=now)], now=now)
        raise NotAllowed("wrong-login", "That is not your password.", "Try again, or ask an admin.", counted=True)


def _require_tries_left(
    session: Session, member: tables.StaffMember, lock: lockout.Lock, entry: Entry, *, now: datetime
) -> None:
    if lockout.is_locked(lock, now=now) or (lockout.at_ceiling(lock) and not _nobody_else_helps(session, member)):
        record.append(session, _refused(entry, "staff-locked"), now=now)
        raise StateForbids(
            "staff-locked",
            "Too many wrong passwords: this sign-in is locked.",
            "Wait, or ask an admin: portaldesk staff unlock, or, where that no longer helps, staff password",
            counted=True,
        )


def _one_more(member: tables.StaffMember, lock: lockout.Lock, *, now: datetime) -> Change:
    """The count of a wrong password."""
    after = lockout.failed(lock, now=now)
    until = now + timedelta(minutes=lockout.LONGEST_LOCK_MINUTES) if lockout.at_ceiling(lock) else after.until
    return record.changed(member, failed_attempts=after.failures, locked_until=until)


def _refused(entry: Entry, code: str) -> Entry:
    return replace(entry, outcome="refused", details={"code": code})


def _second_factor(
    session: Session, entry: Entry, name: str, code: str | None, settings: ClinicSettings, *, now: datetime
) -> list[Change]:
    """What uses up the code of a sign-in, where one is asked for or was given."""
    if code is None and settings.staff_second_factor != "all":
        return []
    from portaldesk.services import second_factors  # few sign-ins need it

    if code is None and not second_factors.is_enrolled(session, name):
        return []  # they may sign in to enrol, and do nothing else
    return [second_factors.judged(session, entry, name, code, now=now)]


def _nobody_else_helps(session: Session, member: tables.StaffMember) -> bool:
    """The only admin is not shut out for good after a hundred wrong passwords: one try a day is left (ours)."""
    from portaldesk.services import requests  # once in a store's life, if ever

    return member.role == Role.ADMIN and not requests.other_admins(session, member.name)


def _first_password(
    member: tables.StaffMember, password: str, new_password: str | None, keys: SecretKeys
) -> dict[str, object]:
    if new_password is None:
        raise StateForbids(
            "must-change-password",
            "This is a first password: a password of your own is needed.",
            "Sign in on a terminal, or give the new password as the second line of --password-stdin.",
        )
    from portaldesk.rules import passwords

    found = passwords.faults(new_password, passwords.PRESETS[STAFF_POLICY], context=(member.name, "portaldesk"))
    if new_password == password:
        found = (*found, "It is the password that was to be replaced.")
    if found:
        raise StateForbids("password-policy", " ".join(found), "Choose another, for example four or five words.")
    hashed = hashing.hashed(new_password, pepper=keys.pepper.key, key_id=keys.pepper.current)
    return {"password_hash": hashed, "must_change_password": False}


def by_secret(session: Session, secret: str | None, *, settings: ClinicSettings, now: datetime) -> Actor:
    """The staff member whose session this secret belongs to.

    Raises: NotAllowed `not-signed-in` (nobody, ended, idle too long, over its life, or disabled since).
    """
    row = None
    if secret:
        row = session.exec(
            select(tables.StaffSession).where(tables.StaffSession.token_hash == hashed_secret(secret))
        ).first()
    if row is None or whole(session, row).ended_at is not None:
        raise _not_signed_in("Nobody is signed in here.")
    if now >= row.started_at + timedelta(hours=settings.session_life_hours):
        raise _not_signed_in(f"The session is over: it lives {settings.session_life_hours} hours.")
    if now - _last_seen(session, row) > timedelta(minutes=settings.session_idle_minutes):
        raise _not_signed_in(f"The session ended after {settings.session_idle_minutes} minutes without a command.")
    return _actor(session, row.staff, row.id)


def by_token(session: Session, secret: str, *, command: str, now: datetime) -> Actor:
    """The staff member whose token this is.

    Raises: NotAllowed `bad-token`, `token-limited`.
    """
    row = session.exec(select(tables.StaffToken).where(tables.StaffToken.token_hash == hashed_secret(secret))).first()
    if row is None or whole(session, row).revoked_at is not None or row.expires_at <= now:
        raise NotAllowed(
            "bad-token",
            "PORTALDESK_TOKEN is unknown, expired or revoked.",
            "An admin makes a new one: portaldesk staff token NAME. Or unset PORTALDESK_TOKEN and sign in.",
        )
    only = json.loads(row.only)
    if only and command not in only:
        raise NotAllowed("token-limited", f"This token may not run {command}.", "Use a token made for it.")
    return _actor(session, row.staff, f"token:{row.id}")


def who(session: Session, actor: Actor, *, settings: ClinicSettings) -> Who:
    """What `whoami` tells."""
    row = session.get(tables.StaffSession, actor.session)
    if row is None:
        token = session.get(tables.StaffToken, actor.session.removeprefix("token:"))
        return Who(actor.name, actor.role, actor.session, token.expires_at if token else None, None)
    ends = row.started_at + timedelta(hours=settings.session_life_hours)
    return Who(actor.name, actor.role, actor.session, ends, settings.session_idle_minutes)


def sign_out(session: Session, secret: str | None, *, now: datetime) -> str | None:
    """End the session of this secret and its checks; returns whose it was, None where nobody was signed in."""
    row = None
    if secret:
        row = session.exec(
            select(tables.StaffSession).where(tables.StaffSession.token_hash == hashed_secret(secret))
        ).first()
    if row is None or row.ended_at is not None:
        return None
    changes = _session_end(session, row, why="logout", now=now)
    record.append(session, Entry("logout", "done", staff=row.staff, session=row.id), changes, now=now)
    return row.staff


def ending_changes(
    session: Session, staff: str, *, why: str, now: datetime, only_session: str | None = None
) -> list[Change]:
    """The end of every session and every open check of a staff member (or of one session)."""
    sessions = session.exec(
        select(tables.StaffSession).where(
            tables.StaffSession.staff == staff, col(tables.StaffSession.ended_at).is_(None)
        )
    ).all()
    ends = [record.changed(row, ended_at=now, ended_why=why) for row in sessions if only_session in (None, row.id)]
    checks: Collection[tables.IdentityCheck] = calls.open_checks(session, staff, session_id=only_session)
    return [*ends, *(calls.ending(check, why=why, now=now) for check in checks)]


def _session_end(session: Session, row: tables.StaffSession, *, why: str, now: datetime) -> list[Change]:
    checks = calls.open_checks(session, row.staff, session_id=row.id)
    return [
        record.changed(row, ended_at=now, ended_why=why),
        *(calls.ending(check, why=why, now=now) for check in checks),
    ]


def _last_seen(session: Session, row: tables.StaffSession) -> datetime:
    last = session.exec(
        select(tables.AuditEvent.seq, tables.AuditEvent.at)
        .where(tables.AuditEvent.session == row.id)
        .order_by(col(tables.AuditEvent.seq).desc())
        .limit(1)
    ).first()
    if last is None:
        return row.started_at
    record.require_whole_event(session, last[0])
    return last[1]


def _actor(session: Session, name: str, session_id: str) -> Actor:
    member = session.get(tables.StaffMember, name)
    if member is None or whole(session, member).status != "active":
        raise _not_signed_in("This staff member is disabled.")
    own = frozenset(filter(None, (member.own_mrn, *json.loads(member.linked))))
    return Actor(member.name, Role(member.role), session_id, own)


def _not_signed_in(message: str) -> NotAllowed:
    return NotAllowed("not-signed-in", message, "Sign in: portaldesk login NAME")
