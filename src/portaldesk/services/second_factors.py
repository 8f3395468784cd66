"""The second factor of staff: of whom a code of their authenticator app is asked, and judging one.

The clinic's `staff_second_factor` says of whom: `off`; `admins`, before what could let somebody in (`roles.CODED`);
`all`, at every sign-in as well; `auto`, the default, is `admins` once an admin has enrolled. A token of a script gives
no code, so where codes are asked no script approves anything.

A code counts once (RFC 6238 §5.2), and is used up before the command that it was given for begins. Wrong ones are
counted apart from wrong passwords, or a right password would give new tries; they pause as those do (rules/lockout.py).
Enrolling is in enrolling.py.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlmodel import Session, select

from portaldesk.errors import CheckNeeded, RecordAltered, StateForbids, StoreUnavailable
from portaldesk.gate import roles
from portaldesk.gate.actors import Actor
from portaldesk.rules import encryption, lockout, totp
from portaldesk.services import clinic
from portaldesk.settings import ClinicSettings
from portaldesk.store import record, tables
from portaldesk.store.events import newest_of
from portaldesk.store.record import Change, Entry
from portaldesk.store.seals import keys_of, whole
from portaldesk.words import Outcome, Role


def of(session: Session, name: str) -> tables.StaffTotp | None:
    """A staff member's row, verified against the record; None where they never began to enrol.

    Raises: RecordAltered, also where the record knows of a row that is gone.
    """
    row = session.get(tables.StaffTotp, name)
    if row is not None:
        return whole(session, row)
    if newest_of(session, f"{tables.StaffTotp.__tablename__}:{name}") is not None:
        raise RecordAltered(
            "record-altered",
            "A row of staff_totp was taken out of the store.",
            "Run 'portaldesk audit verify' and tell an auditor.",
        )
    return None


def is_enrolled(session: Session, name: str) -> bool:
    """Whether this staff member has an authenticator app that counts."""
    row = of(session, name)
    return row is not None and row.secret is not None


def an_admin_is_enrolled(session: Session) -> bool:
    """Also a disabled one: who disables a colleague must not rid the clinic of its second factor."""
    admins = session.exec(select(tables.StaffMember.name).where(tables.StaffMember.role == Role.ADMIN)).all()
    return any(is_enrolled(session, name) for name in admins)


def is_asked(session: Session, role: Role, settings: ClinicSettings) -> bool:
    """Whether staff of this role need a code for the commands in `roles.CODED`."""
    policy = settings.staff_second_factor
    if policy == "auto":
        return role is Role.ADMIN and an_admin_is_enrolled(session)
    return policy == "all" or (policy == "admins" and role is Role.ADMIN)


def require(session: Session, actor: Actor) -> None:
    """What each service behind `roles.CODED` asks.

    Raises: CheckNeeded `second-factor-required`; RecordAltered.
    """
    if actor.code_given or not is_asked(session, actor.role, clinic.in_force(clinic.stored(session))):
        return
    raise _needed() if is_enrolled(session, actor.name) else _none_enrolled()


def require_enrolled(session: Session, actor: Actor, command: str, settings: ClinicSettings) -> None:
    """Where all staff must have a second factor, who has none may sign in to enrol, and do nothing else. A token of a
    script was made by who gave a code.

    Raises: CheckNeeded `second-factor-required`; RecordAltered.
    """
    if settings.staff_second_factor != "all" or command in roles.BEFORE_ENROLLING or actor.session.startswith("token:"):
        return
    if not is_enrolled(session, actor.name):
        raise _none_enrolled()


def give(session: Session, actor: Actor, code: str, *, now: datetime) -> Actor:
    """The actor, having given this code; it is used up.

    Raises: as `judged`.
    """
    entry = actor.entry("second factor", Outcome.DONE)
    record.append(session, entry, [judged(session, entry, actor.name, code, now=now)], now=now)
    return replace(actor, code_given=True)


def judged(session: Session, entry: Entry, name: str, code: str | None, *, now: datetime) -> Change:
    """Judge a code, and return the change that uses it up.

    `entry`: of the command; as a refusal it carries the count of a wrong code.
    Raises: CheckNeeded `second-factor-required` without a code; `wrong-code`, counted, or used before; StateForbids
    `not-enrolled`, `too-many`; WrongUsage for what is no code; StoreUnavailable where its key is gone; RecordAltered.
    """
    row = of(session, name)
    if row is None or row.secret is None:
        raise StateForbids(
            "not-enrolled", "You have no authenticator app here, so there is no code.", "Enrol: portaldesk staff totp"
        )
    if code is None:
        raise _needed()
    code = totp.read(code)
    lock = lockout.Lock(row.failed_attempts, row.locked_until)
    if not lockout.may_try(lock, now=now):
        raise StateForbids(
            "too-many",
            "Too many wrong codes: your authenticator app is paused.",
            "Wait, or another admin takes it away, for you to enrol anew: portaldesk staff totp --reset NAME",
        )
    step = totp.step_of(code, read(session, row.secret, name), now=now)
    if step is None:
        after = lockout.failed(lock, now=now)
        counted = record.changed(row, failed_attempts=after.failures, locked_until=after.until)
        refused = replace(entry, outcome=Outcome.REFUSED, details={"code": "wrong-code"})
        record.append(session, refused, [counted], now=now)
        raise did_not_match(counted=True)
    if step <= row.last_step:  # no try: who knows it has seen it, and it opens nothing
        raise CheckNeeded(
            "wrong-code",
            "That code of the authenticator app was used already: each counts once.",
            "Wait for the next one, half a minute at most.",
        )
    return record.changed(row, last_step=step, failed_attempts=0, locked_until=None, **_renewed(session, row))


def kept(session: Session, secret: str, name: str) -> str:
    """A secret as the store keeps it, under the pepper in use."""
    pepper = keys_of(session).pepper
    return encryption.encrypted(secret, pepper=pepper.key, key_id=pepper.current, bound_to=name)


def read(session: Session, stored: str, name: str) -> str:
    """Raises: StoreUnavailable `older-secrets` where its pepper is not there any more."""
    secret = encryption.decrypted(stored, peppers=keys_of(session).pepper.keys, bound_to=name)
    if secret is None:
        raise StoreUnavailable(
            "older-secrets",
            "The secret of this authenticator app cannot be read: its key is not among the secrets of this machine.",
            "Bring them back: portaldesk secrets load FILE. Or another admin: portaldesk staff totp --reset NAME",
        )
    return secret


def _renewed(session: Session, row: tables.StaffTotp) -> dict[str, str]:
    """As a password is hashed anew at a sign-in, once the pepper was rotated."""
    assert row.secret is not None
    if encryption.is_under(row.secret, keys_of(session).pepper.current):
        return {}
    return {"secret": kept(session, read(session, row.secret, row.staff), row.staff)}


def did_not_match(*, counted: bool) -> CheckNeeded:
    """The refusal of a wrong code."""
    return CheckNeeded(
        "wrong-code",
        "The code of the authenticator app did not match.",
        "Take the one that it shows now; if none ever matches, the clock of the phone or of this machine is wrong.",
        counted=counted,
    )


def _needed() -> CheckNeeded:
    return CheckNeeded(
        "second-factor-required",
        "This needs a code of your authenticator app.",
        "On a terminal it is asked for; a script gives it as a line of standard input: --totp -",
    )


def _none_enrolled() -> CheckNeeded:
    return CheckNeeded(
        "second-factor-required",
        "The clinic asks for a code of an authenticator app, and you have none yet.",
        "Enrol: portaldesk staff totp",
    )
