"""Commands of the outbox: the mails and letters that wait, and getting them on their way."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from portaldesk.cli.commands import command, new_group
from portaldesk.errors import PartlyFailed, WrongUsage
from portaldesk.render import screens, times

PANEL = "Admins"


def register(app: typer.Typer) -> None:
    """Put this module's commands into the command line."""
    outbox = new_group("outbox", "Mails that wait, and sending them.", PANEL, app)
    command(outbox, "list")(outbox_list)
    command(outbox, "send")(outbox_send)
    command(outbox, "letters")(outbox_letters)


def outbox_list(
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many, newest first.")] = 50,
) -> None:
    """List the newest mails: sent, waiting or failed, with masked addresses.

    Example: portaldesk outbox list
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.services import delivery

    with open_desk("outbox list") as desk:
        messages = delivery.list_messages(desk.session, limit=limit)
    rows = [(times.local(m.created_at), m.kind, m.patient, m.to, m.reference, m.state, m.last_error) for m in messages]
    headings = ("Written", "Kind", "Patient", "To", "Ref", "State", "Trouble")
    screens.show({"messages": messages}, screens.Table(headings, rows, empty="No mail was written yet."))


def outbox_send(
    retry: Annotated[bool, typer.Option("--retry", help="Try again also what was given up.")] = False,
) -> None:
    """Send every mail that waits, with it the notices of proxies whose time is over.

    Example: portaldesk outbox send
    """
    from portaldesk.cli.desk import clock, open_desk
    from portaldesk.services import delivery
    from portaldesk.services.proxies import leaves

    with open_desk("outbox send") as desk:
        leaves.end_due(desk.session, now=desk.now)
        store, settings = desk.store, desk.settings
    done = delivery.deliver_waiting(store, settings=settings, clock=clock, retry=retry)
    screens.show(
        done,
        f"{done.sent} sent, {done.failed} failed, {done.dropped} dropped, {done.waiting} waiting for the next run.",
    )
    if done.failed:
        raise PartlyFailed(
            "partly-failed", f"{done.failed} mails could not be sent.", "See why: portaldesk outbox list"
        )


def outbox_letters(
    into: Annotated[
        str | None, typer.Option("--print", metavar="FOLDER", help="Write each as a page into this folder.")
    ] = None,
    again: Annotated[
        str | None, typer.Option("--again", metavar="REF", help="Print this one again: the paper was lost.")
    ] = None,
) -> None:
    """List the letters that are to be printed, or print them: a letter is marked once its page is written.

    Example: portaldesk outbox letters --print letters
    """
    from portaldesk.cli.desk import clock, open_desk
    from portaldesk.render import letters, messages
    from portaldesk.services import printing

    if into is not None and not into.strip():  # a variable of a script that was never set must not mean "here"
        raise WrongUsage("usage", "--print needs the name of a folder.", "Like --print letters")
    folder = Path(into) if into is not None else None
    if again is not None and folder is None:
        raise WrongUsage("usage", "--again prints, and needs a folder.", "Like --print letters --again L12345")
    with open_desk("outbox letters") as desk:
        store, settings, actor = desk.store, desk.settings, desk.actor
        if folder is None:
            done = printing.waiting(desk.session)
        elif again is not None:
            done = printing.print_again(desk.session, actor, folder, again, settings=settings, now=desk.now)
    if folder is not None and again is None:
        done = printing.print_waiting(store, actor, folder, settings=settings, clock=clock)
    letters.show(done, printed_to=folder)
    if folder is not None and not settings.clinic_phone:
        messages.say("The letters name no phone to call. Set one: portaldesk settings set clinic_phone NUMBER")
    if done.failed:
        raise PartlyFailed(
            "partly-failed", f"{done.failed} letters could not be printed.", "See why: portaldesk outbox list"
        )
