"""The command line's table of contents: which module registers which commands, under which help panel."""

from __future__ import annotations

from typing import Annotated

import typer

from portaldesk import __version__
from portaldesk.cli.commands import Group

ON_THE_CALL, RECORDS, ADMINS = "On the call", "Records", "Admins"
AUDITORS, PATIENTS, ANYONE = "Auditors", "The patient's side", "Anyone"

_MODULES = ("on_call", "records", "decisions", "admins", "upkeep", "auditors", "patient_side", "anyone", "demo")
"""In the order of the help's panels."""


def make_app() -> typer.Typer:
    """The whole command line. Each module registers its commands; their services are imported when they run."""
    from importlib import import_module

    app = typer.Typer(
        name="portaldesk",
        cls=Group,
        no_args_is_help=True,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        help="Get a patient back into the clinic's portal during one call, and nobody else.",
        epilog="Begin with: portaldesk demo  (a clinic to try things in), or portaldesk init",
    )
    app.callback()(_portaldesk)
    for name in _MODULES:
        import_module(f"portaldesk.cli.{name}").register(app)
    return app


def _print_version(value: bool) -> bool:
    if value:
        from portaldesk.render import screens

        screens.show({"version": __version__}, f"portaldesk {__version__}", essential=__version__)
        raise typer.Exit
    return value


def _portaldesk(
    version: Annotated[
        bool, typer.Option("--version", help="Say which version this is.", callback=_print_version)
    ] = False,
) -> None:
    """Get a patient back into the clinic's portal during one call, and nobody else."""
