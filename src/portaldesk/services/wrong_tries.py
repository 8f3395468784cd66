"""Counting wrong tries of a credential: five kill it, never the account, and are one failed check (design §4)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Session

from portaldesk.gate import proxies
from portaldesk.gate.recoveries import FACT_TRIES
from portaldesk.services import identity_checks
from portaldesk.store import record, tables
from portaldesk.store.record import Change
from portaldesk.words import Caller, CheckOutcome, CredentialKind


def counted(session: Session, credential: tables.RecoveryCredential, *, now: datetime) -> list[Change]:
    """One more wrong try; with the fifth the credential is dead, and the patient has one more failed check.

    A proxy's is one of each patient whom they may act for: a check is always of a patient.
    """
    tries = credential.tries + 1
    if tries < FACT_TRIES:
        return [record.changed(credential, tries=tries)]
    why = f"five wrong tries of one {'letter' if credential.kind == CredentialKind.LETTER else 'link'}"
    failed = [
        tables.IdentityCheck(
            id=identity_checks.new_id(), patient=patient, staff=None, session="portal", outcome=CheckOutcome.FAILED,
            wrong=tries, started_at=now, expires_at=now, ended_at=now, ended_why=why, failed_at=now, **caller,
        )
        for patient, caller in _callers(session, credential.mrn, now=now)
    ]  # fmt: skip
    return [record.changed(credential, tries=tries, revoked_at=now), *map(record.new, failed)]


def _callers(session: Session, holder: str, *, now: datetime) -> list[tuple[str, dict[str, Any]]]:
    """The patients whose check has failed, each with the columns that say who failed it."""
    if not proxies.is_proxy(holder):
        return [(holder, {})]
    leaves = proxies.of_person(session, holder)
    patients = dict.fromkeys(one.patient.mrn for one in leaves if not one.is_over(now=now))
    return [(mrn, {"caller": Caller.PROXY, "account": holder}) for mrn in patients]
