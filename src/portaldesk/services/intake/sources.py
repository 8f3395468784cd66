"""Where the bytes of a patient file come from: a file, a pipe or standard input, unpacked where they are gzip.

Nothing is unpacked to a disk or held: pieces go by, and a small file that unpacks to a huge one is given up.
"""

from __future__ import annotations

import codecs
import gzip
import io
import stat
import sys
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from portaldesk.services.intake.lines import bad_file

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

STDIN = Path("-")
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_PIECE_BYTES = 65_536

# Patient files shrink to a fifth (CSV) or a thirtieth (FHIR); deflate can reach a thousandth. Ours: three times more
# than any file seen, and asked only of what would hurt.
MOST_TIMES_UNPACKED = 100
_HURTS_BYTES = 64_000_000

# In this order: that of UTF-32 begins like that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"), (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"), (codecs.BOM_UTF16_BE, "UTF-16"),
)  # fmt: skip


class Counted(io.RawIOBase):
    """A stream that knows how many of its bytes went by."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self.count = stream, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        room = memoryview(buffer)
        piece = self._stream.read(len(room))
        room[: len(piece)] = piece
        self.count += len(piece)
        return len(piece)


class _Pieces(io.RawIOBase):
    """Pieces of bytes, one after the other, as a stream."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._left = pieces, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        room = memoryview(buffer)
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = piece
        taken = min(len(room), len(self._left))
        room[:taken], self._left = self._left[:taken], self._left[taken:]
        return taken


@contextmanager
def opened(path: Path) -> Iterator[tuple[io.BufferedReader[Any], Counted, int | None]]:
    """The bytes, unpacked; what was read of the file itself, and how long it is (None: a pipe).

    Raises: WrongUsage (bad-file) where it is not there, not a file or not readable; while it is read, where it is no
    whole gzip file, or a bomb.
    """
    with _raw(path) as (stream, size):
        counted = Counted(stream)
        packed = io.BufferedReader(counted, _PIECE_BYTES)
        head = packed.peek(4)
        if head.startswith(_ZIP):
            raise bad_file("That is a workbook or a zip archive.", "Save the sheet as CSV, or unpack it first.")
        yield _stream(_unpacked(packed, counted)) if head.startswith(_GZIP) else packed, counted, size


def in_utf8(stream: io.BufferedReader[Any], encoding: str | None) -> tuple[io.BufferedReader[Any], str | None]:
    """The stream in UTF-8, and from which encoding: the one named, or that of its byte order mark; else as it is."""
    head = stream.peek(4)[:4]
    name = encoding or next((name for mark, name in _MARKS if head.startswith(mark)), None)
    if name is None:
        return stream, None
    text = codecs.iterdecode(iter(lambda: stream.read(_PIECE_BYTES), b""), name)
    return _stream(_encoded(text, name)), name


@contextmanager
def _raw(path: Path) -> Iterator[tuple[BinaryIO, int | None]]:
    if path == STDIN:
        if sys.stdin is None or sys.stdin.isatty():
            raise bad_file("Standard input is a terminal, not a file.", "Pipe the file in, or name one.")
        yield sys.stdin.buffer, None
        return
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise bad_file("That is a folder, not a file.", "Name the file inside it.")
        if not (stat.S_ISREG(status.st_mode) or stat.S_ISFIFO(status.st_mode)):
            raise bad_file("That is a device, not a file.")
        stream = path.open("rb", buffering=0)
    except FileNotFoundError:
        raise bad_file("The file is not there.") from None
    except (OSError, ValueError):  # ValueError: a NUL in the name
        raise bad_file("The file cannot be read.", "Check its name and permissions.") from None
    with stream:
        yield stream, status.st_size if stat.S_ISREG(status.st_mode) else None


def _stream(pieces: Iterator[bytes]) -> io.BufferedReader[Any]:
    return io.BufferedReader(_Pieces(pieces), _PIECE_BYTES)


def _unpacked(packed: io.BufferedReader[Any], counted: Counted) -> Iterator[bytes]:
    unpacked = 0
    try:
        with gzip.GzipFile(fileobj=packed) as file:
            while piece := file.read(_PIECE_BYTES):
                unpacked += len(piece)
                if unpacked > max(_HURTS_BYTES, counted.count * MOST_TIMES_UNPACKED):
                    raise bad_file(
                        f"The file unpacks to more than {MOST_TIMES_UNPACKED} times its size, and was given up.",
                        "That is no patient file. If it is, unpack it yourself and import what comes out.",
                    )
                yield piece
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise bad_file("The gzip file is cut short or damaged.", "Get the file anew; nothing was imported.") from None


def _encoded(text: Iterable[str], name: str) -> Iterator[bytes]:
    try:
        for piece in text:
            yield piece.encode("utf-8")
    except UnicodeError:
        raise bad_file(f"The file is not {name} throughout.", "Save it as UTF-8 and try again.") from None
