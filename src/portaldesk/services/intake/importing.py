"""Importing patients: all of a file or nothing, and the same file twice changes nothing.

One event tells of every patient added or changed, and one of the import as a whole. Known patients are looked up
first: upserts would go round the gate. See updating.py for what a later import may change.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import chain

from sqlmodel import Session, select

from portaldesk.gate.actors import Actor
from portaldesk.rules import cells
from portaldesk.services import duplicates
from portaldesk.services.intake.facts import PatientFacts, Reading, Skipped, Warned
from portaldesk.services.intake.judging import judged
from portaldesk.services.intake.progress import Progress, untold
from portaldesk.services.intake.stored import Differences, chunks, contact_of, gets_account
from portaldesk.services.intake.updating import ACTION, new_rows, update, write_names
from portaldesk.store import record, tables
from portaldesk.words import ContactKind

BATCH = 2000  # patients written at once: some 20 MB
_A_STEP = 100  # changed patients between two words to whoever waits
_ADDED = "added"


@dataclass(frozen=True, slots=True)
class Difference:
    """One fact of a known patient that a file would change: what the store holds (None: nothing), and what the file
    has. For whoever asks for a dry run, and never written down."""

    line: int
    mrn: str
    field: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or with `dry_run` would do. `read` is added, updated, unchanged and skipped together.

    `accounts`: portal accounts made; `warnings`: rows that were taken, though not with everything they say;
    `differences`: of a dry run; `likely_duplicates`: [new, other] MRNs, the other may be new as well (None: not looked
    for).
    """

    read: int
    added: int
    updated: int
    unchanged: int
    skipped: tuple[Skipped, ...]
    warnings: tuple[Warned, ...]
    accounts: int
    audit_seq: int
    dry_run: bool
    format: str
    encoding: str
    differences: tuple[Difference, ...] = ()
    likely_duplicates: tuple[tuple[str, str], ...] | None = None


def import_patients(
    session: Session,
    actor: Actor,
    reading: Reading,
    *,
    dry_run: bool,
    skip_bad: bool,
    now: datetime,
    progress: Progress = untold,
) -> ImportReport:
    """Bring a file's patients into the store.

    Args:
        dry_run: judge and compare as always, write nothing but the event that says so: what it answers about
            patients must not be learnt without a trace.
        skip_bad: leave out rows that cannot be imported, rather than refuse the file.
    Raises: without `skip_bad`, for a file with bad rows: WrongUsage `bad-file`; NotAllowed `own-record` or
        StateForbids `import-refused` where only who imports, or the store, forbids them. RecordAltered.
    """
    rows = judged(session, actor, reading, progress=progress)
    if rows.skipped and not skip_bad:
        raise rows.refusal()
    added = [facts for facts, differs in rows.rows if differs is None]
    changed = [(facts, differs) for facts, differs in rows.rows if differs]
    accounts = sum(gets_account(facts) for facts in added) + sum(differs.needs_account for _, differs in changed)
    if not dry_run:
        _write(session, actor, added, changed, now=now, progress=progress)
    report = ImportReport(
        read=len(reading.rows) + len(reading.skipped), added=len(added), updated=len(changed),
        unchanged=len(rows.rows) - len(added) - len(changed), skipped=rows.skipped, warnings=rows.warnings,
        accounts=accounts, audit_seq=0, dry_run=dry_run, format=reading.format, encoding=reading.encoding,
        differences=tuple(chain.from_iterable(map(_told, changed))) if dry_run else (),
    )  # fmt: skip
    details = {name: getattr(report, name) for name in ("read", "added", "updated", "unchanged", "accounts", "dry_run")}
    entry = actor.entry("import patients", "done", details=details | {"skipped": len(rows.skipped)})
    return replace(report, audit_seq=record.append(session, entry, now=now))


def with_likely_duplicates(session: Session, done: ImportReport, *, before: int) -> ImportReport:
    """The report with the likely duplicates of those whom the import added; `before`: the record's number before it.

    Certain and probable ones, but for those judged to be two people.
    """
    new = set(
        session.exec(
            select(tables.AuditEvent.patient).where(
                tables.AuditEvent.action == ACTION, tables.AuditEvent.outcome == _ADDED,
                tables.AuditEvent.seq > before, tables.AuditEvent.seq <= done.audit_seq,
            )
        )
    )  # fmt: skip
    pairs = duplicates.likely_duplicates_of(session, *(mrn for mrn in new if mrn is not None))
    told = ((pair.a, pair.b) if pair.a in new else (pair.b, pair.a) for pair in pairs)
    return replace(done, likely_duplicates=tuple(told))


def _told(row: tuple[PatientFacts, Differences]) -> Iterator[Difference]:
    facts, differs = row
    for name, old in differs.before.items():
        new = differs.columns[name] if name in differs.columns else contact_of(facts, ContactKind(name))
        yield Difference(facts.line, facts.mrn, name, _shown(name, old), _shown(name, new))


def _shown(name: str, value: str | date | None) -> str | None:
    if name == "other_names" and isinstance(value, str):
        return cells.joined(json.loads(value)) or None
    return value.isoformat() if isinstance(value, date) else value or None


def _write(
    session: Session,
    actor: Actor,
    added: Sequence[PatientFacts],
    changed: Sequence[tuple[PatientFacts, Differences]],
    *,
    now: datetime,
    progress: Progress,
) -> None:
    total = len(added) + len(changed)
    for n, some in enumerate(chunks(added, BATCH)):
        progress("Writing", n * BATCH, total)
        record.append_many(
            session,
            ((actor.entry(ACTION, _ADDED, patient=facts.mrn), new_rows(facts, now=now)) for facts in some),
            now=now,
        )
        write_names(session, some)
    for n, (facts, differs) in enumerate(changed, start=len(added)):
        if n % _A_STEP == 0:
            progress("Writing", n, total)
        update(session, actor, facts, differs, now=now)
