"""What an import did, and which records may be the same person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from portaldesk.render import screens, times
from portaldesk.render.screens import Part, Table

if TYPE_CHECKING:
    from portaldesk.services.duplicates import DuplicateReport
    from portaldesk.services.intake.importing import ImportReport
    from portaldesk.services.resolving import Resolved
    from portaldesk.services.verdicts import VerdictLine
    from portaldesk.services.work_lists import WorkList

_SHOWN = 20
_WHEN = {
    "invited": "Invitation until",
    "expired": "Invitation ended",
    "locked": "Locked until",
    "bounced": "Comes back since",
    "held": "On hold until",
    "proxy-ended": "Proxy ended",
}


def show_import(done: ImportReport) -> None:
    """Totals, then the rows that were left out or taken in part (the first of them)."""
    would = "would be " if done.dry_run else ""
    parts: list[Part] = [
        f"Read {done.read}: {would}added {done.added}, updated {done.updated}, unchanged {done.unchanged}, "
        f"skipped {len(done.skipped)}. Portal accounts made: {done.accounts}.",
    ]
    for heading, rows in (("Left out", done.skipped), ("Taken, but", done.warnings)):
        if rows:
            parts.append(Table(("Line", heading), [(row.line, row.reason) for row in rows[:_SHOWN]]))
        if len(rows) > _SHOWN:
            parts.append(f"... and {len(rows) - _SHOWN} more; all of them with --json.")
    screens.show(done, *parts)


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
