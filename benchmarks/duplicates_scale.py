"""How long find-duplicates takes from a store, as a whole process, and how much memory; beside Splink 5.

    python benchmarks/duplicates_scale.py [--splink] [PATIENTS ...]      (default: 10000 100000)

The stores hold the patients of people.py. Splink gets the same records from memory and
only its own time is counted: training and prediction.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from people import Population, population
from side_by_side import machine, show
from sqlalchemy import text

from portaldesk.rules import names
from portaldesk.rules.matching import Demographics
from portaldesk.store import schema

SEED = 2


def main() -> None:
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("patients", nargs="*", type=int, default=[10_000, 100_000])
    args.add_argument("--splink", action="store_true", help="let Splink find them too")
    asked = args.parse_args()
    rows = []
    for count in asked.patients:
        with tempfile.TemporaryDirectory() as folder:
            people = population(count, seed=SEED)
            token = stored(Path(folder), people)
            seconds, megabytes, found = _measured(Path(folder), token)
            right = len(found & people.same)
            rows.append((
                f"{count:,}", f"{seconds:.1f} s", f"{megabytes:,.0f} MB", f"{seconds / count * 1e6:.0f}",
                f"{right / max(1, len(found)):.4f}", f"{right / len(people.same):.4f}",
                _splink(people) if asked.splink else "",
            ))  # fmt: skip
    print(machine())
    show(rows, ("patients", "time", "memory", "µs a patient", "precision", "recall", "Splink 5"))


def stored(home: Path, people: Population) -> str:
    """A store with these people; answers with the token of a clerk.

    The first is imported; the others' rows are copies of its rows with other facts, written without events and seals:
    a million imports take a quarter of an hour, and find-duplicates reads facts alone.
    """
    import clinics

    made = clinics.made(home, count=0)
    with made.store.session() as session:
        clinics.bring(session, people.records[:1], now=made.now)
        session.commit()
    with made.store.engine.begin() as connection:
        triggers = schema.installed_triggers(connection)
        schema.drop_triggers(connection)
        for table, rows in (("patient", _patients), ("contact_point", _contacts), ("patient_name", _names)):
            like = dict(connection.execute(text(f"SELECT * FROM {table} LIMIT 1")).mappings().one())
            columns = ", ".join(f'"{name}"' for name in like)
            into = text(f"INSERT INTO {table} ({columns}) VALUES ({', '.join(f':{name}' for name in like)})")
            facts = rows(people.records[1:])
            while batch := [like | row for row in islice(facts, 50_000)]:
                connection.execute(into, batch)
        schema.install_triggers(connection, triggers)
    made.store.engine.dispose()
    return made.token


def _patients(records: Iterable[Demographics]) -> Iterator[dict[str, Any]]:
    for r in records:
        yield {
            "mrn": r.mrn, "given_name": r.given_name, "family_name": r.family_name,
            "other_names": json.dumps(r.other_names), "sex": r.sex or "unknown", "address": r.address, "city": r.city,
            "birth_date": r.birth_date.isoformat() if r.birth_date else None, "postal_code": r.postal_code,
        }  # fmt: skip


def _contacts(records: Iterable[Demographics]) -> Iterator[dict[str, Any]]:
    for r in records:
        for kind, value in (("phone", r.phone), ("email", r.email)):
            if value:
                yield {"id": f"{kind}-{r.mrn}", "mrn": r.mrn, "kind": kind, "value": value, "key": value.casefold()}


def _names(records: Iterable[Demographics]) -> Iterator[dict[str, Any]]:
    for r in records:
        for key in names.keys(r.given_name, r.family_name, r.other_names):
            yield {"mrn": r.mrn, "key": key}


def _measured(home: Path, token: str) -> tuple[float, float, set[tuple[str, str]]]:
    desk = str(Path(sys.executable).with_name("portaldesk"))
    env = {**os.environ, "PORTALDESK_HOME": str(home), "PORTALDESK_TOKEN": token}
    start = time.perf_counter()
    done = subprocess.run([desk, "find-duplicates", "--json"], env=env, capture_output=True, check=False)
    seconds = time.perf_counter() - start
    if done.returncode:
        sys.exit(done.stderr.decode(errors="replace"))
    pairs = json.loads(done.stdout)["pairs"]
    # of all children the largest; the stores are made in this process
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, {(p["a"], p["b"]) for p in pairs}


def _splink(people: Population) -> str:
    from other_matchers import splink_pairs

    start = time.perf_counter()
    splink_pairs(people.records)
    return f"{time.perf_counter() - start:.1f} s"


if __name__ == "__main__":
    main()
