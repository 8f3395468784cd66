"""Two recovery codes on paper: each lets whoever keeps it give an admin a new password, once, on the machine itself.

They are for a clinic whose only admin lost password or phone. Made by `init` and by `staff recovery-codes`, shown once,
kept as passwords are. Five wrong ones in a day, and none is judged until the first of them is a day old.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from portaldesk.errors import CheckNeeded, StateForbids, WrongUsage
from portaldesk.gate.actors import Actor
from portaldesk.gate.requests import RECOVERED
from portaldesk.rules import hashing, speech
from portaldesk.secret_keys import SecretKeys
from portaldesk.services import enrolling, incidents, second_factors, sessions, staff
from portaldesk.store import event_lists, record, tables
from portaldesk.store.record import Change, Entry
from portaldesk.store.seals import keys_of, whole
from portaldesk.words import IncidentKind, Outcome, Role

ACTION = RECOVERED
HOW_MANY = 2
TRIES = 5
DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class RecoveryCodes:
    """New codes, shown this once. `voided`: how many older ones that were not spent count no more."""

    codes: tuple[str, ...]
    voided: int
    audit_seq: int


@dataclass(frozen=True, slots=True)
class Recovered:
    """An admin with a new password and without a second factor. `codes_left`: recovery codes that still count."""

    name: str
    codes_left: int
    audit_seq: int


def fresh(keys: SecretKeys, made_by: str, *, now: datetime) -> tuple[tuple[str, ...], list[tables.RecoveryCode]]:
    """New codes, and their rows."""
    chance = secrets.SystemRandom()
    codes = tuple(speech.recovery_code(chance) for _ in range(HOW_MANY))
    rows = []
    for code in codes:
        row_id = "RC-" + secrets.token_hex(4).upper()
        hashed = hashing.code_hashed(code, pepper=keys.pepper.key, key_id=keys.pepper.current, bound_to=row_id)
        rows.append(tables.RecoveryCode(id=row_id, code_hash=hashed, made_by=made_by, made_at=now))
    return codes, rows


def left(session: Session) -> list[tables.RecoveryCode]:
    """The codes that count, verified against the record."""
    code = tables.RecoveryCode
    found = session.exec(select(code).where(col(code.spent_at).is_(None), col(code.void_at).is_(None))).all()
    return [whole(session, one) for one in found]


def voiding(rows: Sequence[tables.RecoveryCode], *, now: datetime) -> list[Change]:
    return [record.changed(row, void_at=now) for row in rows]


def renew(session: Session, actor: Actor, password: str, *, now: datetime) -> RecoveryCodes:
    """Two new codes; the older ones count no more.

    Raises: NotAllowed `wrong-login`, counted; StateForbids `staff-locked`; CheckNeeded `second-factor-required`.
    """
    second_factors.require(session, actor)
    sessions.require_password_again(session, actor, password, command="staff recovery-codes", now=now)
    older = left(session)
    codes, rows = fresh(keys_of(session), actor.name, now=now)
    entry = actor.entry("staff recovery-codes", Outcome.DONE, details={"made": [row.id for row in rows]})
    seq = record.append(session, entry, [*voiding(older, now=now), *map(record.new, rows)], now=now)
    return RecoveryCodes(codes, len(older), seq)


def recover(session: Session, name: str, code: str, password: str, *, now: datetime) -> Recovered:
    """Spend a code: the admin gets this password and loses the second factor; every session and token of theirs ends.

    It opens an incident, and for seven days no approval by them, or of what they ask for, is marked independent.

    Raises: StateForbids `password-policy`, `too-many`, `no-recovery-codes`, `account-disabled`; CheckNeeded
    `wrong-code`, counted; NotFound; WrongUsage for who is no admin.
    """
    staff.require_password(password, name)
    _require_tries_left(session, now=now)
    codes = left(session)
    spent = _the_right_one(session, codes, speech.recovery_code_read(code))
    if not codes:
        raise StateForbids(
            "no-recovery-codes",
            "No recovery code is left: they are spent, or none was ever made.",
            "An admin who can sign in makes new ones: portaldesk staff recovery-codes",
        )
    if spent is None:
        record.append(session, Entry(ACTION, Outcome.REFUSED, details={"code": "wrong-code"}), now=now)
        raise CheckNeeded(
            "wrong-code",
            "That is no recovery code of this clinic, or it is spent.",
            f"Read it again from the paper; {TRIES} wrong ones in a day, and none is judged until the next.",
            counted=True,
        )
    member = staff.get(session, name)
    if member.role != Role.ADMIN:
        raise WrongUsage("usage", "A recovery code is for an admin.", "An admin runs: portaldesk staff password NAME")
    if member.status != "active":
        raise StateForbids("account-disabled", "That admin is disabled.", "Name another: portaldesk init --recover")
    pepper = keys_of(session).pepper
    hashed = hashing.hashed(password, pepper=pepper.key, key_id=pepper.current)
    incident = incidents.opened(session, IncidentKind.ADMIN_RECOVERED, patient=None, staff=member.name, now=now)
    changes = [
        record.changed(spent, spent_at=now, spent_for=member.name),
        record.changed(
            member,
            password_hash=hashed,
            must_change_password=False,
            failed_attempts=0,
            locked_until=None,
            credentialed_by=RECOVERED,
            credentialed_at=now,
        ),
        *enrolling.taking_away(session, member.name),
        *sessions.ending_changes(session, member.name, why="recovered", now=now),
        *staff.ends_of_tokens(session, member.name, now=now),
        incident,
    ]
    details = {"name": member.name, "recovery_code": spent.id} | incidents.told([incident])
    seq = record.append(session, Entry(ACTION, Outcome.DONE, details=details), changes, now=now)
    return Recovered(member.name, len(codes) - 1, seq)


def _the_right_one(session: Session, codes: Sequence[tables.RecoveryCode], said: str) -> tables.RecoveryCode | None:
    """As many hashes are judged whatever is left, so that the time tells nothing."""
    peppers, found = keys_of(session).pepper.keys, None
    for row in codes:
        if hashing.code_verify(said, row.code_hash, peppers=peppers, bound_to=row.id):
            found = row
    for _ in range(HOW_MANY - len(codes)):
        hashing.code_verify(said, hashing.dummy_hash(hashing.CODE_COST), peppers=peppers, bound_to="none")
    return found


def _require_tries_left(session: Session, *, now: datetime) -> None:
    within = event_lists.span(session, now - DAY, None)
    numbers = event_lists.newest(session, within, limit=100, actions=(ACTION,), outcome=Outcome.REFUSED)
    wrong = [one for one in event_lists.events(session, numbers) if json.loads(one.details).get("code") == "wrong-code"]
    if len(wrong) >= TRIES:
        raise StateForbids(
            "too-many",
            f"{TRIES} wrong recovery codes were tried within a day: none is judged now.",
            "Try again tomorrow, with the paper at hand.",
        )
