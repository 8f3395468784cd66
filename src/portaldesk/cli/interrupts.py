"""Ctrl-C in a run through many messages: the one in hand is finished first, so that none is sent and not marked."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def finishing_what_is_in_hand() -> Iterator[threading.Event]:
    """Gives what a Ctrl-C sets within; a second one ends the process as it always does."""
    stop = threading.Event()
    before = signal.getsignal(signal.SIGINT)

    def first(number: int, frame: FrameType | None) -> None:
        stop.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, first)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
