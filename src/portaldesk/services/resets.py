"""Password resets by a mailed link."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from portaldesk.gate.permits import Permit
from portaldesk.services import account_states, links, patients
from portaldesk.services.changes import Changed
from portaldesk.settings import ClinicSettings
from portaldesk.words import CredentialKind


def send(session: Session, permit: Permit, *, settings: ClinicSettings, now: datetime) -> Changed:
    """Mail a link to choose a new password to the address on file.

    Raises: StateForbids `patient-inactive`, `never-activated`, `account-disabled`, `no-email`, `contact-unconfirmed`,
    `too-many`; CheckNeeded `check-spent`.
    """
    account_states.require_living(patients.holder(session, permit.mrn))
    account = patients.account(session, permit.mrn)
    account_states.require_usable(account)
    account_states.require_activated(account, patient=permit.patient)
    return links.send(session, permit, account, CredentialKind.RESET, settings=settings, now=now)
