"""What an auditor is promised of anchors from cron: whole lines on the disk, an alarm where the store was put back."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from email import message_from_bytes
from multiprocessing.pool import ThreadPool
from pathlib import Path

import pytest
from audit_stores import ADMIN, CLERK, SETTINGS, a_day, minutes, verdict

import engines
from portaldesk.errors import RecordAltered, StateForbids, StoreUnavailable, WrongUsage
from portaldesk.services import anchoring, opening
from portaldesk.services.opening import OpenStore
from portaldesk.settings import ClinicSettings
from portaldesk.store import record


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OpenStore]:
    opened = a_day(tmp_path)
    yield opened
    opened.engine.dispose()


def something_happens(store: OpenStore, at: int = 50) -> None:
    with store.session() as session:
        record.append(session, CLERK.entry("find", "done"), now=minutes(at))
        session.commit()


def test_a_file_gets_a_line_for_each_new_head_and_verify_takes_it(store: OpenStore, tmp_path: Path) -> None:
    file = tmp_path / "anchors.txt"
    first, already = anchoring.add_to(file, store)
    assert (already, stat.S_IMODE(file.stat().st_mode)) == (False, 0o600)
    assert anchoring.add_to(file, store) == (first, True)
    something_happens(store)
    second, already = anchoring.add_to(file, store)
    assert (file.read_text(), already) == (f"{first}\n{second}\n", False)
    assert verdict(store, file.read_text()).whole


def test_a_store_that_was_put_back_is_found_by_the_next_run(store: OpenStore, tmp_path: Path) -> None:
    file = tmp_path / "anchors.txt"
    store.engine.dispose()
    engines.copy(store.place.home, tmp_path / "older")
    something_happens(store)
    anchoring.add_to(file, store)
    before = file.read_text()
    older = opening.open_store(engines.place(tmp_path / "older"))
    with pytest.raises(RecordAltered, match="rolled back"):
        anchoring.add_to(file, older)
    something_happens(older, at=51)
    with pytest.raises(RecordAltered, match="rolled back or rewritten"):
        anchoring.add_to(file, older)
    assert file.read_text() == before
    older.engine.dispose()


def test_many_at_once_add_whole_lines_and_raise_no_false_alarm(store: OpenStore, tmp_path: Path) -> None:
    file = tmp_path / "anchors.txt"

    def both(n: int) -> None:
        something_happens(store, at=50)
        anchoring.add_to(file, store)

    with ThreadPool(4) as pool:
        pool.map(both, range(16))
    lines = file.read_text().splitlines()
    assert [int(line.partition(":")[0]) for line in lines] == sorted({int(line.partition(":")[0]) for line in lines})
    assert verdict(store, file.read_text()).whole


def test_comments_and_a_last_line_without_its_end_are_taken(store: OpenStore, tmp_path: Path) -> None:
    file = tmp_path / "anchors.txt"
    first, _ = anchoring.add_to(tmp_path / "other.txt", store)
    file.write_text(f"# kept by cron\n{first}")
    something_happens(store)
    second, _ = anchoring.add_to(file, store)
    assert file.read_text() == f"# kept by cron\n{first}\n{second}\n"


def test_another_file_gets_no_line(store: OpenStore, tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("call the plumber\n")
    os.mkfifo(tmp_path / "pipe")
    for file in (notes, tmp_path / "pipe", tmp_path, tmp_path / "no" / "anchors.txt", Path("/dev/null")):
        with pytest.raises(WrongUsage) as refused:
            anchoring.add_to(file, store)
        assert refused.value.code == "bad-file", file
    assert notes.read_text() == "call the plumber\n"


def test_a_full_disk_leaves_no_half_anchor(store: OpenStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "anchors.txt"
    anchoring.add_to(file, store)
    before = file.read_text()
    something_happens(store)
    write = os.write
    monkeypatch.setattr(anchoring.os, "write", lambda handle, data: write(handle, data[:20]))
    with pytest.raises(OSError, match="No space"):
        anchoring.add_to(file, store)
    assert file.read_text() == before


def test_a_file_that_may_not_be_written_is_exit_8(
    store: OpenStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(anchoring.os, "open", denied)
    with pytest.raises(StoreUnavailable) as refused:
        anchoring.add_to(tmp_path / "anchors.txt", store)
    assert refused.value.code == "file-unwritable"


def test_a_mail_holds_the_anchor_on_a_line_of_its_own_and_nothing_of_a_patient(store: OpenStore) -> None:
    with store.session(reading=True) as session:
        anchor = record.anchor(session)
        by = anchoring.mail_to(
            "ann@example.org", record.anchor(session), session, store, settings=SETTINGS, now=minutes(30)
        )
    assert by == "folder"
    (mail,) = [message_from_bytes(path.read_bytes()) for path in store.place.outbox.glob("*.eml")]
    text = mail.get_payload(decode=True).decode()  # type: ignore[union-attr]
    assert mail["To"] == "ann@example.org"
    assert f"    {anchor}" in text.splitlines()
    assert "MRN-" not in text
    assert "http" not in text


def test_a_mail_server_that_is_away_is_exit_8(store: OpenStore) -> None:
    away = ClinicSettings(smtp_url="smtp://127.0.0.1:9?tls=none")
    with store.session(reading=True) as session, pytest.raises(StoreUnavailable) as refused:
        anchoring.mail_to("ann@example.org", record.anchor(session), session, store, settings=away, now=minutes(30))
    assert refused.value.code == "not-sent"


def test_nobody_floods_a_mailbox_with_anchors(store: OpenStore) -> None:
    with store.session() as session:
        for _ in range(anchoring.MAILS_A_DAY):
            record.append(session, ADMIN.entry("audit anchor", "done"), now=minutes(30))
        session.commit()
    with store.session(reading=True) as session, pytest.raises(StateForbids) as refused:
        anchoring.mail_to("ann@example.org", record.anchor(session), session, store, settings=SETTINGS, now=minutes(40))
    assert refused.value.code == "too-many"
    with store.session(reading=True) as session:
        anchoring.mail_to(
            "ann@example.org", record.anchor(session), session, store, settings=SETTINGS, now=minutes(30 + 24 * 60 + 1)
        )
