"""Mailing a recovery link: what invitations, resets and unlock links have in common."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from portaldesk.errors import StateForbids
from portaldesk.gate import permits
from portaldesk.gate.permits import Permit
from portaldesk.gate.proxies import is_proxy
from portaldesk.gate.recoveries import may_be_mailed
from portaldesk.rules import postal
from portaldesk.services import changes, credentials, evidence, mail_caps, messages, patients
from portaldesk.services.changes import Changed
from portaldesk.services.messages import Message
from portaldesk.settings import ClinicSettings
from portaldesk.store import record, tables
from portaldesk.store.record import Change
from portaldesk.words import ContactKind, CredentialKind, Method, Outcome

_MESSAGES = {
    CredentialKind.INVITATION: Message.INVITATION,
    CredentialKind.RESET: Message.RESET,
    CredentialKind.UNLOCK: Message.UNLOCK_LINK,
}


@dataclass(frozen=True, slots=True)
class Mailable:
    """An address that a link may go to now, and what it is compared by."""

    to: str
    key: str


def mailable(
    session: Session, account: tables.PortalAccount, *, patient: str, photo_id: bool, now: datetime
) -> Mailable:
    """The address on file, if a link may go there. `patient`: for whom the holder of the account calls.

    Raises: StateForbids `no-email` with the ways out; `contact-closed`; `contact-unconfirmed` for an address that came
    back, or changed less than 24 hours ago (unless the check that asks has photo ID); `too-many`.
    """
    if not account.email:
        raise StateForbids(
            "no-email",
            "There is no email on file to send it to.",
            _other_ways(account, patient) + f"with photo ID at the desk: portaldesk issue-temp-login {patient}",
        )
    point = patients.contact(session, account.mrn, ContactKind.EMAIL, account.email)
    if point is not None and point.do_not_use:
        raise StateForbids(
            "contact-closed",
            "The patient asked us not to use the email on file.",
            f"With a strong check: portaldesk update-contact {account.mrn} --email -; "
            f"or use it again: portaldesk contacts mark {account.mrn} CONTACT --usable",
        )
    if point is None or not may_be_mailed(evidence.address(point), photo_id=photo_id, now=now):
        raise StateForbids(
            "contact-unconfirmed",
            "The email on file changed less than 24 hours ago, or mail to it came back.",
            f'With photo ID seen in person: portaldesk verify-identity {patient} --photo-id "driver licence"; '
            "else wait until 24 hours have passed.",
        )
    mail_caps.require_room(session, account.email, key=point.key, now=now)
    return Mailable(account.email, point.key)


def send(
    session: Session,
    permit: Permit,
    account: tables.PortalAccount,
    kind: CredentialKind,
    *,
    settings: ClinicSettings,
    now: datetime,
) -> Changed:
    """Mail a link of this kind to the address on file; older ones of the same kind are revoked and name it.

    Raises: as `mailable`; CheckNeeded `check-spent`.
    """
    if permit.recent:
        return changes.result(
            session, permit, account, now=now, effect="link-sent",
            credential=credentials.newest(session, account.mrn, [kind]),
        )  # fmt: skip
    permit.require_uses()
    to = mailable(session, account, patient=permit.patient, photo_id=permit.photo_id, now=now).to
    call_code = _call_code(session, permit, account, now=now)
    link = credentials.new_link(
        session, kind, account, settings=settings, now=now, sent_to=to,
        check_id=permit.check.id if permit.check else None, call_code=call_code,
    )  # fmt: skip
    mail = messages.queue(_MESSAGES[kind], mrn=account.mrn, to=to, now=now, credential=link)
    bears = [record.new(link), mail, *replaced_by(session, link, now=now)]
    seq = permits.spend(
        session, permit, now=now, outcome=Outcome.LINK_SENT, bears=bears, details=changes.told(bears, link)
    )
    return changes.result(
        session, permit, account, now=now, seq=seq, effect="link-sent", credential=link, sent=bears, call_code=call_code
    )


def _other_ways(account: tables.PortalAccount, patient: str) -> str:
    if is_proxy(account.mrn):
        return f"The patient grants it anew, with an address: portaldesk proxy grant {patient}; "
    by_letter = f"by letter: portaldesk resend-invite {patient} --letter; " if account.activated_at is None else ""
    return f"With a strong check: portaldesk update-contact {patient} --email ADDRESS; {by_letter}"


def replaced_by(session: Session, link: tables.RecoveryCredential, *, now: datetime) -> list[Change]:
    """The end of the older links of its kind, which name the new one."""
    kind = CredentialKind(link.kind)
    kinds = credentials.INVITATIONS if kind in credentials.INVITATIONS else (kind,)
    return credentials.revoking(session, link.mrn, kinds, now=now, superseded_by=link.reference)


def _call_code(session: Session, permit: Permit, account: tables.PortalAccount, *, now: datetime) -> str | None:
    """Eight digits told on the phone, where the patient has no second fact to redeem with (design §4)."""
    if not permit.photo_id or has_second_fact(session, account.mrn, now=now):
        return None
    return f"{secrets.randbelow(10**8):08d}"


def has_second_fact(session: Session, holder: str, *, now: datetime) -> bool:
    """Whether the holder of an account can redeem a link: with another fact than the birth date."""
    known = patients.holder(session, holder)
    facts = evidence.facts_on_file(session, known, now=now)
    return bool({Method.PHONE, Method.LAST_VISIT} & facts.keys()) or postal.key(known.postal_code) is not None
