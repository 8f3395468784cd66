"""Permits: the gate turns a ground into a permit for one action on one account, and `spend` writes the change.

A service that gives or changes access takes a `Permit`; only this module can make one. `for_check` and `for_renewal`
prove their ground themselves, for the desk must hear what is missing. The other makers are called by the one service
that has just proved it (an approval, a redemption, a sign-in), and `spend` writes permit, change, what the permit
bears, and the event in one go: the triggers (triggers.py) judge each ground that is a stored row again inside the
database. That a password was right is no stored row; for a sign-in they see that the account is active and not locked.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import InitVar, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, update
from sqlmodel import Session, col, select

from portaldesk.errors import CheckNeeded, StateForbids
from portaldesk.gate import checks, holds, proxies, roles
from portaldesk.gate.actions import ACTIONS
from portaldesk.gate.actors import Actor
from portaldesk.gate.checks import CheckFacts, Refusal
from portaldesk.gate.requests import PROXY
from portaldesk.rules import assurance
from portaldesk.store import record, tables
from portaldesk.store.record import Change, Entry
from portaldesk.store.seals import table_name, whole
from portaldesk.words import Action, Caller, CheckOutcome, Ground, Level, Method, Outcome

_GATE = object()
_BEARERS = ("recovery_credential", "outbox_message", "change_request", "proxy")

# made once: a caller waits while SQLAlchemy puts a statement together
_CHECKS = (
    select(tables.IdentityCheck)
    .where(
        tables.IdentityCheck.patient == bindparam("patient"),
        tables.IdentityCheck.staff == bindparam("staff"),
        tables.IdentityCheck.session == bindparam("session"),  # a call is what one session did (services/calls.py)
    )
    .order_by(col(tables.IdentityCheck.started_at).desc())
    .limit(1)
)
_CHECK_NAMED = _CHECKS.where(tables.IdentityCheck.id == bindparam("id"))
_SPENT = (
    select(tables.Permit.issued_at)
    .where(
        tables.Permit.ground == Ground.CHECK,
        tables.Permit.ground_id == bindparam("check"),
        tables.Permit.action == bindparam("action"),
    )
    .order_by(col(tables.Permit.issued_at).desc())
)


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave for one action on one account. `recent`: the same was done under this check moments ago (sends only).

    `mrn`: the account's holder: the patient, or the proxy whose check it rests on.
    """

    action: Action
    mrn: str
    ground: Ground
    ground_id: str
    level: Level
    actor: Actor | None
    check: tables.IdentityCheck | None
    uses_left: int
    recent: bool
    made_by: InitVar[object] = None

    def __post_init__(self, made_by: object) -> None:
        if made_by is not _GATE:
            raise TypeError("only the gate makes a Permit")

    @property
    def photo_id(self) -> bool:
        """Whether it rests on a check with photo ID seen in person."""
        return self.check is not None and Method.PHOTO_ID in facts_of(self.check).held

    @property
    def patient(self) -> str:
        """The patient whose account it is, or for whom its holder calls."""
        return self.check.patient if self.check is not None and proxies.is_proxy(self.mrn) else self.mrn

    @property
    def staff(self) -> str | None:
        """The staff member who acts, None on the patient's side."""
        return self.actor.name if self.actor else None

    def require_not_by(self, methods: Collection[Method]) -> None:
        """Judge the check once more without these methods, where the change itself knows which do not count.

        Raises: CheckNeeded `check-too-weak`.
        """
        assert self.check is not None
        facts = facts_of(self.check)
        if checks.why_not_enough(facts, self.action, on_hold=False, not_by=methods) is not None:
            raise CheckNeeded(
                "check-too-weak", _too_weak(facts.level, self.action), "Nothing is changed by the channel that changes."
            )

    def require_uses(self) -> None:
        """Raises: CheckNeeded `check-spent` where the check was already used for this action as often as it may."""
        if self.uses_left < 1:
            raise CheckNeeded(
                "check-spent",
                f"This identity check was already used for {self.action}.",
                f"Make a new one: portaldesk end-call, then portaldesk verify-identity {self.patient}",
            )


def for_check(
    session: Session,
    actor: Actor,
    action: Action,
    mrn: str,
    *,
    now: datetime,
    check_id: str | None = None,
    not_by: Collection[Method] = (),
) -> Permit:
    """A permit on the ground of an identity check, or the refusal that says how to get one.

    It answers before the account's state is looked at, so that nothing about it is learnt without a check.

    Args:
        not_by: methods that do not count as the possession part here ("never by the channel that changes").
    Raises: NotAllowed `own-record`; CheckNeeded; RecordAltered.
    """
    actor.require_not_own(mrn)
    for table in (tables.Patient, tables.PortalAccount):
        if (row := session.get(table, mrn)) is not None:
            whole(session, row)
    check = _the_check(session, actor, mrn, check_id, now)
    facts = facts_of(check)
    holder = proxies.opened_by(session, check, now=now) or mrn
    on_hold = holds.state(session, mrn, now=now).until is not None
    refusal = checks.why_not_enough(facts, action, on_hold=on_hold, not_by=not_by)
    if refusal is Refusal.ON_HOLD:
        raise _on_hold()
    if refusal is Refusal.NOT_THIS_CALLER:
        raise _not_by(facts.caller, action, mrn)
    if refusal is not None:
        raise CheckNeeded("check-too-weak", _too_weak(facts.level, action), _stronger(session, facts, action, not_by))
    spent = session.execute(_SPENT, {"check": check.id, "action": action}).scalars().all()
    left = checks.uses(action, spent, now=now)
    return Permit(action, holder, Ground.CHECK, check.id, facts.level, actor, check, left.left, left.recent, _GATE)


def require_checked(session: Session, actor: Actor, mrn: str, *, now: datetime) -> str | None:
    """Ask for a live check at basic before anything of a patient is shown; returns the proxy who calls, if it is one.

    Raises: NotAllowed `own-record`; CheckNeeded; RecordAltered.
    """
    actor.require_not_own(mrn)
    check = _the_check(session, actor, mrn, None, now)
    facts = facts_of(check)
    if facts.outcome not in (CheckOutcome.PASSED, CheckOutcome.HELD) or not facts.level.reaches(Level.BASIC):
        raise CheckNeeded(
            "check-too-weak",
            f"This needs a basic identity check; this one is at {facts.level}.",
            f"Ask the next fact: portaldesk verify-identity {mrn}",
        )
    return proxies.opened_by(session, check, now=now)


def for_survivor(session: Session, actor: Actor, action: Action, mrn: str, survivor: str, *, now: datetime) -> Permit:
    """A permit on a strong check of the record that goes on where two are one person (services/resolving.py).

    The service has just proved the verdict; the trigger looks for it again. A hold on either stops it without photo ID.
    Raises: NotAllowed `own-record`; CheckNeeded; RecordAltered.
    """
    if not ACTIONS[action].by_survivor:
        raise ValueError(f"{action} asks for a check of the patient")
    actor.require_not_own(mrn)
    permit = for_check(session, actor, action, survivor, now=now)
    if holds.state(session, mrn, now=now).until is not None and not permit.photo_id:
        raise _on_hold()
    return replace(permit, mrn=mrn, made_by=_GATE)


def facts_of(check: tables.IdentityCheck) -> CheckFacts:
    """A stored check as the gate's decisions take it."""
    return CheckFacts(
        check.patient, check.staff, check.session, check.expires_at, tuple(assurance.from_text(check.evidence)),
        frozenset(Method(m) for m in json.loads(check.spoiled)), check.wrong, Level(check.level),
        CheckOutcome(check.outcome), check.ended_at is not None, bool(check.all_there_is), Caller(check.caller),
    )  # fmt: skip


def for_approval(actor: Actor, request: tables.ChangeRequest) -> Permit:
    """A permit on an approval: the service has judged who may approve; the trigger judges it again."""
    action = _applies(request)
    return Permit(action, request.mrn, Ground.APPROVAL, request.id, Level.STRONG, actor, None, 1, False, _GATE)


def for_time(request: tables.ChangeRequest) -> Permit:
    """A permit on elapsed time, in a clinic with one admin (design §3.5)."""
    action = _applies(request)
    return Permit(action, request.mrn, Ground.TIME, request.id, Level.STRONG, None, None, 1, False, _GATE)


def _applies(request: tables.ChangeRequest) -> Action:
    return Action.APPLY_PROXY if request.kind == PROXY else Action.APPLY_CONTACT


def for_redemption(action: Action, credential: tables.RecoveryCredential) -> Permit:
    """A permit on a credential that its reader redeems in this transaction."""
    return Permit(action, credential.mrn, Ground.REDEMPTION, credential.id, Level.NONE, None, None, 1, False, _GATE)


def for_sign_in(action: Action, account: tables.PortalAccount) -> Permit:
    """A permit on a sign-in that just succeeded."""
    return Permit(action, account.mrn, Ground.SIGN_IN, account.mrn, Level.NONE, None, None, 1, False, _GATE)


def for_import(actor: Actor, mrn: str) -> Permit:
    """A permit for an import to move the contacts of an account that was never activated."""
    return Permit(Action.IMPORT_CONTACT, mrn, Ground.IMPORT, mrn, Level.NONE, actor, None, 1, False, _GATE)


def for_asking(action: Action, mrn: str) -> Permit:
    """A permit for what anybody may ask of the portal: a mail to the address on file."""
    return Permit(action, mrn, Ground.ASKED, mrn, Level.NONE, None, None, 1, False, _GATE)


def for_renewal(session: Session, actor: Actor, mrn: str) -> Permit:
    """A permit to let an account be born again, on the ground that its seal is wrong; it covers nothing but emptying.

    Raises: NotAllowed `own-record`, `not-your-role`; StateForbids `account-whole`.
    """
    from portaldesk.store.raw_rows import standing  # one admin's command needs it, every call would load it

    actor.require_not_own(mrn)
    roles.require(actor.role, "doctor mend")
    if standing(session, tables.PortalAccount, mrn) is None:
        raise StateForbids(
            "account-whole",
            "The account is whole: there is nothing to renew.",
            "To take access away from a caller's account: portaldesk secure-account",
        )
    return Permit(Action.RENEW, mrn, Ground.RENEWAL, mrn, Level.NONE, actor, None, 1, False, _GATE)


def spend(
    session: Session,
    permit: Permit,
    *,
    now: datetime,
    outcome: Outcome,
    account: tables.PortalAccount | None = None,
    values: Mapping[str, Any] | None = None,
    before: Sequence[Change] = (),
    bears: Sequence[Change] = (),
    details: Mapping[str, Any] | None = None,
    reason: str = "",
    event_action: str | None = None,
) -> int:
    """Write the change a permit allows, with its event; returns the event's number.

    Args:
        account, values: the account and its new column values; unchanged ones are left out of the update.
        before: rows the ground needs first (the credential marked redeemed, the request marked effective).
        bears: what the permit bears, or what follows from the change (credentials, messages, revocations).
    Raises: CheckNeeded `check-spent`; RecordAltered where the database refuses.
    """
    permit.require_uses()
    row = tables.Permit(
        id=secrets.token_hex(8), mrn=permit.mrn, action=permit.action, ground=permit.ground,
        ground_id=permit.ground_id, level=permit.level, staff=permit.staff,
        issued_at=now,
    )  # fmt: skip
    differing = {n: v for n, v in (values or {}).items() if account is not None and getattr(account, n) != v}
    changes = [*before, record.new(row)]
    if account is not None and differing:
        changes.append(record.changed(account, **differing, permit_id=row.id))
    borne = [change for change in bears if _bears(change)]
    for change in borne:
        change.row.permit_id = row.id
    changes += bears
    seq = record.append(session, _entry(permit, outcome, details or {}, reason, event_action), changes, now=now)
    if not (differing or borne):  # no trigger has spent it, and a permit is spent in its own event
        session.connection().execute(update(tables.Permit).where(col(tables.Permit.id) == row.id).values(spent_seq=seq))
    return seq


def _bears(change: Change) -> bool:
    return change.is_new and table_name(type(change.row)) in _BEARERS


def note_already(session: Session, permit: Permit, *, now: datetime) -> int:
    """Write down an attempt at what was so already: nothing is spent or changed; returns the event's number."""
    return record.append(session, _entry(permit, Outcome.DONE, {"already": True}, "", None), now=now)


def _entry(permit: Permit, outcome: Outcome, details: Mapping[str, Any], reason: str, action: str | None) -> Entry:
    check = permit.check
    told: dict[str, Any] = {"ground": permit.ground, "ground_id": permit.ground_id} | dict(details)
    if permit.mrn != permit.patient:
        told["account"] = permit.mrn
    if check is not None:
        told |= check_details(check)
        if check.patient != permit.mrn:
            told["check_of"] = check.patient
        reason = reason or check.reason
    return Entry(
        action or permit.action.command, outcome, staff=permit.staff, patient=permit.patient,
        session=permit.actor.session if permit.actor else "portal", check_id=check.id if check else None,
        level=permit.level if check else None, reason=reason, details=told,
    )  # fmt: skip


def check_details(check: tables.IdentityCheck) -> dict[str, Any]:
    """What an event says of the check it rests on: methods, which of them are the clerk's word, the caller."""
    held = facts_of(check).held
    return {
        "methods": sorted(held),
        "attested": sorted(m for m in held if m in (Method.PHOTO_ID, Method.CALLBACK)),
        "caller": check.caller,
    } | ({"authority": check.authority} if check.authority else {})


def _the_check(session: Session, actor: Actor, mrn: str, check_id: str | None, now: datetime) -> tables.IdentityCheck:
    named = {"patient": mrn, "staff": actor.name, "session": actor.session, "id": check_id}
    found: tables.IdentityCheck | None = (
        session.execute(_CHECKS if check_id is None else _CHECK_NAMED, named).scalars().first()
    )
    how = f"Ask the caller, then: portaldesk verify-identity {mrn} --birth-date - --postal-code - --phone -"
    if found is not None:
        whole(session, found)
    facts = facts_of(found) if found is not None else None
    refusal = checks.why_not_live(facts, patient=mrn, staff=actor.name, session=actor.session, now=now)
    if found is None or refusal is Refusal.NONE_MADE:
        raise CheckNeeded("check-required", "No identity check of this patient was made in this call.", how)
    if refusal is Refusal.FAILED:
        raise CheckNeeded(
            "check-failed",
            "The identity check failed: nothing can be changed for this caller.",
            "Ask them to come in with photo ID, or to use 'Forgot password' on the portal; a new check may be begun.",
        )
    if refusal is Refusal.ENDED:
        raise CheckNeeded("check-required", "The identity check ended with its call.", how)
    if refusal is not None:
        raise CheckNeeded("check-expired", "The identity check is over: it lives 15 minutes.", how)
    return found


def _on_hold() -> CheckNeeded:
    return CheckNeeded(
        "on-hold",
        "Too many identity checks of this patient failed: the patient is on hold.",
        "Photo ID seen in person with the birth date helps at once; an admin can release the hold: hold release.",
    )


def _not_by(caller: Caller, action: Action, mrn: str) -> CheckNeeded:
    if caller is Caller.REPRESENTATIVE:
        how = f"Give them a login of their own: portaldesk proxy grant {mrn} --name ... --relation ... --birth-date -"
    else:
        how = f"The patient asks for it: portaldesk end-call, then portaldesk verify-identity {mrn}"
    return CheckNeeded("not-this-caller", f"A check of a {caller} does not allow {action}.", how)


def _too_weak(level: Level, action: Action) -> str:
    need = ACTIONS[action].level
    if level.reaches(need):
        return (
            f"This check does not count for {action}: it rests on the channel that is to change, or on a mailed code."
        )
    return f"{action} needs a {need} identity check; this one is at {level}."


def _stronger(session: Session, check: CheckFacts, action: Action, not_by: Collection[Method]) -> str:
    mrn = check.patient
    if check.all_there_is:
        return (
            f"No other fact is on file. A letter can be sent: portaldesk resend-invite {mrn} --letter; or, with photo "
            f'ID seen in person: portaldesk verify-identity {mrn} --photo-id "driver licence"'
        )
    if check.level is Level.NONE:
        return f"Ask the next fact: portaldesk verify-identity {mrn}"
    ways = []
    if ACTIONS[action].emailed_code_is_enough:
        ways.append("--send-code email")
    if Method.CODE_PHONE not in not_by and _sends_texts(session):
        ways.append("--send-code phone")
    if Method.CALLBACK not in not_by:
        ways.append("--callback")
    ways.append('--photo-id "driver licence" (seen in person)')
    return f"Knowledge alone never reaches strong. Add one of: portaldesk verify-identity {mrn} " + ", ".join(ways)


def _sends_texts(session: Session) -> bool:
    """Whether the clinic has a gateway for texts; what is offered is no decision, so the row need not be proved."""
    values = session.exec(select(tables.Settings.values_json)).first()
    return bool(values and json.loads(values).get("sms_url"))
