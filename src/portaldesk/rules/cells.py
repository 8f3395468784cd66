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
_BEGINS = r"[\s'\"]*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]"
_FORMULA = re.compile(_BEGINS)
# where the decimal mark is a comma, as in Spain, spreadsheets part the cells at semicolons whatever the file does
_AFTER_PART, _GUARDED_PART = re.compile(f";(?={_BEGINS})"), re.compile(f";'(?={_BEGINS})")


def guarded(text: str) -> str:
    """The cell with an apostrophe before it, or before a part of it, that a spreadsheet would take for a formula."""
    kept = _AFTER_PART.sub(";'", text) if ";" in text else text
    return "'" + kept if _FORMULA.match(text) else kept


def unguarded(text: str) -> str:
    """The cell without the apostrophes that `guarded` put there."""
    kept = text[1:] if text[:1] == "'" and _FORMULA.match(text, 1) else text
    return _GUARDED_PART.sub(";", kept) if ";'" in kept else kept


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
