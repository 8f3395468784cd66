"""Cells of a CSV that a spreadsheet may open: one that it would run as a formula is guarded (OWASP, "CSV Injection").

A cell that holds several texts parts them by semicolons, one with a semicolon or quotes of its own in quotes.
The guard can be taken off again without doubt: `unguarded(guarded(text)) == text` for every text, those that begin
with apostrophes of their own among them.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable

# what spreadsheets take for the beginning of a formula, the full-width forms too, behind spaces and apostrophes
_FORMULA = re.compile(r"[\s'\"]*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


def guarded(text: str) -> str:
    """The cell with an apostrophe before it, where a spreadsheet would take it for a formula."""
    return "'" + text if _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """The cell without the apostrophe that `guarded` put before it."""
    return text[1:] if text[:1] == "'" and _FORMULA.match(text, 1) else text


def joined(texts: Iterable[str]) -> str:
    """Several texts of one line each in one cell."""
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="").writerow(texts)
    return out.getvalue()


def parted(cell: str) -> list[str]:
    """The texts of a cell; where its quotes are no quoting, they are marks like any other."""
    line = " ".join(cell.splitlines())
    try:
        return next(csv.reader([line], delimiter=";", skipinitialspace=True, strict=True), [])
    except csv.Error:
        return line.split(";")
