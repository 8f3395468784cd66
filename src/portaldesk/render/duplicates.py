"""Records that may be the same person, on a terminal; what was decided about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from portaldesk.render import screens, times
from portaldesk.render.screens import Part, Table

if TYPE_CHECKING:
    from portaldesk.services.duplicates import DuplicatePair, DuplicateReport
    from portaldesk.services.resolving import Resolved
    from portaldesk.services.verdicts import VerdictLine

_NEXT = "Next: portaldesk duplicates resolve A B --same|--different --reason ..."


def show(report: DuplicateReport, *, explain: bool) -> None:
    """The pairs, each with its reasons, or with all findings one below the other; then what to keep of each cluster."""
    parts: list[Part] = []
    if explain and report.pairs:
        for place, pair in enumerate(report.pairs):
            parts += ([""] if place else []) + _explained(pair)
    else:
        rows = [(pair.grade, pair.a, pair.b, "; ".join(pair.reasons) + _judged(pair)) for pair in report.pairs]
        parts.append(
            Table(("Grade", "Record", "Record", "Why"), rows, f"No likely duplicates among {report.patients} records.")
        )
    kept = [
        (", ".join(mrns), one.mrn, one.why) for mrns, one in zip(report.clusters, report.keep, strict=True)
    ]  # fmt: skip
    if kept:
        parts += ["", *screens.first(("Perhaps one person", "Keep", "Because"), kept)]
    screens.show(report, *parts, *([_NEXT] if report.pairs else []))


def _explained(pair: DuplicatePair) -> list[Part]:
    rows = [(step.compared, step.found, step.speaks, step.leaves) for step in pair.steps]
    return [
        f"{pair.a} and {pair.b}: {pair.grade}{_judged(pair)}",
        f"Rule: {pair.reasons[0]}",
        Table(("Compared", "Found", "Speaks", "At best"), rows),
        f"Written differently: {', '.join(pair.differ) or 'nothing'}",
    ]


def _judged(pair: DuplicatePair) -> str:
    return f" (judged {pair.verdict})" if pair.verdict else ""


def show_written(report: DuplicateReport, path: Path) -> None:
    """Where the page was written, and what is on it."""
    grades = Counter(pair.grade for pair in report.pairs)
    counted = ", ".join(f"{count:,} {grade}" for grade, count in grades.items()) or "none"
    screens.show(report, f"Written: {path}", f"Pairs: {counted}. Delete the page when it has served.")


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
    hidden = any(line.hidden for line in verdicts)
    screens.show(
        {"verdicts": verdicts},
        Table(("Record", "Record", "Verdict", "By", "When", "Why"), rows, "No pair was judged."),
        *(["Hidden: what others decided, until you have judged the pair yourself."] if hidden else []),
    )


def _verdict(line: VerdictLine) -> str:
    goes_on = f", {line.survivor} goes on" if line.survivor else ""
    return f"{line.verdict or 'hidden'}{goes_on}" + ("" if line.in_force else " (lapsed)")
