"""Letters: the invitation of a patient who cannot be mailed, on paper to the postal address on file (design §3.10, §4).

A letter holds a number, which is no secret, and a code of twelve characters. The code is derived when the letter is
printed (services/printing.py); the store keeps its bcrypt. It opens nothing until its reader passes the facts.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import NoReturn

from sqlmodel import Session, func, select

from portaldesk.errors import CheckNeeded, StateForbids
from portaldesk.gate import permits
from portaldesk.gate.actors import patient_entry
from portaldesk.gate.permits import Permit
from portaldesk.gate.recoveries import is_dead
from portaldesk.rules import hashing, letter_codes
from portaldesk.rules.letter_codes import LetterCode
from portaldesk.services import (
    account_states,
    changes,
    credentials,
    links,
    messages,
    patients,
    postal_addresses,
    wrong_tries,
)
from portaldesk.services.changes import Changed
from portaldesk.settings import ClinicSettings
from portaldesk.store import record, tables
from portaldesk.store.record import Change
from portaldesk.store.seals import keys_of, whole
from portaldesk.words import CredentialKind, Message, Outcome

LETTERS_A_DAY = 3
"""Letters with a code that a patient is written in 24 hours. Ours: as many as one check may send."""


def invite(session: Session, permit: Permit, *, settings: ClinicSettings, now: datetime) -> Changed:
    """Queue an invitation by letter to the postal address on file; older invitations are revoked, and name it.

    Raises: StateForbids `patient-inactive`, `already-active`, `account-disabled`, `account-declined`,
    `no-postal-address`, `contact-closed`, `contact-unconfirmed`, `too-many`; CheckNeeded `check-spent`.
    """
    patient = patients.patient(session, permit.mrn)
    account_states.require_living(patient)
    account = patients.account(session, permit.mrn)
    account_states.require_usable(account)
    account_states.require_new(account)
    if permit.recent:
        last = credentials.newest(session, account.mrn, [CredentialKind.LETTER])
        return changes.result(session, permit, account, now=now, effect="link-sent", credential=last)
    permit.require_uses()
    to = postal_addresses.require_for_secrets(session, patient, photo_id=permit.photo_id, now=now)
    _require_under_cap(session, account.mrn, now=now)
    letter = _new(session, account, to, permit, life=_life(patient, settings), now=now)
    page = messages.queue(Message.INVITATION_LETTER, mrn=account.mrn, to=to, now=now, credential=letter)
    bears = [record.new(letter), page, *links.replaced_by(session, letter, now=now)]
    seq = permits.spend(
        session, permit, now=now, outcome=Outcome.LINK_SENT, bears=bears,
        details=changes.told(bears, letter) | {"letter": True},
    )  # fmt: skip
    return changes.result(
        session, permit, account, now=now, seq=seq, effect="link-sent", credential=letter, sent=bears
    )  # fmt: skip


def presented(session: Session, said: LetterCode, *, now: datetime) -> tables.RecoveryCredential:
    """The live letter of this number and code, as its reader typed them.

    An unknown number and a wrong code are answered alike, after the same work; a wrong code is counted on the letter.
    Raises: CheckNeeded `wrong-code` (counted); StateForbids `link-dead`, `link-superseded` for who has the right code.
    """
    found = _numbered(session, said.number)
    if found is None:
        nobodys = hashing.dummy_hash(hashing.CODE_COST)
        hashing.code_verify(said.code, nobodys, peppers=keys_of(session).pepper.keys, bound_to=said.number)
        _refuse(session, said.number, [], now=now)
    right = credentials.letter_matches(keys_of(session), whole(session, found), said.code)
    account, patient = patients.account(session, found.mrn), patients.patient(session, found.mrn)
    if not right:
        counts = wrong_tries.counted(session, found, now=now) if _is_live(found, account, now=now) else []
        _refuse(session, said.number, counts, mrn=found.mrn, now=now)
    credentials.require_live(found, account, now=now)
    if postal_addresses.on_file(patient) != found.sent_to:  # the patient moved: whoever lives there now reads it
        raise credentials.dead_letter()
    return found


def printed_code(session: Session, letter: tables.RecoveryCredential) -> str | None:
    """The code as it stands on the paper; None where the key that it was derived with is gone."""
    keys = keys_of(session)
    by = credentials.derived_by(keys, letter)
    return letter_codes.shown(letter.reference, credentials.letter_code_of(keys, letter.id, by)) if by else None


def _new(
    session: Session,
    account: tables.PortalAccount,
    to: str,
    permit: Permit,
    *,
    life: timedelta,
    now: datetime,
) -> tables.RecoveryCredential:
    """A letter's credential, not yet written."""
    keys, id_ = keys_of(session), secrets.token_hex(12)
    code = credentials.letter_code_of(keys, id_)
    number = letter_codes.number(secrets.SystemRandom(), taken=lambda one: _numbered(session, one) is not None)
    return tables.RecoveryCredential(
        id=id_, kind=CredentialKind.LETTER, mrn=account.mrn, reference=number,
        secret_hash=hashing.code_hashed(code, pepper=keys.pepper.key, key_id=keys.pepper.current, bound_to=id_),
        issued_at=now, expires_at=now + life, bound_to=credentials.bound_to(account, letter_to=to), sent_to=to,
        check_id=permit.check.id if permit.check else None,
    )  # fmt: skip


def _numbered(session: Session, number: str) -> tables.RecoveryCredential | None:
    """The letter of this number: each is used once."""
    return session.exec(
        select(tables.RecoveryCredential).where(
            tables.RecoveryCredential.kind == CredentialKind.LETTER, tables.RecoveryCredential.reference == number
        )
    ).first()


def _life(patient: tables.Patient, settings: ClinicSettings) -> timedelta:
    if postal_addresses.is_abroad(patient, settings):
        return timedelta(days=settings.letter_life_abroad_days)
    return credentials.life(CredentialKind.LETTER, settings)


def _require_under_cap(session: Session, mrn: str, *, now: datetime) -> None:
    """Counted by patient: a household has one postal address. Raises: StateForbids `too-many`."""
    queued = (
        select(func.count())
        .select_from(tables.OutboxMessage)
        .where(
            tables.OutboxMessage.mrn == mrn,
            tables.OutboxMessage.kind == Message.INVITATION_LETTER,
            tables.OutboxMessage.created_at > now - timedelta(days=1),
        )
    )
    if session.exec(queued).one() >= LETTERS_A_DAY:
        raise StateForbids(
            "too-many",
            f"This patient was already written {LETTERS_A_DAY} letters within 24 h.",
            "Wait for the last one to arrive; or use photo ID at the desk.",
        )


def _is_live(letter: tables.RecoveryCredential, account: tables.PortalAccount, *, now: datetime) -> bool:
    return not is_dead(credentials.facts_of(letter, bound=credentials.is_bound(letter, account)), now=now)


def _refuse(session: Session, number: str, counts: list[Change], *, mrn: str | None = None, now: datetime) -> NoReturn:
    """The one answer for an unknown number and a wrong code: the same words, and an event for both.

    Raises: CheckNeeded `wrong-code`, always.
    """
    entry = patient_entry("redeem", Outcome.FAILED, patient=mrn, details={"code": "wrong-code", "reference": number})
    record.append(session, entry, counts, now=now)
    raise CheckNeeded(
        "wrong-code",
        "That is not the code of a letter that works.",
        "Type it again as it stands in the letter; else call the clinic, and ask for a new letter.",
        counted=True,
    )
