"""How long find-duplicates takes from a store, as a whole process, how much memory, and a second time; beside Splink 5.

    python benchmarks/duplicates_scale.py [--splink] [--svg FILE] [PATIENTS ...]      (default: 10000 20000 100000)

The stores hold the patients of people.py. Memory is that of all processes together, what they share counted once. The
second run comes after 100 more were imported. --patient: 40 one by one in a process that has started, median and most.
Blocking recall: which share of the pairs of one person is compared at all. Splink is a whole process on the same store
as well (splink_run.py): start, reading, training, prediction, the pairs written; its own time is that of training and
prediction alone.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import growth
from people import Population, population
from side_by_side import machine, show
from sqlalchemy import text

from portaldesk.rules import names
from portaldesk.rules.matching import Demographics
from portaldesk.rules.matching.blocking import candidates, without_crowds
from portaldesk.rules.matching.profile import profile
from portaldesk.store import schema

SEED = 2
ASKED = 40  # patients asked about one by one
MORE = 100  # patients imported between the two runs


def main() -> None:
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("patients", nargs="*", type=int, default=[10_000, 20_000, 100_000])
    args.add_argument("--splink", action="store_true", help="let Splink find them too")
    args.add_argument("--svg", type=Path, help="draw how time grows")
    asked = args.parse_args()
    rows: list[tuple[str, ...]] = []
    drawn: dict[str, list[tuple[int, float]]] = {"portaldesk": [], "second run": []} | (
        {"Splink 5": []} if asked.splink else {}
    )
    for count in asked.patients:
        with tempfile.TemporaryDirectory() as folder:
            people = population(count, seed=SEED)
            token = stored(Path(folder), people)
            first = _measured(Path(folder), token)
            theirs = _splink(Path(folder)) if asked.splink else None
            come_again(Path(folder), people)
            second = _measured(Path(folder), token)
            one = of_one_patient(Path(folder), people)
        right, found = len(first.pairs & people.same), len(first.pairs)
        drawn["portaldesk"].append((count, first.processor))
        drawn["second run"].append((count, second.processor))
        row = (
            f"{count:,}", f"{first.seconds:.1f} s", f"{first.processor:.1f} s", f"{first.megabytes:,.0f} MB",
            f"{second.seconds:.1f} s", f"{statistics.median(one):.0f} ({max(one):.0f}) ms",
            f"{right / max(1, found):.4f}", f"{right / len(people.same):.4f}", f"{blocking_recall(people):.4f}",
        )  # fmt: skip
        if theirs is not None:
            drawn["Splink 5"].append((count, theirs.processor))
            row += (
                f"{theirs.seconds:.1f} s", f"{theirs.told['own_seconds']:.1f} s", f"{theirs.processor:.1f} s",
                f"{theirs.megabytes:,.0f} MB", f"{theirs.seconds / first.seconds:.1f}",
            )  # fmt: skip
        rows.append(row)
    print(machine())
    head = (
        "patients", "time", "processor", "memory", "second run", "--patient", "precision", "recall", "blocking recall",
        "Splink 5", "its own", "processor", "memory", "times as long",
    )  # fmt: skip
    show(rows, head[: len(rows[0])])
    for (few, short), (many, long) in pairwise(drawn["portaldesk"]):
        print(
            f"{few:,} to {many:,}: {long / short:.1f} times the processor time for {many / few:.1f} times the patients"
        )
    if asked.svg:
        asked.svg.write_text(growth.drawn(drawn), encoding="utf-8")


def of_one_patient(home: Path, people: Population) -> list[float]:
    """Milliseconds for each of some patients, once the process has started and asked about another."""
    from portaldesk.rules.matching import Grade
    from portaldesk.services import opening
    from portaldesk.services.duplicates import find_duplicates

    store = opening.open_store(opening.place_of({"PORTALDESK_HOME": str(home)}))
    took = []
    with store.session(reading=True) as session:
        for record in people.records[: ASKED + 1]:
            start = time.perf_counter()
            find_duplicates(session, reader="sam", min_grade=Grade.PROBABLE, patient_mrn=record.mrn)
            took.append((time.perf_counter() - start) * 1000)
    store.engine.dispose()
    return took[1:]


def blocking_recall(people: Population) -> float:
    """Which share of the pairs of one person is compared at all."""
    records = without_crowds(profile(person) for person in people.records)
    place = {record.mrn: at for at, record in enumerate(records)}
    wanted = {(min(place[a], place[b]), max(place[a], place[b])) for a, b in people.same}
    return sum(pair in wanted for pair in candidates(records)) / len(wanted)


def come_again(home: Path, people: Population) -> None:
    """Import some of these people once more, under a new number and address."""
    import clinics

    from portaldesk.services import opening

    store = opening.open_store(opening.place_of({"PORTALDESK_HOME": str(home)}))
    more = [one._replace(mrn=f"NEW-{n}", address="7 Far Lane") for n, one in enumerate(people.records[:MORE])]
    with store.session() as session:
        clinics.bring(session, more, now=datetime.now(UTC))
        session.commit()
    store.engine.dispose()


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


@dataclass(frozen=True, slots=True)
class Run:
    """One run as a whole process: wall and processor seconds of all its processes, and what it wrote."""

    seconds: float
    processor: float
    megabytes: float
    told: dict[str, Any]

    @property
    def pairs(self) -> set[tuple[str, str]]:
        return {(pair["a"], pair["b"]) for pair in self.told["pairs"]}


def _measured(home: Path, token: str) -> Run:
    desk = str(Path(sys.executable).with_name("portaldesk"))
    env = {**os.environ, "PORTALDESK_HOME": str(home), "PORTALDESK_TOKEN": token}
    return _run([desk, "find-duplicates", "--json"], env, home / "out.json")


def _splink(home: Path) -> Run:
    command = [sys.executable, str(Path(__file__).with_name("splink_run.py")), str(home / "portaldesk.db")]
    return _run(command, dict(os.environ), home / "splink.json")


def _run(command: Sequence[str], env: Mapping[str, str], out: Path) -> Run:
    before, start = _spent_by_children(), time.perf_counter()
    # what is printed goes to a file: a pipe that is not read would stop it
    with out.open("wb") as file, subprocess.Popen(command, env=env, stdout=file) as run:
        most = _watched(run)
    seconds, processor = time.perf_counter() - start, _spent_by_children() - before
    if run.returncode:
        sys.exit(f"{' '.join(command)} ended with {run.returncode}")
    return Run(seconds, processor, most, json.loads(out.read_bytes()))


def _spent_by_children() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def _watched(run: subprocess.Popen[bytes]) -> float:
    """The most memory (MB) that this process and its children had at once, looked at five times a second."""
    most = 0.0
    while True:
        try:
            run.wait(0.2)
        except subprocess.TimeoutExpired:
            most = max(most, sum(map(_own_share, (run.pid, *_children(run.pid)))))
        else:
            return most


def _children(pid: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _own_share(pid: int) -> float:
    """MB; a page that two processes share counts half for each."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


if __name__ == "__main__":
    main()
