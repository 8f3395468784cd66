"""Records: work lists of accounts, for the hours in which nobody calls. Parse, one service, render."""

from __future__ import annotations

from typing import Annotated

import typer

from portaldesk.cli.app import RECORDS
from portaldesk.cli.commands import command
from portaldesk.words import WorkState


def register(app: typer.Typer) -> None:
    """Put this module's commands into the command line."""
    command(app, "accounts", RECORDS)(accounts)


def accounts(
    state: Annotated[
        WorkState | None,
        typer.Option(
            metavar="STATE",
            help="new (never invited), invited, expired (the invitation is dead), locked, bounced (mail comes back), "
            "held (on hold), disabled, declined, or proxy-ended (nobody acts for them any more).",
        ),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="At most so many lines.")] = 50,
) -> None:
    """Work lists: accounts that wait for something, the most urgent first. Names are masked.

    Example: portaldesk accounts --state expired
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.render import records
    from portaldesk.services import work_lists

    with open_desk("accounts", reading=True) as desk:
        found = work_lists.list_accounts(desk.session, state, limit=limit, now=desk.now)
        desk.leave_trace("accounts", state=state, shown=len(found.accounts))
    records.show_accounts(found)
