"""Commands for the secrets outside the database."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from portaldesk.cli.commands import command, new_group
from portaldesk.errors import RecordAltered
from portaldesk.render import screens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portaldesk.services.rotating import Rotated

PANEL = "Admins"


class KeyName(StrEnum):
    PEPPER = "pepper"
    AUDIT = "audit"
    SEAL = "seal"
    OUTBOX = "outbox"


def register(app: typer.Typer) -> None:
    """Put this module's commands into the command line."""
    secrets = new_group("secrets", "The keys outside the database, and replacing them.", PANEL, app)
    command(secrets, "rotate")(rotate)


def rotate(
    name: Annotated[KeyName, typer.Argument(metavar="NAME", help="pepper, audit, seal or outbox.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; kept in the record.")] = "",
    again: Annotated[
        bool, typer.Option("--again", help="Begin another rotation though an older key is still needed.")
    ] = False,
) -> None:
    """Replace a key by a new one while the desks go on working; nobody needs a new password or link for it.

    What was stopped half-way is taken on by the same command.

    Example: portaldesk secrets rotate seal --reason "every year"
    """
    from portaldesk.cli.desk import clock, open_desk
    from portaldesk.render import progress
    from portaldesk.services import rotating

    # only reading: a rotation writes in transactions of its own, so that the desks get their turn between them
    with open_desk("secrets rotate", reading=True) as desk:
        store, actor = desk.store, desk.actor
        rotating.require_reason(reason)
    try:
        with progress.bar("Sealing rows anew") as moved:
            done = rotating.rotate(store, actor, name, reason=reason, again=again, clock=clock, progress=moved)
    finally:
        store.engine.dispose()
    screens.show(done, *_lines(done))
    if done.altered:
        raise RecordAltered(
            "record-altered",
            f"{len(done.altered)} rows were changed outside portaldesk; they were not sealed anew.",
            "Run 'portaldesk audit verify' and tell an auditor.",
        )


def _lines(done: Rotated) -> Iterator[str]:
    yield f"The {done.key} key in use is {done.generation}" + ("." if done.began else ", as was begun before.")
    if done.resealed:
        yield f"{done.resealed} rows are sealed anew."
    for name in done.dropped:
        yield f"{name} is gone: nothing needs it any more."
    for one in done.kept:
        yield f"{one.generation} is kept until nothing needs it: {one.needed_by} still do."
    yield "Keep a copy of the secrets where the store is not, and bring them to every other machine of this store."
