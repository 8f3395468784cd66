"""What bringing a backup back is promised to do, to end, and to refuse; and that a refusal leaves no store."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from audit_stores import ADMIN, PASSWORD, SETTINGS, a_day, another_store, empty_store, minutes, tampering, verdict
from backup_files import PASSPHRASE, Kept, _quick_passphrases, a_days_backup, opened  # noqa: F401 - pytest's fixture

import engines
from authenticators import enrolled
from portaldesk.errors import DeskError, NotAllowed, RecordAltered, StateForbids, StoreUnavailable, WrongUsage
from portaldesk.services import (
    age_files,
    backing_up,
    opening,
    portal_sign_ins,
    restoring,
    saved_secrets,
    second_factors,
    sessions,
)
from portaldesk.services.opening import Place
from portaldesk.services.restoring import WHY
from portaldesk.store import record
from raw_stores import raw, rows
from released_stores import VERSIONS, released

LATER = f"9999:{'0' * 64}"


@pytest.fixture
def kept() -> Kept:
    return a_days_backup()


@pytest.fixture
def place(kept: Kept, tmp_path: Path) -> Place:
    """A home with the keys, and no store."""
    return kept.home(tmp_path / "new")


def _no_store(place: Place) -> None:
    """Nothing that looks like a store is left."""
    assert not opening.is_there(place)
    assert not [path.name for path in place.home.rglob("*") if ".db" in path.name]


# what comes back


def test_the_store_comes_back_whole_with_its_guards_and_says_from_when_it_is(kept: Kept, place: Place) -> None:
    done = kept.restored(place)
    assert (done.head, done.at, done.events, done.lost) == (kept.told.head, minutes(12), 16, None)
    assert (done.upgraded_from, done.guards_put_back) == (None, False)
    store = opened(place)
    assert verdict(store, kept.told.head).whole
    with store.session(reading=True) as session:
        opening.require_guards(session)
        event = session.get_one(restoring.tables.AuditEvent, done.audit_seq)
        assert (event.action, event.staff, event.seq) == ("restore", None, 17)
        assert json.loads(event.details)["os_user"] == "1000"
    store.engine.dispose()
    kept_rows = ("patient", "portal_account", "contact_point", "password_history", "staff_member", "settings")
    for table in kept_rows:
        count = f"SELECT count(*) FROM {table}"
        assert rows(place.home, count) == rows(kept.secrets.parent, count)
    assert not [path for path in place.home.iterdir() if path.name == ".portaldesk-copies"]


def test_everything_that_may_have_ended_since_is_ended(kept: Kept, place: Place) -> None:
    done = kept.restored(place)
    assert done.ended == {
        "staff sessions": 1, "staff tokens": 1, "identity checks": 1, "portal sessions": 0, "credentials": 3,
        "requests": 1, "mails": 5,
    }  # fmt: skip
    for sql in (
        "SELECT count(*) FROM staff_session WHERE ended_at IS NULL",
        "SELECT count(*) FROM staff_token WHERE revoked_at IS NULL",
        "SELECT count(*) FROM identity_check WHERE ended_at IS NULL",
        "SELECT count(*) FROM portal_session WHERE ended_at IS NULL",
        "SELECT count(*) FROM recovery_credential WHERE redeemed_at IS NULL AND revoked_at IS NULL "
        "AND expires_at > '2026-11-25T11'",
        "SELECT count(*) FROM change_request WHERE state LIKE 'awaiting%' OR state = 'waiting'",
        "SELECT count(*) FROM outbox_message WHERE sent_at IS NULL AND dropped_why = ''",
    ):
        assert rows(place.home, sql) == [(0,)], sql
    assert rows(place.home, "SELECT DISTINCT dropped_why FROM outbox_message WHERE sent_at IS NULL") == [(WHY,)]
    ends = rows(place.home, "SELECT details FROM audit_event WHERE action = 'restore ends'")
    assert sum(json.loads(told)["rows"] for (told,) in ends) == sum(done.ended.values())


def test_who_knows_a_password_signs_in_again(kept: Kept, place: Place) -> None:
    kept.restored(place)
    store = opened(place)
    with store.session() as session:
        signed = sessions.sign_in(
            session, "rosa", PASSWORD, os_caller="0", new_password=None, settings=SETTINGS, now=minutes(70)
        )
        assert sessions.by_secret(session, signed.secret, settings=SETTINGS, now=minutes(71)).name == "rosa"
        patient = portal_sign_ins.sign_in(session, "zoe.one", PASSWORD + " three", now=minutes(72))
        session.commit()
    assert patient.outcome == "signed-in"
    assert verdict(store).whole
    store.engine.dispose()


def test_guards_that_were_altered_in_the_backup_are_back_and_said_to_be(place: Place, tmp_path: Path) -> None:
    store = a_day(tmp_path)
    with tampering(store) as connection:
        connection.plant_guard("evil", "AFTER UPDATE ON staff_session")
    backing_up.back_up(store, tmp_path / "b", PASSPHRASE)
    store.engine.dispose()
    shutil.copy2(store.place.home / "secrets.json", place.home)
    done = a_days_backup().restored(place, file=tmp_path / "b")
    assert done.guards_put_back is engines.ON_SQLITE  # a server's copy has none but ours
    again = opened(place)
    with again.session(reading=True) as session:
        opening.require_guards(session)
    assert verdict(again).whole
    again.engine.dispose()


def test_time_goes_on_from_the_later_of_clock_and_record(kept: Kept, place: Place) -> None:
    with pytest.raises(StoreUnavailable) as refused:
        kept.restored(place, clock=minutes(12) - timedelta(hours=2))
    assert refused.value.code == "clock-back"
    _no_store(place)
    kept.restored(place, clock=minutes(0))
    assert rows(place.home, "SELECT count(*) FROM audit_event WHERE at < '2026-11-25T10:12' AND seq > 16") == [(0,)]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_backup_of_an_older_version_is_upgraded_once_it_proved_whole(version: str, tmp_path: Path) -> None:
    then = released(version, tmp_path / "then")
    assert then.file is not None
    age_files.encrypt_file(then.file, tmp_path / "b", PASSPHRASE, name=backing_up.INSIDE)
    home = tmp_path / "new"
    home.mkdir()
    shutil.copy2(then.home / "secrets.json", home)
    place = engines.place(home)
    done = restoring.restore(place, tmp_path / "b", PASSPHRASE, caller="0", clock=minutes(60))
    assert done.upgraded_from == version
    store = opened(place)
    with store.session(reading=True) as session:
        opening.require_guards(session)
    assert verdict(store).whole
    store.engine.dispose()


def test_it_comes_back_on_the_other_engine_and_from_there_again(kept: Kept, tmp_path: Path) -> None:
    """SQLite into PostgreSQL and back, or the other way round: with a server, both."""
    place = kept.home(tmp_path / "one")
    kept.restored(place)
    store = opened(place)
    backing_up.back_up(store, tmp_path / "again", PASSPHRASE)
    with store.session(reading=True) as session:
        head = record.anchor(session)
    store.engine.dispose()
    home = tmp_path / "file"
    home.mkdir()
    shutil.copy2(kept.secrets, home)
    on_file = Place(home, home / "portaldesk.db")
    done = kept.restored(on_file, file=tmp_path / "again", against=[head])
    assert done.head == head
    back = opened(on_file)
    assert verdict(back, head).whole
    with back.session(reading=True) as session:
        opening.require_guards(session)
    back.engine.dispose()


# loss


def test_a_backup_older_than_an_anchor_is_9_and_leaves_no_store(kept: Kept, place: Place) -> None:
    with pytest.raises(RecordAltered) as refused:
        kept.restored(place, against=[kept.told.head, LATER])
    assert (refused.value.code, refused.value.exit_code) == ("older-than-anchor", 9)
    assert "event 16" in refused.value.message
    assert "9999" in refused.value.message
    _no_store(place)


def test_an_anchor_that_this_home_knows_of_counts_too(place: Place, tmp_path: Path) -> None:
    store = a_day(tmp_path)
    backing_up.back_up(store, tmp_path / "first", PASSPHRASE)
    with store.session() as session:
        record.append(session, record.Entry("find", "done", staff="sam"), now=minutes(20))
        session.commit()
    backing_up.back_up(store, tmp_path / "second", PASSPHRASE)
    store.engine.dispose()
    for name in ("secrets.json", "last-backup"):
        shutil.copy2(store.place.home / name, place.home)
    with pytest.raises(RecordAltered) as refused:
        a_days_backup().restored(place, file=tmp_path / "first")
    assert refused.value.code == "older-than-anchor"
    a_days_backup().restored(place, file=tmp_path / "second")


def test_an_accepted_loss_records_both_heads_and_who_and_why(kept: Kept, place: Place) -> None:
    done = kept.restored(place, against=[LATER], accept_loss=True, reason="the desk burnt")
    assert done.lost == LATER
    ((reason, told),) = rows(place.home, "SELECT reason, details FROM audit_event WHERE action = 'restore'")
    assert reason == "the desk burnt"
    assert (json.loads(told)["backup"], json.loads(told)["lost"]) == (kept.told.head, LATER)
    store = opened(place)
    assert verdict(store, kept.told.head).whole
    store.engine.dispose()


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_loss_is_not_accepted_without_a_reason(kept: Kept, place: Place, reason: str) -> None:
    with pytest.raises(WrongUsage):
        kept.restored(place, against=[LATER], accept_loss=True, reason=reason)
    _no_store(place)


def test_an_anchor_of_another_history_is_no_loss_but_a_fault(kept: Kept, place: Place) -> None:
    """A forged past is not a lost future: --accept-loss does not help it."""
    with pytest.raises(RecordAltered) as refused:
        kept.restored(place, against=[f"5:{'0' * 64}"], accept_loss=True, reason="never mind")
    assert refused.value.code == "not-whole"
    _no_store(place)


def test_a_wrong_backup_can_be_taken_away_again_and_the_right_one_brought_back(kept: Kept, place: Place) -> None:
    kept.restored(place, against=[LATER], accept_loss=True, reason="by mistake")
    if place.file is None:
        return  # the database is dropped, and an empty one made
    with pytest.raises(StateForbids):
        kept.restored(place)
    place.file.rename(place.home.parent / "wrong.db")
    for left in place.home.glob("portaldesk.db-*"):
        left.unlink()
    kept.restored(place)


# refusals


def test_nothing_is_brought_back_over_a_store(kept: Kept, tmp_path: Path) -> None:
    store = empty_store(tmp_path / "there")
    store.engine.dispose()
    before = rows(store.place.home, "SELECT seq, hash FROM audit_head")
    for more in ({}, {"accept_loss": True, "reason": "never mind"}):
        with pytest.raises(StateForbids) as refused:
            kept.restored(store.place, **more)
        assert (refused.value.code, refused.value.exit_code) == ("already-there", 6)
    assert rows(store.place.home, "SELECT seq, hash FROM audit_head") == before


@pytest.mark.sqlite_only("about the files of a database")
@pytest.mark.parametrize("name", ["portaldesk.db", "portaldesk.db-wal", "portaldesk.db-shm", "portaldesk.db-journal"])
def test_files_of_an_older_database_are_not_mixed_with_the_new_one(kept: Kept, place: Place, name: str) -> None:
    (place.home / name).write_bytes(b"")
    with pytest.raises(StateForbids) as refused:
        kept.restored(place)
    assert refused.value.code == "already-there"
    assert (place.home / name).read_bytes() == b""


def test_a_wrong_passphrase_is_said_and_leaves_nothing(kept: Kept, place: Place) -> None:
    for wrong in (PASSPHRASE + " ", PASSPHRASE.upper(), "", "é" * 100):
        with pytest.raises(NotAllowed) as refused:
            kept.restored(place, passphrase=wrong)
        assert refused.value.code == "wrong-passphrase"
    _no_store(place)


NO_BACKUP: dict[str, Callable[[Path], object]] = {
    "nothing there": lambda p: None,
    "an empty file": lambda p: p.write_bytes(b""),
    "text": lambda p: p.write_text("mrn,given_name\n" * 100),
    "a folder": lambda p: p.mkdir(),
    "another zip": lambda p: zipfile.ZipFile(p, "w").writestr("hello.txt", "hello"),
    "a store in clear": lambda p: shutil.copy2(released("0001", p.parent / "clear").home / "portaldesk.db", p),
    "a key without a store": lambda p: zipfile.ZipFile(p, "w").writestr("key.age", "age-encryption.org/v1\n"),
    "something else encrypted": lambda p: age_files.encrypt_file(
        Path(__file__), p, PASSPHRASE, name=backing_up.INSIDE
    ),
    "saved secrets": lambda p: age_files.encrypt_text("{}", p, PASSPHRASE),
}  # fmt: skip


@pytest.mark.parametrize("what", sorted(NO_BACKUP))
def test_what_is_no_backup_is_said_and_leaves_nothing(kept: Kept, place: Place, tmp_path: Path, what: str) -> None:
    file = tmp_path / "given"
    NO_BACKUP[what](file)
    with pytest.raises(DeskError) as refused:
        kept.restored(place, file=file)
    assert refused.value.code in ("bad-file", "not-ours"), refused.value.code
    assert refused.value.hint
    _no_store(place)


def test_a_backup_cut_anywhere_or_with_a_byte_flipped_anywhere_never_comes_back_otherwise(
    kept: Kept, place: Place, tmp_path: Path
) -> None:
    """Each is refused in words, or (a byte that says nothing, like a date in the zip) is the backup as it was."""
    good, drawn, file = kept.file.read_bytes(), random.Random(20261125), tmp_path / "bad"
    edges = [1, 30, 100, len(good) - 1, len(good) - 22, len(good) - 60]
    cuts = [good[:at] for at in [*edges, *(drawn.randrange(len(good)) for _ in range(10))]]
    places = [*range(0, 60, 3), *range(len(good) - 250, len(good), 5)]
    flips = []
    for at in [*places, *(drawn.randrange(len(good)) for _ in range(40))]:
        data = bytearray(good)
        data[at] ^= drawn.randrange(1, 256)
        flips.append(bytes(data))
    codes = set()
    for data in [*cuts, *flips]:
        file.write_bytes(data)
        clear = tmp_path / "clear.db"
        try:
            age_files.decrypt_file(file, clear, PASSPHRASE, name=backing_up.INSIDE)
        except DeskError as refusal:
            codes.add(refusal.code)
        else:
            assert data in flips
            assert clear.read_bytes()[:16] == b"SQLite format 3\0"
            shutil.copy2(kept.secrets, tmp_path)
            clear.chmod(0o600)
            assert restoring.copies.judge(Place(tmp_path, clear)).head == kept.told.head
    assert codes == {"bad-file"}
    file.write_bytes(good[:-1000])
    with pytest.raises(WrongUsage):
        kept.restored(place, file=file)
    _no_store(place)


def test_without_the_keys_it_does_not_come_back(kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    home = tmp_path / "new"
    home.mkdir()
    place = engines.place(home)
    with pytest.raises(StoreUnavailable) as refused:
        kept.restored(place)
    assert refused.value.code in ("no-secrets", "no-keyring")
    _no_store(place)


def test_another_stores_keys_are_said_to_be_so(kept: Kept, place: Place, tmp_path: Path) -> None:
    other = another_store(tmp_path / "other")
    other.engine.dispose()
    shutil.copy2(other.place.home / "secrets.json", place.home)
    with pytest.raises(StoreUnavailable) as refused:
        kept.restored(place)
    assert refused.value.code == "no-secrets"
    assert "another store's" in refused.value.message
    assert "secrets load" in refused.value.hint
    _no_store(place)


def _forged(kept: Kept, tmp_path: Path, *statements: str) -> Path:
    """Somebody who knows the passphrase, but not the keys, changed what is inside."""
    clear = tmp_path / "forged.db"
    age_files.decrypt_file(kept.file, clear, PASSPHRASE, name=backing_up.INSIDE)
    with closing(sqlite3.connect(clear)) as file:
        guards = file.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            file.execute(f'DROP TRIGGER "{name}"')
        for sql in statements:
            file.execute(sql)
        for _, sql in guards:
            file.execute(sql)
        file.commit()
    age_files.encrypt_file(clear, tmp_path / "forged", PASSPHRASE, name=backing_up.INSIDE)
    return tmp_path / "forged"


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("UPDATE staff_member SET role = 'admin' WHERE name = 'sam'", "not-whole"),
        ("DELETE FROM portal_account WHERE mrn = 'MRN-3'", "not-whole"),
        ("UPDATE audit_event SET staff = 'eve' WHERE seq = 9", "not-whole"),
        ("DELETE FROM audit_event WHERE seq = 16", "not-whole"),
        ("UPDATE audit_head SET hash = '0'", "not-whole"),
        ("DELETE FROM audit_head", "not-whole"),
        ("DELETE FROM settings", "record-altered"),
        ("UPDATE alembic_version SET version_num = '9999'", "newer-store"),
        ("UPDATE alembic_version SET version_num = '0001'", "triggers-altered"),
        ("DROP TABLE alembic_version", "not-ours"),
        ("PRAGMA application_id = 7", "not-ours"),
    ],
)
def test_a_forged_backup_is_refused_and_leaves_nothing(
    kept: Kept, place: Place, tmp_path: Path, sql: str, code: str
) -> None:
    with pytest.raises(DeskError) as refused:
        kept.restored(place, file=_forged(kept, tmp_path, sql), accept_loss=True, reason="never mind")
    assert refused.value.code == code
    assert refused.value.exit_code in (8, 9)
    _no_store(place)


def test_what_fails_while_it_is_put_in_place_leaves_no_store_and_it_can_be_done_again(
    kept: Kept, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patching:
        patching.setattr(restoring, "mark_as_ours", fails)
        patching.setattr(restoring.keys_in_use, "take_up", fails) if place.file is None else None
        with pytest.raises(OSError, match="No space"):
            kept.restored(place)
    _no_store(place)
    kept.restored(place)
    with raw(place.home) as connection:
        assert len(connection.guards()) > 50


def test_an_authenticator_app_goes_on_after_a_backup_is_brought_back_with_secrets_that_were_saved(
    tmp_path: Path,
) -> None:
    store = a_day(tmp_path)
    with store.session() as session:
        app = enrolled(session, ADMIN, now=minutes(50))
        session.commit()
    backing_up.back_up(store, tmp_path / "late.backup", PASSPHRASE)
    with store.session(reading=True) as session:
        saved_secrets.save(store, session, replace(ADMIN, code_given=True), tmp_path / "keys", PASSPHRASE)
    store.engine.dispose()
    place = engines.place(tmp_path / "new")
    saved_secrets.load(place, tmp_path / "keys", PASSPHRASE, kind="file", clock=minutes(60))
    restoring.restore(place, tmp_path / "late.backup", PASSPHRASE, caller="1000", clock=minutes(60))
    again = opened(place)
    with again.session() as session:
        assert second_factors.give(session, ADMIN, app.code(minutes(61)), now=minutes(61)).code_given
    again.engine.dispose()
