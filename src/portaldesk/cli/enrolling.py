"""`staff totp` and `staff recovery-codes`: what staff prove themselves with beside the password."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from portaldesk.cli import inputs
from portaldesk.cli.recovering import KEEP_THEM
from portaldesk.cli.second_factor import LABEL, Code, Totp
from portaldesk.errors import CheckNeeded, WrongUsage
from portaldesk.render import screens, times
from portaldesk.render.manners import in_force
from portaldesk.render.messages import say

if TYPE_CHECKING:
    from portaldesk.services.enrolling import Enrolment

TRIES = 3
"""How often the first code is asked for before `staff totp --code` must be run (ours)."""
PasswordStdin = Annotated[bool, typer.Option("--password-stdin", help="Read your password from standard input.")]


def staff_totp(
    code: Code = None,
    remove: Annotated[bool, typer.Option("--remove", help="Take your authenticator app away.")] = False,
    reset: Annotated[
        str | None, typer.Option("--reset", metavar="NAME", help="Take away a colleague's, who lost it (admin).")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; with --reset.")] = "",
    no_qr: Annotated[bool, typer.Option("--no-qr", help="Show the secret to be typed, no QR code.")] = False,
    password_stdin: PasswordStdin = False,
) -> None:
    """Enrol an authenticator app as your second factor; it counts once its first code was typed back.

    With --json, or without a terminal, the secret is shown, and a second call with --code gives its first code.

    Example: portaldesk staff totp
    """
    if reset is not None:
        if remove:
            raise WrongUsage("usage", "--remove and --reset are two different things.", "Give one of them.")
        _show(_reset(reset, reason, code), "has no authenticator app any more; their sessions ended.")
    elif remove:
        _show(_remove(code, password_stdin), "has no authenticator app any more.")
    elif code is not None:
        _show(_confirm(code), "has an authenticator app now.")
    else:
        _enrol(no_qr, password_stdin)


def staff_recovery_codes(totp: Totp = None, password_stdin: PasswordStdin = False) -> None:
    """Make two new recovery codes; the older ones count no more.

    Example: portaldesk staff recovery-codes
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.services import recovery_codes

    password = inputs.password("Password", from_stdin=password_stdin)
    with open_desk("staff recovery-codes", totp=totp) as desk:
        made = recovery_codes.renew(desk.session, desk.actor, password, now=desk.now)
    screens.show(
        made, "Two recovery codes, shown this once; older ones count no more:", *made.codes, KEEP_THEM,
        essential=" ".join(made.codes),
    )  # fmt: skip


def _enrol(no_qr: bool, password_stdin: bool) -> None:
    from portaldesk.cli.desk import open_desk
    from portaldesk.services import enrolling

    password = inputs.password("Password", from_stdin=password_stdin)
    with open_desk("staff totp") as desk:
        begun = enrolling.begin(desk.session, desk.actor, password, now=desk.now)
    at_once = inputs.is_terminal() and not in_force().json
    _show_secret(begun, no_qr=no_qr, at_once=at_once)
    if not at_once:
        return
    for left in reversed(range(TRIES)):
        try:
            done = _confirm(inputs.ask(LABEL))
        except (CheckNeeded, WrongUsage) as refusal:
            if not left or refusal.code not in ("wrong-code", "unreadable"):
                raise
            say(f"{refusal.message} {refusal.hint}")
        else:
            _show(done, "has an authenticator app now.")
            return


def _show_secret(begun: Enrolment, *, no_qr: bool, at_once: bool) -> None:
    from portaldesk.render import qr

    assert begun.secret is not None
    assert begun.address is not None
    rows = None if no_qr or in_force().json or in_force().quiet else qr.drawn(begun.address)
    lines = [f"Scan this with your app, or type: {begun.secret}"] if rows else []
    if rows is None:
        lines += ["Secret for your authenticator app, shown this once, and the same as an address:"]
        lines += [begun.secret, begun.address]
    if not at_once:
        lines.append(f"It counts once its first code is typed back, until {times.local(begun.expires_at)}:")
        lines.append("portaldesk staff totp --code -")
    screens.show(begun, *lines, essential=begun.address)
    if rows:
        qr.show(rows)


def _confirm(code: str) -> Enrolment:
    from portaldesk.cli.desk import open_desk
    from portaldesk.services import enrolling

    with open_desk("staff totp") as desk:
        return enrolling.confirm(desk.session, desk.actor, code, now=desk.now)


def _remove(code: str | None, password_stdin: bool) -> Enrolment:
    from portaldesk.cli.desk import open_desk
    from portaldesk.services import enrolling

    if code is None and inputs.is_terminal():
        code = inputs.ask(LABEL)
    password = inputs.password("Password", from_stdin=password_stdin)
    with open_desk("staff totp") as desk:
        return enrolling.remove(desk.session, desk.actor, password, code, now=desk.now)


def _reset(name: str, reason: str, code: str | None) -> Enrolment:
    from portaldesk.cli.desk import open_desk
    from portaldesk.services import enrolling

    with open_desk("staff totp reset", totp=code) as desk:
        return enrolling.reset(desk.session, desk.actor, name, reason=reason, now=desk.now)


def _show(enrolment: Enrolment, done: str) -> None:
    screens.show(
        enrolment,
        f"{enrolment.name} had none; nothing to do." if enrolment.already else f"{enrolment.name} {done}",
    )
