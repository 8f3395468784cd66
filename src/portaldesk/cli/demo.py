"""`portaldesk demo`: a call in a made-up clinic; the play itself is in demo_play.py, loaded when it is run."""

from __future__ import annotations

import typer

from portaldesk.cli.app import ANYONE
from portaldesk.cli.commands import command


def register(app: typer.Typer) -> None:
    """Put this module's command into the command line."""
    command(app, "demo", ANYONE)(demo)


def demo() -> None:
    """Play one call in a made-up clinic: helped, refused, and an intruder found. Changes nothing of yours.

    Example: portaldesk demo
    """
    from portaldesk.cli.demo_play import play

    play()
