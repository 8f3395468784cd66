"""Lines for a person: on a terminal broken between words, not where the screen happens to end."""

from __future__ import annotations

import os
import re
from typing import TextIO
from unicodedata import combining, east_asian_width

NARROWEST = 20
"""Below this many columns (ours) breaking lines helps nobody; a terminal that tells no width says 0."""

_WORD = re.compile(r"portaldesk [a-z][^;,(]*[^;,(\s][;,]?|\S+")
"""A command is one word, up to a mark that ends it: pasted back it must not run by halves."""

_ARGUMENT = re.compile(r'"[^"]*"\S*|\S+')


def for_stream(text: str, stream: TextIO) -> str:
    """The text as this stream takes it: folded on a terminal; a pipe or file gets every line whole."""
    if not stream.isatty():
        return text
    try:
        columns = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        return text
    return text if columns < NARROWEST else "\n".join(folded(line, columns) for line in text.split("\n"))


def folded(line: str, columns: int) -> str:
    """The line broken between words, what follows set in by two; a word is never cut.

    A command keeps to one line; one that is longer than the screen goes on behind a backslash, as a shell reads it.
    """
    if _columns(line) <= columns:
        return line
    indent = " " * (len(line) - len(line.lstrip()))
    rows, row, end = [], indent, len(indent)
    for word in _WORD.finditer(line):
        gap, end = line[end : word.start()], word.end()
        if row.strip() and _columns(row + gap + word[0]) > columns:
            rows.append(row)
            row, gap = f"{indent}  ", ""
        if word[0].startswith("portaldesk ") and _columns(row + gap + word[0]) > columns:
            *whole, row = _continued(word[0], row + gap, columns)
            rows += whole
        else:
            row += gap + word[0]
    return "\n".join([*rows, row])


def _continued(command: str, row: str, columns: int) -> list[str]:
    """The rows of a long command, the first of them begun already."""
    rows, indent = [], " " * (len(row) - len(row.lstrip()))
    for place, argument in enumerate(_ARGUMENT.findall(command)):
        if place > 1 and _columns(f"{row} {argument} \\") > columns:
            rows.append(f"{row} \\")
            row = f"{indent}  {argument}"
        else:
            row += f" {argument}" if place else argument
    return [*rows, row]


def _columns(text: str) -> int:
    """How many columns a terminal takes for it: two for wide letters and emoji, none for marks above a letter."""
    if text.isascii():
        return len(text)
    return sum(0 if combining(letter) else 2 if east_asian_width(letter) in "WF" else 1 for letter in text)
