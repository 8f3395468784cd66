"""A QR code on a terminal."""

from __future__ import annotations

import os
import sys

from portaldesk.render.manners import in_force
from portaldesk.render.screens import write_lines

_BORDERS = (2, 1)
"""The light frame, in modules. ISO/IEC 18004 asks for four; phones read it with one, and 24 rows have no more room."""
_ROWS_BESIDE = 2  # the line above the code, and the question below it
_WHITE_ON_BLACK = "\x1b[97;40m"  # the light modules are what is drawn: a bright terminal would turn the code round


def drawn(text: str) -> list[str] | None:
    """The rows of a QR code, two of its modules in each; None where standard output cannot show it whole.

    That is: no terminal, too small a window, or an encoding without block characters.
    """
    import io

    import segno

    try:
        window = os.get_terminal_size(sys.stdout.fileno()) if sys.stdout.isatty() else None
        "█▀▄".encode(sys.stdout.encoding or "ascii")
    except (OSError, ValueError):
        return None
    if window is None:
        return None
    code = segno.make(text, error="l", micro=False)
    for border in _BORDERS:
        out = io.StringIO()
        code.terminal(out, border=border, compact=True)
        rows = out.getvalue().splitlines()
        if len(rows) + _ROWS_BESIDE <= window.lines and len(rows[0]) <= window.columns:
            return rows
    return None


def show(rows: list[str]) -> None:
    """Print what `drawn` gave: light modules white, dark ones black, whatever the terminal's own colours."""
    color = in_force().color
    write_lines(f"{_WHITE_ON_BLACK}{row}\x1b[0m\n" if color else f"{row}\n" for row in rows)
