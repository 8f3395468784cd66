"""`audit report` over a million events: time and memory beside a plain read of the same rows.

    python benchmarks/report.py [EVENTS]

The events are those of calls (check, link, end of call, redemption, sign-in, delivery), written in bulk over 365 days
by eight clerks for 20,000 patients.
"""

from __future__ import annotations

import resource
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time

from portaldesk.gate.actors import Actor, patient_entry
from portaldesk.services import clinic, opening, staff
from portaldesk.services.reporting import report
from portaldesk.store import record
from portaldesk.store.record import Entry
from portaldesk.words import Role

CLERKS = [Actor(f"clerk{n}", Role.FRONT_DESK, f"S-{n}") for n in range(8)]
DAYS = 365


def call(n: int) -> Iterator[Entry]:
    """The nine events of one call; every seventh is refused, every ninth check fails."""
    actor, mrn, check, link = CLERKS[n % 8], f"MRN-{n * 7919 % 20_000}", f"C-{n:08X}", f"{n:024x}"
    failed = n % 9 == 0
    details = {"methods": ["birth-date: match", "phone: match", "postal-code: match"], "attested": [], "new": True,
               "caller": "patient", "wrong": 2 if failed else 0, "by": None}  # fmt: skip
    yield actor.entry("find", "done", details={"by": "name", "found": [mrn], "hits": 1, "more": False})
    yield actor.entry("diagnose", "done", patient=mrn)
    yield actor.entry(
        "verify-identity", "failed" if failed else "passed", patient=mrn, check_id=check,
        level="none" if failed else "basic", details=details,
    )  # fmt: skip
    if failed:
        yield actor.entry("send-reset", "refused", patient=mrn, check_id=check, details={"code": "check-failed"})
    else:
        sent = {"ground": "check", "ground_id": check, "credential": link, "reference": "K7-42", "messages": [link]}
        yield actor.entry("send-reset", "link-sent", patient=mrn, check_id=check, level="basic", details=sent)
    yield Entry("deliver", "done", patient=mrn, details={"message": link, "kind": "reset", "to": "a…@….org"})
    yield actor.entry("end-call", "done", details={"checks": 1, "failed": 0})
    yield patient_entry("sign-in", "refused", patient=mrn, details={"why": "wrong"})
    if not failed:
        yield patient_entry("redeem", "done", patient=mrn, details={"credential": link, "kind": "reset"})
    yield patient_entry("sign-in", "done", patient=mrn, details={"ground": "sign-in"})


def filled(home: Path, events: int) -> opening.OpenStore:
    """A store with so many events."""
    now = datetime.now(UTC) - timedelta(days=DAYS)
    prepared = opening.prepare(opening.place_of({"PORTALDESK_HOME": str(home)}), secrets_kind="file")
    admin = staff.first_admin("rosa", "umber lattice quarry 52 finch", prepared.keys, now=now)
    store = opening.finish(prepared, admin=admin, values={}, now=now)
    calls, step = events // 9, 20
    for first in range(0, calls, step * 50):
        with store.session() as session:
            for n in range(first, min(first + step * 50, calls), step):
                at = now + timedelta(days=DAYS) * n / calls
                entries = [(entry, ()) for k in range(n, min(n + step, calls)) for entry in call(k)]
                record.append_many(session, entries, now=at)
            session.commit()
    return store


def main() -> None:
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        store, now = filled(Path(folder) / "home", events), datetime.now(UTC)
        for days in (30, DAYS):
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            with store.session(reading=True) as session:
                settings = clinic.in_force(clinic.stored(session))
                begin, worked = perf_counter(), process_time()
                made = report.report(session, since=now - timedelta(days=days), until=now, settings=settings, now=now)
                took, worked = perf_counter() - begin, process_time() - worked
            grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
            said = f"{made.events:,} events in {took:.2f} s, {worked:.2f} s of them the processor's"
            print(f"{days} days: {said}, {grown:.1f} MiB more at the peak")
        with store.session(reading=True) as session:
            begin = perf_counter()
            rows = sum(1 for _ in session.connection().exec_driver_sql("SELECT * FROM audit_event ORDER BY seq"))
            print(f"plain read of {rows:,} rows by the same driver: {perf_counter() - begin:.2f} s")
        store.engine.dispose()


if __name__ == "__main__":
    main()
