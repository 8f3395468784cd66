"""Files that are new, for this user alone, and on the disk with their names."""

from __future__ import annotations

import os
from pathlib import Path


def create(path: Path) -> int:
    """A handle to write to a new file of mode 0600.

    Raises: FileExistsError, and OSError where the folder does not take it.
    """
    return os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)


def flush_folder(folder: Path) -> None:
    """So that the names in it, too, are on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
