"""What queueing invitations in bulk costs, beside a bare sqlite3 loop that inserts the same rows, in one run.

Queueing: every patient read, proved and judged, caps counted, permit, credential, message, event and seals written,
triggers asked. The bare loop: as many rows of the same sizes into tables of the same columns, keys and indexes, and as
many HMACs over as many bytes, in one transaction, with the same durability (WAL, synchronous=FULL) and no rule at all.
Both are measured in turn, each round on a clinic of its own, queueing in a process of its own; wall time, or that of
the processor where the machine has other work (--cpu). Bar: at most 3 times for 10,000; 100,000 in linear time and
under 300 MB.

    python benchmarks/bulk.py [PATIENTS] [ROUNDS] [--cpu]
"""

from __future__ import annotations

import gc
import hmac
import json
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import clinics
from side_by_side import machine, show

from portaldesk.cli.main import GARBAGE_ROUND
from portaldesk.gate.actors import Actor
from portaldesk.key_generations import Generations
from portaldesk.services import clinic, opening
from portaldesk.services.bulk import running, runs, selection
from portaldesk.words import Role

clock = time.process_time if "--cpu" in sys.argv else time.perf_counter
ROSA = Actor("rosa", Role.ADMIN, "benchmark")
_WRITTEN = ("permit", "recovery_credential", "outbox_message", "audit_event", "audit_seal")


def main(count: int, rounds: int) -> None:
    ours_s, bare_s, sizes_mb = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        hmacs = _queued(_clinic(Path(folder) / "first", count), "--count")["hmacs"]
        for n in range(rounds):
            home = _clinic(Path(folder) / f"home{n}", count)
            with sqlite3.connect(home / "portaldesk.db") as raw:
                (before,) = raw.execute("SELECT seq FROM audit_head").fetchone()
            told = _queued(home)
            ours_s.append(told["seconds"])
            sizes_mb.append(told["megabytes"])
            rows, schema = _written(home / "portaldesk.db", after=before)
            bare_s.append(_bare(Path(folder) / f"bare{n}.db", schema, rows, hmacs))
    ours, bare = statistics.median(ours_s), statistics.median(bare_s)
    ratio = statistics.median(o / b for o, b in zip(ours_s, bare_s, strict=True))
    print(f"{machine()}; {count:,} patients; median of {rounds}, in turn\n")
    show(
        [
            (f"bare loop: {len(rows):,} rows, {len(hmacs):,} HMACs", f"{bare:.2f} s", f"{count / bare:,.0f}", "1.00"),
            ("bulk: the same rows, judged and guarded", f"{ours:.2f} s", f"{count / ours:,.0f}", f"{ratio:.2f}"),
        ],
        ("queueing", "time", "patients/s", "ratio"),
    )
    print(f"\nto the bare loop: {ratio:.2f} (bar 3): {'met' if ratio <= 3 else 'NOT met'}")
    print(f"largest size of the process that queues: {max(sizes_mb):,.0f} MB (bar 300)")


def _clinic(home: Path, count: int) -> Path:
    """A clinic of grown-ups who were never invited, each with a mailbox of their own; made in a process of its own."""
    _apart("--make", str(home), str(count))
    return home


def _queued(home: Path, *more: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(_apart("--queue", str(home), *more))
    return read


def _apart(*words: str) -> str:
    cpu = ["--cpu"] if "--cpu" in sys.argv else []
    return subprocess.run([sys.executable, __file__, *words, *cpu], stdout=subprocess.PIPE, check=True).stdout.decode()


def _make(home: str, count: str) -> None:
    def people(count: int) -> Iterator[Any]:
        for n, one in enumerate(clinics.people(count)):
            yield replace(one, birth_date=date(1950, 1 + n % 12, 1 + n % 28), email=f"patient{n}@example{n % 50}.org")

    clinics.made(Path(home), count=int(count), who=people)


def _queue(home: str, *, counting: bool) -> None:
    """Queue everyone's invitation, and print what it took."""
    gc.set_threshold(GARBAGE_ROUND)  # as every command does
    store = opening.open_store(opening.place_of({"PORTALDESK_HOME": home}))
    options = runs.Options(send=False)
    with _counted() if counting else _not_counted() as hmacs, runs.turn(store):
        with store.session() as session:  # what is slow only the first time, as the bare loop's tables are there too
            settings = clinic.in_force(clinic.stored(session))
            begun = runs.begin(session, ROSA, selection.pending(session), options, resume=False, now=datetime.now(UTC))
            session.commit()
        start = clock()
        with store.session(reading=True) as session:
            wanted = selection.pending(session)
        done = running.run(store, ROSA, wanted, begun, settings=settings)
        took = clock() - start
    assert done.sent == done.read > 0
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": took, "megabytes": megabytes, "hmacs": hmacs}))


@contextmanager
def _not_counted() -> Iterator[list[int]]:
    yield []


@contextmanager
def _counted() -> Iterator[list[int]]:
    """Over how many bytes each HMAC of this process is made."""
    sizes: list[int] = []
    digest, mark, marker = hmac.digest, Generations.mark, Generations.marker

    def counting_digest(key: bytes, message: bytes, by: str) -> bytes:
        sizes.append(len(message))
        return digest(key, message, by)

    def counting_mark(self: Generations, data: bytes, name: str = "") -> str:
        sizes.append(len(data))
        return mark(self, data, name)

    def counting_marker(self: Generations) -> Callable[[bytes], str]:
        return lambda data: counting_mark(self, data)

    hmac.digest = counting_digest  # type: ignore[assignment]
    Generations.mark, Generations.marker = counting_mark, counting_marker  # type: ignore[method-assign]
    try:
        yield sizes
    finally:
        hmac.digest, Generations.mark, Generations.marker = digest, mark, marker  # type: ignore[method-assign]


def _written(database: Path, *, after: int) -> tuple[list[tuple[str, tuple[Any, ...]]], list[str]]:
    """The rows that the run wrote, event by event, and how their tables and indexes are made."""
    with sqlite3.connect(database) as raw:
        made_by = raw.execute("SELECT tbl_name, sql FROM sqlite_master WHERE sql NOT NULL AND type <> 'trigger'")
        schema = [sql for table, sql in made_by if table in _WRITTEN]
        rows: list[tuple[int, str, tuple[Any, ...]]] = []
        for table in _WRITTEN:
            number = "seq" if table.startswith("audit") else "changed_seq"
            found = raw.execute(f"SELECT {number}, * FROM {table} WHERE {number} > ?", (after,))
            rows += [(seq, table, tuple(values)) for seq, *values in found]
    rows.sort(key=lambda row: row[0])
    return [(table, values) for _, table, values in rows], schema


def _bare(path: Path, schema: list[str], rows: list[tuple[str, tuple[Any, ...]]], hmacs: list[int]) -> float:
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "foreign_keys=OFF"):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    for sql in schema:
        connection.execute(sql)
    width = {table: len(values) for table, values in rows}
    insert = {t: f"INSERT INTO {t} VALUES ({', '.join('?' * n)})" for t, n in width.items()}
    key, data = b"k" * 32, b"d" * max(hmacs)
    gc.collect()
    start = clock()
    connection.execute("BEGIN IMMEDIATE")
    for size in hmacs:
        hmac.digest(key, data[:size], "sha256").hex()
    for table, values in rows:
        connection.execute(insert[table], values)
    connection.execute("COMMIT")
    took = clock() - start
    connection.close()
    return took


if __name__ == "__main__":
    if "--make" in sys.argv:
        _make(*sys.argv[2:4])
    elif "--queue" in sys.argv:
        _queue(sys.argv[2], counting="--count" in sys.argv)
    else:
        words = [int(word) for word in sys.argv[1:] if word.isdigit()]
        main(words[0] if words else 10_000, words[1] if len(words) > 1 else 5)
