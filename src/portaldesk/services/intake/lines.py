"""The lines of a patient file, at a bounded cost whatever the file is.

A line over `LONGEST_LINE_BYTES` is passed by in pieces and never held or parsed: a gigabyte without a line break costs
one small buffer. A Patient of the largest sample exports known to us has some 4 kB; the limit is 250 times that.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from portaldesk.errors import WrongUsage

LONGEST_LINE_BYTES = 1_000_000
_PIECE_BYTES = 65_536
_BOM = b"\xef\xbb\xbf"

TOO_LONG = "the line is longer than 1 MB and was not read"


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is not blank, with its number from 1; `text` is None where the line is too long to be read."""

    number: int
    text: str | None


def bad_file(message: str, hint: str = "") -> WrongUsage:
    """The refusal of a whole file."""
    return WrongUsage("bad-file", message, hint or "Nothing was imported. Check which file was given.")


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The file for reading bytes; a pipe will do, a folder or device will not.

    Raises: WrongUsage (bad-file) where it is not there, not a file or not readable.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise bad_file("That is a folder, not a file.", "Name the file inside it.")
        if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
            raise bad_file("That is a device, not a file.")
        stream = path.open("rb")
    except FileNotFoundError:
        raise bad_file("The file is not there.") from None
    except (OSError, ValueError):  # ValueError: a NUL in the name
        raise bad_file("The file cannot be read.", "Check its name and permissions.") from None
    with stream:
        yield stream


def lines(stream: BinaryIO) -> Iterator[Line]:
    """The lines that are not blank, decoded; a byte order mark at the beginning is dropped.

    Raises: WrongUsage (bad-file) with the line's number, where it is not UTF-8 or can no longer be read.
    """
    number = 0
    try:
        while raw := stream.readline(LONGEST_LINE_BYTES + 1):
            number += 1
            if len(raw) > LONGEST_LINE_BYTES and not raw.endswith(b"\n"):
                _pass_by(stream)
                yield Line(number, None)
                continue
            if number == 1:
                raw = raw.removeprefix(_BOM)
            try:
                text = raw.decode("utf-8")
            except UnicodeDecodeError:
                raise bad_file(f"Line {number} is not UTF-8.", "Save the file as UTF-8 and try again.") from None
            if text.strip():
                yield Line(number, text)
    except OSError:
        raise bad_file(f"The file cannot be read beyond line {number}.") from None


def _pass_by(stream: BinaryIO) -> None:
    while piece := stream.readline(_PIECE_BYTES):
        if piece.endswith(b"\n"):
            return
