"""A full disk, a folder that cannot be written, a damaged file: exit 8 in words, and nothing half done."""

from __future__ import annotations

import os
import random
import resource
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from desks import Clinic, Ran
from processes import PATIENT, copy_of, end, patient_file, require_whole, rows, start, without_roots_rights

pytestmark = pytest.mark.sqlite_only(
    "about a database that is a file of ours; test_postgresql_in_trouble.py has a server's"
)


def _refused(ran: Ran, *codes: str) -> None:
    assert ran.code == 8, ran
    assert ran.error["code"] in codes, ran.error
    assert "Traceback" not in ran.err


def test_a_read_only_folder_is_said_and_nothing_changes(locked: Clinic) -> None:
    before = without_roots_rights()
    head = rows(locked, "SELECT * FROM audit_head")
    locked.home.chmod(0o500)
    try:
        ended = end(start("unlock", PATIENT, "--json", clinic=locked, token=locked.sam_token, before=before))
    finally:
        locked.home.chmod(0o700)
    _refused(Ran(ended.code, ended.out, ended.err), "store-unwritable")
    assert rows(locked, "SELECT * FROM audit_head") == head
    require_whole(locked)


def test_a_read_only_database_file_is_said_and_nothing_changes(locked: Clinic) -> None:
    before = without_roots_rights()
    head = rows(locked, "SELECT * FROM audit_head")
    database = locked.home / "portaldesk.db"
    database.chmod(0o400)
    try:
        ended = end(start("unlock", PATIENT, "--json", clinic=locked, token=locked.sam_token, before=before))
    finally:
        database.chmod(0o600)
    _refused(Ran(ended.code, ended.out, ended.err), "store-unwritable")
    assert rows(locked, "SELECT * FROM audit_head") == head


@pytest.mark.slow
@pytest.mark.parametrize("pages", [0, 4, 12, 60])
def test_a_limit_on_file_sizes_is_a_full_disk_and_the_store_stays_whole(locked: Clinic, pages: int) -> None:
    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (pages * 4096, pages * 4096))

    more = patient_file(locked.home.parent / "more.csv", 4, 603)
    ((head,),) = rows(locked, "SELECT seq FROM audit_head")
    ended = end(
        start("import", "patients", str(more), "--json", clinic=locked, token=locked.rosa_token, limited=limited)
    )
    _refused(Ran(ended.code, ended.out, ended.err), "disk-full" if pages else "store-unwritable")
    assert rows(locked, "SELECT count(*) FROM patient") == [(3,)]
    # where there is room for one event more, it tells of the refusal
    assert rows(locked, "SELECT seq FROM audit_head")[0][0] - head <= 1
    require_whole(locked)
    assert locked.rosa("import", "patients", str(more)).code == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes, where this user may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    try:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=2m,mode=0700", "tmpfs", str(place)], capture_output=True, check=False
        )
    except FileNotFoundError:
        pytest.skip("no mount here")
    if done.returncode:
        pytest.skip("this user may not mount a small disk")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.slow
def test_a_full_disk_is_said_nothing_changes_and_with_room_again_all_is_well(
    locked_template: Clinic, small_disk: Path, tmp_path: Path
) -> None:
    clinic = copy_of(locked_template, small_disk / "home")
    head = rows(clinic, "SELECT * FROM audit_head")
    more = patient_file(tmp_path / "more.csv", 4, 603)
    filler = small_disk / "filler"
    with filler.open("wb") as file:
        room = os.statvfs(small_disk)
        file.write(b"x" * (room.f_bavail * room.f_frsize - 300_000))
    ended = end(start("import", "patients", str(more), "--json", clinic=clinic, token=clinic.rosa_token))
    _refused(Ran(ended.code, ended.out, ended.err), "disk-full")
    assert rows(clinic, "SELECT * FROM audit_head WHERE seq > (SELECT max(seq) FROM audit_event)") == []
    assert rows(clinic, "SELECT count(*) FROM patient") == [(3,)]
    require_whole(clinic)
    assert rows(clinic, "SELECT seq FROM audit_head")[0][0] - head[0][1] <= 1
    filler.unlink()
    assert end(start("unlock", PATIENT, "--no-send", clinic=clinic, token=clinic.sam_token)).code == 0
    require_whole(clinic)


def _foreign(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE patient (mrn TEXT)")
        raw.commit()
    path.chmod(0o600)


def _directory(path: Path) -> None:
    path.unlink()
    path.mkdir(mode=0o700)


def _zeros(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096:] = bytes(len(data) - 4096)
    path.write_bytes(data)


RUINED: dict[str, tuple[Callable[[Path], object], tuple[str, ...]]] = {
    "noise behind the first page": (lambda p: p.write_bytes(p.read_bytes()[:4096] + b"\xa5" * 40_000), ("damaged",)),
    "zeros behind the first page": (_zeros, ("damaged",)),
    "cut in half": (lambda p: p.write_bytes(p.read_bytes()[: p.stat().st_size // 8192 * 4096]), ("damaged",)),
    "cut in the first page": (lambda p: p.write_bytes(p.read_bytes()[:1000]), ("damaged", "not-ours")),
    "another program's database": (_foreign, ("not-ours",)),
    "a text file": (lambda p: p.write_text("mrn,given_name\n" * 500), ("not-ours",)),
    "an empty file": (lambda p: p.write_bytes(b""), ("not-ours",)),
    "a folder": (_directory, ("store-unwritable", "not-ours")),
}
COMMANDS = (("find", "reynolds"), ("unlock", PATIENT), ("audit", "verify"), ("doctor",), ("portal", "session", "x"))


@pytest.mark.parametrize("how", sorted(RUINED))
def test_a_ruined_database_is_8_in_words_from_every_command(locked: Clinic, how: str) -> None:
    ruin, codes = RUINED[how]
    ruin(locked.home / "portaldesk.db")
    for args in COMMANDS:
        _refused(locked.rosa(*args, "--json"), *codes)


@pytest.mark.slow
def test_bytes_flipped_anywhere_are_never_a_fault_of_ours(locked: Clinic) -> None:
    """A flipped byte may lie in a page that a command does not read; where it does, it is 8 or 9, never 1."""
    database, drawn, codes = locked.home / "portaldesk.db", random.Random(20261125), []
    good = database.read_bytes()
    for _ in range(60):
        data = bytearray(good)
        page = drawn.randrange(len(good) // 4096) * 4096
        for _ in range(drawn.choice([1, 1, 20])):
            data[page + drawn.randrange(4096)] ^= drawn.randrange(1, 256)
        for left in locked.home.glob("portaldesk.db-*"):
            left.unlink()
        database.write_bytes(data)
        args = drawn.choice([("audit", "verify"), ("unlock", PATIENT, "--no-send"), ("find", "reynolds")])
        ran = locked.rosa(*args, "--json")
        assert ran.code in (0, 3, 4, 8, 9), (page, ran)
        codes.append(ran.code)
    assert 8 in codes
