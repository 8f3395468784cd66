"""Enrolling an authenticator app as a staff member's second factor, and taking it away again.

Who enrols gives their password again (ASVS 5.0 7.5.1), is shown a secret once, and types back its first code: only then
does it count. A lost one is taken away by another admin, which is marked as giving a password is (design §3.5), or by a
recovery code (recovery_codes.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlmodel import Session

from portaldesk.errors import NotAllowed, StateForbids, WrongUsage
from portaldesk.gate.actors import Actor
from portaldesk.rules import totp
from portaldesk.services import second_factors, sessions, staff
from portaldesk.store import record, tables
from portaldesk.store.record import Change
from portaldesk.words import Outcome

WAITS = timedelta(minutes=10)
"""How long a secret that was shown waits for its first code (ours: as long as a one-time code lives)."""
NOTHING: dict[str, object] = {
    "secret": None, "enrolled_at": None, "waiting": None, "waiting_since": None, "failed_attempts": 0,
    "locked_until": None,
}  # fmt: skip
"""The columns of a staff member without a second factor."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """How a staff member's second factor stands now.

    `secret`, `address` (`otpauth://…`): shown this once, while `state` is `waiting`; `expires_at`: until when its first
    code can be typed back.
    """

    name: str
    state: Literal["waiting", "enrolled", "none"]
    audit_seq: int
    already: bool
    secret: str | None = None
    address: str | None = None
    expires_at: datetime | None = None


def begin(session: Session, actor: Actor, password: str, *, now: datetime) -> Enrolment:
    """Show a new secret, which does not count yet.

    Raises: StateForbids `already-enrolled`, `staff-locked`; NotAllowed `wrong-login`, counted.
    """
    row = second_factors.of(session, actor.name)
    if row is not None and row.secret is not None:
        raise StateForbids(
            "already-enrolled",
            "You have an authenticator app here already.",
            "For another one take it away first: portaldesk staff totp --remove",
        )
    sessions.require_password_again(session, actor, password, command="staff totp", now=now)
    secret = totp.new_secret()
    kept = second_factors.kept(session, secret, actor.name)
    change = (
        record.new(tables.StaffTotp(staff=actor.name, waiting=kept, waiting_since=now))
        if row is None
        else record.changed(row, waiting=kept, waiting_since=now)
    )
    seq = record.append(session, actor.entry("staff totp", Outcome.WAITING), [change], now=now)
    return Enrolment(
        actor.name, "waiting", seq, False, totp.shown(secret), totp.address(secret, actor.name), now + WAITS
    )


def confirm(session: Session, actor: Actor, code: str, *, now: datetime) -> Enrolment:
    """Type back the first code of the secret that was shown: from now on it counts, and this code is used up.

    Raises: StateForbids `not-enrolled` where none waits; CheckNeeded `wrong-code`; WrongUsage for what is no code.
    """
    code = totp.read(code)
    row = second_factors.of(session, actor.name)
    if row is None or row.waiting is None or row.waiting_since is None or now > row.waiting_since + WAITS:
        raise StateForbids(
            "not-enrolled",
            f"No secret waits for its first code: it does so for {WAITS // timedelta(minutes=1)} minutes.",
            "Begin: portaldesk staff totp",
        )
    step = totp.step_of(code, second_factors.read(session, row.waiting, actor.name), now=now)
    if step is None:  # not counted: whoever is here was shown the secret
        raise second_factors.did_not_match(counted=False)
    change = record.changed(row, **NOTHING | {"secret": row.waiting, "enrolled_at": now, "last_step": step})
    seq = record.append(session, actor.entry("staff totp", Outcome.DONE), [change], now=now)
    return Enrolment(actor.name, "enrolled", seq, already=False)


def remove(session: Session, actor: Actor, password: str, code: str | None, *, now: datetime) -> Enrolment:
    """Take one's own second factor away.

    Raises: as `sessions.require_password_again` and `second_factors.judged`.
    """
    if not second_factors.is_enrolled(session, actor.name):
        return Enrolment(actor.name, "none", record.head(session).seq, already=True)
    sessions.require_password_again(session, actor, password, command="staff totp", now=now)
    entry = actor.entry("staff totp remove", Outcome.DONE)
    used = second_factors.judged(session, entry, actor.name, code, now=now)
    seq = record.append(session, entry, [record.changed(used.row, **{**used.values, **NOTHING})], now=now)
    return Enrolment(actor.name, "none", seq, already=False)


def reset(session: Session, actor: Actor, name: str, *, reason: str, now: datetime) -> Enrolment:
    """Take away the second factor of another staff member, who lost their phone; their sessions end.

    Raises: WrongUsage without a reason; NotAllowed for one's own; NotFound; CheckNeeded `second-factor-required`.
    """
    if not reason.strip():
        raise WrongUsage("usage", "Taking a second factor away needs a reason.", 'Like --reason "lost the phone"')
    member = staff.get(session, name)
    if member.name == actor.name:
        raise NotAllowed(
            "own-request", "This is your own second factor.", "With a code: portaldesk staff totp --remove"
        )
    second_factors.require(session, actor)
    if not second_factors.is_enrolled(session, member.name):
        return Enrolment(member.name, "none", record.head(session).seq, already=True)
    changes = [
        *taking_away(session, member.name),
        record.changed(member, credentialed_by=actor.name, credentialed_at=now),
        *sessions.ending_changes(session, member.name, why="second factor taken away", now=now),
    ]
    entry = actor.entry("staff totp reset", Outcome.DONE, reason=reason.strip(), details={"name": member.name})
    return Enrolment(member.name, "none", record.append(session, entry, changes, now=now), already=False)


def taking_away(session: Session, name: str) -> list[Change]:
    """The change that leaves a staff member without a second factor; none where there was none."""
    row = second_factors.of(session, name)
    return [] if row is None else [record.changed(row, **NOTHING)]
