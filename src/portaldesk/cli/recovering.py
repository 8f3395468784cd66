"""`init --recover`: an admin who lost password or phone, with a recovery code, on the machine itself."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from portaldesk.cli import inputs
from portaldesk.cli.second_factor import only_read
from portaldesk.render import screens

KEEP_THEM = "Write them down and keep them away from this machine: who has one can become an admin here."
RecoveryCode = Annotated[
    str | None,
    typer.Option("--code", metavar="[-]", help="- reads the recovery code; with --recover.", callback=only_read),
]


def recover(admin: str | None, code: str | None, *, password_stdin: bool) -> None:
    """Spend a recovery code."""
    from portaldesk.cli.desk import open_door
    from portaldesk.services import opening, recovery_codes, staff

    opening.open_store(opening.place_of(os.environ))  # where there is no store, nothing is asked
    name = staff.read_name(admin if admin is not None else inputs.ask("Sign-in name of the admin"))
    code = code if code is not None else inputs.ask("Recovery code", secret=True)
    password = inputs.new_password("New password", from_stdin=password_stdin)
    with open_door(recovery_codes.ACTION) as door:
        done = recovery_codes.recover(door.session, name, code, password, now=door.now)
    screens.show(
        done,
        f"{done.name} has the new password and no authenticator app; their sessions and tokens ended.",
        f"Recovery codes left: {done.codes_left}. New ones: portaldesk staff recovery-codes",
        f"Sign in: portaldesk login {done.name}",
    )
