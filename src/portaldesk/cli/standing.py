"""On the call: an account secured, disabled, declined, and enabled again. Parse, the gate, one service, render."""

from __future__ import annotations

from typing import Annotated

import typer

from portaldesk.cli.app import ON_THE_CALL
from portaldesk.cli.changes import Check, NoSend, Patient, change
from portaldesk.cli.commands import command


def register(app: typer.Typer) -> None:
    """Put this module's commands into the command line."""
    for name, function in (
        ("secure-account", secure_account), ("disable", disable), ("enable", enable), ("decline", decline),
    ):  # fmt: skip
        command(app, name, ON_THE_CALL)(function)


def secure_account(patient: Patient, check: Check = None, no_send: NoSend = False) -> None:
    """Someone else got in: end sessions, revoke links, erase the password. Works on hold too.

    Example: portaldesk secure-account MRN-1042
    """
    from portaldesk.services import securing

    change(
        "secure-account", patient, check, no_send,
        lambda desk, permit: securing.secure(desk.session, permit, now=desk.now),
    )  # fmt: skip


def disable(patient: Patient, check: Check = None, no_send: NoSend = False) -> None:
    """Disable a portal account, at the patient's wish; needs a strong check.

    Example: portaldesk disable MRN-1042
    """
    from portaldesk.services import securing

    change(
        "disable", patient, check, no_send, lambda desk, permit: securing.disable(desk.session, permit, now=desk.now)
    )


def enable(patient: Patient, check: Check = None, no_send: NoSend = False) -> None:
    """Enable a disabled or declined portal account again; needs a strong check, not by a mailed code.

    Example: portaldesk enable MRN-1042
    """
    from portaldesk.services import securing

    change("enable", patient, check, no_send, lambda desk, permit: securing.enable(desk.session, permit, now=desk.now))


def decline(
    patient: Patient,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="What the patient said; it stands in the record.")] = "",
    check: Check = None,
    no_send: NoSend = False,
) -> None:
    """Note that the patient wants no portal account: sign-in stops, links end, no more invitations.

    Example: portaldesk decline MRN-1042 --reason "prefers letters"
    """
    from portaldesk.services import requests, securing

    requests.require_reason(reason)
    change(
        "decline", patient, check, no_send,
        lambda desk, permit: securing.decline(desk.session, permit, reason=reason, now=desk.now),
    )  # fmt: skip
