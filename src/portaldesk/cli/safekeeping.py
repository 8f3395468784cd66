"""Commands that keep a store from being lost: backups, and bringing them back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from portaldesk.cli import inputs
from portaldesk.cli.commands import command
from portaldesk.render import screens, times
from portaldesk.render.messages import say

if TYPE_CHECKING:
    from portaldesk.services.restoring import Restored

PANEL = "Admins"
UNDONE = (
    "What changed after that is undone: passwords, staff and accounts stand as they were. Look through: "
    "staff list, and what the desk remembers of secured accounts."
)

NewFile = Annotated[Path, typer.Argument(metavar="FILE", help="The file to be written; it must not be there yet.")]
PassphraseStdin = Annotated[bool, typer.Option("--passphrase-stdin", help="Read the passphrase from standard input.")]


def register(app: typer.Typer) -> None:
    """Put this module's commands into the command line."""
    command(app, "backup", PANEL)(backup)
    command(app, "restore", PANEL)(restore)


def backup(file: NewFile, passphrase_stdin: PassphraseStdin = False) -> None:
    """Write a backup of the whole store, encrypted with a passphrase, and prove that it can be brought back.

    The desks go on working meanwhile. The keys are not in it: portaldesk secrets save FILE.

    Example: portaldesk backup /mnt/elsewhere/portaldesk.backup
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.render import progress
    from portaldesk.services import age_files, backing_up, routines

    with open_desk("backup", guards=False, reading=True) as desk:
        age_files.require_free(file)
        unsaved = routines.unsaved_keys(desk.session, desk.store)
        desk.session.rollback()  # no reading transaction is held while it goes on
        passphrase = inputs.new_password("Passphrase", from_stdin=passphrase_stdin)
        with progress.bar("Proving the backup") as moved:
            done = backing_up.back_up(desk.store, file, passphrase, progress=moved)
        desk.leave_trace("backup", head=done.head, bytes=done.bytes)
    screens.show(done, f"{done.file} holds {done.events} events, up to {times.local(done.at)}; it proved whole.")
    if not done.guards_whole:
        say("Note: the guards of the database are missing or altered. See: doctor")
    if unsaved:
        say("Note: no backup can be brought back without the keys, which are not in it: portaldesk secrets save FILE")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The backup.")],
    passphrase_stdin: PassphraseStdin = False,
    anchor: Annotated[str | None, typer.Option(metavar="SEQ:HASH|FILE", help="An anchor kept elsewhere.")] = None,
    accept_loss: Annotated[
        bool, typer.Option("--accept-loss", help="Go on though an anchor is later than the backup.")
    ] = False,
    reason: Annotated[str, typer.Option("--reason", help="Why; kept in the record.")] = "",
) -> None:
    """Bring a backup back to where no store is; the keys must be here: portaldesk secrets load FILE.

    Everybody is signed out, and links, codes, tokens, checks, requests and waiting mails end.

    Example: portaldesk restore /mnt/elsewhere/portaldesk.backup --anchor /mnt/elsewhere/anchors.txt
    """
    from portaldesk.cli.desk import clock, os_caller
    from portaldesk.render import progress
    from portaldesk.services import opening, restoring

    place = opening.place_of(os.environ)
    restoring.require_no_store(place)
    if accept_loss:
        restoring.require_reason(reason)
    against = inputs.anchors(anchor) if anchor else ()
    passphrase = inputs.password("Passphrase", from_stdin=passphrase_stdin)
    with progress.bar("Proving the backup") as moved:
        done = restoring.restore(
            place, file, passphrase, caller=os_caller(), clock=clock(), against=against, accept_loss=accept_loss,
            reason=reason, progress=moved,
        )  # fmt: skip
    screens.show(done, *_restored_lines(done))


def _restored_lines(done: Restored) -> Iterator[str]:
    last = done.head.partition(":")[0]
    yield f"The store is back as it was at {times.local(done.at)} (event {last})."
    if done.lost is not None:
        yield f"Everything after that, up to event {done.lost.partition(':')[0]} and beyond, is lost."
        yield f"Anchors after event {last} fit it no longer: keep their file with a note of this, and begin a new one."
    if done.upgraded_from is not None:
        yield f"It had version {done.upgraded_from} and has this one's now."
    if done.guards_put_back:
        yield "The guards of the database were missing or altered in the backup; they are back."
    ended = ", ".join(f"{count} {what}" for what, count in done.ended.items() if count)
    yield f"Ended: {ended or 'nothing was live'}."
    yield UNDONE
