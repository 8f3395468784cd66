"""The letters that wait, and what was printed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from portaldesk.render import screens, times
from portaldesk.render.screens import Part, Table

if TYPE_CHECKING:
    from portaldesk.services.printing import Letters


def show(found: Letters, *, printed_to: Path | None) -> None:
    """A row a letter, then what is left to do."""
    headings = ("Letter", "Kind", "Patient", "Written", "Valid until")
    rows = [
        (one.reference, one.kind, one.patient, times.local(one.created_at), times.local(one.expires_at))
        for one in found.letters
    ]
    empty = "No letter waits to be printed." if printed_to is None else "No letter was printed."
    parts: list[Part] = [Table(headings, rows, empty=empty)]
    if printed_to is None and rows:
        parts.append("Next: portaldesk outbox letters --print FOLDER")
    if printed_to is not None and rows:
        parts.append(f"Written into {printed_to}: print the pages, then delete them, for each holds a code.")
    for count, what in (
        (found.dropped, "had nothing left to say, and were dropped"),
        (found.own, "are of your own or a linked record: a colleague prints them"),
        (found.failed, "could not be printed: portaldesk outbox list"),
    ):
        if count:
            parts.append(f"{count} {what}.")
    if printed_to is not None and found.waiting:
        parts.append(f"{found.waiting} still wait; one that another run has taken is free again after two minutes.")
    screens.show(found, *parts)
