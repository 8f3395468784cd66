"""What a backup is promised to be: of one moment, whole, proved, for the passphrase alone, and without the keys."""

from __future__ import annotations

import json
import shutil
import sqlite3
import stat
import threading
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from audit_stores import CLERK, SETTINGS, a_day, minutes, tampering
from backup_files import PASSPHRASE, Kept, _quick_passphrases, a_days_backup  # noqa: F401 - pytest's fixture

from portaldesk.errors import RecordAltered, StateForbids, StoreUnavailable, WrongUsage
from portaldesk.gate import permits
from portaldesk.services import age_files, backing_up, copies, credentials, invitations
from portaldesk.services.opening import OpenStore, Place
from portaldesk.store import record
from portaldesk.store.seals import keys_of
from portaldesk.words import Action, CredentialKind
from raw_stores import everything, rows


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OpenStore]:
    opened = a_day(tmp_path)
    yield opened
    opened.engine.dispose()


@pytest.fixture
def kept() -> Kept:
    return a_days_backup()


def _clear(file: Path, into: Path) -> Path:
    """The store inside of a backup."""
    age_files.decrypt_file(file, into, PASSPHRASE, name=backing_up.INSIDE)
    into.chmod(0o600)
    return into


def test_it_holds_every_row_and_says_up_to_where(kept: Kept, tmp_path: Path) -> None:
    clear = _clear(kept.file, tmp_path / "clear.db")
    home = kept.secrets.parent
    with closing(sqlite3.connect(clear)) as raw:
        names = [name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in names:
            count = f'SELECT count(*) FROM "{name}"'
            assert raw.execute(count).fetchall() == rows(home, count), name
        assert len(names) > 15
        ((seq, hash_),) = raw.execute("SELECT seq, hash FROM audit_head").fetchall()
    assert kept.told.head == f"{seq}:{hash_}"
    assert kept.told.events == seq
    assert kept.told.at == minutes(12)
    assert kept.told.guards_whole
    assert kept.told.bytes == kept.file.stat().st_size


def test_it_is_for_its_owner_alone_and_nothing_is_left_beside_it(kept: Kept) -> None:
    assert stat.S_IMODE(kept.file.stat().st_mode) == 0o600
    assert sorted(path.name for path in kept.file.parent.iterdir()) == ["clinic", kept.file.name]
    home = kept.secrets.parent
    assert not [path for path in home.rglob("*") if path.is_dir() and "copies" in path.name]
    assert all(not stat.S_IMODE(path.stat().st_mode) & 0o077 for path in home.rglob("*"))


def test_nothing_of_patients_and_no_secret_is_in_it_in_clear_and_no_key_inside(kept: Kept, tmp_path: Path) -> None:
    keys = json.loads(json.loads(kept.secrets.read_text())["keys"])
    secrets = [one["key"] for name in keys for one in keys[name]["generations"].values()]
    assert len(secrets) == 4
    data = kept.file.read_bytes()
    for word in (b"SQLite format", b"Reynolds", b"zoe1@example.org", "Zoë".encode(), b"1952-07-15", b"rosa"):
        assert word not in data
    inside = _clear(kept.file, tmp_path / "clear.db").read_bytes()
    assert b"Reynolds" in inside
    for key in secrets:
        assert key.encode() not in inside
        assert bytes.fromhex(key) not in inside
        assert key.encode() not in data


def test_a_link_that_waits_for_delivery_is_neither_in_the_outbox_nor_in_the_backup_even_decrypted(
    store: OpenStore, tmp_path: Path
) -> None:
    with store.session() as session:
        asked = permits.for_asking(Action.RESEND_INVITE, "MRN-3")
        invitations.resend(session, asked, settings=SETTINGS, now=minutes(20))
        session.commit()
        (link,) = credentials.open_ones(session, "MRN-3", [CredentialKind.INVITATION])
        token = credentials.token_of(keys_of(session), link.id)
        assert credentials.by_token(session, token).id == link.id
    backing_up.back_up(store, tmp_path / "b", PASSPHRASE)
    clear = _clear(tmp_path / "b", tmp_path / "clear.db").read_bytes()
    assert link.id.encode() in clear
    for kept_in in (clear, everything(store.place.home)):
        assert token.encode() not in kept_in


def test_it_is_a_zip_of_two_files_in_the_format_of_age(kept: Kept, tmp_path: Path) -> None:
    with zipfile.ZipFile(kept.file) as both:
        assert both.namelist() == ["key.age", "portaldesk.db.age"]
        assert all(both.read(name).startswith(b"age-encryption.org/v1\n") for name in both.namelist())


def test_what_is_written_meanwhile_is_in_it_whole_or_not_at_all(store: OpenStore, tmp_path: Path) -> None:
    """The desk writes without a pause while two backups are made: none of them waits, each is of one moment."""
    begun, stop = threading.Event(), threading.Event()
    written = 0

    def desk() -> None:
        nonlocal written
        while not stop.is_set():
            with store.session() as session:
                record.append(session, CLERK.entry("find", "done"), now=minutes(20))
                session.commit()
            written += 1
            begun.set()

    with ThreadPoolExecutor() as pool:
        working = pool.submit(desk)
        try:
            assert begun.wait(30)
            first = backing_up.back_up(store, tmp_path / "one", PASSPHRASE).events
            second = backing_up.back_up(store, tmp_path / "two", PASSPHRASE).events
            at_end = written
        finally:
            stop.set()
        working.result()
    assert 16 < first < second < 16 + at_end + 1
    assert at_end > second - 16  # the desk went on while the copy was encrypted and proved


def test_a_folder_that_takes_no_such_file_is_said_in_words(store: OpenStore, tmp_path: Path) -> None:
    """The name is not too long; with what is put before and behind it while it is made, it is."""
    with pytest.raises(StoreUnavailable) as refused:
        backing_up.back_up(store, tmp_path / ("x" * 250), PASSPHRASE)
    assert refused.value.code == "store-unwritable"
    assert list(tmp_path.glob("*x")) == []


def test_guards_that_are_gone_do_not_keep_anybody_from_a_backup_which_says_so(store: OpenStore, tmp_path: Path) -> None:
    with tampering(store):
        pass
    done = backing_up.back_up(store, tmp_path / "day.backup", PASSPHRASE)
    assert (done.events, done.guards_whole) == (16, False)


def test_a_store_that_is_not_whole_gives_no_backup_and_leaves_no_file(store: OpenStore, tmp_path: Path) -> None:
    with tampering(store) as connection:
        connection.execute("UPDATE patient SET birth_date = '1990-01-01' WHERE mrn = 'MRN-2'")
    with pytest.raises(RecordAltered) as refused:
        backing_up.back_up(store, tmp_path / "day.backup", PASSPHRASE)
    assert (refused.value.code, "patient:MRN-2" in refused.value.message) == ("not-whole", True)
    assert "1990" not in refused.value.message
    assert [path.name for path in tmp_path.iterdir()] == ["clinic"]


@pytest.mark.parametrize("there", ["file", "folder", "dangling link"])
def test_nothing_is_overwritten(store: OpenStore, tmp_path: Path, there: str) -> None:
    path = tmp_path / "day.backup"
    {"file": lambda: path.write_text("mine"), "folder": path.mkdir, "dangling link": lambda: path.symlink_to("x")}[
        there
    ]()
    with pytest.raises(StateForbids) as refused:
        backing_up.back_up(store, path, PASSPHRASE)
    assert refused.value.code == "already-there"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["clinic", "day.backup"]


def test_a_name_taken_while_it_was_written_is_not_overwritten(store: OpenStore, tmp_path: Path) -> None:
    path = tmp_path / "day.backup"
    with pytest.raises(StateForbids):
        backing_up.back_up(store, path, PASSPHRASE, progress=lambda *_: path.write_text("mine"))
    assert path.read_text() == "mine"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["clinic", "day.backup"]


def test_a_folder_that_is_not_there_is_said(store: OpenStore, tmp_path: Path) -> None:
    with pytest.raises(WrongUsage):
        backing_up.back_up(store, tmp_path / "nowhere" / "day.backup", PASSPHRASE)


@pytest.mark.parametrize("weak", ["", "short", "password1234567", "aaaaaaaaaaaaaaaa"])
def test_a_weak_passphrase_is_refused_before_anything_is_written(store: OpenStore, tmp_path: Path, weak: str) -> None:
    with pytest.raises(StateForbids) as refused:
        backing_up.back_up(store, tmp_path / "day.backup", weak)
    assert refused.value.code == "password-policy"
    assert [path.name for path in tmp_path.iterdir()] == ["clinic"]


def test_two_at_once_do_not_meet(store: OpenStore, tmp_path: Path) -> None:
    refusals = []

    def other(*_: int) -> None:
        if not refusals:
            with pytest.raises(StoreUnavailable) as refused:
                backing_up.back_up(store, tmp_path / "other", PASSPHRASE)
            refusals.append(refused.value.code)

    backing_up.back_up(store, tmp_path / "one", PASSPHRASE, progress=other)
    assert refusals == ["store-locked"]
    assert sorted(one.name for one in tmp_path.iterdir()) == ["clinic", "one"]


def test_a_fault_of_the_writing_is_found_before_the_file_gets_its_name(
    store: OpenStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = age_files.encrypt_file

    def flips(source: Path, making: Path, *args: str, **more: str) -> None:
        real(source, making, *args, **more)
        data = bytearray(making.read_bytes())
        data[len(data) // 2] ^= 1
        making.write_bytes(data)

    monkeypatch.setattr(age_files, "encrypt_file", flips)
    with pytest.raises(WrongUsage) as refused:
        backing_up.back_up(store, tmp_path / "day.backup", PASSPHRASE)
    assert "damaged" in refused.value.message
    assert [path.name for path in tmp_path.iterdir()] == ["clinic"]


def test_a_backup_never_slows_a_proof_by_what_lies_outside_of_it(kept: Kept, tmp_path: Path) -> None:
    """What was deleted or replaced since is not in the copy: it has no free pages to hold it."""
    clear = _clear(kept.file, tmp_path / "clear.db")
    with closing(sqlite3.connect(clear)) as raw:
        assert raw.execute("PRAGMA freelist_count").fetchall() == [(0,)]
    shutil.copy2(kept.secrets, tmp_path)
    assert copies.judge(Place(tmp_path, clear)).head == kept.told.head


def test_the_store_says_nothing_of_the_passphrase(store: OpenStore, tmp_path: Path) -> None:
    backing_up.back_up(store, tmp_path / "day.backup", PASSPHRASE)
    assert PASSPHRASE.encode() not in everything(store.place.home)
    for path in store.place.home.rglob("*"):
        assert path.is_dir() or PASSPHRASE.encode() not in path.read_bytes()
