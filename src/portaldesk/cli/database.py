"""Commands about the database server that a store of many desks is kept on."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from portaldesk.cli import inputs
from portaldesk.cli.commands import command, new_group
from portaldesk.render import screens

PANEL = "Admins"


def register(app: typer.Typer) -> None:
    """Put this module's commands into the command line."""
    database = new_group("database", "The PostgreSQL server of a store: roles and passwords.", PANEL, app)
    command(database, "roles")(database_roles)
    command(database, "password")(database_password)


def database_roles(
    desk: Annotated[str, typer.Option("--desk", metavar="NAME", help="The role that a desk is to work with.")],
) -> None:
    """Print the SQL that makes a desk's role, for the database's owner to run; it may be run again.

    Example: portaldesk database roles --desk desk1
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.services import database_roles

    with open_desk("database roles") as opened:
        script = database_roles.script(opened.store.place, desk)
    screens.show(script, *(f"{statement};" for statement in script.sql))


def database_password(
    forget: Annotated[bool, typer.Option("--forget", help="Take the kept password out again.")] = False,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
) -> None:
    """Keep the password of this desk's database role, once the server has let it in.

    Example: portaldesk database password
    """
    from portaldesk.services import database_roles, places

    place = places.place_of(os.environ)
    if forget:
        done = database_roles.forget_password(place)
        screens.show(done, f"No password is kept for the database role {done.role}.")
        return
    database_roles.require_server(place)  # before anything is asked
    password = inputs.password("Password of the database role", from_stdin=password_stdin)
    done = database_roles.keep_password(place, password)
    screens.show(done, f"The password of the database role {done.role} is kept ({done.secrets}).")
