"""A full disk, or one that cannot be written, in a backup, a restore, saved keys, a rotation: exit 8 in words, and
nothing half done."""

from __future__ import annotations

import resource
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from desks import Clinic, Ran, run
from processes import copy_of, end, patient_file, require_whole, start, without_roots_rights

from portaldesk.services import opening
from portaldesk.services.opening import Place

LINE = "heron slate willow 9 anchor\n"
TARGET = 500_000
"""About half of what a backup of this clinic takes (bytes)."""


def _limit(size: int) -> Callable[[], None]:
    """As a full disk, where a user may not mount a small one: no file may be longer."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def _without_room(*args: str, clinic: Clinic, size: int, token: str | None, input: str = LINE) -> Ran:
    ended = end(start(*args, "--json", clinic=clinic, token=token, limited=_limit(size)), input=input)
    ran = Ran(ended.code, ended.out, ended.err)
    assert ran.code == 8, ran
    assert ran.error["code"] == "disk-full", ran.error
    assert "room" in ran.error["hint"]
    assert ran.out == ""
    assert "Traceback" not in ran.err
    return ran


@pytest.fixture(scope="module")
def full_template(clinic_template: Clinic, tmp_path_factory: pytest.TempPathFactory) -> Clinic:
    folder = tmp_path_factory.mktemp("many")
    clinic = copy_of(clinic_template, folder / "home")
    assert clinic.rosa("import", "patients", str(patient_file(folder / "p.csv", 1, 300))).code == 0
    return clinic


@pytest.fixture
def full(full_template: Clinic, tmp_path: Path) -> Clinic:
    return copy_of(full_template, tmp_path / "home")


@pytest.mark.slow
@pytest.mark.parametrize("size", [4096, TARGET])
def test_a_backup_without_room_is_not_there(full: Clinic, tmp_path: Path, size: int) -> None:
    out = tmp_path / "out"
    out.mkdir()
    _without_room("backup", str(out / "b"), "--passphrase-stdin", clinic=full, size=size, token=full.rosa_token)
    assert list(out.iterdir()) == []
    assert not (full.home / ".portaldesk-copies").exists()
    require_whole(full)


@pytest.mark.slow
def test_a_restore_without_room_leaves_no_store_and_with_room_it_comes_back(full: Clinic, tmp_path: Path) -> None:
    for args in (("backup", str(tmp_path / "b")), ("secrets", "save", str(tmp_path / "k"))):
        assert full.rosa(*args, "--passphrase-stdin", input=LINE).code == 0
    home = tmp_path / "new"
    loaded = run(
        "secrets", "load", str(tmp_path / "k"), "--secrets", "file", "--passphrase-stdin", input=LINE, home=home
    )
    assert loaded.code == 0, loaded.err
    new, place = Clinic(home, "", ""), Place(home, home / "portaldesk.db")
    whole = (tmp_path / "b").stat().st_size
    for size in (4096, whole // 2, whole + 4096):  # while it is decrypted; while what was live is ended in it
        args = ("restore", str(tmp_path / "b"), "--passphrase-stdin")
        ended = end(start(*args, "--json", clinic=new, token=None, limited=_limit(size)), input=LINE)
        if size <= whole // 2:
            assert (ended.code, Ran(ended.code, "", ended.err).error["code"]) == (8, "disk-full"), ended
        if ended.code:
            assert not opening.is_there(place)
            assert not [path.name for path in home.rglob("*") if ".db" in path.name]
        else:
            require_whole(new)
            return
    assert run("restore", str(tmp_path / "b"), "--passphrase-stdin", input=LINE, home=home).code == 0
    require_whole(new)


@pytest.mark.slow
def test_keys_are_saved_whole_or_not_at_all(full: Clinic, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    args = ("secrets", "save", str(out / "k"), "--passphrase-stdin")
    _without_room(*args, clinic=full, size=100, token=full.rosa_token)
    assert list(out.iterdir()) == []
    assert full.rosa(*args, input=LINE).code == 0
    assert stat.S_IMODE((out / "k").stat().st_mode) == 0o600


@pytest.mark.slow
def test_keys_are_loaded_whole_or_not_at_all(full: Clinic, tmp_path: Path) -> None:
    assert full.rosa("secrets", "save", str(tmp_path / "k"), "--passphrase-stdin", input=LINE).code == 0
    new = Clinic(tmp_path / "new", "", "")
    args = ("secrets", "load", str(tmp_path / "k"), "--secrets", "file", "--passphrase-stdin")
    _without_room(*args, clinic=new, size=100, token=None)
    assert not (new.home / "secrets.json").exists()
    assert list(new.home.iterdir()) == []
    assert new.anyone(*args, input=LINE).code == 0


@pytest.mark.slow
@pytest.mark.parametrize("key", ["pepper", "audit", "seal", "outbox"])
def test_a_rotation_without_room_changes_nothing_or_is_gone_on_with(full: Clinic, key: str) -> None:
    before = (full.home / "secrets.json").read_text()
    args = ("secrets", "rotate", key, "--reason", "every year")
    _without_room(*args, clinic=full, size=100, token=full.rosa_token, input="")
    assert (full.home / "secrets.json").read_text() == before
    require_whole(full)
    assert full.rosa(*args).code == 0
    require_whole(full)
    assert full.rosa("doctor").code == 0


@pytest.mark.slow
@pytest.mark.sqlite_only("without root's rights the tests' own server cannot be reached either")
def test_folders_that_cannot_be_written_are_said_and_nothing_is_left_in_them(full: Clinic, tmp_path: Path) -> None:
    before = without_roots_rights()
    for args in (("backup", str(tmp_path / "b")), ("secrets", "save", str(tmp_path / "k"))):
        assert full.rosa(*args, "--passphrase-stdin", input=LINE).code == 0
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    new, under = Clinic(closed, "", ""), Clinic(closed / "new", "", "")
    full.home.chmod(0o500)
    asked: list[tuple[Clinic, str | None, tuple[str, ...]]] = [
        (full, full.rosa_token, ("backup", str(tmp_path / "b2"))),
        (new, None, ("secrets", "load", str(tmp_path / "k"), "--secrets", "file")),
        (under, None, ("secrets", "load", str(tmp_path / "k"), "--secrets", "file")),
        (under, None, ("restore", str(tmp_path / "b"))),
    ]
    try:
        for clinic, token, args in asked:
            ended = end(
                start(*args, "--passphrase-stdin", "--json", clinic=clinic, token=token, before=before), input=LINE
            )
            assert ended.code == 8, (args, ended)
            error = Ran(ended.code, "", ended.err).error
            assert error["code"] == "store-unwritable", (args, error)
            assert str(tmp_path) not in error["message"]
    finally:
        full.home.chmod(0o700)
    assert list(closed.iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b", "closed", "home", "k"]
    for args in (("backup", str(closed / "b")), ("secrets", "save", str(closed / "k"))):
        ended = end(
            start(*args, "--passphrase-stdin", "--json", clinic=full, token=full.rosa_token, before=before), input=LINE
        )
        assert (ended.code, Ran(8, "", ended.err).error["code"]) == (8, "store-unwritable"), ended
    require_whole(full)
