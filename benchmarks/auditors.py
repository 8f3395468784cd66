"""What auditors wait for over a long record: a list of any week, and the proof that nothing was changed.

    python benchmarks/auditors.py [EVENTS] [HOME]      10 million; a HOME is kept, and used again by the next run

`list-resets`: the first 100 rows of weeks all over the record, each list in a session of its own, after start-up. Bar:
150 ms. `audit verify`: by all cores, beside a bare loop on one core that does nothing but `hmac.digest` over the same
bytes, which lie ready in memory. Bar: 60 % of its speed. Then the proof of what came after an anchor at nine tenths.
"""

from __future__ import annotations

import hmac
import random
import resource
import statistics
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any

import clinics
import long_records
from side_by_side import machine, show

from portaldesk.services import auditing, resets_listing
from portaldesk.services.opening import OpenStore
from portaldesk.store import record
from portaldesk.store.canonical import canonical
from portaldesk.store.record import EVENT_COLUMNS

WEEKS = 25
_BATCH = 10_000


def main(events: int, home: Path) -> None:
    store = long_records.made(home, events=events)
    with store.session(reading=True) as session:
        events = record.head(session).seq
    print(f"{machine()}; {events:,} events over {long_records.YEARS} years\n")
    _lists(store)
    print()
    _proof(store, events)
    store.engine.dispose()


def _lists(store: OpenStore) -> None:
    drawn, rows = random.Random(1), []
    asked: dict[str, dict[str, Any]] = {
        "all": {},
        "of a staff member": {"staff": "sam"},
        "of a patient": {"patient": clinics.mrn(7)},
        "of an action": {"action": "unlock"},
        "refused": {"outcome": "refused"},
        "of a staff member, refused": {"staff": "kim", "outcome": "refused"},
        "of a staff member, of an action": {"staff": "lee", "action": "send-reset"},
        "of an outcome that never was": {"outcome": "failed"},
    }
    now = datetime.now(UTC)
    for name, wanted in asked.items():
        took, found = [], 0
        for _ in range(WEEKS):
            since = now - timedelta(days=drawn.randrange(7, 365 * long_records.YEARS))
            begin = perf_counter()
            with store.session(reading=True) as session:
                lines = resets_listing.list_resets(
                    session, since=since, until=since + timedelta(days=7), limit=100, **wanted
                )
            took.append((perf_counter() - begin) * 1000)
            found = max(found, len(lines))
        met = "met" if max(took) <= 150 else "NOT met"
        rows.append((name, f"{found}", f"{statistics.median(took):.1f} ms", f"{max(took):.1f} ms", met))
    show(rows, (f"list-resets, {WEEKS} weeks", "rows", "median", "worst", "bar 150 ms"))


def _proof(store: OpenStore, events: int) -> None:
    cores = auditing.processes_here()
    half = events // 2
    bare = _bare(store, 0, half)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begin = perf_counter()
    with store.session(reading=True) as session:
        verdict = auditing.verify(session, processes=cores, progress=_moved)
    ours = perf_counter() - begin
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    theirs = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    bare += _bare(store, half, events)
    print(file=sys.stderr)
    assert verdict.whole
    assert verdict.events == events
    with store.session(reading=True) as session:
        seq = events * 9 // 10
        (hash_,) = session.connection().exec_driver_sql(f"SELECT hash FROM audit_event WHERE seq = {seq}").one()
        begin = perf_counter()
        later = auditing.verify(session, since=[f"{seq}:{hash_}"], processes=cores)
        since = perf_counter() - begin
    assert later.whole
    show(
        [
            ("bare loop of hmac.digest, one core", f"{bare:.1f} s", f"{events / bare:,.0f}", "1.00"),
            (f"audit verify, {cores} cores", f"{ours:.1f} s", f"{events / ours:,.0f}", f"{bare / ours:.2f}"),
            ("audit verify --since-anchor, last tenth", f"{since:.1f} s", f"{later.events / since:,.0f}", ""),
        ],
        ("proof", "time", "events a second", "of the bare loop's speed"),
    )
    print(f"\nmemory: {own / 1024:.1f} MiB more at the peak; the largest helper {theirs / 1024:.0f} MiB in all")
    print(f"{bare / ours:.2f} of the bare loop's speed (bar 0.60): {'met' if bare / ours >= 0.6 else 'NOT met'}")


def _bare(store: OpenStore, after: int, last: int) -> float:
    """Seconds of nothing but HMACs, over the bytes of these events, made ready a batch at a time."""
    digest, key, spent = hmac.digest, store.keys.audit.key, 0.0
    data = _bytes(store, after, last)
    while batch := list(islice(data, _BATCH)):
        begin = perf_counter()
        for one in batch:
            digest(key, one, "sha256")
        spent += perf_counter() - begin
    return spent


def _bytes(store: OpenStore, after: int, last: int) -> Iterator[bytes]:
    bounds = f"WHERE seq > {after} AND seq <= {last} ORDER BY seq"
    with store.session(reading=True) as session:
        reading = session.connection()
        seals = iter(reading.exec_driver_sql(f"SELECT seq, row_key, seal FROM audit_seal {bounds}, row_key"))
        seal = next(seals, None)
        for row in reading.exec_driver_sql(f"SELECT {', '.join(EVENT_COLUMNS)} FROM audit_event {bounds}"):
            mine: list[str] = []
            while seal is not None and seal[0] == row[0]:
                mine += seal[1:]
                seal = next(seals, None)
            yield canonical((*row, *mine))


def _moved(done: int, of: int) -> None:
    print(f"\rproved {done} of {of} stretches", end="", file=sys.stderr)


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    if len(sys.argv) > 2:
        main(count, Path(sys.argv[2]))
    else:
        with tempfile.TemporaryDirectory() as folder:
            main(count, Path(folder) / "home")
