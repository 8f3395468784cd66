"""What bringing a clinic's patients in costs: our import beside a loop that does the same with no rule at all.

    python benchmarks/intake.py [PATIENTS] [ROUNDS]      100,000 patients, 3 rounds

In turn, each round a process of its own with a new store: `import patients` as the command does it (read, judge,
compare, seal, chain, commit; then, timed by itself, the look for likely duplicates among all of them), and a bare loop:
`csv.reader`, the same normalisers, `executemany` of the same rows into as many tables with the same keys and indexes,
one transaction, the same durability; no seal, no chain, no trigger, no comparison with what is there. Bar: 2.5 times
the bare loop.
"""

from __future__ import annotations

import csv
import gc
import json
import os
import random
import resource
import secrets
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import clinics
from side_by_side import machine, show

from portaldesk.cli.main import GARBAGE_ROUND
from portaldesk.rules import emails, names
from portaldesk.services.intake import csv_file, fields

STREETS = tuple(
    f"{tree} {kind}"
    for tree in ("Elm", "Oak", "Mill", "Court", "Main", "River", "Fir", "Hill", "Lake", "Ash")
    for kind in ("Street", "Lane", "Road", "Avenue", "Way", "Place", "Court", "Drive")
)
CITIES = ("Topeka", "Pratt", "Salina", "Hays", "Emporia", "Dodge City")
BATCH = 2000
LOCALE = "en_US"

Took = dict[str, float]
"""Wall and processor seconds of the import, and the greatest memory so far; of the look for duplicates likewise."""


def main(patients: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "patients.csv")
        with file.open("w", newline="", encoding="utf-8") as out:
            csv.writer(out).writerows(written(patients))
        print(f"{machine()}; {patients:,} patients, {file.stat().st_size / 1e6:.1f} MB of CSV, {rounds} rounds\n")
        took: dict[str, list[Took]] = {"bare": [], "ours": []}
        for n in range(rounds):
            for name in ("bare", "ours"):
                home = Path(folder, f"{name}-{n}")
                done = subprocess.run(
                    [sys.executable, __file__, name, str(file), str(home)], capture_output=True, text=True, check=False
                )
                if done.returncode:
                    sys.exit(done.stderr)
                took[name].append(json.loads(done.stdout.splitlines()[-1]))
        _told(took, patients)


def _told(took: dict[str, list[Took]], patients: int) -> None:
    rows = []
    looked = [{of: one[f"looking {of}"] for of in ("seconds", "processor", "mib")} for one in took["ours"]]
    for name, runs in (took | {"likely duplicates of all": looked}).items():
        seconds = statistics.median(one["seconds"] for one in runs)
        processor = statistics.median(one["processor"] for one in runs)
        mib = max(one["mib"] for one in runs)
        ratios = [_ratio(runs, took["bare"], of) for of in ("seconds", "processor")]
        rows.append(
            (name, f"{seconds:.1f} s", f"{processor:.1f} s", f"{patients / seconds:,.0f}", f"{mib:,.0f} MiB",
             *(f"{ratio:.2f}" for ratio in ratios))
        )  # fmt: skip
    show(rows, ("import", "median", "processor", "patients a second", "memory", "ratio", "ratio of processor time"))
    ratio = _ratio(took["ours"], took["bare"], "seconds")
    print(f"\nmedian ratio {ratio:.2f} (bar 2.5: {'met' if ratio <= 2.5 else 'NOT met'})")


def _ratio(runs: list[Took], bare: list[Took], of: str) -> float:
    """The median over the rounds: what ran side by side is compared."""
    return statistics.median(one[of] / other[of] for one, other in zip(runs, bare, strict=True))


def written(count: int) -> Iterator[list[str]]:
    """A header and rows as a record system writes them: phones in figures of three, most people with an email."""
    drawn = random.Random(7)
    yield [*csv_file.NEEDED, *csv_file.OPTIONAL]
    for n in range(count):
        given, family = drawn.choice(clinics.GIVEN), f"{drawn.choice(clinics.FAMILY)}{drawn.randrange(997)}"
        phone = f"({drawn.randrange(201, 990)}) 555-{drawn.randrange(10_000):04d}"
        yield [
            clinics.mrn(n), given, family, clinics.born(drawn.randrange(29_000)).isoformat(), drawn.choice("fm"),
            phone, f"{given}.{family}.{n}@example.org" if n % 5 else "",
            f"{drawn.randrange(1, 999)} {drawn.choice(STREETS)}",
            CITIES[n % 6], f"{66000 + n % 900}", "", "active", "en", "2026-01-09", "", "",
        ]  # fmt: skip


def ours(file: Path, home: Path) -> Took:
    from portaldesk.gate.actors import Actor
    from portaldesk.services.intake import importing, reading
    from portaldesk.store import record
    from portaldesk.words import Role

    made = clinics.made(home, count=0)
    rosa, now = Actor("rosa", Role.ADMIN, "benchmark"), datetime.now(UTC)
    begin, began = perf_counter(), process_time()
    with made.store.session() as session:
        read = reading.read_patients(file, format=None, mapping={}, locale=LOCALE, today=now.date())
        before = record.head(session).seq
        done = importing.import_patients(session, rosa, read, dry_run=False, skip_bad=False, now=now)
        session.commit()
    took = _taken(begin, began)
    del read
    begin, began = perf_counter(), process_time()
    with made.store.session(reading=True) as session:
        importing.with_likely_duplicates(session, done, before=before)
    return took | {f"looking {name}": value for name, value in _taken(begin, began).items()}


def _taken(begin: float, began: float) -> Took:
    mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": perf_counter() - begin, "processor": process_time() - began, "mib": mib}


def bare(file: Path, home: Path) -> Took:
    home.mkdir()
    connection = sqlite3.connect(home / "bare.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.executescript(_bare_tables())
    begin, began = perf_counter(), process_time()
    connection.execute("BEGIN")
    rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in _COLUMNS}
    with file.open(newline="", encoding="utf-8") as lines:
        reader = csv.reader(lines)
        header = next(reader)
        for seq, cells in enumerate(reader, start=1):
            _take(dict(zip(header, cells, strict=True)), seq, rows)
            if seq % BATCH == 0:
                _write(connection, rows)
    _write(connection, rows)
    connection.execute("COMMIT")
    return _taken(begin, began)


_COLUMNS = {
    "patient": "mrn, given_name, family_name, other_names, birth_date, sex, address, city, postal_code, language, "
    "last_visit, status, birth_date_evidence_from, postal_code_evidence_from, imported_at, changed_seq, seal",
    "contact_point": "id, mrn, kind, value, key, source, added_at, evidence_from, confirmed_at, confirmed_how, "
    "do_not_use, confidential, current, changed_seq, seal",
    "portal_account": "mrn, email, phone, status, must_change_password, failed_attempts, changed_seq, seal",
    "patient_name": "key, mrn",
    "audit_event": "seq, at, staff, action, patient, outcome, session, reason, details, prev_hash, hash",
    "audit_seal": "row_key, seq, seal",
}
_NOW = "2026-11-30T10:00:00.000000Z"
_SEAL = "0" * 67  # as long as ours


def _take(written: dict[str, str], seq: int, rows: dict[str, list[tuple[Any, ...]]]) -> None:
    warnings: list[str] = []
    mrn = fields.mrn(written["mrn"], "mrn")
    given, family = fields.text(written["given_name"]), fields.text(written["family_name"])
    others = [fields.text(name) for name in written["other_names"].split(";") if name]
    birth = fields.birth_date(date.fromisoformat(written["birth_date"]), "birth_date", warnings, today=date.max)
    phone, email = fields.phone(written["phone"], locale=LOCALE), fields.email(written["email"])
    fields.text(written["phone"])
    seals = [(f"patient:{mrn}", seq, _SEAL)]
    rows["patient"].append(
        (mrn, given, family, json.dumps(others), birth.isoformat(), written["sex"], fields.text(written["address"]),
         fields.text(written["city"]), fields.postal_code(written["postal_code"], "postal_code", warnings),
         fields.language(written["language"]), date.fromisoformat(written["last_visit"]).isoformat(),
         written["status"], _NOW, _NOW, _NOW, seq, _SEAL)
    )  # fmt: skip
    for kind, value, key in (("email", email, emails.key(email) if email else None), ("phone", phone, phone)):
        if value:
            point = secrets.token_hex(12)
            seals.append((f"contact_point:{point}", seq, _SEAL))
            rows["contact_point"].append(
                (point, mrn, kind, value, key, "record", _NOW, _NOW, _NOW, "first import", 0, 0, 1, seq, _SEAL)
            )  # fmt: skip
    seals.append((f"portal_account:{mrn}", seq, _SEAL))
    rows["portal_account"].append((mrn, email, phone, "new", 0, 0, seq, _SEAL))
    rows["patient_name"] += [(key, mrn) for key in names.keys(given, family, others)]
    rows["audit_event"].append((seq, _NOW, "rosa", "import", mrn, "added", "benchmark", "", "{}", _SEAL, _SEAL))
    rows["audit_seal"] += seals


def _write(connection: sqlite3.Connection, rows: dict[str, list[tuple[Any, ...]]]) -> None:
    for name, some in rows.items():
        if some:
            marks = ", ".join("?" * len(some[0]))
            connection.executemany(f"INSERT INTO {name} ({_COLUMNS[name]}) VALUES ({marks})", some)
            some.clear()


def _bare_tables() -> str:
    """Our tables without their triggers and foreign keys: as many columns, the same keys and indexes."""
    from sqlalchemy.schema import CreateIndex, CreateTable

    from portaldesk.store import tables

    made = []
    for table in (
        tables.Patient, tables.ContactPoint, tables.PortalAccount, tables.PatientName, tables.AuditEvent,
        tables.AuditSeal,
    ):  # fmt: skip
        made += [str(CreateTable(table.__table__)), *(str(CreateIndex(index)) for index in table.__table__.indexes)]
    return ";\n".join(made) + ";"


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in ("ours", "bare"):
        gc.set_threshold(GARBAGE_ROUND)
        print(json.dumps({"ours": ours, "bare": bare}[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))), flush=True)
        os._exit(0)
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, int(sys.argv[2]) if len(sys.argv) > 2 else 3)
