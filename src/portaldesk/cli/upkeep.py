"""Commands that keep a store well: upgrades, the doctor."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from portaldesk.cli.commands import command
from portaldesk.errors import RecordAltered, StateForbids, WrongUsage
from portaldesk.render import screens, times

if TYPE_CHECKING:
    from portaldesk.services.doctoring import Report

PANEL = "Admins"

Reason = Annotated[str, typer.Option("--reason", help="Why; kept in the record.")]


def register(app: typer.Typer) -> None:
    """Put this module's commands into the command line."""
    command(app, "upgrade", PANEL)(upgrade)
    command(app, "doctor", PANEL)(doctor)


def upgrade(
    reinstall_triggers: Annotated[
        bool, typer.Option("--reinstall-triggers", help="Put the database's guards back, once the record proved whole.")
    ] = False,
    reason: Reason = "",
) -> None:
    """Bring the store to this version of portaldesk, or put the database's guards back.

    Example: portaldesk upgrade
    """
    from portaldesk.cli.desk import clock, open_desk
    from portaldesk.services import opening, upgrading

    if reinstall_triggers:
        # only reading: the service writes in a transaction of its own, after it has proved the whole record
        with open_desk("upgrade", guards=False, reading=True) as desk:
            desk.session.rollback()  # on PostgreSQL, who still reads a table keeps others from its triggers
            put_back = upgrading.reinstall_triggers(desk.store, desk.actor, reason=reason, now=desk.now)
        screens.show(
            put_back, "The guards are as they must be; nothing to do." if put_back.already else "The guards are back."
        )
        return
    upgraded = upgrading.upgrade(opening.place_of(os.environ), now=clock())
    if upgraded.already:  # nobody can sign in to an older store; to one of this version they can, and must
        with open_desk("upgrade", guards=False):
            said = f"The store has version {upgraded.after} already; nothing to do."
    else:
        said = f"The store has version {upgraded.after} now (it had {upgraded.before})."
    screens.show(upgraded, said)


def doctor(
    accept_clock: Annotated[
        bool, typer.Option("--accept-clock", help="Go on though the record is ahead of this machine's clock.")
    ] = False,
    renew: Annotated[
        str | None, typer.Option("--renew", metavar="MRN", help="Empty an account that was changed from outside.")
    ] = None,
    every_seal: Annotated[bool, typer.Option("--all", help="Judge every sealed row, not a sample.")] = False,
    reason: Reason = "",
) -> None:
    """Look at store, secrets, disk, clock, mail, backups and reviews, and say what must be mended.

    Example: portaldesk doctor
    """
    from portaldesk.cli.desk import clock, open_desk
    from portaldesk.services import doctoring

    if accept_clock and renew is not None:
        raise WrongUsage("usage", "--accept-clock and --renew are two different cures.", "Give one of them.")
    if accept_clock:
        with open_desk("doctor mend", guards=False, tolerate_clock=True) as desk:
            accepted = doctoring.accept_clock(desk.session, desk.actor, reason=reason, clock=clock(), now=desk.now)
        screens.show(accepted, f"The record may be ahead of the clock until {times.local(accepted.accepted)}.")
        return
    if renew is not None:
        from portaldesk.gate.proxies import is_proxy

        # a row can be changed only by who took the guards off first, so they may be missing here
        with open_desk("doctor mend", guards=False) as desk:
            mrn = renew if is_proxy(renew) else desk.patient(f"mrn:{renew}").mrn
            renewed = doctoring.renew(desk.session, desk.actor, mrn, reason=reason, now=desk.now)
        screens.show(renewed, f"The account of {renewed.patient} is new and empty ({renewed.was}).")
        return
    # only reading: the desks need not wait for every seal, nor for a mail server that does not answer
    with open_desk("doctor", guards=False, tolerate_clock=True, reading=True) as desk:
        report = doctoring.examine(
            desk.store, desk.session, settings=desk.settings, now=clock(), environment=os.environ, all_seals=every_seal
        )
        with suppress(RecordAltered):  # a record that takes no event is a finding, and must be told
            desk.leave_trace("doctor")
    screens.show(report, *_report_lines(report))
    if not report.well:
        raise StateForbids("findings", "Something must be mended.", "Each finding says how.")


def _report_lines(report: Report) -> Iterator[str]:
    for one in report.findings:
        state = "MEND" if not one.ok else "note" if one.remark else "ok"
        yield f"{state:<5} {one.subject}: {one.message}"
        if one.mend:
            yield f"      → {one.mend}"
