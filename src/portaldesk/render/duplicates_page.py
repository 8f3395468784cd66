"""Likely duplicates as one page that a manager can work through (pages.py): plots, then a sheet for each cluster."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from portaldesk.render import pages
from portaldesk.render.report_figures import Figure, Row
from portaldesk.rules.masks import shown
from portaldesk.rules.matching import Grade
from portaldesk.rules.matching.explaining import Speaks

if TYPE_CHECKING:
    from portaldesk.services.duplicate_sheets import DuplicatePage, Sheet
    from portaldesk.services.duplicates import DuplicatePair

_MOST_AGAINST, _MOST_RECORDS = 4, 5  # the last column and bar stand for all above as well
_LONGEST = 500  # characters of a value in which differences are looked for: it takes the square of them (ours)
_ALIKE = 0.5  # of two words less alike than that no letters are marked, but the whole (ours)


def page(made: DuplicatePage) -> str:
    """The whole page; every text of the store is escaped by the template."""
    return pages.page(
        "duplicates.html", styles=("report.css", "duplicates.css"), figures=_figures(made),
        nothing="No pair was found.", made=made, commands=_commands, marked=_marked,
        count={grade: sum(pair.grade is grade for pair in made.report.pairs) for grade in Grade},
    )  # fmt: skip


def _figures(made: DuplicatePage) -> tuple[Figure, ...]:
    grades = tuple(Grade)
    against = Counter((min(_against(pair), _MOST_AGAINST), pair.grade) for pair in made.report.pairs)
    sizes = Counter(min(len(sheet.records), _MOST_RECORDS) for sheet in made.sheets)
    return (
        Figure(
            "against", "Pairs by findings against", "How much speaks against one person: the fewer findings, the surer "
            "the pair. Which findings they are decides more than their number: see the rule of each pair.",
            "Findings against", "pairs", tuple(grades),
            tuple(
                Row(f"{n}{' or more' if n == _MOST_AGAINST else ''}", tuple(against[n, grade] for grade in grades))
                for n in range(_MOST_AGAINST + 1)
            ) if against else (), over_time=True,
        ),
        Figure(
            "sizes", "Sheets by number of records", "Two records are a pair; more hang together through one another, "
            "and deserve a longer look.", "Records", "sheets", ("sheets",),
            tuple(
                Row(f"{n}{' or more' if n == _MOST_RECORDS else ''} records", (sizes[n],))
                for n in range(2, max(sizes, default=0) + 1)
            ),
        ),
    )  # fmt: skip


def _against(pair: DuplicatePair) -> int:
    return sum(step.speaks is Speaks.AGAINST for step in pair.steps)


def _commands(sheet: Sheet, pair: DuplicatePair) -> tuple[str, str]:
    """What is typed for one person, and for two; who types it says how they know."""
    begin = f"portaldesk duplicates resolve {shlex.quote(pair.a)} {shlex.quote(pair.b)}"
    keep = f" --keep {shlex.quote(sheet.keep.mrn)}" if sheet.keep.mrn in (pair.a, pair.b) else ""
    return f'{begin} --same{keep} --reason "..."', f'{begin} --different --reason "..."'


def _marked(values: Sequence[str], place: int) -> list[tuple[bool, str]]:
    """One of several values in pieces, each with whether it differs from the first that is on file: words of several,
    letters of a single one."""
    value, first = values[place], next((one for one in values if one), "")
    if max(len(value), len(first)) > _LONGEST:
        old, new = [first], [value]
    elif " " in value or " " in first:
        old, new = _words(first), _words(value)
    elif SequenceMatcher(None, first, value, autojunk=False).ratio() >= _ALIKE:
        old, new = list(first), list(value)
    else:
        old, new = [first], [value]
    compared = SequenceMatcher(None, [one.casefold() for one in old], [one.casefold() for one in new], autojunk=False)
    return [
        (kind != "equal", shown("".join(new[start:end])))
        for kind, _, _, start, end in compared.get_opcodes()
        if start < end
    ]


def _words(value: str) -> list[str]:
    return re.findall(r"\s*\S+", value)
