"""What an import or export did, and the work lists of accounts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from portaldesk.render import screens, times
from portaldesk.render.screens import Part, Table

if TYPE_CHECKING:
    from portaldesk.services.exporting import Exported
    from portaldesk.services.intake.importing import Difference, ImportReport
    from portaldesk.services.work_lists import WorkList

_FEW = 5
_WHEN = {
    "invited": "Invitation until",
    "expired": "Invitation ended",
    "locked": "Locked until",
    "bounced": "Comes back since",
    "held": "On hold until",
    "proxy-ended": "Proxy ended",
}


def show_import(done: ImportReport) -> None:
    """Totals, what a dry run would change, then what was left out or taken in part, and likely duplicates."""
    would = "would be " if done.dry_run else ""
    parts: list[Part] = [
        f"Read {done.read}: {would}added {done.added}, updated {done.updated}, unchanged {done.unchanged}, "
        f"skipped {len(done.skipped)}. Portal accounts {would}made: {done.accounts}.",
    ]
    if done.encoding != "UTF-8":
        parts.append(f"Read as {done.encoding}; if names look wrong, say another with --encoding.")
    parts += _differences(done.differences)
    for heading, rows in (("Left out", done.skipped), ("Taken, but", done.warnings)):
        parts += screens.first(("Line", heading), [(row.line, row.reason) for row in rows])
    parts += _likely(done)
    screens.show(done, *parts)


def _differences(found: Sequence[Difference]) -> list[Part]:
    if not found:
        return []
    fields = ", ".join(f"{name} {count}" for name, count in Counter(one.field for one in found).most_common())
    rows = [(one.line, one.mrn, one.field, one.old, one.new) for one in found]
    return [f"Would change: {fields}.", *screens.first(("Line", "MRN", "Field", "Now", "In the file"), rows)]


def _likely(done: ImportReport) -> list[Part]:
    if done.dry_run or not done.added:
        return []
    if done.likely_duplicates is None:
        return ["Nobody looked for duplicates of the new ones: portaldesk find-duplicates"]
    if not done.likely_duplicates:
        return []
    count = len(done.likely_duplicates)
    return [
        f"{count:,} likely duplicate{'' if count == 1 else 's'} of new patients:",
        *screens.first(("New", "Perhaps the same as"), done.likely_duplicates, _FEW),
        "Next: portaldesk find-duplicates",
    ]


def show_export(done: Exported) -> None:
    """Where the patients were written."""
    patients = "1 patient" if done.patients == 1 else f"{done.patients:,} patients"
    screens.show(done, f"{patients} written to {done.file} ({done.format}). Delete it when it has served.")


def show_accounts(found: WorkList) -> None:
    """A work list of accounts."""
    when = _WHEN.get(found.state or "")
    rows = [
        (a.mrn, a.name, a.account_status) + ((times.local(a.at),) if when else ()) for a in found.accounts
    ]  # fmt: skip
    more = [f"{found.more:,} more: see them with --limit."] if found.more else []
    headings = ("MRN", "Name", "Account") + ((when,) if when else ())
    screens.show(found, Table(headings, rows, "No account is on this list."), *more)
