"""Commands to come here: on call."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Put this module's commands into the command line."""
