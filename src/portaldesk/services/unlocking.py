"""Ending a lock after too many sign-in attempts."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from portaldesk.errors import StateForbids
from portaldesk.gate import permits
from portaldesk.gate.permits import Permit
from portaldesk.rules import lockout
from portaldesk.rules.lockout import Lock
from portaldesk.services import account_states, changes, messages, patients
from portaldesk.services.changes import Changed
from portaldesk.settings import ClinicSettings
from portaldesk.words import CredentialKind, Level, Outcome


def unlock(session: Session, permit: Permit, *, settings: ClinicSettings, now: datetime) -> Changed:
    """End the lock of one account at a strong check; at `basic` mail an unlock link instead (design §3).

    Failures since the last success are kept: an unlock must not buy a guesser new tries for ever (SP 800-63B-4 §3.2.2).
    Raises: StateForbids `failure-ceiling`, `account-disabled`, and those of a mailed link; CheckNeeded `check-spent`.
    """
    account_states.require_living(patients.holder(session, permit.mrn))
    account = patients.account(session, permit.mrn)
    account_states.require_usable(account)
    lock = Lock(account.failed_attempts, account.locked_until)
    if lockout.at_ceiling(lock):
        raise StateForbids(
            "failure-ceiling",
            "There were too many failures in all: an unlock no longer helps, only a recovery does.",
            f"Send a reset link: portaldesk send-reset {permit.patient}",
        )
    if not lockout.is_locked(lock, now=now):
        return changes.result(session, permit, account, now=now)
    if not permit.level.reaches(Level.STRONG):
        from portaldesk.services import links  # loaded where a link is mailed: a caller waits

        return links.send(session, permit, account, CredentialKind.UNLOCK, settings=settings, now=now)
    told = messages.notices(session, account, what="unlock", staff=permit.staff, now=now)
    seq = permits.spend(
        session, permit, now=now, outcome=Outcome.DONE, account=account,
        values={"locked_until": lockout.released(lock).until}, bears=told, details=changes.told(told),
    )  # fmt: skip
    return changes.result(session, permit, account, now=now, seq=seq, sent=told)
