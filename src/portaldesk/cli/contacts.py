"""On the call: a new email or phone, asked for and answered. Parse, the gate, one service, render."""

from __future__ import annotations

from typing import Annotated

import typer

from portaldesk.cli.app import ON_THE_CALL
from portaldesk.cli.changes import Check, NoSend, Patient, permit_for
from portaldesk.cli.commands import command
from portaldesk.errors import WrongUsage


def register(app: typer.Typer) -> None:
    """Put this module's commands into the command line."""
    for name, function in (("update-contact", update_contact), ("confirm", confirm)):
        command(app, name, ON_THE_CALL)(function)


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
        permit = permit_for(desk, "update-contact", patient, check, not_by=NOT_BY[kind])
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
