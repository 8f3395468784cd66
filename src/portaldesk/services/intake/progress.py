"""How an import tells whoever waits how far it is."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int | None], None]
"""Told with what is being done, how much of it is, and of how much (None: not known)."""


def untold(what: str, done: int, total: int | None) -> None:
    """The progress of work that nobody watches."""
