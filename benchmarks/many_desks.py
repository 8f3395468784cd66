"""Many desks at one store, beside the same load in bare SQL with the same durability, in turn, on both engines.

Twenty processes with a shift of 500 mixed steps each (tests/crashes/desk_load.py), in rounds: ours, then plain programs
(bare_desks.py), and so on. Passwords are hashed at bcrypt's lowest cost on both sides. Afterwards the record is proved.
Then 20 x 10 whole commands, each a process, beside as many of floor.py. Bar: 2.5 times bare SQL, throughput and p95.
PostgreSQL: a server of the tests' own with fsync on, or PORTALDESK_BENCH_URL, a server where databases can be made.

    python benchmarks/many_desks.py [PROCESSES] [STEPS] [sqlite|postgresql]
"""

# ruff: noqa: E402, I001 - the tests' modules are found first
from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "tests"), str(HERE.parent / "tests" / "crashes")]

import bare_desks
import clinics
import postgresql
from desk_load import FOR_ALL, Shift, a_clinic, played, steps
from desk_work import cheap_hashes
from side_by_side import machine, show
from sqlalchemy import URL, make_url
from together import in_processes

from portaldesk.services import auditing, opening, places
from portaldesk.services.places import Place

PATIENTS, ROUNDS, BAR = 2000, 5, 2.5
Took = list[tuple[float, list[float]]]
"""Of each round: how long all took together, and each step (seconds)."""


def main(processes: int, many: int, engines: Sequence[str]) -> None:
    print(f"{machine()}; {processes} processes, {many} steps each, {PATIENTS:,} patients, {ROUNDS} rounds in turn")
    for engine in engines:
        with tempfile.TemporaryDirectory() as folder, _databases(engine, Path(folder)) as (ours, bare):
            _calls(engine, ours, bare, processes, many)
            _whole_commands(engine, Path(folder), ours, processes)


def _calls(engine: str, ours: Place, bare: URL, processes: int, many: int) -> None:
    a_clinic(ours, desks=processes, patients=PATIENTS)
    with cheap_hashes():
        bare_desks.a_database(bare, desks=processes, patients=PATIENTS)
    took: dict[str, Took] = {"ours": [], "bare": []}
    refused: Counter[str] = Counter()
    for turn in range(ROUNDS):
        shifts = [
            steps(desk + 1000 * turn, many=many // ROUNDS, patients=PATIENTS, first=() if turn else FOR_ALL)
            for desk in range(processes)
        ]
        later = timedelta(hours=turn)
        done = played(ours, shifts, later=later)
        refused += sum((shift.refused for shift in done), Counter())
        took["ours"].append(_measured(done))
        with cheap_hashes():
            took["bare"].append(_measured(bare_desks.played(bare, shifts, later=later)))
    print(f"\n{engine}\n")
    figures = {who: _figures(rounds) for who, rounds in took.items()}
    show(
        [
            (who, f"{rate:.0f} /s", *(f"{seconds * 1000:.0f} ms" for seconds in (p50, p95, worst)))
            for who, (rate, p50, p95, worst) in figures.items()
        ],
        ("mixed steps", "throughput", "p50", "p95", "worst"),
    )
    rate, p95 = figures["bare"][0] / figures["ours"][0], figures["ours"][2] / figures["bare"][2]
    print(f"\nbare throughput to ours: {rate:.2f} (bar {BAR}): {'met' if rate <= BAR else 'NOT met'}")
    print(f"our p95 to bare: {p95:.2f} (bar {BAR}): {'met' if p95 <= BAR else 'NOT met'}")
    print("refused: " + (", ".join(f"{code} {count}" for code, count in refused.most_common()) or "none"))
    _prove(ours)


def _measured(shifts: Sequence[Shift]) -> tuple[float, list[float]]:
    together = max(shift.ended for shift in shifts) - min(shift.began for shift in shifts)
    return together, [seconds for shift in shifts for seconds in shift.seconds]


def _figures(rounds: Took) -> tuple[float, float, float, float]:
    """Steps a second; median, 95th percentile and worst of a step (seconds)."""
    steps_ = [seconds for _, one in rounds for seconds in one]
    rate = len(steps_) / sum(together for together, _ in rounds)
    return rate, statistics.median(steps_), statistics.quantiles(steps_, n=20)[-1], max(steps_)


def _prove(place: Place) -> None:
    store = opening.open_store(place)
    with store.session(reading=True) as session:
        verdict = auditing.verify(session)
    store.engine.dispose()
    print(f"record: {verdict.events:,} events, {'whole' if verdict.whole else verdict.first_fault}")


def _whole_commands(engine: str, folder: Path, place: Place, processes: int) -> None:
    """Each desk runs commands one after the other, as fast as they end."""
    home = folder / "commands"
    url = None if place.file else str(place.database.set(database="commands").render_as_string(hide_password=False))
    clinic = clinics.made(home, count=500, url=url)
    tokens = [clinics.token_for(clinic, now=datetime.now(UTC))[0] for _ in range(processes)]
    clinic.store.engine.dispose()
    env = {k: v for k, v in os.environ.items() if not k.startswith("PORTALDESK_")} | {"PORTALDESK_HOME": str(home)}
    env |= {"PORTALDESK_DATABASE_URL": url} if url else {}
    floor = _floor(folder / "floor.db", processes)
    portaldesk = str(Path(sys.executable).with_name("portaldesk"))
    codes: Counter[str] = Counter()
    ours, plain = [], []
    for desk, token in enumerate(tokens):
        words = list(_commands(desk))
        ours.append(_running([[portaldesk, *one] for one in words], env | {"PORTALDESK_TOKEN": token}))
        one = [sys.executable, str(HERE / "floor.py"), str(floor), clinics.mrn(desk)]
        plain.append(_running([one] * len(words), env))
    took = {"ours": in_processes(ours), "floor.py": in_processes(plain)}
    rows = []
    for who, desks in took.items():
        together = max(ended for _, ended, _ in desks) - min(began for began, _, _ in desks)
        each = [seconds for _, _, done in desks for seconds, _ in done]
        rows.append(
            (who, f"{len(each) / together:.1f} /s", f"{statistics.median(each):.2f} s",
             f"{statistics.quantiles(each, n=20)[-1]:.2f} s", f"{max(each):.2f} s")
        )  # fmt: skip
    codes.update(code for _, _, done in took["ours"] for _, code in done)
    print()
    show(rows, ("whole commands", "throughput", "p50", "p95", "worst"))
    print("\nended: " + ", ".join(f"{code} {count}" for code, count in codes.most_common()))
    _prove(places.place_of(env))


def _commands(desk: int) -> Iterator[list[str]]:
    """One clerk's ten."""
    n = desk * 10
    yield ["find", f"birch{n}", "--json"]
    for patient in (n, n + 1, n + 2):
        said = ("--birth-date", clinics.born(patient).isoformat(), "--photo-id", "passport")
        yield ["verify-identity", clinics.mrn(patient), *said, "--json"]
        yield ["issue-temp-login", clinics.mrn(patient), "--json", "--no-send"]
    yield ["secure-account", clinics.mrn(n + 2), "--json", "--no-send"]
    yield ["diagnose", clinics.mrn(n + 2), "--json"]
    yield ["end-call", "--json"]


def _running(commands: list[list[str]], env: dict[str, str]) -> Callable[[], Callable[[], Any]]:
    def work() -> tuple[float, float, list[tuple[float, str]]]:
        began, done = time.monotonic(), []
        for words in commands:
            since = time.perf_counter()
            ended = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
            code = "0"
            if ended.returncode:
                code = json.loads(ended.stderr.splitlines()[-1])["error"]["code"]
            done.append((time.perf_counter() - since, code))
        return began, time.monotonic(), done

    return lambda: work


def _floor(path: Path, count: int) -> Path:
    from floor import Account
    from sqlmodel import Session, SQLModel, create_engine

    engine = create_engine(f"sqlite:///{path}")
    SQLModel.metadata.create_all(engine, tables=[Account.__table__])
    with Session(engine) as session:
        session.add_all(Account(mrn=clinics.mrn(n)) for n in range(count))
        session.commit()
    engine.dispose()
    return path


@contextmanager
def _databases(engine: str, folder: Path) -> Iterator[tuple[Place, URL]]:
    """Where ours is, and where the plain one."""
    home = {"PORTALDESK_HOME": str(folder / "home")}
    if engine == "sqlite":
        yield places.place_of(home), URL.create("sqlite", database=str(folder / "bare.db"))
        return
    given = os.environ.get("PORTALDESK_BENCH_URL")
    server = None if given else postgresql.started(settings=("fsync=on", "full_page_writes=on"))
    if given is None and server is None:
        sys.exit("no PostgreSQL here; or set PORTALDESK_BENCH_URL")
    base = make_url(given) if given else make_url(server.url("postgres"))  # type: ignore[union-attr]
    import psycopg

    names = ("portaldesk_bench", "bare_bench", "commands")
    try:
        plain = base.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain, autocommit=True) as connection:
            for name in names:
                connection.execute(f"DROP DATABASE IF EXISTS {name}")  # type: ignore[arg-type]
                connection.execute(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")  # type: ignore[arg-type]
        ours = base.set(database=names[0]).render_as_string(hide_password=False)
        yield places.place_of(home | {"PORTALDESK_DATABASE_URL": ours}), base.set(database=names[1])
    finally:
        if server is not None:
            server.end()


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    named = [word for word in sys.argv[1:] if not word.isdigit()]
    main(numbers[0] if numbers else 20, numbers[1] if len(numbers) > 1 else 500, named or ("sqlite", "postgresql"))
