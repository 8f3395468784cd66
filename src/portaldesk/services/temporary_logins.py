"""Temporary logins: a password shown once at the desk, that opens nothing but "choose a password"."""

from __future__ import annotations

import random
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from portaldesk.errors import StateForbids
from portaldesk.gate import permits
from portaldesk.gate.permits import Permit
from portaldesk.gate.recoveries import is_dead
from portaldesk.gate.requests import is_paused
from portaldesk.rules import hashing, passwords, speech
from portaldesk.services import account_states, changes, credentials, messages, patients, portal_sessions, usernames
from portaldesk.services.changes import Changed
from portaldesk.settings import ClinicSettings
from portaldesk.store import record, tables
from portaldesk.store.seals import keys_of
from portaldesk.words import CredentialKind, Outcome


@dataclass(frozen=True, slots=True, repr=False)
class TemporaryLogin:
    """The one result that holds a secret: it is shown once and kept nowhere."""

    change: Changed
    username: str
    temporary_password: str
    spelled: str


@dataclass(frozen=True, slots=True, repr=False)
class Drawn:
    """A password of a policy, and its hash: made before the store is locked for writing, since bcrypt takes long."""

    password: str
    hashed: str
    policy: str


def draw(session: Session, *, settings: ClinicSettings, rng: random.Random) -> Drawn:
    """A temporary password for whoever may get one; it opens nothing before `issue` gives it to an account."""
    password = speech.temporary_password(passwords.PRESETS[settings.password_policy], rng=rng)
    keys = keys_of(session)
    hashed = hashing.hashed(password, pepper=keys.pepper.key, key_id=keys.pepper.current)
    return Drawn(password, hashed, settings.password_policy)


def issue(
    session: Session,
    permit: Permit,
    *,
    username: str | None = None,
    settings: ClinicSettings,
    rng: random.Random,
    now: datetime,
    drawn: Drawn | None = None,
) -> TemporaryLogin:
    """Replace the password by a temporary one; sessions end, other recovery credentials are revoked.

    It opens while the account is locked. An account that was never activated gets a username with it. `drawn` is taken
    unless the policy or the pepper was changed since.
    Raises: CheckNeeded `check-spent`; StateForbids `contact-changed` within 24 hours after a contact change took
    effect, unless the check has photo ID (an email change followed by a reset is how accounts are taken over);
    `account-disabled`, `patient-inactive`, `username-taken`.
    """
    permit.require_uses()
    patient = patients.holder(session, permit.mrn)
    account_states.require_living(patient)
    account = patients.account(session, permit.mrn)
    account_states.require_usable(account)
    if is_paused(account.contact_changed_at, photo_id=permit.photo_id, now=now):
        raise StateForbids(
            "contact-changed",
            "A contact of this account changed less than 24 hours ago.",
            f'With photo ID seen in person: portaldesk verify-identity {permit.patient} --photo-id "driver licence"; '
            "else wait until 24 hours have passed.",
        )
    if account.username is None:
        name = usernames.choose(session, patient, username, rng=rng)
    elif username is not None and speech.read_username(username) != account.username:
        raise StateForbids(
            "username-taken", "The account has a username already.", "Leave --username out; it is shown with the login."
        )
    else:
        name = account.username
    if drawn is None or not _fits(drawn, session, settings):
        drawn = draw(session, settings=settings, rng=rng)
    hashed = drawn.hashed
    credential = tables.RecoveryCredential(
        id=secrets.token_hex(12), kind=CredentialKind.TEMP_LOGIN, mrn=account.mrn,
        reference=speech.reference(rng), secret_hash=hashed, issued_at=now,
        expires_at=now + credentials.life(CredentialKind.TEMP_LOGIN, settings), bound_to=hashed,
        check_id=permit.check.id if permit.check else None,
    )  # fmt: skip
    told = messages.notices(session, account, what="issue-temp-login", staff=permit.staff, now=now)
    bears = [
        record.new(credential),
        *credentials.revoking(session, account.mrn, credentials.RECOVERIES, now=now),
        *portal_sessions.ending(session, account.mrn, why="temporary login", now=now),
        *told,
    ]
    seq = permits.spend(
        session, permit, now=now, outcome=Outcome.DONE, account=account,
        values={"password_hash": hashed, "must_change_password": True, "username": name}, bears=bears,
        details=changes.told(told, credential),
    )  # fmt: skip
    change = changes.result(session, permit, account, now=now, seq=seq, credential=credential, sent=told)
    return TemporaryLogin(change, name, drawn.password, speech.spelled(drawn.password))


def _fits(drawn: Drawn, session: Session, settings: ClinicSettings) -> bool:
    current = keys_of(session).pepper.current
    return drawn.policy == settings.password_policy and not hashing.needs_rehash(drawn.hashed, key_id=current)


def live(session: Session, account: tables.PortalAccount, *, now: datetime) -> tables.RecoveryCredential | None:
    """The temporary login that the account's password is, if it may still be used."""
    for one in credentials.open_ones(session, account.mrn, [CredentialKind.TEMP_LOGIN]):
        if not is_dead(credentials.facts_of(one, bound=one.bound_to == account.password_hash), now=now):
            return one
    return None
