"""What saving the keys apart and bringing them to a machine is promised to do, and never to do."""

from __future__ import annotations

import json
import shutil
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyrage
import pytest
from audit_stores import ADMIN, a_day, another_store, minutes, verdict
from backup_files import PASSPHRASE, Kept, _quick_passphrases, a_days_backup  # noqa: F401 - pytest's fixture

import engines
from portaldesk.errors import DeskError, NotAllowed, StateForbids, StoreUnavailable, WrongUsage
from portaldesk.key_generations import Generation, Generations
from portaldesk.secret_keys import KEY_NAMES, SIGNING_KEY, SMTP_PASSWORD, FileSecrets, SecretKeys, load_keys
from portaldesk.services import age_files, opening, rotating, saved_secrets
from portaldesk.services.opening import OpenStore, Place
from portaldesk.services.saved_secrets import Loaded, Saved
from raw_stores import guards_down, rows
from released_stores import released

SCRYPT = (pyrage.passphrase.encrypt, pyrage.passphrase.decrypt)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OpenStore]:
    opened = a_day(tmp_path)
    yield opened
    opened.engine.dispose()


@pytest.fixture
def kept() -> Kept:
    return a_days_backup()


def _save(store: OpenStore, path: Path) -> Saved:
    with store.session(reading=True) as session:
        return saved_secrets.save(store, session, ADMIN, path, PASSPHRASE)


def _load(place: Place, path: Path, *, passphrase: str = PASSPHRASE) -> Loaded:
    return saved_secrets.load(place, path, passphrase, kind="file", clock=minutes(60))


def _rotate(store: OpenStore, key: str) -> None:
    rotating.rotate(store, ADMIN, key, reason="every year", clock=lambda: minutes(30))


def test_the_keys_go_out_encrypted_and_come_back_as_they_were(store: OpenStore, tmp_path: Path) -> None:
    store.secrets.put(SMTP_PASSWORD, "mail secret")
    store.secrets.put(SIGNING_KEY, "signing secret")
    file = tmp_path / "keys"
    saved = _save(store, file)
    assert saved.generations == {"pepper": "p1", "audit": "a1", "seal": "s1", "outbox": "o1"}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    text = file.read_text()
    assert text.startswith("-----BEGIN AGE ENCRYPTED FILE-----")
    for secret in ("mail secret", "signing secret", load_keys(store.secrets).audit.key.hex()):
        assert secret not in text
    home = tmp_path / "burnt"
    loaded = _load(engines.place(home), file)
    assert (loaded.secrets, loaded.already, loaded.generations) == ("file", False, saved.generations)
    there = FileSecrets(home)
    assert load_keys(there) == load_keys(store.secrets)
    assert (there.get(SMTP_PASSWORD), there.get(SIGNING_KEY)) == ("mail secret", "signing secret")
    assert stat.S_IMODE((home / "secrets.json").stat().st_mode) == 0o600
    assert _load(engines.place(home), file).already


def test_a_backup_comes_back_with_them(kept: Kept, store: OpenStore, tmp_path: Path) -> None:
    _save(store, tmp_path / "keys")
    place = engines.place(tmp_path / "new")
    _load(place, tmp_path / "keys")
    kept.restored(place)
    again = opening.open_store(place)
    assert verdict(again).whole
    again.engine.dispose()


def test_nothing_is_overwritten_and_a_weak_passphrase_is_refused(store: OpenStore, tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("mine")
    with pytest.raises(StateForbids) as refused:
        _save(store, tmp_path / "keys")
    assert refused.value.code == "already-there"
    with store.session(reading=True) as session, pytest.raises(StateForbids) as refused:
        saved_secrets.save(store, session, ADMIN, tmp_path / "others", "short")
    assert refused.value.code == "password-policy"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clinic", "keys"]


def test_where_the_store_is_the_record_tells_of_it(store: OpenStore, tmp_path: Path) -> None:
    _save(store, tmp_path / "keys")
    (store.place.home / "secrets.json").unlink()
    _load(store.place, tmp_path / "keys")
    ((action, told),) = rows(store.place.home, "SELECT action, details FROM audit_event ORDER BY seq DESC LIMIT 1")
    assert action == "secrets load"
    assert json.loads(told) == {
        "secrets": "file",
        "generations": {n: f"{n[0]}1" for n in ("pepper", "audit", "seal", "outbox")},
    }
    assert verdict(store).whole


def test_they_never_take_the_place_of_another_stores(store: OpenStore, tmp_path: Path) -> None:
    _save(store, tmp_path / "keys")
    other = another_store(tmp_path / "other")
    before = (other.place.home / "secrets.json").read_bytes()
    with pytest.raises(StateForbids) as refused:
        _load(other.place, tmp_path / "keys")
    assert refused.value.code == "other-secrets"
    other.engine.dispose()
    alone = tmp_path / "alone"  # the other store's keys, its database elsewhere
    alone.mkdir()
    shutil.copy2(other.place.home / "secrets.json", alone)
    with pytest.raises(StateForbids):
        _load(engines.place(alone), tmp_path / "keys")
    assert (alone / "secrets.json").read_bytes() == before == (other.place.home / "secrets.json").read_bytes()


def test_nobody_slips_in_keys_of_their_own_making(store: OpenStore, tmp_path: Path) -> None:
    """A clerk under sudo may run `secrets load` without a sign-in: without real keys it brings none."""
    before = (store.place.home / "secrets.json").read_bytes()
    real = load_keys(store.secrets)
    made_up = {name: Generations(f"{name[0]}2", {f"{name[0]}2": Generation(bytes(32))}) for name in KEY_NAMES}
    all_of_them = SecretKeys(**made_up)
    for keys in (
        all_of_them,
        replace(all_of_them, audit=real.audit),  # who knew one of the two still cannot forge a row
        replace(real, seal=made_up["seal"]),
        replace(real, audit=Generations("a1", {"a1": Generation(bytes(32))})),
    ):
        secrets = {"keys": keys.to_text(), SMTP_PASSWORD: "theirs", SIGNING_KEY: "theirs"}
        told = {"portaldesk": 1, "store_id": _store_id(store.place.home), "secrets": secrets}
        age_files.encrypt_text(json.dumps(told), tmp_path / "keys", PASSPHRASE)
        with pytest.raises(StateForbids) as refused:
            _load(store.place, tmp_path / "keys")
        assert refused.value.code == "other-secrets"
        (tmp_path / "keys").unlink()
    assert (store.place.home / "secrets.json").read_bytes() == before


def test_a_second_desk_that_has_older_keys_gets_the_newer_ones(store: OpenStore, tmp_path: Path) -> None:
    before = (store.place.home / "secrets.json").read_text()
    _rotate(store, "seal")
    _save(store, tmp_path / "keys")
    now = load_keys(store.secrets)
    (store.place.home / "secrets.json").write_text(before)
    assert _load(store.place, tmp_path / "keys").generations["seal"] == "s2"
    assert load_keys(store.secrets) == now
    again = opening.open_store(store.place)
    assert verdict(again).whole
    again.engine.dispose()


def test_an_older_file_takes_nothing_back(store: OpenStore, tmp_path: Path) -> None:
    _save(store, tmp_path / "old keys")
    for key in ("seal", "audit", "pepper"):
        _rotate(store, key)
    now = load_keys(store.secrets)
    assert _load(store.place, tmp_path / "old keys").already
    assert load_keys(store.secrets) == now


def test_keys_that_ended_with_an_older_backup_end_as_they_did_once_its_store_is_gone(
    store: OpenStore, tmp_path: Path
) -> None:
    """A backup of before a rotation was brought back by mistake: the later one still can be."""
    _rotate(store, "audit")
    _save(store, tmp_path / "keys")
    now = load_keys(store.secrets)
    store.secrets.put("keys", now.as_of(12, "0" * 64).to_text())
    assert load_keys(store.secrets) != now
    shutil.copytree(store.place.home, tmp_path / "moved", ignore=shutil.ignore_patterns("portaldesk.db*"))
    _load(engines.place(tmp_path / "moved"), tmp_path / "keys")
    assert load_keys(FileSecrets(tmp_path / "moved")) == now
    _load(store.place, tmp_path / "keys")  # but never beside a store that may go by them
    assert load_keys(store.secrets) != now


@pytest.mark.parametrize("damage", ["{", '{"keys": "{"}', '{"keys": "[1]"}', "[]"])
def test_keys_that_were_damaged_are_brought_back(store: OpenStore, tmp_path: Path, damage: str) -> None:
    _save(store, tmp_path / "keys")
    file = store.place.home / "secrets.json"
    file.write_text(damage)
    with pytest.raises(DeskError) as refused:
        opening.open_store(store.place)
    assert (refused.value.code, "secrets load" in refused.value.hint) == ("no-secrets", True)
    if "move it away" in refused.value.hint:
        file.unlink()
    _load(store.place, tmp_path / "keys")
    assert verdict(store).whole


def test_a_store_without_guards_gets_its_keys_back_all_the_same(store: OpenStore, tmp_path: Path) -> None:
    _save(store, tmp_path / "keys")
    with guards_down(store.place.home, put_back=False) as connection:
        connection.execute("UPDATE audit_head SET hash = ?", ("0" * 64,))
    (store.place.home / "secrets.json").unlink()
    assert not _load(store.place, tmp_path / "keys").already
    assert not verdict(store).whole  # it can be looked into again


@pytest.mark.sqlite_only("the stores of earlier versions are files")
def test_a_store_of_an_older_version_gets_its_keys_back_for_the_upgrade(tmp_path: Path) -> None:
    place = released("0001", tmp_path / "then")
    keys = FileSecrets(place.home)
    told = {"portaldesk": 1, "store_id": _store_id(place.home), "secrets": {"keys": load_keys(keys).to_text()}}
    age_files.encrypt_text(json.dumps(told), tmp_path / "keys", PASSPHRASE)
    (place.home / "secrets.json").unlink()
    assert not _load(place, tmp_path / "keys").already
    assert opening.is_there(place)
    assert load_keys(keys)


def _store_id(home: Path) -> str:
    ((found,),) = rows(home, "SELECT store_id FROM settings")
    return str(found)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "bad-file"),
        (b"mrn,given_name\n", "bad-file"),
        (b"age-encryption.org/v1\n", "wrong-passphrase"),
        (b"-----BEGIN AGE ENCRYPTED FILE-----\n", "wrong-passphrase"),
    ],
)
def test_what_is_no_file_of_secrets_is_said(tmp_path: Path, content: bytes, code: str) -> None:
    (tmp_path / "keys").write_bytes(content)
    with pytest.raises(DeskError) as refused:
        _load(engines.place(tmp_path / "new"), tmp_path / "keys")
    assert refused.value.code == code
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"store_id": 1, "secrets": {}}', '{"store_id": "a", "secrets": {"keys": 7}}']
)
def test_what_holds_something_else_is_said(tmp_path: Path, text: str) -> None:
    age_files.encrypt_text(text, tmp_path / "keys", PASSPHRASE)
    with pytest.raises(WrongUsage):
        _load(engines.place(tmp_path / "new"), tmp_path / "keys")
    assert not (tmp_path / "new").exists()


def test_a_wrong_passphrase_and_a_file_cut_or_changed_anywhere_open_nothing(store: OpenStore, tmp_path: Path) -> None:
    file, place = tmp_path / "keys", engines.place(tmp_path / "new")
    _save(store, file)
    with pytest.raises(NotAllowed):
        _load(place, file, passphrase="another " + PASSPHRASE)
    good = file.read_bytes().rstrip()  # without its last line end it is the same file
    for at in range(0, len(good), 29):
        for data in (good[:at], good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]):
            file.write_bytes(data)
            with pytest.raises(DeskError) as refused:
                _load(place, file)
            assert refused.value.code in ("bad-file", "wrong-passphrase")
    assert not place.home.exists()


def test_a_file_that_is_not_there_and_a_folder_are_said(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing", tmp_path):
        with pytest.raises(WrongUsage) as refused:
            _load(engines.place(tmp_path / "new"), path)
        assert refused.value.code == "bad-file"


def test_a_machine_that_seems_too_slow_for_an_instant_opens_the_file_all_the_same(
    store: OpenStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """age measures the machine before it works out a passphrase; where that says too slow, nothing is wrong with it."""
    _save(store, tmp_path / "keys")
    quick, refusals = pyrage.passphrase.decrypt, [pyrage.DecryptError("Excessive work parameter for passphrase.")] * 3

    def decrypt(data: bytes, passphrase: str) -> bytes:
        if refusals:
            raise refusals.pop()
        return bytes(quick(data, passphrase))

    monkeypatch.setattr(pyrage.passphrase, "decrypt", decrypt)
    monkeypatch.setattr(age_files, "_PAUSE_SECONDS", 0)
    assert not _load(engines.place(tmp_path / "new"), tmp_path / "keys").already


def test_a_file_that_asks_for_years_of_work_is_not_said_to_have_a_wrong_passphrase(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encrypt, decrypt = SCRYPT
    monkeypatch.setattr(pyrage.passphrase, "decrypt", decrypt)
    monkeypatch.setattr(age_files, "_PAUSE_SECONDS", 0)
    data = encrypt(b"{}", PASSPHRASE)
    first = data.split(b"\n")[1]
    (tmp_path / "keys").write_bytes(data.replace(first, first.rpartition(b" ")[0] + b" 40"))
    with pytest.raises(StoreUnavailable) as refused:
        _load(engines.place(tmp_path / "new"), tmp_path / "keys")
    assert refused.value.code == "machine-busy"


def test_a_passphrase_from_another_keyboard_is_the_same(store: OpenStore, tmp_path: Path) -> None:
    """An accent may come as one character or as two (macOS)."""
    with store.session(reading=True) as session:
        saved_secrets.save(store, session, ADMIN, tmp_path / "keys", "h\u00e9ron slate willow 9 anchor")
    place = engines.place(tmp_path / "new")
    assert not _load(place, tmp_path / "keys", passphrase="he\u0301ron slate willow 9 anchor").already
