"""The lines of a patient file, at a bounded cost whatever the file is.

A line over `LONGEST_LINE_BYTES` is passed by in pieces and never held or parsed: a gigabyte without a line break costs
one small buffer. A Patient of the largest sample exports known to us has some 4 kB; the limit is 250 times that.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from portaldesk.errors import WrongUsage
from portaldesk.services.intake.encodings import Decoder

LONGEST_LINE_BYTES = 1_000_000
_PIECE_BYTES = 65_536
_SAMPLE_BYTES = 262_144  # looked at to find an encoding: some thousand rows
_BOM = b"\xef\xbb\xbf"

TOO_LONG = "the line is longer than 1 MB and was not read"


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is not blank, with its number from 1; `text` is None where the line is too long to be read."""

    number: int
    text: str | None


def bad_file(message: str, hint: str = "") -> WrongUsage:
    """The refusal of a whole file."""
    return WrongUsage("bad-file", message, hint or "Nothing was done. Check which file was given.")


def lines(stream: BinaryIO, decoder: Decoder | None = None) -> Iterator[Line]:
    """The lines that are not blank, decoded; a byte order mark at the beginning is dropped.

    Without a decoder they must be UTF-8.
    Raises: WrongUsage (bad-file) with the line's number, where it cannot be decoded or no longer be read.
    """
    guessing = decoder is not None
    decoder = decoder or Decoder("")
    rest = _raw_lines(stream)
    ahead: deque[tuple[int, bytes | None]] = deque()
    while (one := ahead.popleft() if ahead else next(rest, None)) is not None:
        number, raw = one
        if raw is None:
            yield Line(number, None)
            continue
        text = decoder.text(raw)
        if text is None and guessing:
            _look_ahead(rest, ahead)
            decoder.settle([raw, *(later for _, later in ahead if later is not None)])
            text = decoder.text(raw)
        if text is None:
            hint = "Name its encoding with --encoding, or save it as UTF-8." if guessing else "Save the file as UTF-8."
            raise bad_file(f"Line {number} is not {decoder.name}.", hint)
        if text.strip():
            yield Line(number, text)


def _raw_lines(stream: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Each line by its number; None where it is too long."""
    number = 0
    try:
        while raw := stream.readline(LONGEST_LINE_BYTES + 1):
            number += 1
            if len(raw) > LONGEST_LINE_BYTES and not raw.endswith(b"\n"):
                _pass_by(stream)
                yield number, None
            else:
                yield number, raw.removeprefix(_BOM) if number == 1 else raw
    except OSError:
        raise bad_file(f"The file cannot be read beyond line {number}.") from None


def _look_ahead(rest: Iterator[tuple[int, bytes | None]], ahead: deque[tuple[int, bytes | None]]) -> None:
    size = sum(len(raw or b"") for _, raw in ahead)
    while size < _SAMPLE_BYTES and (one := next(rest, None)) is not None:
        ahead.append(one)
        size += len(one[1] or b"")


def _pass_by(stream: BinaryIO) -> None:
    while piece := stream.readline(_PIECE_BYTES):
        if piece.endswith(b"\n"):
            return
