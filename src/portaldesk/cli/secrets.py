"""Commands for the secrets outside the database."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from portaldesk.cli import inputs
from portaldesk.cli.anyone import SecretsHome
from portaldesk.cli.commands import command, new_group
from portaldesk.cli.second_factor import Totp
from portaldesk.errors import RecordAltered
from portaldesk.render import screens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portaldesk.services.rotating import Rotated

PANEL = "Admins"

PassphraseStdin = Annotated[bool, typer.Option("--passphrase-stdin", help="Read the passphrase from standard input.")]


class KeyName(StrEnum):
    PEPPER = "pepper"
    AUDIT = "audit"
    SEAL = "seal"
    OUTBOX = "outbox"


def register(app: typer.Typer) -> None:
    """Put this module's commands into the command line."""
    secrets = new_group("secrets", "The keys outside the database: replacing them, and keeping a copy.", PANEL, app)
    command(secrets, "rotate")(rotate)
    command(secrets, "save")(save)
    command(secrets, "load")(load)


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


def save(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to be written; it must not be there yet.")],
    totp: Totp = None,
    passphrase_stdin: PassphraseStdin = False,
) -> None:
    """Write the keys of this store to a file, encrypted with a passphrase: a backup is nothing without them.

    Keep it apart from the backups, and write it again after 'secrets rotate'.

    Example: portaldesk secrets save /mnt/safe/portaldesk.keys
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.services import age_files, saved_secrets

    with open_desk("secrets save", reading=True, totp=totp) as desk:
        age_files.require_free(file)
        passphrase = inputs.new_password("Passphrase", from_stdin=passphrase_stdin)
        done = saved_secrets.save(desk.store, desk.session, desk.actor, file, passphrase)
        desk.leave_trace("secrets save", generations=done.generations)
    screens.show(done, f"{done.file} holds the keys. Whoever has it and its passphrase can act as portaldesk.")


def load(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What 'secrets save' wrote.")],
    secrets: Annotated[
        SecretsHome, typer.Option("--secrets", help="Where they are to be kept: keyring, or a file on a server.")
    ] = SecretsHome.KEYRING,
    passphrase_stdin: PassphraseStdin = False,
) -> None:
    """Bring saved keys to this machine: a new one, a second desk, or one that has older keys.

    Example: portaldesk secrets load /mnt/safe/portaldesk.keys
    """
    from portaldesk.cli.desk import clock
    from portaldesk.services import opening, saved_secrets

    place = opening.place_of(os.environ)
    passphrase = inputs.password("Passphrase", from_stdin=passphrase_stdin)
    done = saved_secrets.load(place, file, passphrase, kind=secrets.value, clock=clock())
    said = "were here already" if done.already else f"are kept here now ({done.secrets})"
    screens.show(done, f"The keys of store {done.store_id} {said}.")


def _lines(done: Rotated) -> Iterator[str]:
    yield f"The {done.key} key in use is {done.generation}" + ("." if done.began else ", as was begun before.")
    if done.resealed:
        yield f"{done.resealed} rows are sealed anew."
    for name in done.dropped:
        yield f"{name} is gone: nothing needs it any more."
    for one in done.kept:
        yield f"{one.generation} is kept until nothing needs it: {one.needed_by} still do."
    yield "Keep a copy of the secrets where the store is not, and bring them to every other machine of this store."
