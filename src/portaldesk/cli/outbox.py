"""Commands of the outbox: the mails and letters that wait, and getting them on their way."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from portaldesk.cli.commands import command, new_group
from portaldesk.cli.previews import outbox_preview
from portaldesk.errors import PartlyFailed, WrongUsage
from portaldesk.render import screens, times
from portaldesk.words import MessageState

if TYPE_CHECKING:
    from datetime import datetime

    from portaldesk.services.opening import OpenStore
    from portaldesk.services.outbox_listing import MessageLine
    from portaldesk.settings import ClinicSettings

PANEL = "Admins"


def register(app: typer.Typer) -> None:
    """Put this module's commands into the command line."""
    outbox = new_group("outbox", "Mails that wait, and sending them.", PANEL, app)
    command(outbox, "list")(outbox_list)
    command(outbox, "send")(outbox_send)
    command(outbox, "retry")(outbox_retry)
    command(outbox, "letters")(outbox_letters)
    command(outbox, "preview")(outbox_preview)
    command(outbox, "bounces")(outbox_bounces)


def outbox_list(
    state: Annotated[
        MessageState | None, typer.Option(metavar="STATE", help="Only these: waiting, sent, failed or dropped.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many, newest first.")] = 50,
) -> None:
    """List the newest mails: sent, waiting (and when they are tried next), failed or dropped, and why.

    Example: portaldesk outbox list --state failed
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.services import outbox_listing

    with open_desk("outbox list") as desk:
        lines = outbox_listing.list_messages(desk.session, limit=limit, state=state)
        now = desk.now
    rows = [
        (
            line.id[:8], times.recent(line.created_at, now), f"{line.kind} {line.reference or ''}".rstrip(),
            line.patient, standing(line, now),
        )
        for line in lines
    ]  # fmt: skip
    headings = ("ID", "Written", "What", "Patient", "State")
    empty = "No mail was written yet." if state is None else f"No mail is {state}."
    screens.show({"messages": lines}, screens.Table(headings, rows, empty=empty, whole={"ID", "Written"}))


def standing(line: MessageLine, now: datetime) -> str:
    """Where a message stands, and why: "waiting until 14:05: the server refused the mail (452 4.3.1)"."""
    until = f" until {times.recent(line.next_try_at, now)}" if line.next_try_at and line.next_try_at > now else ""
    why = f": {line.last_error}" if line.last_error and line.state is not MessageState.SENT else ""
    return f"{line.state}{until}{why}"


def outbox_send() -> None:
    """Send every mail that is due, with it the notices of proxies whose time is over.

    Example: portaldesk outbox send
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.services.proxies import leaves

    with open_desk("outbox send", send=False) as desk:
        leaves.end_due(desk.session, now=desk.now)
        store, settings = desk.store, desk.settings
    _deliver(store, settings)


def outbox_retry(
    messages: Annotated[
        list[str] | None, typer.Argument(metavar="ID...", help="These messages, by the first characters of their id.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every mail that failed.")] = False,
) -> None:
    """Give mails that failed all their tries again, and send what is due.

    Example: portaldesk outbox retry --all
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.services import outbox_listing

    if every == bool(messages):
        raise WrongUsage("usage", "Name the messages, or say --all.", "See them: portaldesk outbox list --state failed")
    with open_desk("outbox retry", send=False) as desk:
        outbox_listing.retry(desk.session, messages or ())
        store, settings = desk.store, desk.settings
    _deliver(store, settings)


def _deliver(store: OpenStore, settings: ClinicSettings) -> None:
    """Send what is due, and say what became of it.

    Raises: PartlyFailed; KeyboardInterrupt after a run that was stopped.
    """
    from portaldesk.cli.desk import clock
    from portaldesk.cli.interrupts import finishing_what_is_in_hand
    from portaldesk.render import messages
    from portaldesk.services import delivery

    with finishing_what_is_in_hand() as stop:
        done = delivery.deliver(store, settings=settings, clock=clock, stop=stop)
    screens.show(
        done,
        f"{done.sent} sent, {done.put_off} put off, {done.failed} failed, {done.dropped} dropped, {done.waiting} "
        "waiting for the next run.",
    )
    if stop.is_set():
        messages.say("Stopped after the message in hand. The others wait for: portaldesk outbox send")
        raise KeyboardInterrupt
    if done.unreachable:
        raise PartlyFailed(
            "mail-unreachable",
            f"No mail goes out now: {done.unreachable}.",
            "Nothing is lost: the next 'portaldesk outbox send' tries again. See: portaldesk doctor",
        )
    if done.failed:
        raise PartlyFailed(
            "partly-failed",
            f"{done.failed} mails could not be sent, and are not tried again.",
            "See why: portaldesk outbox list --state failed",
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


def outbox_bounces(
    source: Annotated[
        Path, typer.Argument(metavar="FILE|MAILDIR", help="A report (.eml), an mbox, a maildir; - reads stdin.")
    ],
) -> None:
    """Count mails that came back, each once, by the reports of mail servers: they make an address doubtful.

    Example: portaldesk outbox bounces /var/mail/no-reply
    """
    from portaldesk.cli.desk import clock, open_desk
    from portaldesk.mail import delivery_reports
    from portaldesk.services import returned_mails

    piped = sys.stdin.buffer if sys.stdin is not None and not sys.stdin.isatty() else None
    reports = list(delivery_reports.read_all(source, piped))
    with open_desk("outbox bounces") as desk:
        store, actor = desk.store, desk.actor
    fed = returned_mails.feed(store, actor, reports, clock=clock)
    doubtful = f" Addresses that are doubtful now: {fed.doubtful}." if fed.doubtful else ""
    screens.show(
        fed,
        f"{fed.read} read: {fed.counted} counted, {fed.repeated} counted before, {fed.passing} only delayed or "
        f"delivered, {fed.unknown} of no mail of ours, {fed.not_reports} no report.{doubtful}",
    )
