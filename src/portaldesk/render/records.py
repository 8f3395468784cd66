"""What an import did, and which records may be the same person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from portaldesk.render import screens, times
from portaldesk.render.screens import Part, Table

if TYPE_CHECKING:
    from portaldesk.services.duplicates import DuplicateReport
    from portaldesk.services.exporting import Exported
    from portaldesk.services.intake.importing import Difference, ImportReport
    from portaldesk.services.resolving import Resolved
    from portaldesk.services.verdicts import VerdictLine
    from portaldesk.services.work_lists import WorkList

_SHOWN, _FEW = 20, 5
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
        parts += _first(("Line", heading), [(row.line, row.reason) for row in rows])
    parts += _likely(done)
    screens.show(done, *parts)


def _differences(found: Sequence[Difference]) -> list[Part]:
    if not found:
        return []
    fields = ", ".join(f"{name} {count}" for name, count in Counter(one.field for one in found).most_common())
    rows = [(one.line, one.mrn, one.field, one.old, one.new) for one in found]
    return [f"Would change: {fields}.", *_first(("Line", "MRN", "Field", "Now", "In the file"), rows)]


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
        *_first(("New", "Perhaps the same as"), done.likely_duplicates, _FEW),
        "Next: portaldesk find-duplicates",
    ]


def _first(headings: Sequence[str], rows: Sequence[Sequence[object]], most: int = _SHOWN) -> list[Part]:
    """A table of the first rows, and how many more there are."""
    parts: list[Part] = [Table(headings, rows[:most])] if rows else []
    if len(rows) > most:
        parts.append(f"... and {len(rows) - most:,} more; all of them with --json.")
    return parts


def show_export(done: Exported) -> None:
    """Where the patients were written."""
    patients = "1 patient" if done.patients == 1 else f"{done.patients:,} patients"
    screens.show(done, f"{patients} written to {done.file} ({done.format}). Delete it when it has served.")


def show_duplicates(report: DuplicateReport) -> None:
    """The pairs, each with its reasons."""
    rows = [
        (pair.grade, pair.a, pair.b, "; ".join(pair.reasons) + (f" (judged {pair.verdict})" if pair.verdict else ""))
        for pair in report.pairs
    ]
    screens.show(
        report,
        Table(("Grade", "Record", "Record", "Why"), rows, f"No likely duplicates among {report.patients} records."),
        *(["Next: portaldesk duplicates resolve A B --same|--different --reason ..."] if rows else []),
    )


def show_resolved(done: Resolved) -> None:
    """A verdict on two records, and what became of the account that does not go on."""
    parts: list[Part] = [f"{done.a} and {done.b}: {done.verdict}{' already' if done.already else ''}."]
    if done.survivor:
        other = done.b if done.survivor == done.a else done.a
        parts.append(f"{done.survivor} goes on: {done.why}.")
        if done.account_status:
            parts.append(f"The portal account of {other} is {done.account_status}.")
    if done.notified:
        parts.append("Mail goes to: " + ", ".join(done.notified))
    if done.next:
        parts.append(f"Next: {done.next}")
    screens.show(done, *parts)


def show_verdicts(verdicts: Sequence[VerdictLine]) -> None:
    """What people decided about pairs."""
    rows = [(v.a, v.b, _verdict(v), v.staff, times.local(v.at), v.reason) for v in verdicts]
    screens.show(
        {"verdicts": verdicts}, Table(("Record", "Record", "Verdict", "By", "When", "Why"), rows, "No pair was judged.")
    )


def _verdict(line: VerdictLine) -> str:
    goes_on = f", {line.survivor} goes on" if line.survivor else ""
    return f"{line.verdict}{goes_on}" + ("" if line.in_force else " (lapsed)")


def show_accounts(found: WorkList) -> None:
    """A work list of accounts."""
    when = _WHEN.get(found.state or "")
    rows = [
        (a.mrn, a.name, a.account_status) + ((times.local(a.at),) if when else ()) for a in found.accounts
    ]  # fmt: skip
    more = [f"{found.more:,} more: see them with --limit."] if found.more else []
    headings = ("MRN", "Name", "Account") + ((when,) if when else ())
    screens.show(found, Table(headings, rows, "No account is on this list."), *more)
