"""Resolving two records: what a person found out about them, and what follows for the portal accounts.

Two that are one person need one account. Which record goes on is named, and the other's account is disabled: under a
strong check of its own patient in this call, or of the survivor's where the two records look alike by themselves (else
a clerk could call strangers one person). Without such a check it stays, and `diagnose` of either asks for it at the
next verified call. The patients' records are never merged here. *Different* undoes the verdict; the account is enabled
again only through the gate.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlmodel import Session

from portaldesk.errors import CheckNeeded, StateForbids, WrongUsage
from portaldesk.gate import permits
from portaldesk.gate.actors import Actor
from portaldesk.gate.permits import Permit
from portaldesk.services import account_states, demographics, duplicates, keeping, patients, securing, verdicts
from portaldesk.services.verdicts import Verdict
from portaldesk.store import record, tables
from portaldesk.store.seals import keys_of, whole
from portaldesk.words import AccountStatus, Action, PatientStatus


@dataclass(frozen=True, slots=True)
class Resolved:
    """A verdict on two records. `already`: it stood before; what was left to do may have been done now.

    `survivor`: of one person's two records the one that goes on, `why`: for what it was taken. `effect`: `waiting`
    where the other's account still stands, and `next` says what ends it. `account_status`: of the other's account.
    """

    a: str
    b: str
    verdict: Verdict
    audit_seq: int
    already: bool
    survivor: str | None
    why: str
    effect: Literal["done", "waiting"]
    account_status: str | None
    notified: tuple[str, ...]
    next: str


def same(session: Session, actor: Actor, a: str, b: str, *, keep: str | None, reason: str, now: datetime) -> Resolved:
    """Record that two records are one person, and disable the portal account of the one that does not go on.

    Args:
        keep: the record that goes on; by default the one that keeping.py suggests.
    Raises: WrongUsage: twice the same record, no reason, `keep` is neither. NotAllowed `own-record`. NotFound
        `no-such-patient`. StateForbids `patient-inactive`: the record to be kept is not active, and the other is.
    """
    a, b = _pair(session, actor, a, b, reason=reason)
    survivor, why = _survivor(session, a, b, keep)
    other = b if survivor == a else a
    seq, already = _written(session, actor, a, b, "same", survivor, reason=reason, now=now)
    account = session.get(tables.PortalAccount, other)
    if account is None or not stands(session, other):
        status = None if account is None else account.status
        return Resolved(a, b, "same", seq, already, survivor, why, "done", status, (), "")
    try:
        _require_a_way_in(session, survivor)
        permit = _permit(session, actor, survivor, other, now=now)
    except (CheckNeeded, StateForbids) as missing:
        status = account_states.shown(session, account, now=now)
        return Resolved(a, b, "same", seq, already, survivor, why, "waiting", status, (), missing.hint)
    done = securing.disable(session, permit, now=now)
    return Resolved(
        a, b, "same", done.audit_seq, already, survivor, why, "done", done.account_status, done.notified, ""
    )


def different(session: Session, actor: Actor, a: str, b: str, *, reason: str, now: datetime) -> Resolved:
    """Record that two records are two people; what an earlier verdict disabled is enabled by its patient's check alone.

    Raises: WrongUsage: twice the same record, no reason. NotAllowed `own-record`. NotFound `no-such-patient`.
    """
    a, b = _pair(session, actor, a, b, reason=reason)
    before = verdicts.newest(session, (a, b)).get((a, b))
    seq, already = _written(session, actor, a, b, "different", None, reason=reason, now=now)
    undone = before.survivor if before is not None else None
    other = {a: b, b: a}.get(undone or "")
    account = session.get(tables.PortalAccount, other) if other is not None else None
    if account is None or account.status != AccountStatus.DISABLED:
        return Resolved(a, b, "different", seq, already, None, "", "done", None, (), "")
    next_ = f"At a strong check of its patient: portaldesk enable {other}"
    return Resolved(a, b, "different", seq, already, None, "", "waiting", account.status, (), next_)


def stands(session: Session, mrn: str) -> bool:
    """Whether this patient's account may still let somebody in, or come to it.

    Raises: RecordAltered.
    """
    account = session.get(tables.PortalAccount, mrn)
    if account is None or patients.patient(session, mrn).status != PatientStatus.ACTIVE:
        return False
    return whole(session, account).status not in (AccountStatus.DISABLED, AccountStatus.DECLINED)


def _pair(session: Session, actor: Actor, a: str, b: str, *, reason: str) -> tuple[str, str]:
    if a == b:
        raise WrongUsage("usage", "Two different records must be named.", "Like: portaldesk duplicates resolve A B")
    if not reason.strip():
        raise WrongUsage("usage", "A reason is needed.", 'Like --reason "both born in one house, two people"')
    for mrn in (a, b):
        actor.require_not_own(mrn)
    for mrn in (a, b):
        verdicts.require_known(session, mrn)
    first, second = sorted((a, b))
    return first, second


def _survivor(session: Session, a: str, b: str, keep: str | None) -> tuple[str, str]:
    """The record that goes on, and why it is this one."""
    both = {mrn: patients.patient(session, mrn) for mrn in (a, b)}
    living = [mrn for mrn, one in both.items() if one.status == PatientStatus.ACTIVE]
    if keep is not None:
        if keep not in both:
            raise WrongUsage("usage", "--keep names one of the two records.", f"Like --keep {a}")
        if living and keep not in living:
            raise StateForbids(
                "patient-inactive",
                f"The record of {keep} is {both[keep].status}: it cannot be the one that goes on.",
                f"Leave --keep out, or name the other: --keep {living[0]}",
            )
        return keep, "you named it"
    kept = keeping.suggested(session, [(a, b)])[0]
    return kept.mrn, kept.why


def _written(
    session: Session,
    actor: Actor,
    a: str,
    b: str,
    verdict: Verdict,
    survivor: str | None,
    *,
    reason: str,
    now: datetime,
) -> tuple[int, bool]:
    """The event of the verdict, and whether it was this person's before: then nothing is written.

    What a colleague said before is no reason: a second opinion is one only if the record has it.
    """
    both = demographics.of(session, (a, b), merged=True)
    last = verdicts.newest(session, (a, b)).get((a, b))
    if (
        last is not None
        and (last.staff, last.verdict, last.survivor) == (actor.name, verdict, survivor)
        and verdicts.still(session, whole(session, last), both[a], both[b])
    ):
        return record.head(session).seq, True
    row = tables.DuplicateVerdict(
        id=secrets.token_hex(8), a=a, b=b, verdict=verdict, survivor=survivor, reason=reason.strip(),
        judged_on=keys_of(session).audit.mark(verdicts.identity(both[a], both[b])), staff=actor.name, at=now,
    )  # fmt: skip
    told = {"other": b, "verdict": verdict} | ({"survivor": survivor} if survivor else {})
    entry = actor.entry("duplicates resolve", "done", patient=a, reason=reason.strip(), details=told)
    return record.append(session, entry, [record.new(row)], now=now), False


def _require_a_way_in(session: Session, survivor: str) -> None:
    """Raises: StateForbids where the survivor's account lets nobody in: the other may be all that the patient has."""
    account_states.require_living(patients.patient(session, survivor))
    account_states.require_usable(patients.account(session, survivor))


def _permit(session: Session, actor: Actor, survivor: str, other: str, *, now: datetime) -> Permit:
    """Raises: CheckNeeded: no strong check of either that counts; its hint says whose."""
    try:
        permit = permits.for_check(session, actor, Action.DISABLE, other, now=now)
        permit.require_uses()
    except CheckNeeded:
        if not duplicates.look_alike(session, survivor, other):
            raise CheckNeeded(
                "check-required",
                "The two records do not look alike: only the patient of the other account can have it disabled.",
                f"At a strong check of {other}, give this command again.",
            ) from None
    else:
        return permit
    try:
        permit = permits.for_survivor(session, actor, Action.DISABLE, other, survivor, now=now)
        permit.require_uses()
    except CheckNeeded as missing:
        either = f"At a strong check of {survivor} or {other}, give this command again."
        raise CheckNeeded(missing.code, missing.message, either) from None
    return permit
