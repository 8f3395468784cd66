"""Importing patients: all of a file or nothing, and the same file twice changes nothing.

One event tells of every patient added or changed, and one of the import as a whole. Known patients are looked up
first: upserts would go round the gate. See updating.py for what a later import may change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from portaldesk.gate.actors import Actor
from portaldesk.services.intake.facts import PatientFacts, Reading, Skipped, Warned
from portaldesk.services.intake.judging import judged
from portaldesk.services.intake.stored import Differences, chunks, gets_account
from portaldesk.services.intake.updating import ACTION, new_rows, update, write_names
from portaldesk.store import record

BATCH = 2000  # patients written at once: some 20 MB


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or with `dry_run` would do. `read` is added, updated, unchanged and skipped together.

    `accounts`: portal accounts made; `warnings`: rows that were taken, though not with everything they say.
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


def import_patients(
    session: Session, actor: Actor, reading: Reading, *, dry_run: bool, skip_bad: bool, now: datetime
) -> ImportReport:
    """Bring a file's patients into the store.

    Args:
        dry_run: judge and compare as always, write nothing but the event that says so: what it answers about
            patients must not be learnt without a trace.
        skip_bad: leave out rows that cannot be imported, rather than refuse the file.
    Raises: without `skip_bad`, for a file with bad rows: WrongUsage `bad-file`; NotAllowed `own-record` or
        StateForbids `import-refused` where only who imports, or the store, forbids them. RecordAltered.
    """
    rows = judged(session, actor, reading)
    if rows.skipped and not skip_bad:
        raise rows.refusal()
    added = [facts for facts, differs in rows.rows if differs is None]
    changed = [(facts, differs) for facts, differs in rows.rows if differs]
    accounts = sum(gets_account(facts) for facts in added) + sum(differs.needs_account for _, differs in changed)
    if not dry_run:
        _write(session, actor, added, changed, now=now)
    counts = {
        "read": len(reading.rows) + len(reading.skipped), "added": len(added), "updated": len(changed),
        "unchanged": len(rows.rows) - len(added) - len(changed),
    }  # fmt: skip
    details = {**counts, "skipped": len(rows.skipped), "accounts": accounts, "dry_run": dry_run}
    seq = record.append(session, actor.entry("import patients", "done", details=details), now=now)
    return ImportReport(
        **counts, skipped=rows.skipped, warnings=rows.warnings, accounts=accounts, audit_seq=seq, dry_run=dry_run
    )


def _write(
    session: Session,
    actor: Actor,
    added: Sequence[PatientFacts],
    changed: Sequence[tuple[PatientFacts, Differences]],
    *,
    now: datetime,
) -> None:
    for some in chunks(added, BATCH):
        record.append_many(
            session,
            ((actor.entry(ACTION, "added", patient=facts.mrn), new_rows(facts, now=now)) for facts in some),
            now=now,
        )
        write_names(session, some)
    for facts, differs in changed:
        update(session, actor, facts, differs, now=now)
