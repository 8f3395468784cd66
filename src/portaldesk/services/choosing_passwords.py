"""What a password that a patient chooses must meet, and how it is kept."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from portaldesk.errors import StateForbids
from portaldesk.rules import hashing, passwords
from portaldesk.services import patients
from portaldesk.settings import ClinicSettings
from portaldesk.store import record, tables
from portaldesk.store.record import Change
from portaldesk.store.seals import keys_of


def compared(session: Session, password: str, mrn: str, *, settings: ClinicSettings) -> dict[str, bool]:
    """Stored hash → whether this password is that one, for each of the last passwords of an account.

    Ten times bcrypt takes seconds: to be asked in a session that only reads, or every desk waits for one patient.
    """
    peppers = keys_of(session).pepper.keys
    last = _last(session, mrn, passwords.PRESETS[settings.password_policy].history)
    return {stored: hashing.verify(password, stored, peppers=peppers) for stored in last}


def require_good(
    session: Session,
    password: str,
    patient: patients.Holder,
    username: str | None,
    *,
    settings: ClinicSettings,
    known: Mapping[str, bool] | None = None,
) -> None:
    """Judge a new password; `known` is what `compared` found, and only hashes that it does not know are asked again.

    Raises: StateForbids `password-policy` with every rule that fails at once, in words that can be read out.
    """
    policy = passwords.PRESETS[settings.password_policy]
    born = patient.birth_date
    context = [patient.given_name, patient.family_name, username or "", settings.clinic_name]
    context += [str(born.year), born.strftime("%m%d%Y"), born.strftime("%Y%m%d")] if born else []
    found = passwords.faults(password, policy, context=[word for word in context if word])
    if not found and _used_before(session, password, patient.mrn, policy.history, known or {}):
        found = (f"It is one of the last {policy.history} passwords of this account.",)
    if found:
        raise StateForbids("password-policy", " ".join(found), "Choose another, for example four or five words.")


def hashed(session: Session, password: str) -> str:
    """As the store keeps it: bcrypt of the peppered password (rules/hashing.py)."""
    keys = keys_of(session)
    return hashing.hashed(password, pepper=keys.pepper.key, key_id=keys.pepper.current)


def remembered(mrn: str, hashed_password: str, *, now: datetime) -> Change:
    """The password's place in the history, so that it cannot come back soon."""
    row = tables.PasswordHistory(id=secrets.token_hex(8), mrn=mrn, password_hash=hashed_password, set_at=now)
    return record.new(row)


def _used_before(session: Session, password: str, mrn: str, most: int, known: Mapping[str, bool]) -> bool:
    peppers = keys_of(session).pepper.keys
    return any(
        known[stored] if stored in known else hashing.verify(password, stored, peppers=peppers)
        for stored in _last(session, mrn, most)
    )


def _last(session: Session, mrn: str, most: int) -> Sequence[str]:
    rows = session.exec(
        select(tables.PasswordHistory)
        .where(tables.PasswordHistory.mrn == mrn)
        .order_by(col(tables.PasswordHistory.set_at).desc())
        .limit(most)
    ).all()
    return [row.password_hash for row in rows]
