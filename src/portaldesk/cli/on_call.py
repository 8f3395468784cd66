"""On the call: who is calling, why they can't get in, and the call's end. Parse, one service, render."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portaldesk.cli import inputs
from portaldesk.cli.app import ON_THE_CALL
from portaldesk.cli.changes import NoSend, Patient
from portaldesk.cli.commands import command
from portaldesk.errors import CheckNeeded, WrongUsage

if TYPE_CHECKING:
    from portaldesk.services.identity_checks import CheckView
    from portaldesk.settings import ClinicSettings


def register(app: typer.Typer) -> None:
    """Put this module's commands into the command line."""
    for name, function in (
        ("find", find), ("verify-identity", verify_identity), ("diagnose", diagnose), ("end-call", end_call),
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
        str | None, typer.Option(metavar="DATE", help="The patient's, as the caller says it; - reads it from stdin.")
    ] = None,
    own_birth_date: Annotated[str | None, typer.Option(metavar="DATE", help="A proxy's own date of birth.")] = None,
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
    proxy: Annotated[
        str | None, typer.Option(metavar="NAME", help="The caller acts for the patient, by a login.")
    ] = None,
    representative: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who came for the patient, with documents.")
    ] = None,
    authority: Annotated[
        str | None, typer.Option(metavar="parent|guardian|poa|court", help="On what they act; you saw the document.")
    ] = None,
    document: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Which document shows it, like a birth certificate.")
    ] = None,
    no_send: NoSend = False,
) -> None:
    """Check who is calling: ask, type what they say, never read an answer out.

    Without options it asks one fact after another. Each answer is matched, not matched, or not on file. A proxy is
    asked facts of their own and the patient's birth date, and helped with their own login.

    Example: portaldesk verify-identity MRN-1042 --birth-date - --postal-code - --phone -
    """
    said = {
        "birth_date": birth_date, "own_birth_date": own_birth_date, "postal_code": postal_code, "phone": phone,
        "email": email, "last_visit": last_visit, "send_code": send_code, "code": code, "photo_id": photo_id,
        "callback": callback,
    }  # fmt: skip
    by = {"proxy": proxy, "representative": representative, "authority": authority, "document": document}
    if any(said.values()):
        view, now = _verified(patient, said, by, reason, send=not no_send)
    else:
        view, now = _asked_in_turn(patient, by, reason)
    from portaldesk.render import calls

    calls.show_check(view, now=now)
    _require_not_failed(view)


def _verified(
    patient: str, said: dict[str, Any], by: dict[str, str | None], reason: str, *, send: bool = True
) -> tuple[CheckView, datetime]:
    from portaldesk.cli.desk import open_desk
    from portaldesk.services import callers, identity_checks

    caller = callers.read_said(**by)
    read: list[identity_checks.Answers] = []

    def read_first(settings: ClinicSettings, today: date) -> None:
        read.append(identity_checks.read_answers(**said, locale=settings.locale, today=today))

    with open_desk("verify-identity", send=send, read_first=read_first) as desk:
        named = desk.patient(patient)
        view = identity_checks.verify(
            desk.session, desk.actor, named, read[0], reason=reason, settings=desk.settings, rng=desk.rng,
            now=desk.now, by=caller,
        )  # fmt: skip
        return view, desk.now


def _asked_in_turn(patient: str, by: dict[str, str | None], reason: str) -> tuple[CheckView, datetime]:
    """One drawn fact after another, each in a transaction of its own: a caller who thinks holds nobody up."""
    from portaldesk.cli.desk import open_desk
    from portaldesk.render import messages
    from portaldesk.services import callers, check_wording, identity_checks

    caller = callers.read_said(**by)
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
            ask, who = identity_checks.next_facts(
                desk.session, desk.actor, named.mrn, settings=desk.settings, now=desk.now, by=caller
            )
        if not ask:
            break
        messages.say(f'Ask: "Could you tell me {check_wording.asked_for(ask[0], who)}?"')
        answer = inputs.ask(str(ask[0]).replace("-", " ").capitalize()).strip()
        if not answer:
            break
        try:
            view, now = _verified(patient, {str(ask[0]).replace("-", "_"): answer}, by, reason)
        except WrongUsage as error:
            if error.code != "unreadable":
                raise
            messages.say(f"{error.message} {error.hint}")  # no try was spent, and the caller is there: ask it again
            continue
        messages.say({"match": "matched", "no-match": "did not match"}.get(_outcome(view, ask[0]), "not on file"))
    if view is None:
        view, now = _verified(patient, {}, by, reason)
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
            by=named.by, templates=desk.store.place.templates,
        )  # fmt: skip
    calls.show_diagnosis(found)


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
