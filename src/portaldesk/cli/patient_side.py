"""The patient's side: for kiosks, scripts and the portal's own software. No staff sign-in."""

from __future__ import annotations

from typing import Annotated

import typer

from portaldesk.cli import inputs
from portaldesk.cli.app import PATIENTS
from portaldesk.cli.commands import command, new_group
from portaldesk.errors import NotAllowed, WrongUsage

Token = Annotated[str, typer.Argument(metavar="TOKEN", help="The last part of the link; - reads it from stdin.")]
PasswordStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from stdin, after - lines.")]


def register(app: typer.Typer) -> None:
    """Put the group `portal` into the command line."""
    portal = new_group(
        "portal", "What a patient does at the portal: redeem a link, sign in, change a password.", PATIENTS, app
    )
    for name, function in (
        ("redeem", redeem), ("sign-in", sign_in), ("change-password", change_password), ("session", session),
        ("confirm", confirm), ("object", object_), ("forgot-password", forgot_password),
        ("forgot-username", forgot_username),
    ):  # fmt: skip
        command(portal, name)(function)


def redeem(
    token: Token,
    birth_date: Annotated[str | None, typer.Option(metavar="DATE", help="Date of birth.")] = None,
    postal_code: Annotated[str | None, typer.Option(metavar="CODE", help="Postal code of the home address.")] = None,
    phone: Annotated[str | None, typer.Option(metavar="NUMBER", help="Phone number on file.")] = None,
    last_visit: Annotated[str | None, typer.Option(metavar="DATE", help="Date of the last visit.")] = None,
    call_code: Annotated[str | None, typer.Option(metavar="CODE", help="The eight digits told on the phone.")] = None,
    username: Annotated[
        str | None, typer.Option(metavar="NAME", help="Username to have; one is made up without it.")
    ] = None,
    password_stdin: PasswordStdin = False,
) -> None:
    """Redeem an invitation, a reset link or an unlock link: facts first, then a password.

    Example: portaldesk portal redeem - --birth-date - --postal-code - --username silvana --password-stdin
    """
    from portaldesk.cli.desk import open_portal
    from portaldesk.render import messages, screens
    from portaldesk.services import identity_checks, redeeming

    password = inputs.password("Password", from_stdin=True) if password_stdin else None
    if password is None and inputs.is_terminal():
        with open_portal("redeem", reading=True) as front:  # a dead link says so before a password is typed
            chooses = redeeming.chooses_password(front.session, token, now=front.now)
        if chooses:
            messages.say("Choose a password.")
            password = inputs.new_password("Password", from_stdin=False)
    known = None
    if password is not None:
        with open_portal("redeem", reading=True) as front:
            known = redeeming.compared(front.session, token, password, settings=front.settings, now=front.now)
    with open_portal("redeem") as front:
        said = identity_checks.read_answers(
            birth_date=birth_date, postal_code=postal_code, phone=phone, last_visit=last_visit,
            locale=front.settings.locale, today=front.now.date(),
        )  # fmt: skip
        done = redeeming.redeem(
            front.session, token, said.facts, call_code=call_code, username=username, password=password,
            settings=front.settings, rng=front.rng, now=front.now, known=known,
        )  # fmt: skip
    name = f" The username is {done.username}." if done.username else ""
    screens.show(done, f"Done ({done.kind}, reference {done.reference}).{name}", "Please sign in now.")


def sign_in(
    username: Annotated[str, typer.Argument(metavar="USERNAME")], password_stdin: PasswordStdin = False
) -> None:
    """Sign in to the portal. A refusal never says why.

    Example: portaldesk portal sign-in silvana --password-stdin
    """
    from portaldesk.cli.desk import open_portal
    from portaldesk.render import screens
    from portaldesk.services import portal_sign_ins

    password = inputs.password("Password", from_stdin=password_stdin)
    with open_portal("sign-in", reading=True) as front:
        judged = portal_sign_ins.judge(front.session, username, password)
    # the notice of a pause goes out later: who waits for a mail server learns that there is an account
    with open_portal("sign-in", send=False) as front:
        result = portal_sign_ins.sign_in(front.session, username, password, now=front.now, judged=judged)
    say = {
        "signed-in": "Signed in.",
        "must-change-password": f"Choose a new password: portaldesk portal change-password {username} --birth-date -",
        "refused": "Not signed in.",
    }[result.outcome]
    screens.show(result, say, essential=result.session)
    if result.outcome == "refused":
        raise NotAllowed(
            "sign-in-refused",
            "The sign-in was refused.",
            "Check username and password; forgotten? portaldesk portal forgot-password LOGIN",
        )


def change_password(
    username: Annotated[str, typer.Argument(metavar="USERNAME")],
    birth_date: Annotated[str | None, typer.Option(metavar="DATE", help="Asked after a temporary login.")] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read old and new password, a line each.")
    ] = False,
) -> None:
    """Change the password: two lines on stdin, the old one and the new one.

    Example: portaldesk portal change-password silvana --birth-date -
    """
    from portaldesk.cli.desk import open_portal
    from portaldesk.render import screens
    from portaldesk.rules import dates
    from portaldesk.services import portal_sign_ins

    piped = password_stdin or not inputs.is_terminal()
    old = inputs.password("Old password", from_stdin=piped)
    new = inputs.new_password("New password", from_stdin=True) if piped else None
    with open_portal("change-password", reading=True) as front:
        judged = portal_sign_ins.judge(front.session, username, old, new=new, settings=front.settings)
    if birth_date is None and judged.must_change and not piped:
        birth_date = inputs.ask("Birth date")
    if new is None:
        new = inputs.new_password("New password", from_stdin=False)
        with open_portal("change-password", reading=True) as front:
            judged = portal_sign_ins.judge(front.session, username, old, new=new, settings=front.settings)
    with open_portal("change-password") as front:
        today = front.now.date()
        born = (
            dates.read_date(birth_date, locale=front.settings.locale, today=today) if birth_date is not None else None
        )
        done = portal_sign_ins.change_password(
            front.session, username, old, new, birth_date=born, settings=front.settings, now=front.now, judged=judged
        )
    screens.show(done, "The password is changed. Please sign in with it.")


def session(token: Token) -> None:
    """Whether a portal session is live: for the portal's own software.

    Example: portaldesk portal session -
    """
    from portaldesk.cli.desk import open_portal
    from portaldesk.render import screens
    from portaldesk.services import portal_sessions

    with open_portal("session", reading=True) as front:
        live = portal_sessions.look(front.session, token, now=front.now)
    screens.show(live, "Signed in." if live.signed_in else "Not signed in.")


def confirm(token: Token) -> None:
    """Confirm a new address by the link that was mailed to it.

    Example: portaldesk portal confirm -
    """
    from portaldesk.cli.desk import open_portal
    from portaldesk.render import screens
    from portaldesk.services import confirming

    with open_portal("confirm") as front:
        done = confirming.confirm_by_link(front.session, token, now=front.now)
    screens.show(
        {"action": "confirm", "request_id": done.request_id, "state": done.state},
        "Thank you: this address is confirmed. The clinic takes it from here.",
    )


def object_(token: Token) -> None:
    """Object to a change of address: it is cancelled and the account secured.

    Example: portaldesk portal object -
    """
    from portaldesk.cli.desk import open_portal
    from portaldesk.render import screens
    from portaldesk.services import confirming

    with open_portal("object") as front:
        done = confirming.object_(front.session, token, now=front.now)
    screens.show(
        {"action": "object", "effect": done.effect, "audit_seq": done.audit_seq},
        "Thank you: the change is cancelled and the account secured. Call the clinic to get back in.",
    )


def forgot_password(
    login: Annotated[str, typer.Argument(metavar="LOGIN", help="Username or email.")],
) -> None:
    """Ask for a mail to choose a new password. The answer is the same for everybody.

    Example: portaldesk portal forgot-password silvana
    """
    from portaldesk.cli.desk import open_portal
    from portaldesk.render import screens
    from portaldesk.services import forgetting

    with open_portal("forgot-password", send=False) as front:
        asked = forgetting.forgot_password(front.session, login, settings=front.settings, now=front.now)
    screens.show(asked, asked.say)


def forgot_username(email: Annotated[str, typer.Argument(metavar="EMAIL", help="The email on file.")]) -> None:
    """Ask for a mail with the username. The answer is the same for everybody.

    Example: portaldesk portal forgot-username silvana@example.org
    """
    from portaldesk.cli.desk import open_portal
    from portaldesk.render import screens
    from portaldesk.services import forgetting

    if "@" not in email:
        raise WrongUsage("usage", "That is not an email address.", "Give the email that the clinic has on file.")
    with open_portal("forgot-username", send=False) as front:
        asked = forgetting.forgot_username(front.session, email, now=front.now)
    screens.show(asked, asked.say)
