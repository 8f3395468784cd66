"""What auditors see: resets, events, the verdict on the record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from portaldesk.render import screens, times
from portaldesk.render.screens import Part, Table

if TYPE_CHECKING:
    from portaldesk.services.auditing import EventLine, Fault, Verdict
    from portaldesk.services.resets_listing import ResetLine


def show_resets(lines: Sequence[ResetLine]) -> None:
    """Resets on a screen, or as one JSON document."""
    rows = [(times.local(line.at), line.staff, line.action, line.patient, line.level, line.outcome) for line in lines]
    screens.show(
        {"resets": lines},
        Table(
            ("When", "Staff", "Action", "Patient", "Level", "Outcome"),
            rows,
            "No reset in that time.",
            whole=("Action", "Outcome"),
        ),
    )


def write_resets(lines: Iterable[ResetLine], format: str) -> None:
    """Resets in a format of files (`csv`, `jsonl`, `fhir`), written as they come: nothing is held."""
    from portaldesk.render import fhir, resets

    screens.write_lines({"csv": resets.as_csv, "jsonl": resets.as_jsonl, "fhir": fhir.audit_events}[format](lines))


def show_events(events: Sequence[EventLine]) -> None:
    """Events of the record."""
    rows = [(e.seq, times.local(e.at), e.staff, e.action, e.patient, e.outcome) for e in events]
    screens.show(
        {"events": events},
        Table(
            ("Seq", "When", "Staff", "Action", "Patient", "Outcome"),
            rows,
            "No event.",
            whole=("Seq", "Action", "Outcome"),
        ),
    )


def show_verdict(verdict: Verdict) -> None:
    """Whether the record is whole; every fault that was found."""
    if verdict.whole:
        parts: list[Part] = [f"The record is whole: {verdict.events} events, head {verdict.head}"]
    else:
        parts = [f"The record is NOT whole ({verdict.events} events)."]
        parts.append(Table(("Seq", "Row", "What"), [(f.seq, f.row, f.what) for f in verdict.faults]))
    screens.show(verdict, *parts)


def fault_text(fault: Fault | None) -> str:
    """One fault as part of a sentence."""
    if fault is None:
        return "unknown."
    where = ", ".join(part for part in (f"event {fault.seq}" if fault.seq is not None else "", fault.row or "") if part)
    return f"{where}: {fault.what}" if where else fault.what
