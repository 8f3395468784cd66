"""Why can't they get in: each cause yes or no, what to say to the caller, which command mends it.

Without a check only what routes the call is told (the record's status, never activated, no email, on hold, an
outage); everything else stays `None` until the check in this call has reached `basic` (design §3.6).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from portaldesk.gate import holds, proxies
from portaldesk.gate.actors import Actor
from portaldesk.rules import minors
from portaldesk.services import (
    account_states,
    calls,
    duplicates,
    patients,
    postal_addresses,
    resolving,
    temporary_logins,
    verdicts,
)
from portaldesk.services.causes import mails
from portaldesk.services.causes.case import Case, Cause, clock
from portaldesk.settings import ClinicSettings
from portaldesk.store import record, tables
from portaldesk.store.seals import whole
from portaldesk.words import (
    AccountStatus,
    Caller,
    CheckOutcome,
    ContactKind,
    Level,
    Method,
    PatientStatus,
)

BEFORE_BASIC = (
    "outage",
    "never-activated",
    "no-email",
    "patient-inactive",
    "patient-deceased",
    "patient-merged",
    "on-hold",
)
"""Causes that are told without a check: they route the call and say nothing of how to get in."""


_MENDED_BY_A_CHECK = ("never-activated", "no-email", "locked", "username-differs", "link-expired", "temp-login-expired")


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """`goes_on_as`: the record that goes on for this one, where it was merged, or judged to be the same person."""

    patient: str
    checked: bool
    causes: tuple[Cause, ...]
    audit_seq: int
    goes_on_as: str | None


def diagnose(
    session: Session,
    actor: Actor,
    mrn: str,
    *,
    said_username: str | None,
    settings: ClinicSettings,
    now: datetime,
    by: Method | None = None,
    templates: Path | None = None,
) -> Diagnosis:
    """Every cause that the design knows, in the order in which a clerk should look at them.

    `by`: what the patient was named by, if that spoils it as an answer in this call (patients.resolve). `templates`:
    where the clinic keeps its own, for what the subject of a mail is.

    Raises: NotAllowed `own-record`; NotFound; RecordAltered.
    """
    actor.require_not_own(mrn)
    patient = patients.patient(session, mrn)
    check = _checked(session, actor, mrn, now=now)
    checked = check is not None
    holder = check.account if check is not None and check.account is not None else mrn
    account = patients.account(session, holder) if session.get(tables.PortalAccount, holder) is not None else None
    point = patients.contact(session, holder, ContactKind.EMAIL, account.email) if account is not None else None
    survivor = verdicts.survivors(session, [patient]).get(mrn)
    case = Case(
        session, patient, holder, account, point, patients.on_record(session, holder, ContactKind.EMAIL),
        holds.state(session, mrn, now=now), survivor, said_username, settings, now, templates,
    )  # fmt: skip
    causes = tuple(
        judge(case) if checked or name in BEFORE_BASIC else Cause(name, None) for name, judge in _CAUSES.items()
    )
    causes = tuple(_for_who_acts(case, cause) for cause in causes)
    found = [cause.cause for cause in causes if cause.found]
    details = {"checked": checked, "causes": found, "by": by}
    seq = record.append(session, actor.entry("diagnose", "done", patient=mrn, details=details), now=now)
    return Diagnosis(mrn, checked, causes, seq, survivor)


def _checked(session: Session, actor: Actor, mrn: str, *, now: datetime) -> tables.IdentityCheck | None:
    """The live check of this call at basic; who represents a patient has no login to ask about."""
    for check in calls.open_checks(session, actor.name, session_id=actor.session):
        passed = check.outcome in (CheckOutcome.PASSED, CheckOutcome.HELD) and Level(check.level).reaches(Level.BASIC)
        if check.patient == mrn and check.expires_at > now and passed and check.caller != Caller.REPRESENTATIVE:
            return whole(session, check)
    return None


def _for_who_acts(case: Case, cause: Cause) -> Cause:
    """Of a child too young to be helped alone the next step is taken with who acts for them."""
    young = minors.is_under(case.settings.helped_from_years, case.patient.birth_date, case.now.date())
    if not (young and cause.found and case.holder == case.mrn and cause.cause in _MENDED_BY_A_CHECK):
        return cause
    how = f"portaldesk verify-identity {case.mrn} --representative NAME --authority parent --photo-id KIND"
    return replace(cause, next=f"{how}  (who has a login already: --proxy NAME)")


def _outage(case: Case) -> Cause:
    text = case.settings.outage
    return case.yes_if("outage", bool(text), text, "We know of a problem with the portal and are working on it.")


def _patient_is(status: PatientStatus, cause: str, say: str) -> Callable[[Case], Cause]:
    def judge(case: Case) -> Cause:
        survivor = case.survivor if status is PatientStatus.MERGED else None
        next_ = f"portaldesk diagnose {survivor}" if survivor else "Have the record corrected, then import it again."
        detail = f"This record was merged into {survivor}." if survivor else f"The record is {status}."
        return case.yes_if(cause, case.patient.status == status, detail, say, next_)

    return judge


def _never_activated(case: Case) -> Cause:
    new = case.account is not None and case.account.status == AccountStatus.NEW
    invited = (
        new
        and case.account is not None
        and account_states.live_invitation(case.session, case.account, now=case.now) is not None
    )
    return case.yes_if(
        "never-activated",
        new,
        "Invited, but the invitation was not used yet." if invited else "The account was never activated.",
        "You haven't set up your portal account yet; I can send you an invitation.",
        f"portaldesk resend-invite {case.mrn}",
    )


def _on_hold(case: Case) -> Cause:
    until = case.hold.until
    return case.yes_if(
        "on-hold",
        until is not None,
        f"{case.hold.failures} identity checks failed; until {clock(until)}." if until else "",
        "I'm sorry, I can't make changes by phone today. Please come in with photo ID.",
        f'portaldesk verify-identity {case.mrn} --photo-id "driver licence"  (an admin: hold release)',
    )


def _no_email(case: Case) -> Cause:
    account = case.account
    new = account is not None and account.status == AccountStatus.NEW
    writable = new and postal_addresses.is_writable(case.session, case.patient, now=case.now)
    by_letter = f"a letter can be sent: portaldesk resend-invite {case.mrn} --letter; or " if writable else ""
    return case.yes_if(
        "no-email",
        account is not None and not account.email,
        "There is no email on file.",
        "We have no email address for you, so no mail can reach you."
        + (" I can send you a letter with a code." if writable else ""),
        f"{by_letter}portaldesk update-contact {case.mrn} --email -   (at the desk, with photo ID: issue-temp-login)",
    )


def _username_differs(case: Case) -> Cause:
    account, said = case.account, (case.said_username or "").strip().casefold()
    differs = bool(said) and account is not None and (account.username or "") != said
    detail, say = (
        "The account's username is another than the caller says.",
        ("The name you sign in with is a different one; I can mail it to you."),
    )
    if differs and (whose := _acting_as(case, said)):
        detail = f"That is the login of somebody who acts for the patient ({whose})."
        say = f"That is the login of your {whose}, not yours."
    return case.yes_if("username-differs", differs, detail, say, _recover_username(case))


def _acting_as(case: Case, username: str) -> str | None:
    """What the holder of this username is to the patient, where they act for them; `mother`."""
    for leave in proxies.for_patient(case.session, case.mrn):
        account = case.session.get(tables.PortalAccount, leave.person.mrn)
        if account is not None and account.username == username and not leave.is_over(now=case.now):
            return leave.proxy.relation
    return None


def _recover_username(case: Case) -> str:
    new = case.account is not None and case.account.status == AccountStatus.NEW
    return f"portaldesk {'resend-invite' if new else 'recover-username'} {case.mrn}"


def _locked(case: Case) -> Cause:
    account = case.account
    until = account.locked_until if account is not None else None
    locked = until is not None and until > case.now
    return case.yes_if(
        "locked",
        locked,
        f"Locked until {clock(until)} after {account.failed_attempts} failures since the last success."
        if locked and until and account
        else "",
        "There were too many tries with a wrong password; I can unlock the account.",
        f"portaldesk unlock {case.mrn}",
    )


def _account_is(status: AccountStatus, cause: str, say: str) -> Callable[[Case], Cause]:
    def judge(case: Case) -> Cause:
        return case.yes_if(
            cause,
            case.account is not None and case.account.status == status,
            f"The account is {status}.",
            say,
            f"portaldesk enable {case.mrn}",
        )

    return judge


def _likely_duplicate(case: Case) -> Cause:
    judged = verdicts.one_person(case.session, case.mrn)
    for pair in judged:
        if resolving.stands(case.session, pair.other):
            return Cause(
                "likely-duplicate",
                True,
                f"{pair.survivor} and {pair.other} are one person, as {pair.staff} found out; "
                f"the account of {pair.other} still stands.",
                "We have two records for you; once I know who you are I can close the account you do not need.",
                f"At a strong check: portaldesk duplicates resolve {pair.survivor} {pair.other} --same "
                f"--keep {pair.survivor} --reason ...",
            )
    known = {mrn for pair in judged for mrn in (pair.survivor, pair.other)}
    likely = duplicates.likely_duplicates_of(case.session, case.mrn)
    others = [pair for pair in likely if not {pair.a, pair.b} <= known]
    return case.yes_if(
        "likely-duplicate",
        bool(others),
        "Another record looks like the same person: "
        + ", ".join(pair.b if pair.a == case.mrn else pair.a for pair in others),
        "We may have two records for you; the mail may have gone to the other one.",
        f"portaldesk find-duplicates --patient {case.mrn}",
    )


def _temp_login_expired(case: Case) -> Cause:
    account = case.account
    expired = (
        account is not None
        and account.must_change_password
        and temporary_logins.live(case.session, account, now=case.now) is None
    )
    return case.yes_if(
        "temp-login-expired",
        expired,
        "The temporary login is over, or was tried too often.",
        "The temporary password has expired; I can make a new one.",
        f"portaldesk issue-temp-login {case.mrn}",
    )


_CAUSES: dict[str, Callable[[Case], Cause]] = {
    "outage": _outage,
    "patient-inactive": _patient_is(
        PatientStatus.INACTIVE, "patient-inactive", "Your record with us is not active; the front office can help."
    ),
    "patient-deceased": _patient_is(
        PatientStatus.DECEASED, "patient-deceased", "I'll have to pass you on to a colleague."
    ),
    "patient-merged": _patient_is(PatientStatus.MERGED, "patient-merged", "We keep you under another record number."),
    "on-hold": _on_hold,
    "never-activated": _never_activated,
    "no-email": _no_email,
    "locked": _locked,
    "disabled": _account_is(AccountStatus.DISABLED, "disabled", "Your portal account is switched off."),
    "declined": _account_is(AccountStatus.DECLINED, "declined", "You told us that you did not want a portal account."),
    "username-differs": _username_differs,
    "temp-login-expired": _temp_login_expired,
    "mail-waiting": mails.mail_waiting,
    "mail-sent": mails.mail_sent,
    "link-expired": mails.link_expired,
    "link-superseded": mails.link_superseded,
    "email-doubtful": mails.email_doubtful,
    "email-unconfirmed": mails.email_unconfirmed,
    "email-differs": mails.email_differs,
    "likely-duplicate": _likely_duplicate,
}
