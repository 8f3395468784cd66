"""kill -9, and the end of SQLite's log torn or spoilt by the disk: what stood before is there, and the desk goes on.

SQLite checks each frame of its log and takes none from the first bad one on; what it leaves out is whole transactions.
"""

from __future__ import annotations

import random
import shutil
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from desks import Clinic, environment
from processes import PATIENT, copy_of, require_whole, rows

pytestmark = pytest.mark.sqlite_only("about SQLite's log; a server looks after its own")
FRAME = 24 + 4096
HEADER = 32
WRITER = """
import os, signal, sys
from pathlib import Path
from datetime import UTC, datetime
from portaldesk.services import opening
from portaldesk.services.places import place_of
from portaldesk.store import record
store = opening.open_store(place_of(os.environ))
for n in range(int(sys.argv[1])):
    with store.session() as session:
        record.append(session, record.Entry("find", "done", staff="sam"), now=datetime.now(UTC))
        session.commit()
        print(session.connection().exec_driver_sql("SELECT seq FROM audit_head").scalar(), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def killed(clinic: Clinic) -> tuple[Clinic, int, int]:
    """A clinic whose last process was killed after eight events: what lies in the log only; the last event before."""
    done = subprocess.run(
        [sys.executable, "-c", WRITER, "8"], env=environment(clinic.home, None, None), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    seqs = [int(line) for line in done.stdout.split()]
    assert len(seqs) == 8
    assert (clinic.home / "portaldesk.db-wal").stat().st_size > HEADER + 8 * FRAME
    return clinic, seqs[0] - 1, seqs[-1]


@contextmanager
def _torn(clinic: Clinic, home: Path, log: bytes) -> Iterator[Clinic]:
    """The same store with this log; the index of the log (-shm) does not outlive a machine."""
    shutil.copytree(clinic.home, home, ignore=shutil.ignore_patterns("*-shm", "*-wal"))
    (home / "portaldesk.db-wal").write_bytes(log)
    (home / "portaldesk.db-wal").chmod(0o600)
    yield Clinic(home, clinic.rosa_token, clinic.sam_token)
    shutil.rmtree(home)


def _goes_on(torn: Clinic, before: int, last: int) -> int:
    """The next command works, what was committed before the log is there, and all is whole. The head it found."""
    ran = torn.sam("find", "ana", "--json")
    assert ran.code == 0, ran
    ((head,),) = rows(torn, "SELECT seq FROM audit_head")
    assert before <= head - 1 <= last
    require_whole(torn)
    return head - 1


def test_a_log_that_is_whole_brings_everything_back(killed: tuple[Clinic, int, int], tmp_path: Path) -> None:
    clinic, before, last = killed
    with _torn(clinic, tmp_path / "torn", (clinic.home / "portaldesk.db-wal").read_bytes()) as torn:
        assert _goes_on(torn, before, last) == last


@pytest.mark.slow
def test_a_log_cut_anywhere_costs_the_last_events_and_no_more(killed: tuple[Clinic, int, int], tmp_path: Path) -> None:
    clinic, before, last = killed
    log, drawn = (clinic.home / "portaldesk.db-wal").read_bytes(), random.Random(20261125)
    frames = (len(log) - HEADER) // FRAME
    cuts = [
        0,
        HEADER - 1,
        HEADER,
        len(log) - 1,
        len(log) - FRAME,
        *(HEADER + FRAME * drawn.randrange(frames) for _ in range(3)),
    ]
    cuts += [drawn.randrange(len(log)) for _ in range(6)]
    heads = []
    for at in sorted(cuts):
        with _torn(clinic, tmp_path / "torn", log[:at]) as torn:
            heads.append(_goes_on(torn, before, last))
    assert heads == sorted(heads)  # the more of the log is left, the more is there
    assert heads[0] == before
    assert heads[-1] >= last - 1


@pytest.mark.slow
def test_a_byte_flipped_in_the_log_costs_that_event_and_the_later_ones(
    killed: tuple[Clinic, int, int], tmp_path: Path
) -> None:
    clinic, before, last = killed
    log, drawn = (clinic.home / "portaldesk.db-wal").read_bytes(), random.Random(20261126)
    ends = _commits(log)
    for _ in range(10):
        at = drawn.randrange(HEADER, len(log))
        data = bytearray(log)
        data[at] ^= drawn.randrange(1, 256)
        whole = sum(end <= at for end in ends)  # transactions that end before the spoilt byte
        with _torn(clinic, tmp_path / "torn", bytes(data)) as torn:
            head = _goes_on(torn, before, last)
        assert head == last - (len(ends) - whole), (at, ends)


def _commits(log: bytes) -> list[int]:
    """Where each transaction of the log ends: a frame that says how many pages the database has then."""
    ends = []
    for at in range(HEADER, len(log), FRAME):
        (pages,) = struct.unpack(">I", log[at + 4 : at + 8])
        if pages:
            ends.append(at + FRAME)
    return ends


def test_a_spoilt_log_spends_no_check_and_unlocks_no_account_by_half(locked_template: Clinic, tmp_path: Path) -> None:
    """The change of a call was killed right after its commit; the disk kept a part of it."""
    clinic = copy_of(locked_template, tmp_path / "home")
    script = (
        "import os, signal, sys; from portaldesk.cli import main; "
        f"main.run(['unlock', '{PATIENT}', '--no-send']); os.kill(os.getpid(), signal.SIGKILL)"
    )
    kept_open = subprocess.Popen(  # so that the log is not folded into the file when the command closes
        [sys.executable, "-c", "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT 1 FROM settings').fetchall(); print('open', flush=True); sys.stdin.read()", str(clinic.home / "portaldesk.db")],  # noqa: E501
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert kept_open.stdout is not None
    assert kept_open.stdout.readline() == "open\n"
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment(clinic.home, clinic.sam_token, None), capture_output=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL
    log = (clinic.home / "portaldesk.db-wal").read_bytes()
    kept_open.kill()
    kept_open.communicate()
    assert len(log) > HEADER + FRAME
    for left, unlocked in ((len(log), True), (len(log) - FRAME, False), (HEADER + FRAME, False)):
        with _torn(clinic, tmp_path / "torn", log[:left]) as torn:
            assert require_whole(torn) > 0
            ((until,),) = rows(torn, "SELECT locked_until FROM portal_account WHERE mrn = ?", PATIENT)
            assert (until is None) is unlocked
            again = torn.sam("unlock", PATIENT, "--no-send", "--json")
            assert (again.code, again.document["already"]) == (0, unlocked)
