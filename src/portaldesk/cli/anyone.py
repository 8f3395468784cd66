"""Commands that need no patient and no role: setting up, signing in and out, trying a password."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import Annotated, Any

import typer

from portaldesk.cli import inputs, recovering
from portaldesk.cli.commands import command, new_group
from portaldesk.cli.recovering import RecoveryCode
from portaldesk.cli.second_factor import LABEL, Totp
from portaldesk.errors import CheckNeeded, StateForbids, WrongUsage
from portaldesk.render import screens, times
from portaldesk.render.messages import say

PANEL = "Anyone"
FILE_REMARK = "The secrets lie in a file of mode 0600: whoever reads this folder can act as portaldesk."
NO_MAIL_REMARK = (
    "No mail server is set: mails are written into the folder's outbox, for trial. Whoever reads the folder "
    "reads the links. Set one with: portaldesk settings set smtp_url URL"
)
PASSWORD_REMARK = "The mail server asks for a password: portaldesk settings set smtp_password -"


class SecretsHome(StrEnum):
    """Where the secrets of a store are kept."""

    KEYRING = "keyring"
    FILE = "file"


class Preset(StrEnum):
    """The password policies there are."""

    NIST = "nist-800-63b-4"
    PORTAL = "portal"


def register(app: typer.Typer) -> None:
    """Put this module's commands into the command line."""
    command(app, "init", "Admins")(init)
    command(app, "login", PANEL)(login)
    command(app, "logout", PANEL)(logout)
    command(app, "whoami", PANEL)(whoami)
    policy = new_group("policy", "The password rules, and trying a password against them.", "Admins", app)
    command(policy, "show")(policy_show)
    command(policy, "check")(policy_check)


def init(
    admin: Annotated[str | None, typer.Option("--admin", help="Sign-in name of the first admin.")] = None,
    secrets: Annotated[
        SecretsHome, typer.Option("--secrets", help="Where the secrets are kept: keyring, or a file on a server.")
    ] = SecretsHome.KEYRING,
    recover: Annotated[
        bool, typer.Option("--recover", help="Spend a recovery code: the admin gets a new password, no second factor.")
    ] = False,
    code: RecoveryCode = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the admin's password from standard input.")
    ] = False,
) -> None:
    """Set up a new clinic: its folder, its secrets, its first admin, and two recovery codes to keep on paper.

    Example: portaldesk init --admin rosa
    """
    from portaldesk.cli import results
    from portaldesk.cli.desk import clock
    from portaldesk.services import opening, recovery_codes, staff
    from portaldesk.settings import read_setting

    if recover:
        recovering.recover(admin, code, password_stdin=password_stdin)
        return
    if code is not None:
        raise WrongUsage("usage", "--code is for --recover.", "To set up a clinic leave it out.")
    place = opening.place_of(os.environ)
    if opening.is_there(place):
        opening.prepare(place, secrets_kind=secrets)  # refuses, in its words, before anything is asked
    values = {
        key: read_setting(key, os.environ[variable])
        for key, variable in (("smtp_url", "PORTALDESK_SMTP_URL"), ("portal_url", "PORTALDESK_PORTAL_URL"))
        if os.environ.get(variable)
    }
    name = staff.read_name(admin if admin is not None else inputs.ask("Sign-in name of the first admin"))
    password = inputs.new_password("Password", from_stdin=password_stdin)
    staff.require_password(password, name)
    prepared = opening.prepare(place, secrets_kind=secrets)
    now = clock()
    try:
        member = staff.first_admin(name, password, prepared.keys, now=now)
        codes, rows = recovery_codes.fresh(prepared.keys, name, now=now)
        opening.finish(prepared, admin=member, values=values, now=now, also=rows)
    except BaseException:
        if not opening.is_there(place):  # interrupted half-way: no keys may be left in the next one's way
            prepared.secrets.drop("keys")
        raise
    smtp = str(values.get("smtp_url", ""))
    remarks = [FILE_REMARK] if secrets is SecretsHome.FILE else []
    remarks += [PASSWORD_REMARK if "@" in smtp else ""] if smtp else [NO_MAIL_REMARK]
    made = results.SetUp(
        str(place.home), name, secrets.value, "smtp" if smtp else "folder", tuple(filter(None, remarks)), codes
    )
    screens.show(
        made, f"The clinic is set up in {place.home}; {name} is its first admin.",
        "Two recovery codes, shown this once:", *codes, recovering.KEEP_THEM, f"Sign in: portaldesk login {name}",
        essential=" ".join(codes),
    )  # fmt: skip
    for remark in made.remarks:
        say(f"Note: {remark}")


def login(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Your sign-in name.")],
    totp: Totp = None,
    password_stdin: Annotated[
        bool,
        typer.Option("--password-stdin", help="Read the password from standard input; a new one as the second line."),
    ] = False,
) -> None:
    """Sign in for this shift; whoever was signed in here is signed out.

    Example: portaldesk login rosa
    """
    from portaldesk.cli import results
    from portaldesk.services import opening

    opening.open_store(opening.place_of(os.environ))  # where there is no store, no password is asked for
    password = inputs.password("Password", from_stdin=password_stdin)
    new = _second_line() if password_stdin else None
    asks = inputs.is_terminal() and not password_stdin
    try:
        signed = _sign_in(name, password, new, totp)
    except CheckNeeded as refusal:
        if refusal.code != "second-factor-required" or not asks:
            raise
        signed = _sign_in(name, password, new, inputs.ask(LABEL))
    except StateForbids as refusal:
        if refusal.code != "must-change-password" or not asks:
            raise
        say("This is a first password: choose one of your own, for example four or five words.")
        signed = _sign_in(name, password, inputs.new_password("New password", from_stdin=False), totp)
    screens.show(
        results.LoggedIn(signed.name, signed.role, signed.expires_at),
        f"Signed in as {signed.name} ({signed.role}), until {times.local(signed.expires_at)} at the latest.",
    )


def _sign_in(name: str, password: str, new: str | None, totp: str | None) -> Any:
    from portaldesk.cli.desk import open_door, seat, session_secret_name
    from portaldesk.services import sessions

    with open_door("login", reading=True) as door:
        judged = sessions.judge(door.session, name, password)
    with open_door("login") as door:
        signed = sessions.sign_in(
            door.session,
            name,
            password,
            os_caller=seat(),
            new_password=new,
            settings=door.settings,
            now=door.now,
            judged=judged,
            code=totp,
        )
        # before the commit: a secret store that fails leaves everything as it was
        door.store.secrets.put(session_secret_name(), signed.secret)
    return signed


def _second_line() -> str | None:
    """The new password, where a second line is there."""
    try:
        return inputs.next_line("New password")
    except WrongUsage as missing:
        if missing.code == "usage":
            return None
        raise


def logout() -> None:
    """Sign out; the identity checks of this session end.

    Example: portaldesk logout
    """
    from portaldesk.cli import results
    from portaldesk.cli.desk import open_door, session_secret_name
    from portaldesk.services import sessions

    with open_door("logout") as door:
        secret = door.store.secrets.get(session_secret_name())
        name = sessions.sign_out(door.session, secret, now=door.now)
    door.store.secrets.drop(session_secret_name())
    screens.show(
        results.LoggedOut(name, already=name is None),
        f"{name} is signed out." if name else "Nobody was signed in here.",
    )


def whoami() -> None:
    """Say who is signed in here, and until when.

    Example: portaldesk whoami
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.services import sessions

    with open_desk("whoami") as desk:
        who = sessions.who(desk.session, desk.actor, settings=desk.settings)
    lines = [f"{who.name} ({who.role})"]
    if who.expires_at is not None:
        lines.append(f"Until {times.until(who.expires_at, desk.now)}")
    if who.idle_minutes is not None:
        lines.append(f"Signed out after {who.idle_minutes} minutes without a command.")
    screens.show(who, *lines, essential=who.name)


def policy_show() -> None:
    """Show the password rules of this clinic, in words to read to a caller.

    Example: portaldesk policy show
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.rules import passwords

    with open_desk("policy show") as desk:
        policy = passwords.PRESETS[desk.settings.password_policy]
    rules = passwords.explained(policy)
    screens.show({"policy": policy.name, "rules": rules}, f"Policy: {policy.name}", *rules)


def policy_check(
    context: typer.Context,
    password: Annotated[
        str | None, typer.Argument(metavar="[-]", help="- reads the password from standard input.")
    ] = None,
    policy: Annotated[Preset, typer.Option("--policy", help="Which rules to judge by.")] = Preset.NIST,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
) -> None:
    """Judge a password by the rules, without keeping it.

    Example: portaldesk policy check
    """
    from portaldesk.cli import results
    from portaldesk.rules import passwords

    inputs.require_read(context, "password", password)
    if password is None:
        password = inputs.password("Password", from_stdin=password_stdin)
    faults = passwords.faults(password, passwords.PRESETS[policy.value])
    judged = results.PasswordJudged(policy.value, not faults, faults)
    screens.show(judged, *(faults or ("It meets the policy.",)))
    if faults:
        raise StateForbids(
            "password-policy",
            "The password does not meet the policy.",
            "Choose another, for example four or five words.",
        )
