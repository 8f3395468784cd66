"""On the call: every link and code that is out for a patient, and ending them. Parse, the gate, one service, render."""

from __future__ import annotations

from typing import Annotated

import typer

from portaldesk.cli.app import ON_THE_CALL
from portaldesk.cli.changes import Check, NoSend, Patient, permit_for
from portaldesk.cli.commands import command, new_group


def register(app: typer.Typer) -> None:
    """Put this module's commands into the command line."""
    group = new_group("credentials", "A patient's links, codes and temporary logins.", ON_THE_CALL, app)
    command(group, "list")(listed)
    command(group, "revoke")(revoke)


def listed(patient: Patient, check: Check = None) -> None:
    """Every link and code of a patient: issued, sent, opened, expires, used. Needs a basic check.

    Example: portaldesk credentials list MRN-1042
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.render import calls
    from portaldesk.services import credentials_listing

    with open_desk("credentials list") as desk:
        permit = permit_for(desk, "credentials revoke", patient, check)
        found = credentials_listing.listed(desk.session, permit, now=desk.now)
    calls.show_credentials(found, now=desk.now)


def revoke(
    patient: Patient,
    reference: Annotated[
        list[str] | None, typer.Option("--reference", metavar="REF", help="Only this one, like K7-42.")
    ] = None,
    check: Check = None,
    no_send: NoSend = False,
) -> None:
    """End every live link, code and temporary login of a patient, or one; the patient is told.

    Example: portaldesk credentials revoke MRN-1042 --reference K7-42
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.render import calls
    from portaldesk.services import credentials_listing

    with open_desk("credentials revoke", send=not no_send) as desk:
        permit = permit_for(desk, "credentials revoke", patient, check)
        done = credentials_listing.revoke(desk.session, permit, reference or (), now=desk.now)
    calls.show_change(done, now=desk.now)
