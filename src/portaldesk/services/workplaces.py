"""A closed folder for copies of the store in clear, while a backup is made or brought back.

It lies beside the store, on the same disk and behind the same folder, so that a copy is never less protected than what
it was made of. One process at a time works there; what a killed one left is removed by the next.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portaldesk.errors import StoreUnavailable
from portaldesk.services.places import Place

_NAME = ".portaldesk-copies"


@contextmanager
def workplace(place: Place) -> Iterator[Path]:
    """An empty folder beside the store of this place; it goes with everything in it.

    Raises: StoreUnavailable `store-locked` where another process works there; OSError.
    """
    beside = place.beside
    lock = os.open(beside / f"{_NAME}.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        _take(lock)
        folder = beside / _NAME
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(lock)


def left_behind(place: Place) -> bool:
    """Whether a backup or a restore that was stopped left copies of the store here; none is at work."""
    if not (place.beside / _NAME).exists():
        return False
    try:
        lock = os.open(place.beside / f"{_NAME}.lock", os.O_RDWR)
    except OSError:
        return True
    try:
        _take(lock)
    except StoreUnavailable:
        return False
    finally:
        os.close(lock)
    return True


def _take(lock: int) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise StoreUnavailable(
            "store-locked", "Another backup or restore is at work here.", "Wait until it is done, then try again."
        ) from None
