"""Usernames: reminding a patient of theirs by mail, giving another one, and which names can be had."""

from __future__ import annotations

import random
from datetime import datetime

from sqlmodel import Session, func, select

from portaldesk.errors import StateForbids
from portaldesk.gate import permits
from portaldesk.gate.permits import Permit
from portaldesk.rules import speech
from portaldesk.services import account_states, changes, links, mail_caps, messages, patients
from portaldesk.services.changes import Changed
from portaldesk.services.messages import Message
from portaldesk.store import tables
from portaldesk.words import Outcome


def recover(session: Session, permit: Permit, *, now: datetime) -> Changed:
    """Mail the username to the address on file; the desk does not read it out.

    Raises: StateForbids as for a reset; CheckNeeded `check-spent`.
    """
    account_states.require_living(patients.holder(session, permit.mrn))
    account = patients.account(session, permit.mrn)
    account_states.require_usable(account)
    account_states.require_activated(account, patient=permit.patient)
    if permit.recent:
        return changes.result(session, permit, account, now=now, effect="link-sent")
    permit.require_uses()
    address = links.mailable(session, account, patient=permit.patient, photo_id=permit.photo_id, now=now)
    mail_caps.require_room_for_reminder(session, address.to, key=address.key, now=now)
    mail = messages.queue(Message.USERNAME_REMINDER, mrn=account.mrn, to=address.to, now=now)
    seq = permits.spend(session, permit, now=now, outcome=Outcome.LINK_SENT, bears=[mail], details=changes.told([mail]))
    return changes.result(session, permit, account, now=now, seq=seq, effect="link-sent", sent=[mail])


def change(session: Session, permit: Permit, wanted: str, *, now: datetime) -> Changed:
    """Give the account another username. Password, links and sessions stay; the patient is told, without the name.

    Raises: WrongUsage for one that cannot be written so; StateForbids `patient-inactive`, `account-disabled`,
    `account-declined`, `never-activated` for an account without one, `username-taken`; CheckNeeded `check-spent`.
    """
    name = speech.read_username(wanted)
    account_states.require_living(patients.holder(session, permit.mrn))
    account = patients.account(session, permit.mrn)
    account_states.require_usable(account)
    if account.username is None:
        raise StateForbids(
            "never-activated",
            "The account has no username yet: one is chosen when it is activated.",
            f"Send an invitation: portaldesk resend-invite {permit.patient}",
        )
    if account.username == name:
        return changes.result(session, permit, account, now=now)
    permit.require_uses()
    _require_free(session, name, account.mrn)
    told = messages.notices(session, account, what=permit.action, staff=permit.staff, now=now)
    seq = permits.spend(
        session, permit, now=now, outcome=Outcome.DONE, account=account, values={"username": name}, bears=told,
        details=changes.told(told),
    )  # fmt: skip
    return changes.result(session, permit, account, now=now, seq=seq, sent=told)


def taken(session: Session, name: str, *, by_other_than: str) -> bool:
    """Whether a username cannot be had: another's, or equal to an MRN or an email (contract)."""
    mine = tables.PortalAccount.mrn != by_other_than
    named = session.exec(select(tables.PortalAccount.mrn).where(tables.PortalAccount.username == name, mine)).first()
    if named is not None or "@" in name:
        return True
    return session.exec(select(tables.Patient.mrn).where(func.lower(tables.Patient.mrn) == name)).first() is not None


def choose(session: Session, patient: patients.Holder, wanted: str | None, *, rng: random.Random) -> str:
    """The username that was asked for, or a generated one.

    Raises: WrongUsage for one that cannot be written so; StateForbids `username-taken`.
    """
    if wanted is None:
        return speech.username(
            patient.given_name, patient.family_name, rng=rng,
            taken=lambda name: taken(session, name, by_other_than=patient.mrn),
        )  # fmt: skip
    name = speech.read_username(wanted)
    _require_free(session, name, patient.mrn)
    return name


def _require_free(session: Session, name: str, mrn: str) -> None:
    if taken(session, name, by_other_than=mrn):
        raise StateForbids("username-taken", "That username cannot be had.", "Choose another one.")
