"""What goes to stdout: one JSON document, or lines and tables for a person.

Data is never trusted on its way to a terminal: it goes through `masks.shown`, and no markup is read in it.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from portaldesk.render import folding
from portaldesk.render.manners import in_force
from portaldesk.rules import masks


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings, to fit 80 columns: long cells fold, none is cut off.

    `empty` is said for no rows; columns named in `whole` are never folded (commands, references).
    """

    headings: Sequence[str]
    rows: Sequence[Sequence[object]]
    empty: str = "Nothing to show."
    whole: Collection[str] = ()


Part: TypeAlias = "str | Table"


def show(result: object, *parts: Part, essential: str | None = None) -> None:
    """Print the result of a command to stdout: its JSON document, or its parts in order, a line or table each.

    Args:
        result: a frozen dataclass or mapping: the whole document with `--json`.
        parts: what a person sees; a string is one line, whatever it holds.
        essential: the one line that `--quiet` still prints (a token, a temporary password).
    """
    if in_force().json:
        from portaldesk.render import documents

        _write(documents.as_text(result))
    elif in_force().quiet:
        if essential is not None:
            _write(masks.shown(essential))
    else:
        for part in parts:
            if isinstance(part, Table):
                _show_table(part)
            else:
                _write(folding.for_stream(masks.shown(part), sys.stdout))


def first(headings: Sequence[str], rows: Sequence[Sequence[object]], most: int = 20) -> list[Part]:
    """A table of the first rows, and how many more there are."""
    parts: list[Part] = [Table(headings, rows[:most])] if rows else []
    if len(rows) > most:
        parts.append(f"... and {len(rows) - most:,} more; all of them with --json.")
    return parts


def write_lines(lines: Iterable[str]) -> None:
    """Print a document in a format of its own (CSV, JSON lines, FHIR), which has its own rules of escaping.

    A line brings its own end. The whole is flushed at the end.
    """
    for line in lines:
        sys.stdout.write(line)
    sys.stdout.flush()


def cell(value: object) -> str:
    """One cell: yes/no for truth, - for nothing, all else as text made safe for a terminal."""
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return masks.shown(str(value))


def _show_table(table: Table) -> None:
    if not table.rows:
        _write(table.empty)
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    drawn = RichTable(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    for heading in table.headings:
        drawn.add_column(Text(heading), overflow="fold", no_wrap=heading in table.whole)
    for row in table.rows:
        drawn.add_row(*(Text(cell(value)) for value in row))
    width = None if sys.stdout.isatty() else 80
    colored = in_force().color and sys.stdout.isatty()
    console = Console(
        file=sys.stdout, width=width, markup=False, highlight=False, emoji=False, no_color=not colored,
        force_terminal=colored,
    )  # fmt: skip
    console.print(drawn)
    sys.stdout.flush()


def _write(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()  # here a closed pipe or a full disk shows, while the command can still say so
