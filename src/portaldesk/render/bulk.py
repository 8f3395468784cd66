"""What became of a bulk run: totals and reasons on the screen, every row as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from portaldesk.render import screens
from portaldesk.render.screens import Part, Table
from portaldesk.rules.cells import guarded

if TYPE_CHECKING:
    from portaldesk.services.bulk.results import BulkReport, BulkRow

_COLUMNS = ("line", "mrn", "outcome", "reason")
HEADER = ",".join(_COLUMNS) + "\r\n"


def show(done: BulkReport) -> None:
    """Totals, then each reason with how many rows it kept back."""
    from portaldesk.services.bulk.results import SAYS, RowOutcome

    sent = "would be invited" if done.dry_run else "queued" if done.queued else "sent"
    totals = f"Read {done.read:,}: {done.sent:,} {sent}, {done.skipped:,} left out, {done.failed:,} failed."
    if 0 < done.mails < done.sent:
        totals += f" In {done.mails:,} mail{'s' if done.mails > 1 else ''}: who shares an address shares a mail."
    rows = [
        (
            "failed" if told.outcome is RowOutcome.FAILED else "left out", told.reason, f"{told.count:,}",
            SAYS[told.reason],
        )
        for told in done.reasons
    ]  # fmt: skip
    parts: list[Part] = [totals]
    if rows:
        parts.append(Table(("Outcome", "Reason", "Rows", "What it means"), rows, whole={"Outcome", "Reason", "Rows"}))
    if done.left:
        parts.append(f"{done.left:,} more rows were not reached.")
    if done.dry_run:
        parts.append("Nothing was changed or sent. Without --dry-run it is done.")
    elif done.queued and done.sent:
        parts.append("The mails wait for: portaldesk outbox send")
    screens.show(done, *parts)


def as_csv(rows: Iterable[BulkRow]) -> Iterator[str]:
    """A header, then a row a line (RFC 4180), safe to be opened by a spreadsheet."""
    yield HEADER
    for row in rows:
        out = io.StringIO()
        csv.writer(out).writerow(
            ["" if row.line is None else row.line, guarded(row.mrn or ""), row.outcome, row.reason]
        )
        yield out.getvalue()
