"""Where the marks of a plot stand. Widths are parts of a hundred, heights pixels: text keeps its size on any screen.

A base is always zero; ticks are whole numbers, for only things are counted here.
"""

from __future__ import annotations

from dataclasses import dataclass

from portaldesk.render.report_figures import Figure, Row

HEIGHT = 180
"""Pixels between zero and the topmost tick."""
TOP = 28
"""Pixels above it, where the unit of the scale stands."""
ROW = 40
"""Pixels of one bar with its label above it."""
_MOST_LABELS = 8


@dataclass(frozen=True, slots=True)
class Mark:
    """One rectangle of one series; `says` is shown where a pointer rests on it."""

    series: int
    x: float
    y: float
    width: float
    height: float
    says: str


@dataclass(frozen=True, slots=True)
class Label:
    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawn figure: marks, ticks of the scale (pixel, text), labels of rows. `height` in pixels."""

    height: int
    marks: tuple[Mark, ...]
    ticks: tuple[Label, ...]
    labels: tuple[Label, ...]


def columns(figure: Figure) -> Plot:
    """Stacked columns, from left to right."""
    top = scale(max((sum(row.values) for row in figure.rows), default=0))
    slot = 100 / max(len(figure.rows), 1)
    marks: list[Mark] = []
    for n, row in enumerate(figure.rows):
        base = 0
        for series, value in enumerate(row.values):
            if value:
                y = TOP + HEIGHT * (1 - (base + value) / top[-1])
                height = HEIGHT * value / top[-1]
                marks.append(
                    Mark(series, _2(n * slot + slot * 0.1), _2(y), _2(slot * 0.8), _2(height), _says(figure, row))
                )
            base += value
    every = -(-len(figure.rows) // _MOST_LABELS)
    start = next((n for n, row in enumerate(figure.rows) if row.label.startswith("Mon")), 0)
    if every > 1 and figure.rows[start].label.startswith("Mon"):
        every = -(-every // 7) * 7
    shown = range(start, len(figure.rows), max(every, 1))
    labels = tuple(Label(_2((n + 0.5) * slot), figure.rows[n].label) for n in shown)
    ticks = tuple(Label(_2(TOP + HEIGHT * (1 - tick / top[-1])), f"{tick:,}") for tick in top)
    return Plot(TOP + HEIGHT + 24, tuple(marks), ticks, labels)


def bars(figure: Figure) -> Plot:
    """Stacked bars, from top to bottom, the label of each above it."""
    most = max((sum(row.values) for row in figure.rows), default=0) or 1
    marks: list[Mark] = []
    for n, row in enumerate(figure.rows):
        base = 0
        for series, value in enumerate(row.values):
            if value:
                marks.append(
                    Mark(series, _2(100 * base / most), n * ROW + 20, _2(100 * value / most), 14, _says(figure, row))
                )
            base += value
    labels = tuple(Label(n * ROW + 15, row.label) for n, row in enumerate(figure.rows))
    return Plot(len(figure.rows) * ROW, tuple(marks), (), labels)


def scale(most: int) -> tuple[int, ...]:
    """Ticks from zero to `most` or just above it, three to six of them, by steps of 1, 2 or 5 times a power of ten."""
    step = 1
    while most > step * 5:
        step = step * 2 if str(step)[0] != "2" else step * 5 // 2
    return tuple(range(0, max(-(-most // step), 1) * step + 1, step))


def in_words(figure: Figure, row: Row) -> str:
    """The numbers of a row: "294 passed, 18 failed"."""
    if len(figure.series) == 1:
        return f"{row.values[0]:,}"
    return ", ".join(f"{value:,} {name}" for name, value in zip(figure.series, row.values, strict=True))


def _says(figure: Figure, row: Row) -> str:
    return f"{row.label}: {in_words(figure, row)}"


def _2(number: float) -> float:
    return round(number, 2)
