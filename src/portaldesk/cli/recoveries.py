"""On the call: what brings the patient back in. Parse, the gate, one service, render."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from portaldesk.cli import bulk
from portaldesk.cli.app import ON_THE_CALL
from portaldesk.cli.changes import Check, MaybePatient, NoSend, Patient, change, permit_for, rehearsed_permit
from portaldesk.cli.commands import command
from portaldesk.errors import WrongUsage

if TYPE_CHECKING:
    from portaldesk.cli.desk import Desk


def register(app: typer.Typer) -> None:
    """Put this module's commands into the command line."""
    for name, function in (
        ("resend-invite", resend_invite), ("send-reset", send_reset), ("recover-username", recover_username),
        ("change-username", change_username), ("unlock", unlock), ("issue-temp-login", issue_temp_login),
    ):  # fmt: skip
        command(app, name, ON_THE_CALL)(function)


def resend_invite(
    patient: MaybePatient = None,
    letter: Annotated[
        bool, typer.Option("--letter", help="By letter to the postal address on file: 'outbox letters' prints it.")
    ] = False,
    check: Check = None,
    no_send: NoSend = False,
    all_pending: bulk.AllPending = False,
    file: bulk.File = None,
    dry_run: bulk.DryRun = False,
    resume: bulk.Resume = False,
    not_within: bulk.NotWithin = None,
    limit: bulk.Limit = None,
    rate: bulk.Rate = None,
    report: bulk.ReportFile = None,
) -> None:
    """Send a new invitation to the address on file; older ones stop working.

    An admin invites many at once by --file or --all-pending: see docs/bulk.md.

    Example: portaldesk resend-invite MRN-1042
    """
    many = bulk.Asked(file, all_pending, dry_run, resume, report, limit, rate, not_within)
    if many:
        if patient is not None or letter or check is not None:
            raise WrongUsage(
                "usage", "In bulk there is no one patient, check or letter.",
                "Leave out PATIENT, --check and --letter; or --file and --all-pending.",
            )  # fmt: skip
        bulk.resend(many, send=not no_send)
        return
    if patient is None:
        raise WrongUsage(
            "usage", "Missing argument PATIENT.", "Name the patient; for many at once: --file CSV or --all-pending."
        )
    if letter:
        from portaldesk.services import letters

        change(
            "resend-invite", patient, check, no_send,
            lambda desk, permit: letters.invite(desk.session, permit, settings=desk.settings, now=desk.now),
            option="--letter",
        )  # fmt: skip
        return
    from portaldesk.services import invitations

    change(
        "resend-invite", patient, check, no_send,
        lambda desk, permit: invitations.resend(desk.session, permit, settings=desk.settings, now=desk.now),
    )  # fmt: skip


def send_reset(patient: Patient, check: Check = None, no_send: NoSend = False) -> None:
    """Mail a link to choose a new password to the address on file.

    Example: portaldesk send-reset MRN-1042
    """
    from portaldesk.services import resets

    change(
        "send-reset", patient, check, no_send,
        lambda desk, permit: resets.send(desk.session, permit, settings=desk.settings, now=desk.now),
    )  # fmt: skip


def recover_username(patient: Patient, check: Check = None, no_send: NoSend = False) -> None:
    """Mail the username to the address on file.

    Example: portaldesk recover-username MRN-1042
    """
    from portaldesk.services import usernames

    change(
        "recover-username", patient, check, no_send,
        lambda desk, permit: usernames.recover(desk.session, permit, now=desk.now),
    )  # fmt: skip


def change_username(
    patient: Patient,
    username: Annotated[str, typer.Option(metavar="NAME", help="The username that the patient wants.")],
    check: Check = None,
    no_send: NoSend = False,
) -> None:
    """Give the account another username; needs a strong check. The password stays, and the patient is told.

    Example: portaldesk change-username MRN-1042 --username silvana
    """
    from portaldesk.rules import speech
    from portaldesk.services import usernames

    name = speech.read_username(username)
    change(
        "change-username", patient, check, no_send,
        lambda desk, permit: usernames.change(desk.session, permit, name, now=desk.now),
    )  # fmt: skip


def unlock(patient: Patient, check: Check = None, no_send: NoSend = False) -> None:
    """Unlock a portal account after too many sign-in attempts: by mail at basic, at once at strong.

    Example: portaldesk unlock MRN-1042
    """
    from portaldesk.services import unlocking

    change(
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
        rehearsed_permit(desk, "issue-temp-login", patient, check)
        drawn.append(temporary_logins.draw(desk.session, settings=desk.settings, rng=desk.rng))

    with open_desk("issue-temp-login", send=not no_send, rehearse=rehearse) as desk:
        permit = permit_for(desk, "issue-temp-login", patient, check)
        made = temporary_logins.issue(
            desk.session, permit, username=username, settings=desk.settings, rng=desk.rng, now=desk.now,
            drawn=drawn[0] if drawn else None,
        )  # fmt: skip
    calls.show_temporary_login(made, now=desk.now)
