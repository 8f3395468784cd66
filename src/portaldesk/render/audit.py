"""What auditors see: resets, events, the verdict on the record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from portaldesk.render import screens, times
from portaldesk.render.screens import Part, Table

if TYPE_CHECKING:
    from portaldesk.services.archiving import Archived
    from portaldesk.services.auditing import EventLine, Fault, Verdict
    from portaldesk.services.bundle_checks import BundleVerdict
    from portaldesk.services.bundles import Exported
    from portaldesk.services.incidents import IncidentLine
    from portaldesk.services.resets_listing import ResetLine
    from portaldesk.store.raw_events import RawEvent


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


def show_incidents(incidents: Sequence[IncidentLine]) -> None:
    """Incidents, and what came of those that are closed."""
    rows = [
        (i.id, i.kind, i.patient, i.staff, times.local(i.opened_at), i.opened_seq, i.outcome if i.closed_at else "open")
        for i in incidents
    ]
    waits = any(i.closed_at is None for i in incidents)
    screens.show(
        {"incidents": incidents},
        Table(
            ("Incident", "Kind", "Patient", "Staff", "Opened", "Event", "Outcome"), rows, "No incident waits.",
            whole=("Incident", "Kind", "Event"),
        ),
        *(["Next, by an auditor: portaldesk incidents close ID --outcome ..."] if waits else []),
    )  # fmt: skip


def write_events(events: Sequence[RawEvent], format: str) -> None:
    """A page of the stream (`jsonl`, `syslog`), whole lines only."""
    import socket

    from portaldesk.render.syslog import syslog_lines
    from portaldesk.services.bundle_format import event_line

    if format == "syslog":
        lines = syslog_lines(events, host=socket.gethostname())
    else:
        lines = (event_line(event.values, event.seals).decode("ascii") for event in events)
    screens.write_lines(lines)


def show_stream(events: Sequence[RawEvent], last: str) -> None:
    """The stream as one document."""
    told = [event.values | {"seals": sorted(list(pair) for pair in event.seals)} for event in events]
    screens.show({"events": told, "last": last})


def _events(count: int) -> str:
    return f"{count} event" if count == 1 else f"{count} events"


def show_verdict(verdict: Verdict) -> None:
    """Whether the record is whole; every fault that was found."""
    if verdict.whole:
        after = "" if verdict.since is None else f" after event {verdict.since}"
        parts: list[Part] = [f"The record is whole{after}: {_events(verdict.events)}, head {verdict.head}"]
        if after:
            parts.append("Rows that were last sealed before that are not judged; without --since-anchor they are.")
    else:
        parts = [f"The record is NOT whole ({_events(verdict.events)})."]
        parts.append(Table(("Seq", "Row", "What"), [(f.seq, f.row, f.what) for f in verdict.faults]))
    screens.show(verdict, *parts)


def show_export(made: Exported) -> None:
    """A bundle that was written, and the fingerprint that an auditor keeps apart from it."""
    parts = [f"Written: {made.path}, events {made.first_seq} to {made.last_seq} ({made.events})."]
    if made.signed_by is not None:
        parts += ["Signed by the key with this fingerprint; keep it apart from the bundles:", f"  {made.signed_by}"]
    else:
        parts.append("It is not signed: --sign does that.")
    screens.show(made, *parts, essential=made.signed_by or made.manifest_sha256)


def show_bundle_verdict(verdict: BundleVerdict) -> None:
    """Whether a bundle is as it was made, by whose key, and what cannot be told from it."""
    if not verdict.whole:
        screens.show(verdict, "The bundle is NOT as it was made.")
        return
    parts: list[Part] = [
        f"The bundle is whole: events {verdict.first_seq} to {verdict.last_seq}, the last one {verdict.head}",
        f"Made {verdict.made_at} by {verdict.made_by} from store {verdict.store}.",
    ]
    if verdict.signed_by is not None:
        known = ", the key that you named" if verdict.signer_known else ""
        parts.append(f"Signed by {verdict.signed_by}{known}.")
    if verdict.sealed:
        parts.append("Each event carries the hash that this store's keys give it.")
    if verdict.anchored:
        parts.append(f"Anchors that fit: {verdict.anchored}.")
    screens.show(verdict, *parts, *(f"Not proved: {one}" for one in verdict.unproved))


def fault_text(fault: Fault | None) -> str:
    """One fault as part of a sentence."""
    if fault is None:
        return "unknown."
    where = ", ".join(part for part in (f"event {fault.seq}" if fault.seq is not None else "", fault.row or "") if part)
    return f"{where}: {fault.what}" if where else fault.what


def show_archive(done: Archived) -> None:
    if done.last_seq is not None:
        line = f"Events {done.first_seq} to {done.last_seq} are in {done.bundle}; the record begins after them."
    elif done.events:
        line = f"{done.events} events that were archived before are now out of the record; no others are old enough."
    else:
        line = "No event is old enough to be archived."
    screens.show(done, line)
