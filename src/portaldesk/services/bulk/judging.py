"""Who of a batch is invited, and why the others are left out: all that is known of them, read and proved at once.

The rules are those of `invitations.resend` where a caller asks, and stricter where nobody does: nobody under 18, nobody
on hold, nobody whose invitation went by letter (design §3.8, §3.10).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session

from portaldesk.gate import holds
from portaldesk.gate.recoveries import AddressFacts, may_be_mailed
from portaldesk.rules import emails, minors
from portaldesk.services.bulk.results import Reason
from portaldesk.services.credentials import INVITATIONS
from portaldesk.store import many_rows, tables
from portaldesk.store.columns import time_text
from portaldesk.words import AccountStatus, CheckOutcome, ContactKind, CredentialKind, PatientStatus

_STATUS = {
    PatientStatus.INACTIVE: Reason.INACTIVE,
    PatientStatus.DECEASED: Reason.DECEASED,
    PatientStatus.MERGED: Reason.MERGED,
}
_ACCOUNT = {
    AccountStatus.ACTIVE: Reason.ALREADY_ACTIVE,
    AccountStatus.DISABLED: Reason.DISABLED,
    AccountStatus.DECLINED: Reason.DECLINED,
}


@dataclass(slots=True)
class Known:
    """All that decides about one patient, as it is stored. `email`: the contact of the account's own address."""

    patient: Mapping[str, Any]
    account: Mapping[str, Any] | None = None
    email: Mapping[str, Any] | None = None
    invitations: list[dict[str, Any]] = field(default_factory=list)
    on_hold: bool = False
    altered: bool = False

    @property
    def mailbox(self) -> str:
        """What the address is compared by, and its mails counted."""
        return str(self.email["key"]) if self.email is not None else ""

    @property
    def mailed_at(self) -> str:
        """What those who share one mail have in common."""
        return emails.mailbox(str(self.account["email"])) if self.account is not None else ""

    @property
    def shares(self) -> bool:
        """Whether the address may be used for one mail to several patients."""
        return self.email is not None and not self.email["confidential"]


def known(session: Session, mrns: Sequence[str], *, now: datetime) -> dict[str, Known]:
    """What is known of these patients; those whom the store does not know are left out."""
    found = {row["mrn"]: Known(row) for row in many_rows.by_column(session, tables.Patient, "mrn", mrns)}
    for account in many_rows.by_column(session, tables.PortalAccount, "mrn", mrns):
        found[account["mrn"]].account = account
    points = many_rows.by_column(session, tables.ContactPoint, "mrn", mrns, also=f"kind = '{ContactKind.EMAIL}'")
    for point in sorted(points, key=lambda one: str(one["added_at"])):
        one = found.get(point["mrn"])
        if one is not None and one.account is not None and _same(point, one.account["email"]):
            one.email = point
    kinds = ", ".join(f"'{kind}'" for kind in INVITATIONS)
    for link in many_rows.by_column(session, tables.RecoveryCredential, "mrn", mrns, also=f"kind IN ({kinds})"):
        if (one := found.get(link["mrn"])) is not None:
            one.invitations.append(link)
    _prove(session, found)
    for mrn in _suspects(session, mrns):
        if mrn in found:
            found[mrn].on_hold = holds.state(session, mrn, now=now).until is not None
    return found


@dataclass(frozen=True, slots=True)
class Moment:
    """When a batch is judged. `now`: as times are stored; `since`: who was invited later is left out."""

    time: datetime
    now: str
    since: str | None

    @classmethod
    def of(cls, now: datetime, not_within: timedelta | None = None) -> Moment:
        return cls(now, time_text(now), time_text(now - not_within) if not_within is not None else None)


def why_left_out(one: Known, at: Moment, *, own: Collection[str]) -> Reason | None:
    """Why this patient is not invited; None: they are. The caps of the address are asked apart (mail_caps.py)."""
    patient, account, email = one.patient, one.account, one.email
    if patient["mrn"] in own:
        return Reason.OWN_RECORD
    if patient["status"] != PatientStatus.ACTIVE:
        return _STATUS.get(patient["status"], Reason.INACTIVE)
    if account is None:
        return Reason.NO_ACCOUNT
    if account["status"] != AccountStatus.NEW:
        return _ACCOUNT.get(account["status"], Reason.DISABLED)
    born = patient["birth_date"]
    if minors.is_minor(date.fromisoformat(born) if born else None, at.time.date()):
        return Reason.MINOR
    if one.on_hold:
        return Reason.ON_HOLD
    return _why_not_there(account, email, at) or _why_not_again(one.invitations, at)


def _why_not_there(account: Mapping[str, Any], email: Mapping[str, Any] | None, at: Moment) -> Reason | None:
    if not account["email"]:
        return Reason.NO_EMAIL
    if email is None:
        return Reason.UNCONFIRMED
    bounced, closed = email["bounced_at"] is not None, bool(email["do_not_use"])
    if may_be_mailed(
        AddressFacts(datetime.fromisoformat(email["evidence_from"]), bounced, closed), photo_id=False, now=at.time
    ):
        return None
    return Reason.CLOSED if closed else Reason.DOUBTFUL if bounced else Reason.CONTACT_CHANGED


def _why_not_again(invitations: Sequence[Mapping[str, Any]], at: Moment) -> Reason | None:
    live = (one for one in invitations if one["redeemed_at"] is None and one["revoked_at"] is None)
    if any(one["kind"] == CredentialKind.LETTER and one["expires_at"] > at.now for one in live):
        return Reason.LETTER
    if at.since is not None and any(one["issued_at"] > at.since for one in invitations):
        return Reason.SENT_WITHIN
    return None


def _same(point: Mapping[str, Any], email: str | None) -> bool:
    """By spelling, then by what addresses are compared by, which takes a parser."""
    if not email:
        return False
    if point["value"] == email:
        return True
    return bool(point["key"] == emails.key(email))


def _prove(session: Session, found: Mapping[str, Known]) -> None:
    patient, account, point, link = (
        tables.Patient, tables.PortalAccount, tables.ContactPoint, tables.RecoveryCredential,
    )  # fmt: skip
    whose: dict[str, str] = {}
    rows: list[tuple[type[tables.Sealed], Mapping[str, Any]]] = []
    for mrn, one in found.items():
        rows.append((patient, one.patient))
        whose[f"patient:{mrn}"] = mrn
        if one.account is not None:
            rows.append((account, one.account))
            whose[f"portal_account:{mrn}"] = mrn
        if one.email is not None:
            rows.append((point, one.email))
            whose[f"contact_point:{one.email['id']}"] = mrn
        for old in one.invitations:
            rows.append((link, old))
            whose[f"recovery_credential:{old['id']}"] = mrn
    for name in many_rows.altered(session, rows):
        found[whose[name]].altered = True


def _suspects(session: Session, mrns: Sequence[str]) -> list[str]:
    """Who had checks that may have brought a hold: few, and gate/holds.py judges them one by one."""
    condition = f" AND (outcome = '{CheckOutcome.FAILED}' OR wrong > 0)"
    found = many_rows.within(session, "SELECT DISTINCT patient FROM identity_check WHERE patient IN ", mrns, condition)
    return [mrn for (mrn,) in found]
