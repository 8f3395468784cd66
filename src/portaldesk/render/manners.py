"""How this run of the command speaks: one document or a screen, with or without colour, quietly or not."""

from __future__ import annotations

import os
from contextvars import ContextVar
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Manners:
    """`json`: one document on stdout. `color`: colours where a terminal is there. `quiet`: the essential only."""

    json: bool = False
    color: bool = True
    quiet: bool = False


_in_force: ContextVar[Manners] = ContextVar("manners", default=Manners())  # noqa: B039 - frozen


def in_force() -> Manners:
    """The manners of this run."""
    return _in_force.get()


def is_bare_terminal() -> bool:
    """Whether TERM names a terminal without colours and moves of the cursor, by the names that Rich knows it by."""
    return os.environ.get("TERM", "").lower() in ("dumb", "unknown")


def begin(*, color: bool) -> None:
    """A new run: nothing asked for yet."""
    _in_force.set(Manners(color=color))


def use(*, json: bool | None = None, color: bool | None = None, quiet: bool | None = None) -> None:
    """Change some of the manners of this run; None leaves them."""
    now = _in_force.get()
    _in_force.set(
        replace(
            now,
            json=now.json if json is None else json,
            color=now.color if color is None else color,
            quiet=now.quiet if quiet is None else quiet,
        )
    )
