"""Invitations: the link by which a patient activates the account, inert until its reader passes the facts."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from portaldesk.gate.permits import Permit
from portaldesk.services import account_states, links, patients
from portaldesk.services.changes import Changed
from portaldesk.settings import ClinicSettings
from portaldesk.words import CredentialKind


def resend(session: Session, permit: Permit, *, settings: ClinicSettings, now: datetime) -> Changed:
    """Mail a new invitation to the address on file; the older ones are revoked.

    Raises: StateForbids `patient-inactive`, `already-active`, `account-disabled`, `no-email`, `contact-unconfirmed`,
    `too-many`; CheckNeeded `check-spent`.
    """
    account_states.require_living(patients.holder(session, permit.mrn))
    account = patients.account(session, permit.mrn)
    account_states.require_usable(account)
    account_states.require_new(account, patient=permit.patient)
    return links.send(session, permit, account, CredentialKind.INVITATION, settings=settings, now=now)
