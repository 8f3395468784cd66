"""What an account's state is called on a screen: the stored status, or `invited`, `locked`, which are derived."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlmodel import Session

from portaldesk.errors import StateForbids
from portaldesk.store import tables
from portaldesk.store.columns import time_text
from portaldesk.words import AccountStatus, PatientStatus

if TYPE_CHECKING:
    from portaldesk.services.patients import Holder

_INVITED = text(
    "SELECT 1 FROM recovery_credential WHERE mrn = :mrn AND kind IN ('invitation', 'letter') AND redeemed_at IS NULL "
    "AND revoked_at IS NULL AND expires_at > :now LIMIT 1"
)


def shown(session: Session, account: tables.PortalAccount | None, *, now: datetime) -> str:
    """`none`, `new`, `invited`, `active`, `locked`, `disabled` or `declined`."""
    if account is None:
        return "none"
    if account.locked_until is not None and account.locked_until > now and account.status == AccountStatus.ACTIVE:
        return "locked"
    if account.status == AccountStatus.NEW and _may_be_invited(session, account, now=now):
        return "invited" if live_invitation(session, account, now=now) is not None else account.status
    return account.status


def live_invitation(
    session: Session, account: tables.PortalAccount, *, now: datetime
) -> tables.RecoveryCredential | None:
    """The invitation, by mail or by letter, that can be redeemed now."""
    from portaldesk.services import credentials  # only where there is one: a caller waits

    for one in credentials.open_ones(session, account.mrn, credentials.INVITATIONS):
        if one.expires_at > now and credentials.is_bound(one, account):
            return one
    return None


def _may_be_invited(session: Session, account: tables.PortalAccount, *, now: datetime) -> bool:
    return session.connection().execute(_INVITED, {"mrn": account.mrn, "now": time_text(now)}).first() is not None


def require_living(patient: Holder) -> None:
    """Raises: StateForbids `patient-inactive` unless the record is that of a living, active patient."""
    if patient.status != PatientStatus.ACTIVE:
        hint = "Correct the record in the clinic's record system and import it again."
        merged_into = getattr(patient, "merged_into", None)  # a proxy is never merged
        if patient.status == PatientStatus.MERGED and merged_into:
            hint = f"Go on with the record it was merged into: {merged_into}"
        raise StateForbids("patient-inactive", f"The patient's record is {patient.status}.", hint)


def require_usable(account: tables.PortalAccount) -> None:
    """Raises: StateForbids for an account that is disabled or declined."""
    if account.status == AccountStatus.DISABLED:
        raise StateForbids(
            "account-disabled", "The account is disabled.", f"At a strong check: portaldesk enable {account.mrn}"
        )
    if account.status == AccountStatus.DECLINED:
        raise StateForbids(
            "account-declined",
            "The patient declined a portal account.",
            f"If they want one now, at a strong check: portaldesk enable {account.mrn}",
        )


def require_new(account: tables.PortalAccount, *, patient: str | None = None) -> None:
    """`patient`: whom the command that helps must name, where the account is a proxy's.

    Raises: StateForbids `already-active`, with the command that helps.
    """
    if account.status == AccountStatus.ACTIVE:
        raise StateForbids(
            "already-active",
            "The account is active already: an invitation would do nothing.",
            f"For a forgotten password: portaldesk send-reset {patient or account.mrn}",
        )


def require_activated(account: tables.PortalAccount, *, patient: str | None = None) -> None:
    """As `require_new`. Raises: StateForbids `never-activated`, with the command that helps."""
    if account.status == AccountStatus.NEW:
        raise StateForbids(
            "never-activated",
            "The account was never activated: there is nothing to reset.",
            f"Send an invitation: portaldesk resend-invite {patient or account.mrn}",
        )
