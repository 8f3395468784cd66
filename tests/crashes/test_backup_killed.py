"""kill -9 in the middle of a backup or a restore: the store goes on, and nothing that looks like a store is left."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from desks import Clinic, environment, run
from processes import Ended, copy_of, end, patient_file, require_whole, stop_when, writing

import engines
from portaldesk.services import opening

LINE = "heron slate willow 9 anchor\n"
FIRST = "portaldesk.db"


@dataclass(frozen=True, slots=True)
class Kept:
    clinic: Clinic
    backup: Path
    keys: Path


@pytest.fixture(scope="module")
def kept(clinic_template: Clinic, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """A clinic with 300 patients, a backup of it, and its keys."""
    folder = tmp_path_factory.mktemp("kept")
    clinic = copy_of(clinic_template, folder / "home")
    assert clinic.rosa("import", "patients", str(patient_file(folder / "p.csv", 1, 300))).code == 0
    for args in (("backup", str(folder / "b")), ("secrets", "save", str(folder / "k"))):
        assert clinic.rosa(*args, "--passphrase-stdin", input=LINE).code == 0
    return Kept(clinic, folder / "b", folder / "k")


def _started(*args: str, home: Path, token: str | None = None) -> Any:
    process = subprocess.Popen(
        [sys.executable, "-m", "portaldesk", *args, "--passphrase-stdin", "--json"],
        env=environment(home, token, None), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, encoding="utf-8",
    )  # fmt: skip
    assert process.stdin is not None
    process.stdin.write(LINE)
    process.stdin.flush()
    return process


def _killed_when(process: Any, reached: Callable[[], bool]) -> Ended:
    stop_when(process, reached, signal.SIGKILL)
    return end(process)


def _there(path: Path, *, bytes: int = 0) -> bool:
    try:
        return path.stat().st_size >= bytes
    except FileNotFoundError:
        return False


@pytest.mark.slow
def test_a_backup_killed_at_any_step_is_not_there_and_the_next_one_is(kept: Kept, tmp_path: Path) -> None:
    clinic = copy_of(kept.clinic, tmp_path / "home")
    beside, target = clinic.home / ".portaldesk-copies", tmp_path / "out" / "b"
    target.parent.mkdir()
    steps: list[Callable[[], bool]] = [
        lambda: _there(beside / FIRST),  # the copy begins
        lambda: any(_there(path) for path in target.parent.iterdir()),  # its encryption
        lambda: _there(beside / f"again-{FIRST}", bytes=4096),  # its proof
    ]
    killed = 0
    for reached in steps:
        ended = _killed_when(_started("backup", str(target), home=clinic.home, token=clinic.rosa_token), reached)
        killed += ended.code == -signal.SIGKILL
        assert ended.code in (-signal.SIGKILL, 0), ended
        assert target.exists() == (ended.code == 0)
        require_whole(clinic)
        left = [b"SQLite format 3" in path.read_bytes() for path in target.parent.iterdir()]
        assert not any(left)  # what is left of it is encrypted
        target.unlink(missing_ok=True)
    assert killed == len(steps)
    copies = [one for one in clinic.rosa("doctor", "--json").document["findings"] if one["subject"] == "copies"]
    assert [one["remark"] for one in copies] == [True]
    done = end(_started("backup", str(target), home=clinic.home, token=clinic.rosa_token))
    assert done.code == 0, done.err
    assert not beside.exists()
    assert not [one for one in clinic.rosa("doctor", "--json").document["findings"] if one["subject"] == "copies"]


@pytest.mark.slow
def test_a_restore_killed_at_any_step_leaves_no_store_or_the_whole_one(kept: Kept, tmp_path: Path) -> None:
    home = tmp_path / "home"
    loaded = run("secrets", "load", str(kept.keys), "--secrets", "file", "--passphrase-stdin", input=LINE, home=home)
    assert loaded.code == 0, loaded.err
    place, beside = engines.place(home), home / ".portaldesk-copies"
    for reached in (
        lambda: _there(beside / FIRST),
        lambda: _there(beside / FIRST, bytes=4096),
    ):  # while it is decrypted
        assert _killed_when(_started("restore", str(kept.backup), home=home), reached).code == -signal.SIGKILL
        _no_store(home)
    with writing(home) if place.file is None else nullcontext(lambda: _there(beside / f"{FIRST}-journal")) as reached:
        ended = _killed_when(_started("restore", str(kept.backup), home=home), reached)  # while it is written to
    if ended.code == 0:  # it was quicker
        require_whole(Clinic(home, "", ""))
        return
    _no_store(home)
    done = end(_started("restore", str(kept.backup), home=home))
    assert done.code == 0, done.err
    assert not beside.exists()
    require_whole(Clinic(home, "", ""))


def _no_store(home: Path) -> None:
    assert not opening.is_there(engines.place(home))
    assert run("whoami", "--json", home=home).error["code"] in ("no-store", "not-ours")


@pytest.mark.slow
def test_saving_keys_killed_leaves_no_file_of_that_name(kept: Kept, tmp_path: Path) -> None:
    clinic = copy_of(kept.clinic, tmp_path / "home")
    target = tmp_path / "out" / "k"
    target.parent.mkdir()
    process = _started("secrets", "save", str(target), home=clinic.home, token=clinic.rosa_token)
    ended = _killed_when(process, lambda: any(target.parent.iterdir()))
    assert ended.code in (-signal.SIGKILL, 0)
    assert all(b"keys" not in path.read_bytes() for path in target.parent.iterdir())
    target.unlink(missing_ok=True)
    done = end(_started("secrets", "save", str(target), home=clinic.home, token=clinic.rosa_token))
    assert done.code == 0, done.err
    require_whole(clinic)
