"""Why can't they get in: each cause yes or no, what to say to the caller, which command mends it.

Without a check only what routes the call is told (the record's status, never activated, no email, on hold, an
outage); everything else stays `None` until the check in this call has reached `basic` (design §3.6).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlmodel import Session, and_, col, or_, select

from portaldesk.gate import holds, proxies
from portaldesk.gate.actors import Actor
from portaldesk.mail.envelope import mail_host
from portaldesk.mail.messages import SUBJECTS
from portaldesk.rules import emails, masks, minors
from portaldesk.services import (
    account_states,
    calls,
    credentials,
    duplicates,
    family_mails,
    patients,
    postal_addresses,
    resolving,
    temporary_logins,
    verdicts,
)
from portaldesk.settings import ClinicSettings
from portaldesk.store import record, tables
from portaldesk.store.seals import whole
from portaldesk.words import (
    AccountStatus,
    Caller,
    CheckOutcome,
    ContactKind,
    CredentialKind,
    Level,
    Message,
    Method,
    PatientStatus,
)

_SENT = (*credentials.LINKS, CredentialKind.LETTER)

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
class Cause:
    """One cause. `found`: None where a check must come first. `say`: words for the caller; `next`: the command."""

    cause: str
    found: bool | None
    detail: str = ""
    say: str = ""
    next: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """`goes_on_as`: the record that goes on for this one, where it was merged, or judged to be the same person."""

    patient: str
    checked: bool
    causes: tuple[Cause, ...]
    audit_seq: int
    goes_on_as: str | None


@dataclass(frozen=True, slots=True)
class _Case:
    """What a diagnosis looks at, read once. `holder`: whose login it is about, the patient's or a calling proxy's."""

    session: Session
    patient: tables.Patient
    holder: str
    account: tables.PortalAccount | None
    point: tables.ContactPoint | None
    on_record: tables.ContactPoint | None
    hold: holds.HoldState
    survivor: str | None
    said_username: str | None
    settings: ClinicSettings
    now: datetime

    @property
    def mrn(self) -> str:
        return self.patient.mrn

    def yes_if(self, cause: str, found: bool, detail: str = "", say: str = "", next_: str = "") -> Cause:
        return Cause(cause, True, detail, say, next_) if found else Cause(cause, False)


def diagnose(
    session: Session,
    actor: Actor,
    mrn: str,
    *,
    said_username: str | None,
    settings: ClinicSettings,
    now: datetime,
    by: Method | None = None,
) -> Diagnosis:
    """Every cause that the design knows, in the order in which a clerk should look at them.

    `by`: what the patient was named by, if that spoils it as an answer in this call (patients.resolve).

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
    case = _Case(
        session, patient, holder, account, point, patients.on_record(session, holder, ContactKind.EMAIL),
        holds.state(session, mrn, now=now), survivor, said_username, settings, now,
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


def _for_who_acts(case: _Case, cause: Cause) -> Cause:
    """Of a child too young to be helped alone the next step is taken with who acts for them."""
    born = case.patient.birth_date
    young = born is not None and minors.age(born, case.now.date()) < case.settings.helped_from_years
    if not (young and cause.found and case.holder == case.mrn and cause.cause in _MENDED_BY_A_CHECK):
        return cause
    how = f"portaldesk verify-identity {case.mrn} --representative NAME --authority parent --photo-id KIND"
    return replace(cause, next=f"{how}  (who has a login already: --proxy NAME)")


def _outage(case: _Case) -> Cause:
    text = case.settings.outage
    return case.yes_if("outage", bool(text), text, "We know of a problem with the portal and are working on it.")


def _patient_is(status: PatientStatus, cause: str, say: str) -> Callable[[_Case], Cause]:
    def judge(case: _Case) -> Cause:
        survivor = case.survivor if status is PatientStatus.MERGED else None
        next_ = f"portaldesk diagnose {survivor}" if survivor else "Have the record corrected, then import it again."
        detail = f"This record was merged into {survivor}." if survivor else f"The record is {status}."
        return case.yes_if(cause, case.patient.status == status, detail, say, next_)

    return judge


def _never_activated(case: _Case) -> Cause:
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


def _on_hold(case: _Case) -> Cause:
    until = case.hold.until
    return case.yes_if(
        "on-hold",
        until is not None,
        f"{case.hold.failures} identity checks failed; until {_clock(until)}." if until else "",
        "I'm sorry, I can't make changes by phone today. Please come in with photo ID.",
        f'portaldesk verify-identity {case.mrn} --photo-id "driver licence"  (an admin: hold release)',
    )


def _no_email(case: _Case) -> Cause:
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


def _username_differs(case: _Case) -> Cause:
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


def _acting_as(case: _Case, username: str) -> str | None:
    """What the holder of this username is to the patient, where they act for them; `mother`."""
    for leave in proxies.for_patient(case.session, case.mrn):
        account = case.session.get(tables.PortalAccount, leave.person.mrn)
        if account is not None and account.username == username and not leave.is_over(now=case.now):
            return leave.proxy.relation
    return None


def _recover_username(case: _Case) -> str:
    new = case.account is not None and case.account.status == AccountStatus.NEW
    return f"portaldesk {'resend-invite' if new else 'recover-username'} {case.mrn}"


def _email_doubtful(case: _Case) -> Cause:
    point, next_ = case.point, f"portaldesk update-contact {case.mrn} --email -"
    if point is not None and point.do_not_use:
        return Cause(
            "email-doubtful",
            True,
            "The patient asked us not to use the email on file, or objected to it.",
            "You asked us not to write to the address we have. Which one shall we use?",
            f"{next_}  (the same one again: contacts mark {case.mrn} CONTACT --usable)",
        )
    return case.yes_if(
        "email-doubtful",
        point is not None and point.bounced_at is not None,
        "Mail to the address on file came back.",
        "Our mails to your address come back. Has it changed?",
        next_,
    )


def _email_unconfirmed(case: _Case) -> Cause:
    point = case.point
    young = point is not None and point.evidence_from > case.now
    return case.yes_if(
        "email-unconfirmed",
        young,
        f"The email changed, or was given back; links go there from {_clock(point.evidence_from)} on."
        if young and point
        else "",
        "Your email address changed less than a day ago; for your safety we wait 24 hours.",
        f'portaldesk verify-identity {case.mrn} --photo-id "driver licence"  (at once, in person)',
    )


def _email_differs(case: _Case) -> Cause:
    account, on_record = case.account, case.on_record
    mine = account.email if account is not None else None
    differs = on_record is not None and mine is not None and emails.key(mine) != on_record.key
    return case.yes_if(
        "email-differs",
        differs,
        f"The portal uses {masks.email(mine)}, the clinic's record has {masks.email(on_record.value)}."
        if differs and mine and on_record
        else "",
        "We have two different email addresses for you; which one do you use?",
        f"portaldesk update-contact {case.mrn} --email -",
    )


def _mail_sent(case: _Case) -> Cause:
    mail = _newest_mail(case, sent=True)
    if mail is None:
        return Cause("mail-sent", False)
    mine = family_mails.links_in(mail).get(case.holder, mail.credential_id)
    credential = case.session.get(tables.RecoveryCredential, mine) if mine else None
    if mail.kind == Message.INVITATION_LETTER:
        return _letter_sent(case, mail, credential)
    if credential is not None and credential.redeemed_at is not None:
        return Cause("mail-sent", False)  # it was found, and used
    reference = f", reference {credential.reference}" if credential else ""
    sent = mail.sent_at
    assert sent is not None
    return Cause(
        "mail-sent",
        True,
        f"A mail ({mail.kind}) was sent at {_clock(sent)} to {masks.email(mail.to_address)}{reference}.",
        "Please look in spam, junk and promotions, and among blocked senders, for a mail from "
        f"{case.settings.clinic_name} <no-reply@{mail_host(case.settings)}> with the subject "
        f"'{SUBJECTS.get(mail.kind, '')}'{f' and the reference {credential.reference}' if credential else ''}.",
        f"portaldesk diagnose {case.mrn}  (again after looking; then send a new one)",
    )


def _letter_sent(case: _Case, letter: tables.OutboxMessage, credential: tables.RecoveryCredential | None) -> Cause:
    if credential is None or credential.redeemed_at is not None:
        return Cause("mail-sent", False)
    return Cause(
        "mail-sent",
        True,
        f"A letter with a code ({credential.reference}) was printed at {_clock(letter.sent_at)}.",
        f"We sent you a letter, number {credential.reference}, by post; it can take some days to reach you.",
        f"portaldesk diagnose {case.mrn}  (again when it should be there; then send a new one)",
    )


def _mail_waiting(case: _Case) -> Cause:
    mail = _newest_mail(case, sent=False)
    paper = mail is not None and mail.kind == Message.INVITATION_LETTER
    what, done = ("letter", "printed") if paper else ("mail", "sent")
    return case.yes_if(
        "mail-waiting",
        mail is not None,
        f"A {what} of ours ({mail.kind}) is still waiting to be {done} since {_clock(mail.created_at)}."
        if mail
        else "",
        f"Our {what} to you has not left yet; that is our fault. It will come.",
        f"An admin: portaldesk outbox {'letters --print FOLDER' if paper else 'list; portaldesk outbox send'}",
    )


def _newest_mail(case: _Case, *, sent: bool) -> tables.OutboxMessage | None:
    address = case.account.email if case.account is not None else None
    in_a_shared_mail = and_(
        tables.OutboxMessage.to_address == address,
        col(tables.OutboxMessage.kind).in_((Message.FAMILY_LINKS, Message.USERNAME_REMINDER)),
        col(tables.OutboxMessage.variables).contains(json.dumps(case.holder), autoescape=True),
    )
    query = select(tables.OutboxMessage).where(
        or_(tables.OutboxMessage.mrn == case.holder, in_a_shared_mail),
        tables.OutboxMessage.created_at > case.now - timedelta(days=7),
        tables.OutboxMessage.dropped_why == "",
        col(tables.OutboxMessage.kind).in_(
            (
                Message.INVITATION,
                Message.INVITATION_LETTER,
                Message.RESET,
                Message.FAMILY_LINKS,
                Message.UNLOCK_LINK,
                Message.USERNAME_REMINDER,
                Message.CHECK_CODE,
                Message.CONFIRM_CODE,
            )
        ),
        col(tables.OutboxMessage.sent_at).is_not(None) if sent else col(tables.OutboxMessage.sent_at).is_(None),
    )
    return case.session.exec(query.order_by(col(tables.OutboxMessage.created_at).desc()).limit(1)).first()


def _link_expired(case: _Case) -> Cause:
    link = credentials.newest(case.session, case.holder, _SENT)
    expired = link is not None and link.redeemed_at is None and link.revoked_at is None and link.expires_at <= case.now
    return case.yes_if(
        "link-expired",
        expired,
        f"The last {_named(link)} expired at {_clock(link.expires_at)}." if expired and link else "",
        f"The {_named(link).split()[0]} we sent you has expired; I can send a new one." if expired and link else "",
        _send_again(case),
    )


def _link_superseded(case: _Case) -> Cause:
    older = case.session.exec(
        select(tables.RecoveryCredential)
        .where(
            tables.RecoveryCredential.mrn == case.holder,
            col(tables.RecoveryCredential.superseded_by).is_not(None),
            col(tables.RecoveryCredential.kind).in_(_SENT),
        )
        .order_by(col(tables.RecoveryCredential.issued_at).desc())
        .limit(1)
    ).first()
    newer = credentials.newest(case.session, case.holder, _SENT)
    live = newer is not None and newer.redeemed_at is None and newer.revoked_at is None and newer.expires_at > case.now
    return case.yes_if(
        "link-superseded",
        older is not None and live,
        f"{older.reference} was replaced by {older.superseded_by}." if older else "",
        f"We sent you more than one; only the newest works, reference {older.superseded_by}." if older else "",
        f"portaldesk diagnose {case.mrn}",
    )


def _named(link: tables.RecoveryCredential) -> str:
    return f"{'letter' if link.kind == CredentialKind.LETTER else 'link'} ({link.reference})"


def _locked(case: _Case) -> Cause:
    account = case.account
    until = account.locked_until if account is not None else None
    locked = until is not None and until > case.now
    return case.yes_if(
        "locked",
        locked,
        f"Locked until {_clock(until)} after {account.failed_attempts} failures since the last success."
        if locked and until and account
        else "",
        "There were too many tries with a wrong password; I can unlock the account.",
        f"portaldesk unlock {case.mrn}",
    )


def _account_is(status: AccountStatus, cause: str, say: str) -> Callable[[_Case], Cause]:
    def judge(case: _Case) -> Cause:
        return case.yes_if(
            cause,
            case.account is not None and case.account.status == status,
            f"The account is {status}.",
            say,
            f"portaldesk enable {case.mrn}",
        )

    return judge


def _likely_duplicate(case: _Case) -> Cause:
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


def _temp_login_expired(case: _Case) -> Cause:
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


def _send_again(case: _Case) -> str:
    new = case.account is not None and case.account.status == AccountStatus.NEW
    return f"portaldesk {'resend-invite' if new else 'send-reset'} {case.mrn}"


def _clock(at: datetime | None) -> str:
    """Local time of the desk, as a clerk reads it out."""
    return at.astimezone().strftime("%H:%M on %d %b") if at is not None else ""


_CAUSES: dict[str, Callable[[_Case], Cause]] = {
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
    "mail-waiting": _mail_waiting,
    "mail-sent": _mail_sent,
    "link-expired": _link_expired,
    "link-superseded": _link_superseded,
    "email-doubtful": _email_doubtful,
    "email-unconfirmed": _email_unconfirmed,
    "email-differs": _email_differs,
    "likely-duplicate": _likely_duplicate,
}
