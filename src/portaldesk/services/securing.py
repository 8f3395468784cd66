"""Taking access away: securing an account that somebody else got into, disabling or declining one; and enabling it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session

from portaldesk.gate import permits
from portaldesk.gate.permits import Permit
from portaldesk.services import (
    account_states,
    changes,
    credentials,
    incidents,
    messages,
    patients,
    portal_sessions,
    requests,
)
from portaldesk.services.changes import Changed
from portaldesk.store.record import Change
from portaldesk.words import AccountStatus, CredentialKind, Ground, IncidentKind, Outcome

# all but the object link, which only takes access away
_REVOKED = (*credentials.RECOVERIES, CredentialKind.CODE, CredentialKind.CONFIRM, CredentialKind.CONFIRM_LINK)


def secure(
    session: Session, permit: Permit, *, now: datetime, before: list[Change] | None = None, keep: str | None = None,
    to: Iterable[str] | None = None, about: str | None = None,
) -> Changed:  # fmt: skip
    """End sessions, revoke credentials, erase the password; sign-in is refused until a recovery is redeemed.

    Allowed on hold and in any status of the account, because it only takes away. Who got in may have asked for another
    address: open requests are cancelled, and the codes and links that would confirm them revoked. The event opens an
    incident.
    `before`: what the ground needs first (an object link marked redeemed); `keep`: the credential it concerns;
    `to`: the addresses that are told, where they are not the usual ones; `about`: the staff member whose doings the
    incident is about, where it is not who secures.
    """
    permit.require_uses()
    account = patients.account(session, permit.mrn)
    settled = [change.row for change in before or ()]
    takes = [
        *credentials.revoking(session, account.mrn, _REVOKED, now=now, keep=keep),
        *portal_sessions.ending(session, account.mrn, why="secured", now=now),
        *(
            one
            for one in requests.cancelling(session, account.mrn, why="account secured", now=now)
            if one.row not in settled
        ),
    ]
    if account.password_hash is None and not takes and not before:
        return changes.result(session, permit, account, now=now)
    told = messages.notices(session, account, what="secure-account", staff=permit.staff, now=now, to=to)
    kind = IncidentKind.CONTACT_OBJECTED if permit.ground is Ground.REDEMPTION else IncidentKind.ACCOUNT_SECURED
    incident = incidents.opened(session, kind, patient=account.mrn, staff=about or permit.staff, now=now)
    seq = permits.spend(
        session, permit, now=now, outcome=Outcome.DONE, account=account,
        values={"password_hash": None, "must_change_password": False}, before=before or [],
        bears=[*takes, *told, incident],
        details=changes.told(told) | incidents.told([incident]),
    )  # fmt: skip
    return changes.result(session, permit, account, now=now, seq=seq, sent=told)


def disable(session: Session, permit: Permit, *, now: datetime) -> Changed:
    """Disable the account; sessions end, recovery credentials are revoked, the patient is told."""
    return _closed(session, permit, AccountStatus.DISABLED, now=now)


def decline(session: Session, permit: Permit, *, reason: str, now: datetime) -> Changed:
    """Note that the patient wants no account: as `disable`, at a basic check; a bulk run mails no invitation.

    Only `enable`, at a strong check, undoes it.
    """
    return _closed(session, permit, AccountStatus.DECLINED, now=now, reason=reason)


def enable(session: Session, permit: Permit, *, now: datetime) -> Changed:
    """Enable an account that was disabled or declined: as it was before, active or never activated.

    Raises: StateForbids `patient-inactive`.
    """
    account_states.require_living(patients.patient(session, permit.mrn))
    account = patients.account(session, permit.mrn)
    if account.status in (AccountStatus.ACTIVE, AccountStatus.NEW):
        return changes.result(session, permit, account, now=now)
    told = messages.notices(session, account, what="enable", staff=permit.staff, now=now)
    status = AccountStatus.NEW if account.activated_at is None else AccountStatus.ACTIVE
    seq = permits.spend(
        session, permit, now=now, outcome=Outcome.DONE, account=account, values={"status": status}, bears=told,
        details=changes.told(told),
    )  # fmt: skip
    return changes.result(session, permit, account, now=now, seq=seq, sent=told)


def _closed(session: Session, permit: Permit, status: AccountStatus, *, now: datetime, reason: str = "") -> Changed:
    account = patients.account(session, permit.mrn)
    if account.status == status:
        return changes.result(session, permit, account, now=now)
    takes = [
        *credentials.revoking(session, account.mrn, credentials.RECOVERIES, now=now),
        *portal_sessions.ending(session, account.mrn, why=status, now=now),
    ]
    told = messages.notices(session, account, what=permit.action, staff=permit.staff, now=now)
    seq = permits.spend(
        session, permit, now=now, outcome=Outcome.DONE, account=account, values={"status": status},
        bears=[*takes, *told], details=changes.told(told), reason=reason,
    )  # fmt: skip
    return changes.result(session, permit, account, now=now, seq=seq, sent=told)
