"""Moving the record's oldest events into a signed bundle, with the chain intact (HIPAA, 45 CFR 164.316(b)(2)(i)).

In this order, so that a kill at any point loses nothing and the same command goes on: rows whose newest seal lies among
those events are sealed anew; the bundle is written and judged; one event says that the stretch is archived, with its
last hash; then its events are deleted, some at a time, which the database's guards allow from now on. The record begins
after them: `audit verify` starts from the hash that the sealed archive row names.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import text
from sqlmodel import Session

from portaldesk.errors import RecordAltered, StateForbids, WrongUsage
from portaldesk.gate.actors import Actor
from portaldesk.services import bundle_checks, bundles, clinic, resealing, signing
from portaldesk.services.bundle_files import open_bundle
from portaldesk.services.bundle_format import MANIFEST
from portaldesk.services.clock import Clock, machine_clock
from portaldesk.services.opening import OpenStore
from portaldesk.store import record, tables
from portaldesk.store.archives import RETENTION_YEARS, Start, start_of
from portaldesk.store.columns import time_text
from portaldesk.words import Outcome

EVENTS_A_TURN = 2_000  # ours: some 40 ms, in which every desk waits

_LAST_BEFORE = text("SELECT seq, hash, at FROM audit_event WHERE at < :at ORDER BY at DESC, seq DESC LIMIT 1")
_TURN = text("SELECT max(seq) FROM (SELECT seq FROM audit_event WHERE seq <= :last ORDER BY seq LIMIT :most) AS t")
_SEALS_GO = text("DELETE FROM audit_seal WHERE seq <= :last")
_EVENTS_GO = text("DELETE FROM audit_event WHERE seq <= :last")

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Archived:
    """What was moved: the numbers of the first and last event (None: nothing is old enough) and where they are now.

    `events`: how many were moved, counting what an earlier, interrupted run had left to do.
    """

    first_seq: int | None
    last_seq: int | None
    events: int
    bundle: str | None
    audit_seq: int | None


def archive(
    store: OpenStore,
    actor: Actor,
    *,
    before: datetime | None = None,
    folder: Path,
    reason: str,
    now: datetime,
    clock: Clock = machine_clock,
    progress: Progress = lambda what, done, of: None,
    rest: Callable[[float], None] = time.sleep,
) -> Archived:
    """Move every event before a time (UTC; by default six years ago) into a signed bundle in `folder`.

    Raises: WrongUsage without a reason or a folder; StateForbids `retention` for a time less than six years ago;
    RecordAltered where a row is not whole, for its events are evidence; whatever writing the bundle raises.
    """
    if not reason.strip():
        raise WrongUsage("usage", "An archive needs a reason.", 'Like --reason "retention, year 2019"')
    if not folder.is_dir():
        raise WrongUsage("bad-file", "The folder to write into is not there.", "Make it first, or give another one.")
    latest = _years_before(now, RETENTION_YEARS)
    before = before or latest
    if before > latest:
        raise StateForbids(
            "retention",
            f"Events stay in the record for {RETENTION_YEARS} years (HIPAA, 45 CFR 164.316(b)(2)(i)).",
            f"Give a time at least {RETENTION_YEARS} years ago.",
        )
    told = progress
    with store.session(reading=True) as session:
        start, last = start_of(session.connection()), _last_before(session, before)
    moved = _delete(store, start.seq, told, rest)  # what an interrupted run left
    if last is None or last.seq <= start.seq:
        return Archived(None, None, moved, None, None)
    first = start.seq + 1
    done = resealing.reseal(
        store, actor, reason=reason, before=last.seq + 1, clock=clock, rest=rest,
        progress=lambda n, of: told("Sealing rows anew", n, of),
    )  # fmt: skip
    if done.altered:
        raise RecordAltered(
            "record-altered",
            f"{len(done.altered)} rows are not as portaldesk wrote them, and their events are evidence.",
            "Nothing was archived. Run 'portaldesk audit verify' and tell whoever is responsible for security.",
        )
    path = folder / f"portaldesk-record-{first}-{last.seq}.zip"
    manifest = _bundle(store, actor, path, first, last, now, told)
    with store.session() as session:
        row = tables.AuditArchive(
            id=last.seq, first_seq=first, last_seq=last.seq, last_at=datetime.fromisoformat(last.at),
            last_hash=last.hash, manifest_sha256=manifest,
        )  # fmt: skip
        details = {"first": first, "last": last.seq, "manifest_sha256": manifest}
        entry = actor.entry("audit archive", Outcome.DONE, reason=reason, details=details)
        seq = record.append(session, entry, [record.new(row)], now=clock())
        session.commit()
    moved += _delete(store, last.seq, told, rest)
    return Archived(first, last.seq, moved, str(path), seq)


def _bundle(store: OpenStore, actor: Actor, path: Path, first: int, last: Start, now: datetime, told: Progress) -> str:
    """Write the bundle, or take the one that an interrupted run wrote; judged in any case. SHA-256 of its manifest."""
    signer = signing.signer(store, actor, now=now)
    with store.session(reading=True) as session:
        store_id = clinic.stored(session).store_id
        if not path.exists():
            bundles.write(
                session, path, bundles.Range(first, last.seq), signer=signer, made_by=actor.name, now=now,
                progress=lambda n, of: told("Writing the bundle", n, of),
            )  # fmt: skip
    found = bundle_checks.check(
        path, key=signer.fingerprint, keys=store.keys, store=store_id,
        progress=lambda n, of: told("Judging the bundle", n, of),
    )  # fmt: skip
    if not found.whole or (found.first_seq, found.head) != (first, f"{last.seq}:{last.hash}"):
        raise StateForbids(
            "bundle-differs",
            f"{path.name} is not a whole bundle of these events.",
            "Nothing was archived. Move that file away and run the command again.",
        )
    with open_bundle(path) as source, source.open(MANIFEST) as manifest:
        return hashlib.sha256(manifest.read()).hexdigest()


def _years_before(now: datetime, years: int) -> datetime:
    """The same day so many years ago; of 29 February the 28th, which keeps a day more."""
    try:
        return now.replace(year=now.year - years)
    except ValueError:
        return (now - timedelta(days=1)).replace(year=now.year - years)


def _last_before(session: Session, before: datetime) -> Start | None:
    found = session.connection().execute(_LAST_BEFORE, {"at": time_text(before)}).first()
    return None if found is None else Start(found.seq, found.hash, found.at)


def _delete(store: OpenStore, last: int, told: Progress, rest: Callable[[float], None]) -> int:
    """Delete what is archived, some events a turn; returns how many went."""
    moved = 0
    while True:
        began = time.monotonic()
        with store.session() as session:
            connection = session.connection()
            turn = connection.execute(_TURN, {"last": last, "most": EVENTS_A_TURN}).scalar()
            if turn is None:
                return moved
            connection.execute(_SEALS_GO, {"last": turn})
            moved += connection.execute(_EVENTS_GO, {"last": turn}).rowcount
            session.commit()
        told("Taking archived events out", turn, last)
        rest(time.monotonic() - began)
