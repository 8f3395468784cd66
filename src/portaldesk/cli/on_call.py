"""On the call: what a clerk runs while the caller waits. Parse, one service, render."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portaldesk.cli import inputs
from portaldesk.cli.app import ON_THE_CALL
from portaldesk.cli.commands import command
from portaldesk.errors import CheckNeeded, WrongUsage

if TYPE_CHECKING:
    from portaldesk.cli.desk import Desk
    from portaldesk.gate.permits import Permit
    from portaldesk.services.changes import Changed
    from portaldesk.services.identity_checks import CheckView
    from portaldesk.settings import ClinicSettings

Patient = Annotated[
    str, typer.Argument(metavar="PATIENT", help="MRN, username or email (mrn:, user:, email: settle doubt).")
]
Check = Annotated[
    str | None, typer.Option("--check", metavar="ID", help="The identity check, where there are several.")
]
NoSend = Annotated[bool, typer.Option("--no-send", help="Leave the mail to 'outbox send'.")]
Answer = Annotated[str | None, typer.Option(metavar="ANSWER")]


def register(app: typer.Typer) -> None:
    """Put this module's commands into the command line, in the order of a call."""
    for name, function in (
        ("find", find), ("verify-identity", verify_identity), ("diagnose", diagnose), ("resend-invite", resend_invite),
        ("send-reset", send_reset), ("recover-username", recover_username), ("unlock", unlock),
        ("issue-temp-login", issue_temp_login), ("update-contact", update_contact), ("confirm", confirm),
        ("secure-account", secure_account), ("disable", disable), ("enable", enable), ("end-call", end_call),
    ):  # fmt: skip
        command(app, name, ON_THE_CALL)(function)


def find(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="Name, MRN, phone or email.")],
    birth_date: Annotated[str | None, typer.Option(metavar="DATE", help="Narrow it to this date of birth.")] = None,
) -> None:
    """Find the caller's record by name, MRN, phone or email.

    Example: portaldesk find reynolds --birth-date 1947-01-14
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.render import calls
    from portaldesk.rules import dates
    from portaldesk.services import finding

    born: list[date] = []

    def read_first(settings: ClinicSettings, today: date) -> None:
        if birth_date is not None:
            born.append(dates.read_date(birth_date, locale=settings.locale, today=today))

    with open_desk("find", read_first=read_first) as desk:
        found = finding.find(
            desk.session,
            desk.actor,
            text,
            birth_date=born[0] if born else None,
            settings=desk.settings,
            now=desk.now,
        )
    calls.show_found(found)


def verify_identity(
    patient: Patient,
    birth_date: Annotated[
        str | None, typer.Option(metavar="DATE", help="What the caller says; - reads it from stdin.")
    ] = None,
    postal_code: Annotated[str | None, typer.Option(metavar="CODE", help="Postal code of the home address.")] = None,
    phone: Annotated[str | None, typer.Option(metavar="NUMBER", help="Phone number on file.")] = None,
    email: Annotated[str | None, typer.Option(metavar="EMAIL", help="Email on file.")] = None,
    last_visit: Annotated[str | None, typer.Option(metavar="DATE", help="Date of the last visit.")] = None,
    send_code: Annotated[
        str | None, typer.Option(metavar="email|phone", help="Send a one-time code (after basic).")
    ] = None,
    code: Annotated[str | None, typer.Option(metavar="CODE", help="The code the caller reads back.")] = None,
    photo_id: Annotated[
        str | None, typer.Option(metavar="KIND", help="Photo ID you saw in person, like a passport.")
    ] = None,
    callback: Annotated[bool, typer.Option("--callback", help="You called back the number that matched.")] = False,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why they call.")] = "",
    no_send: NoSend = False,
) -> None:
    """Check who is calling: ask, type what they say, never read an answer out.

    Without options it asks one fact after another. Each answer is matched, not matched, or not on file.

    Example: portaldesk verify-identity MRN-1042 --birth-date - --postal-code - --phone -
    """
    said = {
        "birth_date": birth_date, "postal_code": postal_code, "phone": phone, "email": email, "last_visit": last_visit,
        "send_code": send_code, "code": code, "photo_id": photo_id, "callback": callback,
    }  # fmt: skip
    if any(said.values()):
        view, now = _verified(patient, said, reason, send=not no_send)
    else:
        view, now = _asked_in_turn(patient, reason)
    from portaldesk.render import calls

    calls.show_check(view, now=now)
    _require_not_failed(view)


def _verified(patient: str, said: dict[str, Any], reason: str, *, send: bool = True) -> tuple[CheckView, datetime]:
    from portaldesk.cli.desk import open_desk
    from portaldesk.services import identity_checks

    read: list[identity_checks.Answers] = []

    def read_first(settings: ClinicSettings, today: date) -> None:
        read.append(identity_checks.read_answers(**said, locale=settings.locale, today=today))

    with open_desk("verify-identity", send=send, read_first=read_first) as desk:
        named = desk.patient(patient)
        view = identity_checks.verify(
            desk.session, desk.actor, named, read[0], reason=reason, settings=desk.settings, rng=desk.rng, now=desk.now
        )
        return view, desk.now


def _asked_in_turn(patient: str, reason: str) -> tuple[CheckView, datetime]:
    """One drawn fact after another, each in a transaction of its own: a caller who thinks holds nobody up."""
    from portaldesk.cli.desk import open_desk
    from portaldesk.render import messages
    from portaldesk.services import check_wording, identity_checks

    if not inputs.is_terminal():
        raise WrongUsage(
            "no-terminal",
            "There is no answer to check, and nobody can be asked here.",
            "Give an answer, like --birth-date -",
        )
    view: CheckView | None = None
    while view is None or (view.outcome == "pending" and view.ask):
        with open_desk("verify-identity") as desk:
            named = desk.patient(patient)
            ask = identity_checks.next_facts(desk.session, desk.actor, named.mrn, now=desk.now)
        if not ask:
            break
        messages.say(f'Ask: "Could you tell me {check_wording.ASKED_FOR[ask[0]]}?"')
        answer = inputs.ask(str(ask[0]).replace("-", " ").capitalize()).strip()
        if not answer:
            break
        try:
            view, now = _verified(patient, {str(ask[0]).replace("-", "_"): answer}, reason)
        except WrongUsage as error:
            if error.code != "unreadable":
                raise
            messages.say(f"{error.message} {error.hint}")  # no try was spent, and the caller is there: ask it again
            continue
        messages.say({"match": "matched", "no-match": "did not match"}.get(_outcome(view, ask[0]), "not on file"))
    if view is None:
        view, now = _verified(patient, {}, reason)
    return view, now


def _outcome(view: CheckView, method: str) -> str:
    return next((m.outcome for m in view.methods if m.method == method), "not-on-file")


def _require_not_failed(view: CheckView) -> None:
    if view.outcome == "failed":
        raise CheckNeeded(
            "check-failed",
            "The identity check failed.",
            "Offer: come in with photo ID, or 'Forgot password' on the portal. Nothing can be changed for this caller.",
        )
    if view.outcome == "held":
        raise CheckNeeded(
            "on-hold",
            "The patient is on hold after too many failed checks.",
            "Photo ID seen in person with the birth date helps at once; secure-account is allowed at basic.",
        )


def diagnose(
    patient: Patient,
    username: Annotated[str | None, typer.Option(metavar="NAME", help="The username the caller says they use.")] = None,
) -> None:
    """Why can't they get in? Each cause, what to say, and the command that mends it.

    Example: portaldesk diagnose MRN-1042 --username silvana
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.render import calls
    from portaldesk.services import diagnosis, waiting

    with open_desk("diagnose") as desk:
        named = desk.patient(patient)
        waiting.settle(desk.session, named.mrn, now=desk.now)
        found = diagnosis.diagnose(
            desk.session, desk.actor, named.mrn, said_username=username, settings=desk.settings, now=desk.now,
            by=named.by,
        )  # fmt: skip
    calls.show_diagnosis(found)


def _change(name: str, patient: str, check: str | None, no_send: bool, act: Callable[[Desk, Permit], Changed]) -> None:
    """Every change of a call: the gate first, then one service, then the screen."""
    from portaldesk.cli.desk import open_desk
    from portaldesk.render import calls

    def rehearse(desk: Desk) -> None:
        _rehearsed_permit(desk, name, patient, check)

    with open_desk(name, send=not no_send, rehearse=rehearse) as desk:
        change = act(desk, _permit(desk, name, patient, check))
    calls.show_change(change, now=desk.now)


def _permit(desk: Desk, name: str, patient: str, check: str | None, **more: Any) -> Permit:
    from portaldesk.gate import permits
    from portaldesk.services import waiting
    from portaldesk.words import Action

    mrn = desk.patient(patient).mrn
    waiting.settle(desk.session, mrn, now=desk.now)
    return permits.for_check(desk.session, desk.actor, Action(name), mrn, now=desk.now, check_id=check, **more)


def _rehearsed_permit(desk: Desk, name: str, patient: str, check: str | None) -> None:
    """Ask the gate, for nothing but the time it takes the first time. Raises: what the gate refuses."""
    from portaldesk.gate import permits
    from portaldesk.words import Action

    mrn = desk.patient(patient).mrn
    permits.for_check(desk.session, desk.actor, Action(name), mrn, now=desk.now, check_id=check)


def resend_invite(patient: Patient, check: Check = None, no_send: NoSend = False) -> None:
    """Mail a new invitation to the address on file; older ones stop working.

    Example: portaldesk resend-invite MRN-1042
    """
    from portaldesk.services import invitations

    _change(
        "resend-invite", patient, check, no_send,
        lambda desk, permit: invitations.resend(desk.session, permit, settings=desk.settings, now=desk.now),
    )  # fmt: skip


def send_reset(patient: Patient, check: Check = None, no_send: NoSend = False) -> None:
    """Mail a link to choose a new password to the address on file.

    Example: portaldesk send-reset MRN-1042
    """
    from portaldesk.services import resets

    _change(
        "send-reset", patient, check, no_send,
        lambda desk, permit: resets.send(desk.session, permit, settings=desk.settings, now=desk.now),
    )  # fmt: skip


def recover_username(patient: Patient, check: Check = None, no_send: NoSend = False) -> None:
    """Mail the username to the address on file.

    Example: portaldesk recover-username MRN-1042
    """
    from portaldesk.services import usernames

    _change(
        "recover-username", patient, check, no_send,
        lambda desk, permit: usernames.recover(desk.session, permit, now=desk.now),
    )  # fmt: skip


def unlock(patient: Patient, check: Check = None, no_send: NoSend = False) -> None:
    """Unlock a portal account after too many sign-in attempts: by mail at basic, at once at strong.

    Example: portaldesk unlock MRN-1042
    """
    from portaldesk.services import unlocking

    _change(
        "unlock", patient, check, no_send,
        lambda desk, permit: unlocking.unlock(desk.session, permit, settings=desk.settings, now=desk.now),
    )  # fmt: skip


def issue_temp_login(
    patient: Patient,
    username: Annotated[
        str | None, typer.Option(metavar="NAME", help="Username for an account that has none yet.")
    ] = None,
    check: Check = None,
    no_send: NoSend = False,
) -> None:
    """Make a temporary password, shown once with its spelling; needs a strong check.

    Example: portaldesk issue-temp-login MRN-1042
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.render import calls
    from portaldesk.services import temporary_logins

    drawn: list[temporary_logins.Drawn] = []

    def rehearse(desk: Desk) -> None:
        _rehearsed_permit(desk, "issue-temp-login", patient, check)
        drawn.append(temporary_logins.draw(desk.session, settings=desk.settings, rng=desk.rng))

    with open_desk("issue-temp-login", send=not no_send, rehearse=rehearse) as desk:
        permit = _permit(desk, "issue-temp-login", patient, check)
        made = temporary_logins.issue(
            desk.session, permit, username=username, settings=desk.settings, rng=desk.rng, now=desk.now,
            drawn=drawn[0] if drawn else None,
        )  # fmt: skip
    calls.show_temporary_login(made, now=desk.now)


def update_contact(
    patient: Patient,
    email: Annotated[str | None, typer.Option(metavar="EMAIL", help="The new email; - reads it from stdin.")] = None,
    phone: Annotated[str | None, typer.Option(metavar="NUMBER", help="The new phone number.")] = None,
    check: Check = None,
    no_send: NoSend = False,
) -> None:
    """Ask for a new email or phone: it counts once the new address answered and an admin approved.

    Example: portaldesk update-contact MRN-1042 --email -
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.gate.requests import NOT_BY
    from portaldesk.render import calls
    from portaldesk.rules import emails, phones
    from portaldesk.services import contacts
    from portaldesk.words import ContactKind

    if (email is None) == (phone is None):
        raise WrongUsage(
            "usage", "Give either --email or --phone.", "Like: portaldesk update-contact PATIENT --email -"
        )
    kind = ContactKind.EMAIL if email is not None else ContactKind.PHONE
    with open_desk("update-contact", send=not no_send) as desk:
        new = (
            emails.read_email(email)
            if email is not None
            else phones.read_phone(phone or "", locale=desk.settings.locale)
        )
        permit = _permit(desk, "update-contact", patient, check, not_by=NOT_BY[kind])
        asked = contacts.ask(desk.session, permit, kind, new, settings=desk.settings, now=desk.now)
    calls.show_asked(asked, now=desk.now)


def confirm(
    request: Annotated[str, typer.Argument(metavar="REQUEST", help="The request's reference, like R-1A2B3C.")],
    code: Annotated[str | None, typer.Option(metavar="CODE", help="The code that the new email got.")] = None,
    callback: Annotated[bool, typer.Option("--callback", help="You called the new number and they answered.")] = False,
    no_send: NoSend = False,
) -> None:
    """Note that the new address answered: the code it got, or your call there.

    Example: portaldesk confirm R-1A2B3C --code -
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.render import calls
    from portaldesk.rules import speech
    from portaldesk.services import confirming, requests

    read = speech.code_read(code) if code is not None else None
    with open_desk("confirm", send=not no_send) as desk:
        desk.mrn = requests.get(desk.session, request).mrn
        done = confirming.confirm(desk.session, desk.actor, request, code=read, callback=callback, now=desk.now)
    calls.show_request(done)


def secure_account(patient: Patient, check: Check = None, no_send: NoSend = False) -> None:
    """Someone else got in: end sessions, revoke links, erase the password. Works on hold too.

    Example: portaldesk secure-account MRN-1042
    """
    from portaldesk.services import securing

    _change(
        "secure-account", patient, check, no_send,
        lambda desk, permit: securing.secure(desk.session, permit, now=desk.now),
    )  # fmt: skip


def disable(patient: Patient, check: Check = None, no_send: NoSend = False) -> None:
    """Disable a portal account, at the patient's wish; needs a strong check.

    Example: portaldesk disable MRN-1042
    """
    from portaldesk.services import securing

    _change(
        "disable", patient, check, no_send, lambda desk, permit: securing.disable(desk.session, permit, now=desk.now)
    )


def enable(patient: Patient, check: Check = None, no_send: NoSend = False) -> None:
    """Enable a disabled portal account again; needs a strong check, not by a mailed code.

    Example: portaldesk enable MRN-1042
    """
    from portaldesk.services import securing

    _change("enable", patient, check, no_send, lambda desk, permit: securing.enable(desk.session, permit, now=desk.now))


def end_call(note: Annotated[str, typer.Option(metavar="TEXT", help="A note for the record.")] = "") -> None:
    """End the call: its identity checks end with it.

    Example: portaldesk end-call --note "will come in tomorrow"
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.render import screens
    from portaldesk.services import calls

    with open_desk("end-call") as desk:
        ended = calls.end_call(desk.session, desk.actor, note=note, now=desk.now)
    failed = f"; {ended.failed} counts as failed (a wrong answer was never put right)" if ended.failed else ""
    screens.show(ended, f"The call is over: {ended.checks} check(s) ended{failed}.")
