"""What the doctor sees around a store: mail, disk, keyring, backups, reviews; each brought about, with its mend."""

from __future__ import annotations

import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import certificates
import keyring as keyrings
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from audit_stores import ADMIN, SETTINGS, a_day, minutes
from gateways import Gateway, running

from portaldesk.secret_keys import SMTP_PASSWORD, KeyringSecrets
from portaldesk.services import doctoring, incidents, rotating, surroundings
from portaldesk.services.health import Finding
from portaldesk.services.opening import OpenStore
from portaldesk.services.saved_secrets import generations_of
from portaldesk.services.workplaces import workplace
from portaldesk.store import record
from portaldesk.words import IncidentKind
from raw_stores import rows

LATER = minutes(60)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OpenStore]:
    opened = a_day(tmp_path)
    yield opened
    opened.engine.dispose()


def _seen(store: OpenStore, subject: str, *, now: datetime = LATER, **more: Any) -> Finding:
    """The one finding of this subject, and that the report as a whole is well unless it must be mended."""
    with store.session(reading=True) as session:
        values = {"settings": SETTINGS, "environment": {}} | more
        report = doctoring.examine(store, session, now=now, **values)
    (found,) = (one for one in report.findings if one.subject == subject)
    assert found.ok or not report.well
    assert found.mend or not (found.remark or not found.ok)
    return found


# mail server


class Server:
    """Says who may sign in."""

    def __call__(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=data.password == b"right", handled=False)


@contextmanager
def mail_server(tls: str, **options: Any) -> Iterator[str]:
    """A real SMTP server on a loopback port, and the setting that names it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    running = Controller(None, hostname="127.0.0.1", port=port, **options)
    running.start()
    try:
        yield f"smtp://127.0.0.1:{port}?tls={tls}"
    finally:
        running.stop()


def _mail(store: OpenStore, url: str) -> Finding:
    return _seen(store, "mail", settings=replace(SETTINGS, smtp_url=url))


def _must_be_mended(found: Finding, *words: str) -> None:
    assert not found.ok
    assert "settings set smtp_url" in found.mend
    for word in words:
        assert word in found.message


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificates.self_signed(tmp_path_factory.mktemp("tls") / "mail.pem")


def test_a_mail_server_that_answers_is_fine_and_gets_no_mail(
    store: OpenStore, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    store.secrets.put(SMTP_PASSWORD, "right")
    options = {"authenticator": Server(), "auth_required": True, "tls_context": certificates.server_side(certificate)}
    with mail_server("starttls", **options) as url:
        found = _mail(store, url.replace("//", "//desk@"))
        assert (found.ok, found.remark) == (True, False), found
        store.secrets.put(SMTP_PASSWORD, "wrong")
        _must_be_mended(_mail(store, url.replace("//", "//desk@")), "refused the sign-in (535)")
        store.secrets.drop(SMTP_PASSWORD)
        _must_be_mended(_mail(store, url.replace("//", "//desk@")), "password is not in the secret store")
    assert rows(store.place.home, "SELECT count(*) FROM outbox_message WHERE sent_at IS NOT NULL") == [(0,)]


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_a_certificate_that_nobody_vouches_for_must_be_mended(store: OpenStore, certificate: Path, tls: str) -> None:
    context = certificates.server_side(certificate)
    with mail_server(tls, **{"tls_context" if tls == "starttls" else "ssl_context": context}) as url:
        _must_be_mended(_mail(store, url), "certificate is not valid")


def test_a_server_without_tls_must_be_mended(store: OpenStore) -> None:
    with mail_server("starttls") as url:
        _must_be_mended(_mail(store, url), "does not offer TLS")


def test_a_server_that_is_not_there_must_be_mended(store: OpenStore) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    _must_be_mended(_mail(store, f"smtp://127.0.0.1:{port}?tls=tls"), "no connection to the mail server")
    _must_be_mended(_mail(store, "smtp://mail.invalid:25?tls=none"), "name is not known")


def test_a_server_that_never_answers_takes_the_doctor_no_longer_than_its_limit(
    store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(surroundings, "MAIL_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        since = time.monotonic()
        found = _mail(store, f"smtp://127.0.0.1:{silent.getsockname()[1]}?tls=none")
        assert time.monotonic() - since < 5
    _must_be_mended(found, "did not answer within")


def test_a_gateway_for_texts_is_looked_at_where_there_is_one(store: OpenStore) -> None:
    with running(Gateway(), None) as gateway:
        settings = replace(SETTINGS, sms_url=gateway.url)
        assert "secret of the text gateway" in _seen(store, "texts", settings=settings).message
        store.secrets.put("sms-secret", "QUJD" * 8)
        assert _seen(store, "texts", settings=settings).ok
    found = _seen(store, "texts", settings=settings)
    assert (found.ok, "no connection" in found.message, "sms_secret" in found.mend) == (False, True, True)


# disk


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.mark.parametrize(("free", "ok", "remark"), [(10**12, True, False), (199 * 2**20, False, False)])
def test_room_on_the_disk(store: OpenStore, monkeypatch: pytest.MonkeyPatch, free: int, ok: bool, remark: bool) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 10**12 - free, free))
    found = _seen(store, "disk")
    assert (found.ok, found.remark) == (ok, remark)
    assert ok or "199 MB" in found.message


@pytest.mark.sqlite_only("a server looks after its files")
def test_too_little_room_for_a_backup_is_remarked(store: OpenStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**9, 0, 201 * 2**20))
    monkeypatch.setattr(surroundings, "COPIES", 1000)
    found = _seen(store, "disk")
    assert (found.ok, found.remark) == (True, True)
    assert "too little for a backup" in found.message


def _block(system: Path, number: str, name: str, *, crypt: bool = False, below: tuple[str, ...] = ()) -> None:
    """A block device as the kernel shows it under /sys, on top of others."""
    device = system / "devices" / name
    (device / "slaves").mkdir(parents=True)
    if crypt:
        (device / "dm").mkdir()
        (device / "dm" / "uuid").write_text("CRYPT-LUKS2-0f0f-home\n")
    for one in below:
        (device / "slaves" / one).symlink_to(system / "devices" / one)
    (system / "dev" / "block").mkdir(parents=True, exist_ok=True)
    (system / "dev" / "block" / number).symlink_to(device)


@pytest.mark.parametrize(
    ("on", "encrypted"),
    [("8:1", False), ("253:0", True), ("253:1", True), ("9:0", True), ("9:1", False), ("253:7", False), ("7:7", None)],
)
def test_the_encryption_of_a_disk_is_what_the_kernel_shows(
    store: OpenStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, on: str, encrypted: bool | None
) -> None:
    system = tmp_path / "sys"
    _block(system, "8:1", "sda1")
    _block(system, "253:0", "luks", crypt=True, below=("sda1",))
    _block(system, "253:2", "luks2", crypt=True, below=("sda1",))
    _block(system, "253:1", "volume on luks", below=("luks",))
    _block(system, "9:0", "mirror of two that are", below=("luks", "luks2"))
    _block(system, "9:1", "mirror of one that is", below=("luks", "sda1"))
    _block(system, "253:7", "volume on a bare disk", below=("sda1",))
    monkeypatch.setattr(surroundings, "_device", lambda *_: on)
    assert surroundings.is_encrypted(store.place.home, system=system) is encrypted
    monkeypatch.setattr(surroundings, "is_encrypted", lambda _: encrypted)
    found = _seen(store, "encryption")
    assert (found.ok, found.remark) == (True, not encrypted)
    assert encrypted or "LUKS" in found.mend
    if encrypted is None:
        assert "cannot be told" in found.message


def test_a_folder_that_lies_on_no_disk_cannot_be_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surroundings.os, "major", lambda _: 0)
    assert surroundings.is_encrypted(tmp_path, processes=tmp_path) is None
    (tmp_path / "self").mkdir()
    (tmp_path / "self" / "mountinfo").write_text("24 1 0:7 / / rw - tmpfs tmpfs rw\n")
    assert surroundings.is_encrypted(tmp_path, processes=tmp_path) is None


def test_copies_that_a_killed_backup_left_are_remarked_and_none_that_is_at_work(store: OpenStore) -> None:
    with workplace(store.place) as folder:
        (folder / "portaldesk.db").write_text("a copy")
        with store.session(reading=True) as session:
            report = doctoring.examine(store, session, settings=SETTINGS, now=LATER, environment={})
        assert "copies" not in {one.subject for one in report.findings}
    folder.mkdir(mode=0o700)  # as kill -9 leaves it
    assert "portaldesk backup FILE" in _seen(store, "copies").mend


# keyring


@pytest.fixture
def plain_keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    from keyrings.alt.file import PlaintextKeyring

    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "keyring"))
    before = keyrings.get_keyring()
    keyrings.set_keyring(PlaintextKeyring())
    yield
    keyrings.set_keyring(before)


@pytest.mark.usefixtures("plain_keyring")
def test_a_keyring_that_protects_nothing_is_remarked_and_an_entry_that_is_lost_must_be_mended(store: OpenStore) -> None:
    kept = KeyringSecrets("doctor")
    kept.put("keys", store.keys.to_text())
    in_keyring = replace(store, secrets=kept)
    found = _seen(in_keyring, "keyring")
    assert found.remark
    assert "PlaintextKeyring" in found.message
    assert _seen(in_keyring, "secrets").message == "The keys of this store are in the operating system's keyring."
    kept.drop("keys")
    lost = _seen(in_keyring, "secrets")
    assert not lost.ok
    assert "secrets load FILE" in lost.mend


# what people must do


def _done(store: OpenStore, action: str, at: datetime, outcome: str = "done", **details: object) -> None:
    with store.session() as session:
        record.append(session, record.Entry(action, outcome, staff="rosa", details=details), now=at)
        session.commit()


def test_the_age_of_the_last_backup(store: OpenStore) -> None:
    none = _seen(store, "backups")
    assert (none.ok, none.remark, none.message) == (True, True, "No backup was made yet.")
    assert not _seen(store, "backups", now=LATER + timedelta(days=8)).ok
    _done(store, "backup", LATER)
    assert not _seen(store, "backups", now=LATER + timedelta(hours=20)).remark
    due = _seen(store, "backups", now=LATER + timedelta(days=3))
    assert (due.ok, due.remark, due.message) == (True, True, "The last backup is 3 days old.")
    _done(store, "backup", LATER + timedelta(days=3), "refused")
    late = _seen(store, "backups", now=LATER + timedelta(days=8))
    assert not late.ok
    assert "--passphrase-stdin" in late.mend


@pytest.mark.parametrize("by", ["list-resets", "audit report", "audit show", "audit export"])
def test_the_age_of_the_last_review(store: OpenStore, by: str) -> None:
    assert not _seen(store, "review").remark
    assert _seen(store, "review", now=LATER + timedelta(days=8)).remark
    late = _seen(store, "review", now=LATER + timedelta(days=32))
    assert not late.ok
    assert "list-resets" in late.mend
    _done(store, by, LATER + timedelta(days=31))
    seen = _seen(store, "review", now=LATER + timedelta(days=32))
    assert (seen.ok, seen.remark) == (True, False)


def test_an_incident_that_waits_is_remarked_and_must_be_looked_at_within_a_week(store: OpenStore) -> None:
    assert not _seen(store, "incidents").remark
    with store.session() as session:
        kind = IncidentKind.MANY_FAILED
        incident = incidents.opened(session, kind, patient=None, staff="sam", now=minutes(50))
        record.append(session, record.Entry("verify-identity", "failed", staff="sam"), [incident], now=minutes(50))
        session.commit()
    assert _seen(store, "incidents", now=minutes(50) + timedelta(days=7)).ok
    late = _seen(store, "incidents", now=minutes(50) + timedelta(days=7, seconds=1))
    assert (late.ok, late.message) == (False, "Incidents that wait: 1; the oldest was opened 7 days ago.")
    assert "incidents list" in late.mend


def test_keys_that_no_file_holds_are_remarked_by_name(store: OpenStore) -> None:
    found = _seen(store, "saved keys")
    assert found.remark
    assert "pepper, audit, seal, outbox" in found.message
    assert "secrets save FILE" in found.mend
    _done(store, "secrets save", minutes(50), generations=generations_of(store.keys))
    assert not _seen(store, "saved keys").remark
    rotating.rotate(store, ADMIN, "seal", reason="every year", clock=lambda: minutes(55))
    again = _seen(store, "saved keys")
    assert again.remark
    assert "the seal key" in again.message


# the database itself


@pytest.mark.sqlite_only("a server looks after its files")
def test_a_damaged_page_must_be_mended_and_is_told_though_other_pages_can_be_read(store: OpenStore) -> None:
    ((page,),) = rows(store.place.home, "SELECT max(rootpage) FROM sqlite_master WHERE type = 'index'")
    store.engine.dispose()
    file = store.place.file
    assert file is not None
    data = bytearray(file.read_bytes())
    data[(page - 1) * 4096] = 0  # no kind of page of a tree
    file.write_bytes(data)
    found = _seen(store, "database")
    assert (found.ok, found.message) == (False, "The database file is damaged.")
    assert "last good backup" in found.mend
