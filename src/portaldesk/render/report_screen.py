"""The auditors' report on a terminal: numbers with bars beside them. Nothing is told by colour or by a bar alone."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from portaldesk.render import report_figures, screens, times
from portaldesk.render.report_figures import Figure, Row
from portaldesk.render.screens import Part, Table
from portaldesk.rules.masks import shown

if TYPE_CHECKING:
    from portaldesk.services.reporting.results import Report

_MARKS = {1: "█", 2: "█░", 3: "█▒░", 5: "█▓▒░×"}
_ASCII = {1: "#", 2: "#.", 3: "#=.", 5: "#%=.x"}
_NARROWEST_BAR = 12
_WIDEST_BAR = 60
_GAP = 3  # what stands between two columns of our tables


def show(report: Report) -> None:
    """The whole report."""
    width = _columns()
    parts: list[Part] = [
        f"{shown(report.clinic)}: {times.local(report.since)} to {times.local(report.until)} ({report.zone}), "
        f"{report.events} events",
        "",
        *(f"{what + ':':<26}{said}" for what, said in report_figures.summary(report)),
        "That the record is whole is proved by: portaldesk audit verify",
        *_patterns(report),
    ]
    for figure in report_figures.figures(report):
        parts += ["", figure.title, *_figure(figure, width)]
    screens.show(report, *parts)


def _patterns(report: Report) -> list[Part]:
    parts: list[Part] = ["", "Unusual patterns (they accuse nobody: look)"]
    for rule in report.rules:
        mine = [one for one in report.patterns if one.kind == rule.kind]
        if mine:
            parts += [f"  {rule.title}"]
        for one in mine:
            events = f" Events {', '.join(map(str, one.events))}." if one.events else ""
            parts += [f"    {one.seen}{events}", f"      {one.look}"]
        if rule.found > len(mine):
            parts.append(f"    and {rule.found - len(mine)} more")
    quiet = [rule.title[0].lower() + rule.title[1:] for rule in report.rules if not rule.found]
    if quiet:
        parts.append(f"  Looked for and not found: {'; '.join(quiet)}.")
    return parts


def _figure(figure: Figure, width: int) -> list[Part]:
    counted = [row for row in figure.rows if any(row.values)]
    if not counted:
        return ["Nothing in that time."]
    numbers = len(figure.series)
    marks = _marks(numbers)
    more = _fitting(figure, width)
    headings = (figure.of, *(name.capitalize() for name in figure.series), *figure.more[:more], "")
    left = width - sum(_widths(figure, more)) - _GAP * (len(headings) - 1)
    bar = max(_NARROWEST_BAR, min(left, _WIDEST_BAR))
    most = max(sum(row.values) for row in figure.rows)
    rows = [
        (row.label, *(str(n) for n in row.values), *row.more[:more], _bar(row, marks, most, bar)) for row in figure.rows
    ]
    legend = "  ".join(f"{mark} {name}" for mark, name in zip(marks, figure.series, strict=True))
    return [figure.about, *([legend] if numbers > 1 else []), Table(headings, rows, whole=headings[1:])]


def _fitting(figure: Figure, width: int) -> int:
    """How many of the further columns leave room for a bar."""
    for more in range(len(figure.more), 0, -1):
        if width - sum(_widths(figure, more)) - _GAP * (more + len(figure.series) + 1) >= _NARROWEST_BAR:
            return more
    return 0


def _widths(figure: Figure, more: int) -> list[int]:
    label = max(len(figure.of), *(len(row.label) for row in figure.rows))
    numbers = [
        max(len(name), *(len(str(row.values[n])) for row in figure.rows)) for n, name in enumerate(figure.series)
    ]
    rest = [max(len(name), *(len(row.more[n]) for row in figure.rows)) for n, name in enumerate(figure.more[:more])]
    return [label, *numbers, *rest]


def _bar(row: Row, marks: str, most: int, width: int) -> str:
    """A stacked bar from zero; what is there at all is never drawn as nothing."""
    drawn, so_far = "", 0
    if not any(row.values):
        return " "
    for mark, value in zip(marks, row.values, strict=True):
        so_far += value
        drawn += mark * (round(so_far / most * width) - len(drawn))
    if so_far and not drawn:
        return marks[max(range(len(marks)), key=lambda n: row.values[n])]
    return drawn


def _marks(count: int) -> str:
    try:
        "".join(_MARKS.values()).encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return _ASCII[count]
    return _MARKS[count]


def _columns() -> int:
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns if sys.stdout.isatty() else 80
    except (OSError, ValueError):
        return 80
