"""The machine's clock, for work that outlives any one `now` that a front door could hand in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def machine_clock() -> datetime:
    """The time now (UTC)."""
    return datetime.now(UTC)
