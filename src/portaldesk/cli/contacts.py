"""On the call: the emails and phones on file, and a new one asked for. Parse, the gate, one service, render."""

from __future__ import annotations

from typing import Annotated

import typer

from portaldesk.cli.app import ON_THE_CALL
from portaldesk.cli.changes import Check, NoSend, Patient, permit_for
from portaldesk.cli.commands import command, new_group
from portaldesk.errors import WrongUsage


def register(app: typer.Typer) -> None:
    """Put this module's commands into the command line."""
    for name, function in (("update-contact", update_contact), ("confirm", confirm)):
        command(app, name, ON_THE_CALL)(function)
    contacts = new_group("contacts", "The addresses on file: see them masked, close one.", ON_THE_CALL, app)
    command(contacts, "list")(contacts_list)
    command(contacts, "mark")(contacts_mark)


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
    code: Annotated[str | None, typer.Option(metavar="CODE", help="The code that the new address got.")] = None,
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


def contacts_list(patient: Patient, check: Check = None) -> None:
    """List the addresses on file, masked: where each came from, and what the patient asked of it.

    Example: portaldesk contacts list MRN-1042
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.render import contacts
    from portaldesk.services import contact_points
    from portaldesk.words import Action

    with open_desk("contacts list") as desk:
        permit = permit_for(desk, Action.CLOSE_CONTACT, patient, check)
        found = contact_points.listed(desk.session, permit, now=desk.now)
    contacts.show_list(found)


def contacts_mark(
    patient: Patient,
    contact: Annotated[str, typer.Argument(metavar="CONTACT", help="As contacts list names it, like email-1.")],
    do_not_use: Annotated[
        bool, typer.Option("--do-not-use", help="Nothing is sent there any more; it gets one last mail that says so.")
    ] = False,
    confidential: Annotated[
        bool, typer.Option("--confidential", help="For this patient's own account only; shown to nobody else.")
    ] = False,
    usable: Annotated[
        bool, typer.Option("--usable", help="Let both marks go; needs a strong check, not by a mailed code.")
    ] = False,
    check: Check = None,
    no_send: NoSend = False,
) -> None:
    """Mark an address as the patient asks, who need not say why.

    Example: portaldesk contacts mark MRN-1042 email-2 --do-not-use
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.gate.requests import NOT_BY
    from portaldesk.render import contacts
    from portaldesk.services import contact_points
    from portaldesk.words import Mark

    asked = {Mark.DO_NOT_USE: do_not_use, Mark.CONFIDENTIAL: confidential, Mark.USABLE: usable}
    wanted = [one for one, said in asked.items() if said]
    if len(wanted) != 1:
        raise WrongUsage(
            "usage", "Give one of --do-not-use, --confidential and --usable.", "Look first: portaldesk contacts list"
        )
    _, kind = contact_points.read_contact(contact)
    action = contact_points.ACTION_FOR[wanted[0]]
    not_by = NOT_BY.get(kind, ()) if wanted[0] is Mark.USABLE else ()
    with open_desk("contacts mark", send=not no_send) as desk:
        permit = permit_for(desk, action, patient, check, not_by=not_by)
        done = contact_points.mark(desk.session, permit, contact, wanted[0], now=desk.now)
    contacts.show_marked(done, wanted[0], now=desk.now)
