"""A store with a record of millions of events, made fast: with the right chain and seals, but not by the services.

The events are written with the triggers out, which are put back at the end; the newest are written through
`record.append_many` with their identity checks, and the patients come by a real import. What is made is whole: the
benchmark's own `audit verify` says so.
"""

from __future__ import annotations

import hmac
import json
import random
import sqlite3
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import clinics

from portaldesk.gate.actors import Actor
from portaldesk.gate.triggers import expected_triggers
from portaldesk.services import opening
from portaldesk.services import staff as staff_members
from portaldesk.services.intake import importing
from portaldesk.services.intake.facts import Reading
from portaldesk.services.opening import OpenStore
from portaldesk.store import record, schema
from portaldesk.store.canonical import canonical
from portaldesk.store.columns import time_text
from portaldesk.store.record import Draft, Entry
from portaldesk.store.tables import IdentityCheck
from portaldesk.words import Role

STAFF = ("sam", "kim", "lee", "noa", "ola", "pat")
PATIENTS = 5_000
YEARS = 5
NEWEST = 20_000
_BATCH = 50_000
# action, outcome, how many of a hundred
_DAY = (
    ("find", "done", 40), ("verify-identity", "passed", 20), ("verify-identity", "failed", 2), ("diagnose", "done", 10),
    ("portal sign-in", "signed-in", 17), ("end-call", "done", 4), ("resend-invite", "done", 2), ("unlock", "done", 2),
    ("send-reset", "done", 1), ("unlock", "refused", 1), ("redeem", "done", 1),
)  # fmt: skip
_COLUMNS = (*record.EVENT_COLUMNS, "hash")


def made(home: Path, *, events: int) -> OpenStore:
    """A store of about so many events in `home`, made unless it is there already (then for as many events)."""
    done = home / "made-for"
    if not done.exists():
        started = time.perf_counter()
        _make(home, events)
        done.write_text(str(events))
        print(f"made {events:,} events in {time.perf_counter() - started:.0f} s", file=sys.stderr)
    if int(done.read_text()) != events:
        sys.exit(f"{home} holds another size; choose another folder")
    return opening.open_store(opening.place_of({"PORTALDESK_HOME": str(home)}))


def _make(home: Path, events: int) -> None:
    clinic = clinics.made(home, count=0)
    store, now = clinic.store, datetime.now(UTC)
    with store.engine.connect() as connection:
        schema.drop_triggers(connection)
        connection.commit()
    store.engine.dispose()
    _fill(home / "portaldesk.db", events - NEWEST - PATIENTS, store, now)
    guards = expected_triggers("sqlite")
    moves_head = {name: text for name, text in guards.items() if name == "audit_event_moves_head"}
    with store.session() as session:
        schema.install_triggers(session.connection(), moves_head)
        rosa = Actor("rosa", Role.ADMIN, "benchmark")
        reading = Reading(list(clinics.people(PATIENTS)), [], [])
        importing.import_patients(session, rosa, reading, dry_run=False, skip_bad=False, now=now)
        for name in STAFF[1:]:
            staff_members.add(
                session, rosa, name, Role.FRONT_DESK, password=None, own_mrn=None, linked=(), with_token=False,
                settings=clinic.settings, now=now,
            )  # fmt: skip
        record.append_many(session, _newest_week(), now=now)
        schema.install_triggers(session.connection(), {n: text for n, text in guards.items() if n not in moves_head})
        session.commit()
    store.engine.dispose()


def _fill(database: Path, count: int, store: OpenStore, now: datetime) -> None:
    raw = sqlite3.connect(database)
    raw.execute("PRAGMA synchronous=OFF")
    raw.execute("PRAGMA cache_size=-1000000")
    seq, prev = raw.execute("SELECT seq, hash FROM audit_head").fetchone()
    drawn = random.Random(4)
    step, begin = timedelta(days=365 * YEARS) / count, now - timedelta(days=365 * YEARS)
    places = ", ".join("?" * len(_COLUMNS))
    insert = f"INSERT INTO audit_event ({', '.join(_COLUMNS)}) VALUES ({places})"
    raw.execute("UPDATE audit_event SET at = ?", (time_text(begin),))
    prev = _rehashed(raw, store)
    rows: list[tuple[object, ...]] = []
    seals: list[tuple[str, int, str]] = []
    days = [(action, outcome) for action, outcome, parts in _DAY for _ in range(parts)]
    for n in range(count):
        seq += 1
        action, outcome = drawn.choice(days)
        mrn = clinics.mrn(drawn.randrange(PATIENTS))
        mine = []
        if outcome in ("signed-in", "done") and action not in ("find", "diagnose", "end-call"):
            mine = [f"portal_account:{mrn}", f"{drawn.getrandbits(256):064x}"]
            seals.append((mine[0], seq, mine[1]))
        portal = action.startswith("portal") or action == "redeem"
        details = json.dumps(
            {"caller": "patient", "ground": "check", "ground_id": f"{drawn.getrandbits(64):016x}",
             "methods": ["birth-date", "phone", "postal-code"], "attested": []}, sort_keys=True
        )  # fmt: skip
        values = (
            seq, time_text(begin + step * n), None if portal else drawn.choice(STAFF), action, mrn, outcome,
            "portal" if portal else f"{drawn.getrandbits(64):016x}",
            None if portal else f"{drawn.getrandbits(64):016x}",
            None if portal else "strong", "" if portal else "locked out", details, prev,
        )  # fmt: skip
        prev = hmac.digest(store.keys.audit.key, canonical((*values, *mine)), "sha256").hex()
        rows.append((*values, prev))
        if len(rows) == _BATCH or n == count - 1:
            raw.executemany(insert, rows)
            raw.executemany("INSERT INTO audit_seal (row_key, seq, seal) VALUES (?, ?, ?)", seals)
            raw.commit()
            rows, seals = [], []
            print(f"\r{n + 1:,} of {count:,}", end="", file=sys.stderr)
    raw.execute("UPDATE audit_head SET seq = ?, at = ?, hash = ?", (seq, time_text(begin + step * (count - 1)), prev))
    raw.commit()
    raw.close()


def _rehashed(raw: sqlite3.Connection, store: OpenStore) -> str:
    """The clinic's first events, moved to where the record begins in time; returns the last one's hash."""
    prev = record.GENESIS
    columns = ", ".join(record.EVENT_COLUMNS)
    for row in raw.execute(f"SELECT {columns} FROM audit_event ORDER BY seq").fetchall():
        pairs = raw.execute("SELECT row_key, seal FROM audit_seal WHERE seq = ?", (row[0],)).fetchall()
        values = dict(zip(record.EVENT_COLUMNS, row, strict=True)) | {"prev_hash": prev}
        hash_ = record.event_hash(values, pairs, store.keys)
        raw.execute("UPDATE audit_event SET prev_hash = ?, hash = ? WHERE seq = ?", (prev, hash_, row[0]))
        prev = hash_
    return prev


def _newest_week() -> Iterator[tuple[Entry, list[Draft]]]:
    now = datetime.now(UTC)
    for n in range(NEWEST):
        mrn, staff, check = clinics.mrn(n % PATIENTS), STAFF[n % len(STAFF)], f"{n:016x}"
        if n % 10:
            yield Entry("find", "done", staff=staff, session=f"s{n}", details={"found": [mrn]}), []
            continue
        values = {
            "id": check, "patient": mrn, "staff": staff, "session": f"s{n}", "caller": "patient",
            "reason": "locked out", "outcome": "passed", "level": "strong", "evidence": "[]",
            "wrong": 0, "ask_order": "[]", "spoiled": "[]",
            "code_id": None, "started_at": now, "expires_at": now, "ended_at": now, "ended_why": "end-call",
            "failed_at": None,
        }  # fmt: skip
        entry = Entry(
            "unlock", "done", staff=staff, patient=mrn, session=f"s{n}", check_id=check, level="strong",
            reason="locked out", details={"ground": "check", "ground_id": check, "methods": ["birth-date"]},
        )  # fmt: skip
        yield entry, [Draft(IdentityCheck, values)]
