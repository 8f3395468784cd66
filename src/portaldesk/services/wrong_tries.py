"""Counting wrong tries of a credential: five kill it, never the account, and are one failed check (design §4)."""

from __future__ import annotations

from datetime import datetime

from portaldesk.gate.recoveries import FACT_TRIES
from portaldesk.services import identity_checks
from portaldesk.store import record, tables
from portaldesk.store.record import Change
from portaldesk.words import CheckOutcome, CredentialKind


def counted(credential: tables.RecoveryCredential, *, now: datetime) -> list[Change]:
    """One more wrong try; with the fifth the credential is dead, and the patient has one more failed check."""
    tries = credential.tries + 1
    if tries < FACT_TRIES:
        return [record.changed(credential, tries=tries)]
    why = f"five wrong tries of one {'letter' if credential.kind == CredentialKind.LETTER else 'link'}"
    failed = tables.IdentityCheck(
        id=identity_checks.new_id(), patient=credential.mrn, staff=None, session="portal",
        outcome=CheckOutcome.FAILED, wrong=tries, started_at=now, expires_at=now, ended_at=now,
        ended_why=why, failed_at=now,
    )  # fmt: skip
    return [record.changed(credential, tries=tries, revoked_at=now), record.new(failed)]
