"""What leaves the desk by itself, from cron or as a service: the stream of events, anchors."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from portaldesk.errors import WrongUsage

if TYPE_CHECKING:
    from portaldesk.services import streaming
    from portaldesk.settings import ClinicSettings
    from portaldesk.store.raw_events import RawEvent

POLL_SECONDS = 1.0


class StreamFormat(StrEnum):
    JSONL = "jsonl"
    SYSLOG = "syslog"


def stream(
    follow: Annotated[bool, typer.Option("--follow", help="Go on with what is written from now on.")] = False,
    from_: Annotated[
        str, typer.Option("--from", metavar="SEQ[:HASH]", help="After this event: the last one that you have.")
    ] = "0",
    format: Annotated[StreamFormat, typer.Option("--format", help="How to print them.")] = StreamFormat.JSONL,
) -> None:
    """The events of the record, oldest first, one a line, for a log collector where the desk cannot reach.

    Each is proved before it is printed. With SEQ:HASH it is also proved that the record still holds the event that you
    have. jsonl is the form of a bundle's events, syslog that of RFC 5424.

    Example: portaldesk audit stream --from 1041
    """
    from portaldesk.render import audit, manners, messages
    from portaldesk.services import streaming

    if manners.in_force().json and (follow or format is not StreamFormat.JSONL):
        raise WrongUsage("usage", "--json is one document; a stream is a line an event.", "Use --format jsonl.")
    after, told = streaming.read_place(from_), False
    held: list[RawEvent] = []
    while True:
        page = _page(after, begins=not told)
        if page.archived is not None:
            messages.say(f"Events up to {page.archived} are in the archive's bundles, and not here.")
        if manners.in_force().json:
            held += page.events
        else:
            audit.write_events(page.events, format.value)
        after, told = page.after, True
        if len(page.events) == streaming.EVENTS_A_PAGE:
            continue
        if not follow:
            break
        _wait()
    if manners.in_force().json:
        audit.show_stream(held, str(after))
    else:
        messages.say(f"The last event is {after}: go on after it with --from.")


def anchor(
    file: Annotated[
        Path | None, typer.Option("--file", metavar="FILE", help="Add it to this file of anchors, a line each.")
    ] = None,
    mail: Annotated[
        str | None, typer.Option("--mail", metavar="ADDRESS", help="Mail it to an auditor, and nothing else.")
    ] = None,
) -> None:
    """The head of the record, SEQ:HASH, to be kept where the desk cannot reach (from cron).

    Only an anchor shows that a whole store was put back to an older state. --file first holds the newest anchor of the
    file against the record: one that does not fit is exit 9.

    Example: portaldesk audit anchor --file /mnt/elsewhere/anchors.txt --quiet
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.render import screens
    from portaldesk.rules import emails, masks
    from portaldesk.services import anchoring
    from portaldesk.store import record

    def read_address(settings: ClinicSettings, today: date) -> None:
        if mail is not None:
            emails.read_email(mail)

    with open_desk("audit anchor", reading=True, read_first=read_address) as desk:
        head, already = anchoring.add_to(file, desk.store) if file is not None else (record.anchor(desk.session), False)
        masked, by = None, ""
        if mail is not None:
            address = emails.read_email(mail)
            masked = masks.email(address)
            by = anchoring.mail_to(address, head, desk.session, desk.store, settings=desk.settings, now=desk.now)
            desk.leave_trace("audit anchor", anchor=head, mailed_to=masked, by=by)
    seq, _, hash_ = head.partition(":")
    done = anchoring.Anchored(head, int(seq), hash_, str(file) if file else None, already, masked)
    said = [head]
    if file is not None:
        said.append(f"{'Already the last line of' if already else 'Added to'} {file}.")
    if masked is not None:
        where = "it lies in the outbox folder of this machine, for no mail server is set" if by == "folder" else "sent"
        said.append(f"Mailed to {masked}: {where}.")
    screens.show(done, *said, essential=head if file is None and mail is None else None)


def _page(after: streaming.Place, *, begins: bool) -> streaming.Page:
    """One page under a sign-in of its own: whoever may no longer read the record gets no more of it."""
    from portaldesk.cli.desk import open_desk
    from portaldesk.services import streaming

    with open_desk("audit stream", reading=True) as desk:
        page = streaming.page(desk.session, after)
        if begins:
            desk.leave_trace("audit stream", after=after.seq)
    return page


def _wait() -> None:
    """A moment, ended by a reader that is gone: without it the next event would be the first to tell."""
    import select
    import sys

    output = select.poll()
    output.register(sys.stdout.fileno(), 0)  # asks for errors alone
    if output.poll(POLL_SECONDS * 1000):
        raise BrokenPipeError
