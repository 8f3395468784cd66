"""What queueing invitations in bulk costs, beside a bare sqlite3 loop that inserts the same rows, in one run.

Queueing: every patient read, proved and judged, caps counted, permit, credential, message, event and seals written,
triggers asked. The bare loop: as many rows of the same sizes into tables of the same columns, keys and indexes, and as
many HMACs over as many bytes, in one transaction, with the same durability (WAL, synchronous=FULL) and no rule at all.
Both are measured in turn, each round on a clinic of its own; wall time. Bar: at most 3 times for 10,000; 100,000 in
linear time and under 300 MB.

    python benchmarks/bulk.py [PATIENTS] [ROUNDS]
"""

from __future__ import annotations

import gc
import hmac
import resource
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import clinics
from side_by_side import machine, show
from sqlalchemy import text

from portaldesk.cli.main import GARBAGE_ROUND
from portaldesk.gate.actors import Actor
from portaldesk.key_generations import Generations
from portaldesk.services.bulk import running, runs, selection
from portaldesk.words import Role

clock = time.process_time if "--cpu" in sys.argv else time.perf_counter
ROSA = Actor("rosa", Role.ADMIN, "benchmark")
_WRITTEN = ("permit", "recovery_credential", "outbox_message", "audit_event", "audit_seal")


def main(count: int, rounds: int) -> None:
    gc.set_threshold(GARBAGE_ROUND)  # as every command does
    bulk_s, bare_s = [], []
    with tempfile.TemporaryDirectory() as folder:
        for n in range(rounds):
            made = clinics.made(Path(folder) / f"home{n}", count=count, who=_people)
            with _hmacs() as counted:
                before = _last_event(made)
                start = clock()
                _queue(made)
                bulk_s.append(clock() - start)
            rows, tables = _written(made, after=before)
            bare_s.append(_bare(Path(folder) / f"bare{n}.db", tables, rows, counted))
    ours, bare = statistics.median(bulk_s), statistics.median(bare_s)
    print(f"{machine()}; {count:,} patients; median of {rounds}, in turn\n")
    show(
        [
            (f"bare loop: {len(rows):,} rows, {len(counted):,} HMACs", f"{bare:.2f} s", f"{count / bare:,.0f}", "1.00"),
            ("bulk: the same rows, judged and guarded", f"{ours:.2f} s", f"{count / ours:,.0f}", f"{ours / bare:.2f}"),
        ],
        ("queueing", "time", "patients/s", "ratio"),
    )
    print(f"\nto the bare loop: {ours / bare:.2f} (bar 3): {'met' if ours / bare <= 3 else 'NOT met'}")
    print(f"largest size of the process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB (bar 300)")


def _people(count: int) -> Iterator[Any]:
    """Grown-ups, each with a mailbox of their own."""
    for n, one in enumerate(clinics.people(count)):
        yield replace(one, birth_date=date(1950, 1 + n % 12, 1 + n % 28), email=f"patient{n}@example{n % 50}.org")


def _queue(made: clinics.Clinic) -> None:
    options = runs.Options(send=False)
    with runs.turn(made.store):
        with made.store.session() as session:
            wanted = selection.pending(session)
            begun = runs.begin(session, ROSA, wanted, options, resume=False, now=made.now)
            session.commit()
        done = running.run(made.store, ROSA, wanted, begun, options, settings=made.settings)
    assert done.sent == done.read


def _last_event(made: clinics.Clinic) -> int:
    with made.store.session(reading=True) as session:
        return int(session.connection().execute(text("SELECT seq FROM audit_head")).scalar_one())


@contextmanager
def _hmacs() -> Iterator[list[int]]:
    """How many bytes each HMAC of this process is made over."""
    sizes: list[int] = []
    digest, mark = hmac.digest, Generations.mark

    def counting_digest(key: bytes, message: bytes, by: str) -> bytes:
        sizes.append(len(message))
        return digest(key, message, by)

    def counting_mark(self: Generations, data: bytes, name: str = "") -> str:
        sizes.append(len(data))
        return mark(self, data, name)

    hmac.digest, Generations.mark = counting_digest, counting_mark  # type: ignore[assignment, method-assign]
    try:
        yield sizes
    finally:
        hmac.digest, Generations.mark = digest, mark  # type: ignore[method-assign]


def _written(made: clinics.Clinic, *, after: int) -> tuple[list[tuple[str, tuple[Any, ...]]], list[str]]:
    """The rows that the run wrote, event by event, and how their tables and indexes are made."""
    assert made.store.place.file is not None
    with sqlite3.connect(made.store.place.file) as raw:
        made_by = raw.execute("SELECT tbl_name, sql FROM sqlite_master WHERE sql NOT NULL AND type <> 'trigger'")
        schema = [sql for table, sql in made_by if table in _WRITTEN]
        rows: list[tuple[int, str, tuple[Any, ...]]] = []
        for table in _WRITTEN:
            number = "seq" if table.startswith("audit") else "changed_seq"
            found = raw.execute(f"SELECT {number}, * FROM {table} WHERE {number} > ?", (after,))
            rows += [(seq, table, tuple(values)) for seq, *values in found]
    rows.sort(key=lambda row: row[0])
    return [(table, values) for _, table, values in rows], schema


def _bare(path: Path, schema: list[str], rows: list[tuple[str, tuple[Any, ...]]], sizes: list[int]) -> float:
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "foreign_keys=OFF"):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    for sql in schema:
        connection.execute(sql)
    width = {table: len(values) for table, values in rows}
    insert = {t: f"INSERT INTO {t} VALUES ({', '.join('?' * n)})" for t, n in width.items()}
    key, data = b"k" * 32, b"d" * max(sizes)
    start = clock()
    connection.execute("BEGIN IMMEDIATE")
    for size in sizes:
        hmac.digest(key, data[:size], "sha256").hex()
    for table, values in rows:
        connection.execute(insert[table], values)
    connection.execute("COMMIT")
    took = clock() - start
    connection.close()
    return took


if __name__ == "__main__":
    words = [int(word) for word in sys.argv[1:] if word.isdigit()]
    main(words[0] if words else 10_000, words[1] if len(words) > 1 else 3)
