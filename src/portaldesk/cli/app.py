"""The command line's table of contents: which module registers which commands, under which help panel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from portaldesk import __version__
from portaldesk.cli.commands import MANNERS, Group, only_names

ON_THE_CALL, RECORDS, ADMINS = "On the call", "Records", "Admins"
AUDITORS, PATIENTS, ANYONE = "Auditors", "The patient's side", "Anyone"

_MODULES: Mapping[str, Sequence[str]] = {
    "on_call": ("find", "verify-identity", "diagnose", "end-call"),
    "recoveries": (
        "resend-invite", "send-reset", "recover-username", "change-username", "unlock", "issue-temp-login",
    ),
    "contacts": ("update-contact", "confirm", "contacts"),
    "standing": ("secure-account", "disable", "enable", "decline"),
    "credentials": ("credentials",),
    "accounts": ("accounts",),
    "proxies": ("proxy",),
    "patient_files": ("import", "export"),
    "records": ("find-duplicates", "duplicates"),
    "decisions": ("approve", "reject", "requests", "hold"),
    "admins": ("staff", "settings", "outage"),
    "outbox": ("outbox",),
    "upkeep": ("upgrade", "doctor"),
    "database": ("database",),
    "secrets": ("secrets",),
    "safekeeping": ("backup", "restore"),
    "auditors": ("list-resets", "audit"),
    "incidents": ("incidents",),
    "patient_side": ("portal",),
    "anyone": ("init", "login", "logout", "whoami", "policy"),
    "demo": ("demo",),
}  # fmt: skip
"""Which module registers which commands, in the order of the help's panels: a call loads the one it needs."""


def make_app(args: Sequence[str] | None = None) -> typer.Typer:
    """The command line: all of it, or as much as these arguments need. Services are imported when commands run."""
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
    word = next((arg for arg in args or () if not arg.startswith("-")), None)
    overview = args is not None and word is None and not (set(args) - {"--help", *MANNERS})
    needed = [name for name, words in _MODULES.items() if word in words] or list(_MODULES)
    only_names.set(overview)
    for name in needed:
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
