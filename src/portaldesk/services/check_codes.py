"""The one-time code of an identity check: to the email or phone that the account uses, or why none goes there.

A code proves that the caller holds what it was sent to, so it goes only where nobody could have steered it lately: an
address that changed within 24 hours, came back, or is closed is no evidence (design §3.1). The phone is the account's
own, as the email is: that a number stands in the record alone makes it a fact to ask for, not a way to recover by.
"""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from portaldesk.errors import StateForbids
from portaldesk.gate.recoveries import is_evidence
from portaldesk.services import credentials, mail_caps, messages, patients
from portaldesk.services.evidence import address
from portaldesk.settings import ClinicSettings
from portaldesk.store import record, tables
from portaldesk.store.record import Change
from portaldesk.words import ContactKind, CredentialKind, Message, Method

METHODS = {ContactKind.EMAIL: Method.CODE_EMAIL, ContactKind.PHONE: Method.CODE_PHONE}
_MESSAGES = {ContactKind.EMAIL: Message.CHECK_CODE, ContactKind.PHONE: Message.CHECK_CODE_TEXT}
_OTHERWISE = 'Call back on the number that matched: --callback; or --photo-id "driver licence" in person.'


def why_none(
    session: Session, mrn: str, channel: ContactKind, *, settings: ClinicSettings, now: datetime
) -> StateForbids | None:
    """Why no code goes to this account's email or phone now."""
    if channel is ContactKind.PHONE and not settings.sms_url:
        return StateForbids(
            "no-transport",
            "Text messages are not set up here.",
            "Call the caller back on the number that matched: --callback; or --send-code email.",
        )
    to = _own(patients.account(session, mrn), channel)
    if not to and channel is ContactKind.EMAIL:
        return StateForbids("no-email", "There is no email on file to send a code to.", _OTHERWISE)
    if not to:
        return StateForbids("no-phone", "There is no phone on file to send a code to.", _OTHERWISE)
    point = patients.contact(session, mrn, channel, to)
    if point is None or not is_evidence(address(point), now=now):
        return StateForbids(
            "contact-unconfirmed",
            f"The {channel} on file changed within 24 hours, came back, or is closed: a code there proves nothing.",
            _OTHERWISE,
        )
    try:
        mail_caps.require_room(session, to, key=point.key, now=now)
    except StateForbids as refusal:
        return refusal
    return None


def made(
    session: Session, mrn: str, channel: ContactKind, check_id: str, *, settings: ClinicSettings, now: datetime
) -> tuple[tables.RecoveryCredential, list[Change]]:
    """A code bound to the check, and what is written with it; older ones are dead. Ask `why_none` first."""
    account = patients.account(session, mrn)
    to = _own(account, channel)
    assert to is not None
    code = credentials.new_code(
        session, CredentialKind.CODE, account, bound=check_id, settings=settings, now=now, sent_to=to,
        check_id=check_id,
    )  # fmt: skip
    message = messages.queue(_MESSAGES[channel], mrn=account.mrn, to=to, now=now, credential=code)
    older = credentials.revoking(session, account.mrn, [CredentialKind.CODE], now=now)
    return code, [record.new(code), message, *older]


def channel_of(code: tables.RecoveryCredential) -> ContactKind:
    """How a code went out: a phone in E.164 has no "@"."""
    return ContactKind.EMAIL if "@" in (code.sent_to or "") else ContactKind.PHONE


def _own(account: tables.PortalAccount, channel: ContactKind) -> str | None:
    return account.email if channel is ContactKind.EMAIL else account.phone
