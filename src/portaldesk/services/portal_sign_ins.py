"""The patient's sign-in, and changing a password with the old one (or a temporary login).

Every refusal is the same, in wording and in time: an unknown username costs a bcrypt like a known one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Literal

from sqlalchemy import bindparam
from sqlmodel import Session, select
from sqlmodel.sql.expression import SelectOfScalar

from portaldesk.errors import NotAllowed, StateForbids, WrongUsage
from portaldesk.gate import permits, proxies
from portaldesk.gate.actors import patient_entry
from portaldesk.rules import hashing, lockout
from portaldesk.rules.lockout import Lock
from portaldesk.services import (
    changes,
    choosing_passwords,
    credentials,
    judged_passwords,
    messages,
    minority,
    patients,
    portal_sessions,
    redeeming,
    temporary_logins,
)
from portaldesk.services.messages import Message
from portaldesk.settings import ClinicSettings
from portaldesk.store import record, tables
from portaldesk.store.record import Change
from portaldesk.store.seals import keys_of, whole
from portaldesk.words import AccountStatus, Action, Method, Outcome


@dataclass(frozen=True, slots=True)
class ActsFor:
    """One patient whom a proxy may act for now. `scope`: what the portal lets them see (proxies/proposals.py)."""

    patient: str
    first_name: str
    relation: str
    scope: str
    until: datetime | None


@dataclass(frozen=True, slots=True, repr=False)
class SignInResult:
    """`session`: the portal session's secret, for the patient's side alone; only where signed in.

    `acts_for`: the patients whom a proxy may act for; nothing for a patient, who acts for themselves.
    """

    outcome: Literal["signed-in", "must-change-password", "refused"]
    session: str | None = None
    expires_at: datetime | None = None
    acts_for: tuple[ActsFor, ...] = ()


@dataclass(frozen=True, slots=True)
class PasswordChanged:
    """A password that was changed by its owner, with the fields of every change."""

    patient: str
    account_status: str
    audit_seq: int
    notified: tuple[str, ...]
    action: str = "change-password"
    effect: str = "done"
    check_id: str | None = None
    already: bool = False
    reference: str | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Judged:
    """A password judged against the hash that was stored then (None: no such account, or no password).

    `must_change`: the right password is a temporary one; never said of a wrong one. `last`: the new password beside
    the last ones (choosing_passwords.compared), where one was given.
    """

    stored: str | None
    right: bool
    must_change: bool = False
    last: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Tried:
    """One try of a password against an account, found out in constant time."""

    account: tables.PortalAccount | None
    right: bool
    locked: bool
    temporary: tables.RecoveryCredential | None


def judge(
    session: Session, username: str, password: str, *, new: str | None = None, settings: ClinicSettings | None = None
) -> Judged:
    """Judge a password in a session that only reads: bcrypt takes a quarter of a second, and nobody waits for it.

    An unknown username costs the same. `new`: the password that is to replace a right one, by the policy of `settings`.
    """
    account = _account(session, username)
    stored = account.password_hash if account is not None else None
    right = judged_passwords.judged(session, stored, password)
    if account is None or not right:
        return Judged(stored, False)
    last: Mapping[str, bool] = {}
    if new is not None and settings is not None:
        last = choosing_passwords.compared(session, new, account.mrn, settings=settings)
    return Judged(stored, True, account.must_change_password, last)


def sign_in(
    session: Session, username: str, password: str, *, now: datetime, judged: Judged | None = None
) -> SignInResult:
    """Sign a patient in. A refusal never says why; the record does.

    `judged`: what `judge` found; it is judged anew where the stored hash has changed since.

    A wrong password is counted (every fifth locks, and the address on file is told); tries while locked are not.
    """
    tried = _try(session, username, password, judged, now=now)
    account = tried.account
    if account is None or not tried.right or not _may(session, account, tried, now=now):
        return _refused(session, tried, now=now)
    if tried.temporary is not None:
        entry = patient_entry("sign-in", Outcome.WAITING, patient=account.mrn, details={"must_change": True})
        record.append(session, entry, now=now)
        return SignInResult("must-change-password")
    secret, row = portal_sessions.begun(account.mrn, now=now)
    values: dict[str, object] = {"failed_attempts": 0, "locked_until": None}
    keys = keys_of(session)
    old = hashing.needs_rehash(account.password_hash or "", key_id=keys.pepper.current)
    if old and not credentials.bound_to_the_hash(session, account, now=now):  # a link would die with it: next time
        values["password_hash"] = choosing_passwords.hashed(session, password)
    permits.spend(
        session, permits.for_sign_in(Action.SIGN_IN, account), now=now, outcome=Outcome.DONE, account=account,
        values=values, bears=[record.new(row)],
    )  # fmt: skip
    return SignInResult("signed-in", secret, row.expires_at, acts_for(session, account.mrn, now=now))


def acts_for(session: Session, holder: str, *, now: datetime) -> tuple[ActsFor, ...]:
    """The patients whom the holder of an account may act for now: of a proxy only."""
    if not proxies.is_proxy(holder):
        return ()
    return tuple(
        ActsFor(one.patient.mrn, one.patient.given_name, one.proxy.relation, one.proxy.scope, one.ends_at)
        for one in minority.acted_for(session, holder, now=now)
    )


def change_password(
    session: Session,
    username: str,
    old: str,
    new: str,
    *,
    birth_date: date | None,
    settings: ClinicSettings,
    now: datetime,
    judged: Judged | None = None,
) -> PasswordChanged:
    """Choose a new password: with the old one, or with a temporary login and the birth date.

    Raises: NotAllowed `sign-in-refused` (counted like a sign-in); CheckNeeded `wrong-fact` (counted); WrongUsage where
    the birth date is missing after a temporary login; StateForbids `password-policy`.
    """
    tried = _try(session, username, old, judged, now=now)
    account = tried.account
    if account is None or not tried.right or not _may(session, account, tried, now=now):
        _refused(session, tried, now=now, action="change-password")
        raise NotAllowed(
            "sign-in-refused",
            "Username and password do not open this account now.",
            "Ask for a new mail: portaldesk portal forgot-password LOGIN",
            counted=True,
        )
    patient = patients.holder(session, account.mrn)
    temporary = tried.temporary
    if temporary is not None:
        facts = {Method.BIRTH_DATE: birth_date.isoformat()} if birth_date is not None else {}
        if not facts:
            raise WrongUsage("usage", "After a temporary login the birth date is asked.", "Give it with --birth-date -")
        redeeming.require_facts(session, patient, temporary, facts, call_code=None, now=now, second=False)
    if new == old:
        raise StateForbids("password-policy", "The new password is the old one.", "Choose another.")
    choosing_passwords.require_good(
        session, new, patient, account.username, settings=settings, known=judged.last if judged is not None else None
    )
    values = redeeming.recovered(session, account, new, now=now)
    before: list[Change] = []
    if temporary is not None:
        before = [record.changed(temporary, redeemed_at=now)]
        permit = permits.for_redemption(Action.REDEEM, temporary)
    else:
        permit = permits.for_sign_in(Action.CHANGE_PASSWORD, account)
    bears = redeeming.follows(
        session, account, values["password_hash"], why="password-changed",
        keep=temporary.id if temporary else "", now=now,
    )  # fmt: skip
    told = changes.told(bears) | ({"credential": temporary.id, "kind": temporary.kind} if temporary else {})
    seq = permits.spend(
        session, permit, now=now, outcome=Outcome.DONE, account=account, values=values, before=before, bears=bears,
        details=told, event_action="change-password",
    )  # fmt: skip
    return PasswordChanged(account.mrn, account.status, seq, changes.masked(bears))


def _account(session: Session, username: str) -> tables.PortalAccount | None:
    name = username.strip().casefold()
    account = session.exec(_by_username(), params={"name": name}).first()
    return whole(session, account) if account is not None else None


@cache
def _by_username() -> SelectOfScalar[tables.PortalAccount]:
    """Made once: each sign-in asks it twice."""
    return select(tables.PortalAccount).where(tables.PortalAccount.username == bindparam("name"))


def _try(session: Session, username: str, password: str, judged: Judged | None, *, now: datetime) -> _Tried:
    account = _account(session, username)
    if judged is None or judged.stored != (account.password_hash if account is not None else None):
        judged = judge(session, username, password)
    if account is None:
        return _Tried(None, False, False, None)
    locked = not lockout.may_try(Lock(account.failed_attempts, account.locked_until), now=now)
    temporary = temporary_logins.live(session, account, now=now) if account.must_change_password else None
    return _Tried(account, judged.right, locked, whole(session, temporary) if temporary else None)


def _may(session: Session, account: tables.PortalAccount, tried: _Tried, *, now: datetime) -> bool:
    """Whether the right password opens this account now; a temporary login opens while it is locked.

    A proxy who may act for nobody has nothing to sign in to.
    """
    if proxies.is_proxy(account.mrn) and not minority.acted_for(session, account.mrn, now=now):
        return False
    if patients.holder(session, account.mrn).status != "active":
        return False
    if account.must_change_password:
        return tried.temporary is not None and account.status in (AccountStatus.ACTIVE, AccountStatus.NEW)
    return account.status == AccountStatus.ACTIVE and not tried.locked


def _refused(session: Session, tried: _Tried, *, now: datetime, action: str = "sign-in") -> SignInResult:
    """Count a wrong password where there is an account to guess at, and write the one refusal."""
    account = tried.account
    changes_: list[Change] = []
    why = "unknown" if account is None else "locked" if tried.locked else "state" if tried.right else "wrong"
    if account is not None and not tried.right and not tried.locked:
        after = lockout.failed(Lock(account.failed_attempts, account.locked_until), now=now)
        # A pause that is over stays written: the gate lets a failure raise these columns, and only a permit clear them.
        until_when = after.until or account.locked_until
        changes_.append(record.changed(account, failed_attempts=after.failures, locked_until=until_when))
        if after.until is not None and after.until > now and account.email:
            until = {"until": after.until.isoformat()}
            changes_.append(messages.queue(Message.LOCKED, mrn=account.mrn, to=account.email, now=now, variables=until))
    entry = patient_entry(action, Outcome.REFUSED, patient=account.mrn if account else None, details={"why": why})
    record.append(session, entry, changes_, now=now)
    return SignInResult("refused")
