"""Old events go into a signed bundle, and nothing is lost on the way: not the chain, not a row, not after a kill."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from audit_stores import ADMIN, NOW, a_day, tampering, verdict

from portaldesk.errors import RecordAltered, StateForbids, WrongUsage
from portaldesk.services import anchoring, archiving, bundle_checks, streaming
from portaldesk.services.archiving import Archived
from portaldesk.services.opening import OpenStore
from portaldesk.store import archives, record
from raw_stores import REFUSED, Raw, guards_down, raw, rows

LATER = NOW + timedelta(days=7 * 366)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OpenStore]:
    """A day's work of seven years ago, and an event of today."""
    opened = a_day(tmp_path)
    with opened.session() as session:
        record.append(session, ADMIN.entry("find", "done"), now=LATER)
        session.commit()
    yield opened
    opened.engine.dispose()


def archive(store: OpenStore, folder: Path, **more: object) -> Archived:
    given: dict[str, object] = {"reason": "retention", "now": LATER, "clock": lambda: LATER, "rest": lambda _: None}
    return archiving.archive(store, ADMIN, folder=folder, **(given | more))  # type: ignore[arg-type]


def numbers(store: OpenStore) -> list[int]:
    return [seq for (seq,) in rows(store.place.home, "SELECT seq FROM audit_event ORDER BY seq")]


def test_events_older_than_six_years_move_into_a_bundle_and_the_record_stays_whole(
    store: OpenStore, tmp_path: Path
) -> None:
    before = numbers(store)
    done = archive(store, tmp_path)
    assert (done.first_seq, done.last_seq, done.events) == (1, before[-2], len(before) - 1)
    assert numbers(store)[0] == before[-1]
    assert verdict(store).whole
    assert done.bundle is not None
    judged = bundle_checks.check(Path(done.bundle), keys=store.keys)
    assert (judged.whole, judged.first_seq, judged.last_seq) == (True, 1, before[-2])
    with tampering(store) as db:
        (told,) = db.execute("SELECT last_hash FROM audit_archive").fetchone()
        assert db.execute("SELECT prev_hash FROM audit_event ORDER BY seq LIMIT 1").fetchone() == (told,)
    assert judged.head == f"{before[-2]}:{told}"


def test_the_next_archive_joins_on_to_the_first(store: OpenStore, tmp_path: Path) -> None:
    first = archive(store, tmp_path)
    even_later = LATER + timedelta(days=7 * 366)
    with store.session() as session:
        record.append(session, ADMIN.entry("find", "done"), now=even_later)
        session.commit()
    second = archive(store, tmp_path, now=even_later, clock=lambda: even_later)
    assert first.last_seq is not None
    assert second.first_seq == first.last_seq + 1
    assert verdict(store).whole


def test_nothing_younger_than_six_years_is_archived(store: OpenStore, tmp_path: Path) -> None:
    with pytest.raises(StateForbids) as refused:
        archive(store, tmp_path, before=LATER - timedelta(days=5 * 365))
    assert refused.value.code == "retention"
    assert "45 CFR 164.316" in refused.value.message
    assert archive(store, tmp_path, before=NOW - timedelta(days=1)) == Archived(None, None, 0, None, None)
    with pytest.raises(WrongUsage):
        archive(store, tmp_path, reason=" ")
    with pytest.raises(WrongUsage, match="folder"):  # not only once there is something to archive
        archive(store, tmp_path / "mistyped", before=NOW - timedelta(days=1))
    assert list(tmp_path.glob("*.zip")) == []


@pytest.mark.parametrize("step", ["Sealing rows anew", "Writing the bundle", "Taking archived"])
def test_an_archive_that_was_killed_is_gone_on_with(
    store: OpenStore, tmp_path: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = numbers(store)
    monkeypatch.setattr(archiving, "EVENTS_A_TURN", 5)
    monkeypatch.setattr("portaldesk.services.bundles._TELL_EVERY", 1)

    def killed(what: str, done: int, of: int) -> None:
        if what.startswith(step):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        archive(store, tmp_path, progress=killed)
    assert verdict(store).whole, "also between"
    archive(store, tmp_path)
    assert verdict(store).whole
    assert numbers(store)[0] == before[-1]
    assert len(list(tmp_path.glob("*.zip"))) == 1


def test_a_file_in_the_bundles_place_is_not_taken_for_it(store: OpenStore, tmp_path: Path) -> None:
    before = numbers(store)
    other = tmp_path / f"portaldesk-record-1-{before[-2]}.zip"
    other.write_bytes(b"PK\x03\x04 half a bundle")
    with pytest.raises(StateForbids) as refused:
        archive(store, tmp_path)
    assert refused.value.code == "bundle-differs"
    assert numbers(store)[0] == 1


def test_an_altered_row_keeps_its_events_in_the_record(store: OpenStore, tmp_path: Path) -> None:
    with guards_down(store.place.home, put_back=True) as db:
        db.execute("UPDATE patient SET city = 'Elsewhere' WHERE mrn = 'MRN-1'")
    with pytest.raises(RecordAltered):
        archive(store, tmp_path)
    assert numbers(store)[0] == 1


def _archive_row(db: Raw, last: int) -> None:
    at, hash_ = db.execute("SELECT at, hash FROM audit_event WHERE seq = ?", (last,)).fetchone()
    seq = db.execute("SELECT seq FROM audit_head").fetchone()[0]
    db.execute(
        "INSERT INTO audit_archive (changed_seq, seal, id, first_seq, last_seq, last_at, last_hash, manifest_sha256) "
        "VALUES (?, 'x', 1, 1, ?, ?, ?, 'x')",
        (seq, last, at, hash_),
    )


def test_the_database_lets_no_event_go_that_no_archive_holds(store: OpenStore) -> None:
    with raw(store.place.home, autocommit=True) as db:
        for sql in ("DELETE FROM audit_event WHERE seq = 1", "DELETE FROM audit_seal WHERE seq = 1"):
            with pytest.raises(REFUSED, match="never shortened"):
                db.execute(sql)
        with pytest.raises(REFUSED):
            _archive_row(db, 3)


def test_a_forged_archive_is_found_where_the_guards_were_dropped(store: OpenStore) -> None:
    with tampering(store) as db:
        _archive_row(db, 3)
        db.execute("DELETE FROM audit_event WHERE seq <= 3")
        db.execute("DELETE FROM audit_seal WHERE seq <= 3")
    found = verdict(store)
    assert not found.whole
    assert any(fault.row == "audit_archive:1" for fault in found.faults)


def test_an_archive_that_was_deleted_is_a_gap_and_a_missing_row(store: OpenStore, tmp_path: Path) -> None:
    archive(store, tmp_path)
    with tampering(store) as db:
        db.execute("DELETE FROM audit_archive")
    what = " ".join(fault.what for fault in verdict(store).faults)
    assert "missing" in what


def test_an_anchor_of_the_last_archived_event_still_counts(store: OpenStore, tmp_path: Path) -> None:
    done = archive(store, tmp_path)
    with tampering(store) as db:
        (hash_,) = db.execute("SELECT last_hash FROM audit_archive").fetchone()
    assert verdict(store, f"{done.last_seq}:{hash_}").whole
    assert not verdict(store, f"{done.last_seq}:{'0' * 64}").whole


def test_lists_streams_and_anchors_know_where_the_record_begins(store: OpenStore, tmp_path: Path) -> None:
    file = tmp_path / "anchors.txt"
    with store.session(reading=True) as session:
        assert archives.archived_since(session.connection(), None) is None
        older = streaming.page(session, streaming.BEGINNING, most=3).after
    file.write_text(f"{older}\n")
    done = archive(store, tmp_path)
    with store.session(reading=True) as session:
        connection = session.connection()
        assert archives.archived_since(connection, None) == done.last_seq
        assert archives.archived_since(connection, NOW) == done.last_seq
        assert archives.archived_since(connection, LATER) is None
        for place in (streaming.BEGINNING, older):
            page = streaming.page(session, place)
            assert (page.archived, page.events[0].values["seq"] - 1) == (done.last_seq, done.last_seq)
    anchor, already = anchoring.add_to(file, store)
    assert (file.read_text().split(), already) == ([str(older), anchor], False)
