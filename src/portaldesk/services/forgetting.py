"""Forgot password, forgot username: what anybody may ask of the portal, answered alike whoever asks.

A mail goes to the address on file or nowhere; nothing is changed and nothing is said of who has an account. Patients
who share the address get one mail. It never locks, and a patient on hold at the desk may still use it (design §3.4,
§4).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlmodel import Session, select

from portaldesk.errors import StateForbids
from portaldesk.gate import permits
from portaldesk.gate.actors import patient_entry
from portaldesk.gate.permits import Permit
from portaldesk.rules import emails
from portaldesk.services import family_mails, invitations, minority, resets, usernames
from portaldesk.settings import ClinicSettings
from portaldesk.store import record, tables
from portaldesk.words import AccountStatus, Action, Outcome


@dataclass(frozen=True, slots=True)
class Asked:
    """The one answer."""

    say: str = (
        "If there is an account for that, a mail is on its way to the address on file. "
        "Look in spam too; it may take a few minutes."
    )


def forgot_password(session: Session, login: str, *, settings: ClinicSettings, now: datetime) -> Asked:
    """Mail a reset link (or, where the account was never activated, a new invitation) to the address on file."""
    found = _accounts(session, login)
    family = family_mails.sharing(session, found)
    if family:
        family_mails.send_links(session, family, settings=settings, now=now)
    for account in _others(found, family):
        new = account.status == AccountStatus.NEW
        action = Action.RESEND_INVITE if new else Action.SEND_RESET
        send = partial(invitations.resend if new else resets.send, session, settings=settings, now=now)
        _quietly(session, action, account.mrn, send, now=now)
    return _noted(session, "forgot-password", now=now)


def forgot_username(session: Session, email: str, *, now: datetime) -> Asked:
    """Mail the username to the address on file."""
    found = _accounts(session, email, by_email_only=True)
    family = family_mails.sharing(session, found)
    if family:
        family_mails.send_usernames(session, family, now=now)
    for account in _others(found, family):
        _quietly(session, Action.RECOVER_USERNAME, account.mrn, partial(usernames.recover, session, now=now), now=now)
    return _noted(session, "forgot-username", now=now)


def _quietly(session: Session, action: Action, mrn: str, send: Callable[[Permit], object], *, now: datetime) -> None:
    """Do it where it may be done; where not, the record says why and the asker learns nothing."""
    try:
        minority.require_helped(session, mrn, now=now)
        send(permits.for_asking(action, mrn))
    except StateForbids as refusal:
        family_mails.refused(session, action, mrn, refusal, now=now)


def _others(found: list[tables.PortalAccount], family: list[tables.PortalAccount]) -> list[tables.PortalAccount]:
    of_family = {account.mrn for account in family}
    return [account for account in found if account.mrn not in of_family]


def _accounts(session: Session, login: str, *, by_email_only: bool = False) -> list[tables.PortalAccount]:
    text = login.strip()
    found: dict[str, tables.PortalAccount] = {}
    if not by_email_only:
        for one in session.exec(select(tables.PortalAccount).where(tables.PortalAccount.username == text.casefold())):
            found[one.mrn] = one
    if "@" in text:
        key = emails.key(text)
        mrns = session.exec(
            select(tables.ContactPoint.mrn).where(tables.ContactPoint.kind == "email", tables.ContactPoint.key == key)
        ).all()
        for mrn in mrns:
            account = session.get(tables.PortalAccount, mrn)
            if account is not None and account.email and emails.key(account.email) == key:
                found[mrn] = account
    return [found[mrn] for mrn in sorted(found)][:10]


def _noted(session: Session, what: str, *, now: datetime) -> Asked:
    record.append(session, patient_entry(what, Outcome.DONE), now=now)
    return Asked()
