"""Writing a file that a command was asked for: private, whole or not at all, and never over another by accident."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from portaldesk.errors import DeskError, StateForbids, StoreUnavailable, WrongUsage, no_room

if TYPE_CHECKING:
    from gzip import GzipFile


def require_writable(path: Path, *, force: bool) -> None:
    """Judge a file's place before long work is done for it.

    Raises: StateForbids `already-there` where it exists (unless `force`), and where the store itself lies, for which
        there is no force; WrongUsage `bad-file` for no such folder; StoreUnavailable `unsupported-store`.
    """
    from portaldesk.services.places import place_of  # slow to load

    at_hand = path.parent.is_dir() and os.access(path.parent, os.W_OK)
    if path.is_dir() or not at_hand or str(path) == "-":  # by - somebody means standard output
        raise WrongUsage(
            "bad-file", "The file cannot be written there.", "Name a file in a folder that exists and is yours."
        )
    if not force and os.path.lexists(path):
        raise _there()
    if place_of(os.environ).owns(path):
        raise StateForbids("already-there", "The store itself lies there; nothing was written.", "Name another file.")


def write(path: Path, text: str, *, force: bool) -> None:
    """Write a file of mode 0600 in one step.

    Raises: as `require_writable`; StoreUnavailable `disk-full`.
    """
    write_lines(path, (text,), force=force)


def write_lines(path: Path, lines: Iterable[str], *, force: bool) -> None:
    """As `write`, as the lines come; packed by gzip where the name ends in .gz. A failure in them leaves no file."""
    require_writable(path, force=force)
    temporary: Path | None = None
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".portaldesk-")  # mkstemp makes it 0600
        temporary = Path(name)
        with os.fdopen(handle, "wb") as file:
            with _packed(file) if path.suffix == ".gz" else nullcontext(file) as out:
                for line in lines:
                    out.write(line.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        if force:
            temporary.replace(path)
        else:
            os.link(temporary, path)  # unlike a rename it refuses what has come there meanwhile
    except FileExistsError:
        raise _there() from None
    except OSError as failure:
        raise _not_written(failure) from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _packed(file: BinaryIO) -> GzipFile:
    from gzip import GzipFile

    return GzipFile(filename="", mode="wb", fileobj=file)


def _there() -> StateForbids:
    return StateForbids("already-there", "There is a file of that name already.", "Name another, or give --force.")


def _not_written(failure: OSError) -> DeskError:
    if no_room(failure):
        return StoreUnavailable("disk-full", "The disk is full; no file was written.", "Make room, or use another.")
    return WrongUsage("bad-file", "The file cannot be written there.", "Name a file in a folder that is yours.")
