"""Redeeming a recovery credential: the token first, then the patient's facts, then username and password (design §4).

A link alone opens nothing: whoever reads the mailbox must also know the birth date and one more fact. Five wrong tries
kill the link, never the account, and count as one failed check.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from portaldesk.errors import CheckNeeded, StateForbids, WrongUsage
from portaldesk.gate import permits
from portaldesk.gate.actors import patient_entry
from portaldesk.gate.recoveries import FACT_TRIES, facts_are_missing
from portaldesk.rules import hashing, letter_codes, lockout, speech
from portaldesk.services import (
    account_states,
    changes,
    choosing_passwords,
    credentials,
    evidence,
    letters,
    messages,
    patients,
    portal_sessions,
    usernames,
    wrong_tries,
)
from portaldesk.settings import ClinicSettings
from portaldesk.store import record, tables
from portaldesk.store.record import Change
from portaldesk.store.seals import keys_of
from portaldesk.words import Action, CredentialKind, Method, Outcome


@dataclass(frozen=True, slots=True)
class Redeemed:
    """What a redeemed link did, with the fields of every change. The patient signs in afresh afterwards."""

    action: str
    patient: str
    kind: str
    username: str | None
    account_status: str
    reference: str
    audit_seq: int
    notified: tuple[str, ...]
    effect: str = "done"
    check_id: str | None = None
    already: bool = False
    expires_at: datetime | None = None


def redeem(
    session: Session,
    token: str,
    facts: Mapping[Method, str],
    *,
    call_code: str | None,
    username: str | None,
    password: str | None,
    settings: ClinicSettings,
    rng: random.Random,
    now: datetime,
    known: Mapping[str, bool] | None = None,
) -> Redeemed:
    """Redeem an invitation, a reset link or an unlock link; `token` may be the code of a letter.

    `facts` are read answers (identity_checks.read_answers); `password` is not needed for an unlock link; `known` is
    what `compared` found.
    Raises: StateForbids `link-dead`, `link-superseded`, `username-taken`, `password-policy`; CheckNeeded `wrong-fact`,
    `wrong-code` of a letter (both counted); WrongUsage where facts or password are missing, or a letter's code cannot
    be read (costs nothing).
    """
    code = letter_codes.read(token)
    link = letters.presented(session, code, now=now) if code is not None else credentials.by_token(session, token)
    if link.kind not in (*credentials.LINKS, CredentialKind.LETTER):
        raise credentials.dead_link()
    account = patients.account(session, link.mrn)
    credentials.require_live(link, account, now=now)
    patient = patients.holder(session, link.mrn)
    try:
        account_states.require_living(patient)
        account_states.require_usable(account)
    except StateForbids:
        raise credentials.dead_link() from None  # whoever holds the link learns nothing of the record
    require_facts(session, patient, link, facts, call_code=call_code, now=now)
    if link.kind == CredentialKind.UNLOCK:
        return _unlocked(session, link, account, now=now)
    if password is None:
        raise WrongUsage("usage", "A password must be chosen.", "Give it with --password-stdin.")
    if link.kind in credentials.INVITATIONS or account.username is None:
        if username is not None:  # the password first: who asks for names and chooses none learns of no account
            wanted = speech.read_username(username)
            choosing_passwords.require_good(session, password, patient, wanted, settings=settings, known=known)
        name = usernames.choose(session, patient, username, rng=rng)
    else:
        name = account.username
        if username is not None and speech.read_username(username) != name:
            raise StateForbids("username-taken", "A reset does not change the username.", "Leave --username out.")
    choosing_passwords.require_good(session, password, patient, name, settings=settings, known=known)
    values = {"username": name, **recovered(session, account, password, now=now)}
    return _recovered(session, link, account, values, now=now)


def chooses_password(session: Session, token: str, *, now: datetime) -> bool:
    """Whether this link is redeemed with a new password; judged before anything is typed.

    A letter is not judged here, where a wrong code is not counted.
    Raises: StateForbids `link-dead`, `link-superseded`; WrongUsage for a letter's code that cannot be read.
    """
    if letter_codes.read(token) is not None:
        return True
    link = credentials.by_token(session, token)
    credentials.require_live(link, patients.account(session, link.mrn), now=now)
    return link.kind != CredentialKind.UNLOCK


def compared(
    session: Session, token: str, password: str, *, settings: ClinicSettings, now: datetime
) -> Mapping[str, bool]:
    """The password beside the last ones of the account that a live link is of, found out before the store is locked.

    Nothing is told of it: `redeem` judges token and facts first. Who has a letter has no last password.
    """
    if letter_codes.read(token) is not None:
        return {}
    try:
        link = credentials.by_token(session, token)
        credentials.require_live(link, patients.account(session, link.mrn), now=now)
    except StateForbids:
        return {}
    return choosing_passwords.compared(session, password, link.mrn, settings=settings)


def recovered(session: Session, account: tables.PortalAccount, password: str, *, now: datetime) -> dict[str, Any]:
    """The columns of an account whose owner just chose a password: lock and failures are cleared."""
    fresh = lockout.cleared()
    values: dict[str, Any] = {
        "password_hash": choosing_passwords.hashed(session, password),
        "must_change_password": False,
        "failed_attempts": fresh.failures,
        "locked_until": fresh.until,
    }
    if account.activated_at is None:
        values |= {"status": "active", "activated_at": now}
    return values


def follows(
    session: Session,
    account: tables.PortalAccount,
    new_hash: str,
    *,
    why: str,
    keep: str,
    now: datetime,
    link_to: str | None = None,
) -> list[Change]:
    """What follows from a new password: history, other credentials dead, sessions ended, every address told.

    `link_to`: where the link went that it was chosen with.
    """
    return [
        choosing_passwords.remembered(account.mrn, new_hash, now=now),
        *credentials.revoking(session, account.mrn, credentials.RECOVERIES, now=now, keep=keep),
        *portal_sessions.ending(session, account.mrn, why=why, now=now),
        *messages.notices(session, account, what=why, staff=None, now=now, link_to=link_to),
    ]


def require_facts(
    session: Session,
    patient: patients.Holder,
    credential: tables.RecoveryCredential,
    facts: Mapping[Method, str],
    *,
    call_code: str | None,
    now: datetime,
    second: bool = True,
) -> None:
    """Birth date, and (unless `second` is False) one of postal code, phone, last visit or the call code.

    Raises: WrongUsage where they are missing (no try); CheckNeeded `wrong-fact`, counted on the credential.
    """
    if facts_are_missing(facts, call_code=call_code is not None, second=second):
        raise WrongUsage(
            "usage",
            "The birth date and one more fact are needed.",
            "Give --birth-date and one of --postal-code, --phone, --last-visit, --call-code.",
        )
    on_file = evidence.facts_on_file(session, patient, now=now)
    judged = [(method in on_file and evidence.matches(said, on_file[method])) for method, said in facts.items()]
    if call_code is not None:
        judged.append(
            credential.call_code_hash is not None
            and hashing.code_verify(
                speech.code_read(call_code),
                credential.call_code_hash,
                peppers=keys_of(session).pepper.keys,
                bound_to=credential.id,
            )
        )
    if all(judged):
        return
    _count_wrong(session, patient, credential, now=now)


def _count_wrong(
    session: Session, patient: patients.Holder, credential: tables.RecoveryCredential, *, now: datetime
) -> None:
    """Count a wrong try; the fifth kills the credential and is one failed check of this patient."""
    tries = credential.tries + 1
    left = FACT_TRIES - tries
    entry = patient_entry(
        "redeem",
        Outcome.FAILED,
        patient=patient.mrn,
        details={"code": "wrong-fact", "credential": credential.id, "reference": credential.reference, "tries": tries},
    )
    record.append(session, entry, wrong_tries.counted(session, credential, now=now), now=now)
    paper = credential.kind == CredentialKind.LETTER
    new = "a new letter" if paper else "a new mail"
    raise CheckNeeded(
        "wrong-fact",
        "What was given does not match.",
        f"{left} tries are left; then {new} is needed."
        if left > 0
        else f"This {'letter' if paper else 'link'} is dead now: ask for {new}.",
        counted=True,
    )


def _recovered(
    session: Session,
    link: tables.RecoveryCredential,
    account: tables.PortalAccount,
    values: dict[str, Any],
    *,
    now: datetime,
) -> Redeemed:
    bears = follows(
        session, account, values["password_hash"], why=_why(link), keep=link.id, now=now, link_to=link.sent_to
    )
    seq = permits.spend(
        session,
        permits.for_redemption(Action.REDEEM, link),
        now=now,
        outcome=Outcome.DONE,
        account=account,
        values=values,
        before=[record.changed(link, redeemed_at=now)],
        bears=bears,
        details=changes.told(bears) | {"credential": link.id, "reference": link.reference, "kind": link.kind},
    )
    return _redeemed(link, account.username, account, seq, bears)


def _unlocked(
    session: Session, link: tables.RecoveryCredential, account: tables.PortalAccount, *, now: datetime
) -> Redeemed:
    lock = lockout.Lock(account.failed_attempts, account.locked_until)
    told = messages.notices(session, account, what="unlock", staff=None, now=now, link_to=link.sent_to)
    seq = permits.spend(
        session,
        permits.for_redemption(Action.UNLOCK, link),
        now=now,
        outcome=Outcome.DONE,
        account=account,
        values={"locked_until": lockout.released(lock).until},
        before=[record.changed(link, redeemed_at=now)],
        bears=told,
        details=changes.told(told) | {"credential": link.id, "reference": link.reference, "kind": link.kind},
        event_action="redeem",
    )
    return _redeemed(link, None, account, seq, told)


def _redeemed(
    link: tables.RecoveryCredential,
    username: str | None,
    account: tables.PortalAccount,
    seq: int,
    sent: list[Change],
) -> Redeemed:
    return Redeemed(
        action="redeem",
        patient=account.mrn,
        kind=link.kind,
        username=username,
        account_status=account.status,
        reference=link.reference,
        audit_seq=seq,
        notified=changes.masked(sent),
    )


def _why(link: tables.RecoveryCredential) -> str:
    return "activated" if link.kind in credentials.INVITATIONS else "password-reset"
