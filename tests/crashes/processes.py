"""Commands as real processes, started, killed and waited for; and a clinic in the middle of a call for them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from desks import Clinic, environment

import engines
import raw_stores
from portaldesk.services import auditing, opening

PATIENT = "MRN-1"
HEADER = "mrn,given_name,family_name,birth_date,sex,phone,email,address,city,postal_code\n"
LIMIT = 60
"""Seconds after which a process counts as stuck."""
LOOK = 0.001
"""Seconds between two looks at a running process: one that spins takes the processor from what it watches."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended: its code (negative: by that signal), what it said, and how long it ran (seconds)."""

    code: int
    out: str
    err: str
    seconds: float


def patient_file(path: Path, first: int, last: int) -> Path:
    """A CSV file of patients MRN-first to MRN-last."""
    rows = (
        f"MRN-{n},Ana,Reynolds{n},1952-07-15,female,555-907-8526,ana{n}@example.org,1 Elm Street,Pratt,67124\n"
        for n in range(first, last + 1)
    )
    path.write_text(HEADER + "".join(rows), encoding="utf-8")
    return path


def copy_of(clinic: Clinic, home: Path) -> Clinic:
    """The same clinic in another folder. Nobody may have it open."""
    engines.copy(clinic.home, home)
    return Clinic(home, clinic.rosa_token, clinic.sam_token)


def start(*args: str, clinic: Clinic, token: str | None, limited: Any = None, before: tuple[str, ...] = ()) -> Any:
    """A command as a process of its own, running. `limited`: called in the child; `before`: words in front of it."""
    return subprocess.Popen(
        [*before, sys.executable, "-m", "portaldesk", *args], env=environment(clinic.home, token, None),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
        preexec_fn=limited,
    )  # fmt: skip


def end(process: Any, *, input: str = "", since: float | None = None) -> Ended:
    """Wait for it."""
    out, err = process.communicate(input, timeout=LIMIT)
    return Ended(process.returncode, out, err, monotonic() - since if since is not None else 0.0)


def run(*args: str, clinic: Clinic, token: str | None, input: str = "", **more: Any) -> Ended:
    """Start it and wait for it."""
    since = monotonic()
    return end(start(*args, clinic=clinic, token=token, **more), input=input, since=since)


def stop_after(process: Any, seconds: float, how: signal.Signals) -> Ended:
    """Let it run for so long, unless it ends before, then send it the signal."""
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(how)
    return end(process)


def stop_at_commit(process: Any, home: Path, how: signal.Signals) -> Ended:
    """Send it the signal as soon as it writes."""
    with writing(home) as begun:
        stop_when(process, begun, how)
    return end(process)


def stop_when(process: Any, reached: Callable[[], bool], how: signal.Signals) -> None:
    """Send it the signal as soon as this is so; it may end before. Looks a thousand times a second."""
    until = monotonic() + LIMIT
    while monotonic() < until:
        if reached():
            process.send_signal(how)
            return
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=LOOK)
            return


@contextmanager
def writing(home: Path) -> Iterator[Callable[[], bool]]:
    """Whether somebody writes: SQLite, to the log when a transaction commits; PostgreSQL numbers one that writes."""
    if engines.ON_SQLITE:
        log = home / "portaldesk.db-wal"

        def begun() -> bool:
            try:
                return log.stat().st_size > 0
            except FileNotFoundError:  # not yet, or the last process has just closed the store
                return False

        yield begun
        return
    with raw_stores.raw(home, autocommit=True) as watching:
        numbered = (
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND backend_xid IS NOT NULL"
        )
        yield lambda: watching.execute(numbered).fetchone() is not None


def rows(clinic: Clinic, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """What stands in the database, read past portaldesk."""
    return raw_stores.rows(clinic.home, sql, *values)


def require_whole(clinic: Clinic) -> int:
    """The store opens, its guards stand, record and rows are whole; returns how many events there are."""
    return require_whole_at(clinic.home)


def require_whole_at(home: Path) -> int:
    """As `require_whole`, of a home of whichever clinic."""
    store = opening.open_store(engines.place(home))
    try:
        with store.session(reading=True) as session:
            opening.require_guards(session)
            verdict = auditing.verify(session)
    finally:
        store.engine.dispose()
    assert verdict.whole, verdict.first_fault
    return verdict.events


def without_roots_rights() -> tuple[str, ...]:
    """Permissions do not bind root: words in front of a command that runs without the rights by which root passes them.

    Skips the test where that cannot be had.
    """
    if os.getuid() != 0:
        return ()
    if shutil.which("setpriv") is None:
        pytest.skip("root, and no setpriv to give up its rights with")
    words = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
    tried = subprocess.run([*words, "true"], capture_output=True, check=False)
    if tried.returncode:
        pytest.skip("root, and its rights cannot be given up here")
    return words
