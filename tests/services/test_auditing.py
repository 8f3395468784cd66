"""What an auditor is promised: whatever was changed outside portaldesk is found, named, and never shown."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from audit_stores import a_day, empty_store, minutes, tampering, verdict
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st

from engines import ON_SQLITE, examples
from portaldesk.errors import WrongUsage
from portaldesk.services import auditing
from portaldesk.services.auditing import MOST_FAULTS, show
from portaldesk.services.opening import OpenStore
from portaldesk.store import record
from portaldesk.store.raw_rows import MISSING, OLDER, PLANTED, SPENT_MARK, columns_of
from portaldesk.store.seals import key_column, table_name
from portaldesk.store.tables import AuditEvent, AuditSeal, StaffMember, sealed_tables
from raw_stores import REFUSED, Raw

COLUMNS = {table_name(t): columns_of(t) for t in sealed_tables()} | {
    "audit_event": tuple(c.name for c in AuditEvent.__table__.columns),  # type: ignore[attr-defined]
    "audit_seal": tuple(c.name for c in AuditSeal.__table__.columns),  # type: ignore[attr-defined]
    "audit_head": ("id", "seq", "at", "hash"),
}
KEYS = {table_name(t): key_column(t) for t in sealed_tables()}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OpenStore]:
    opened = a_day(tmp_path)
    yield opened
    opened.engine.dispose()


def test_an_untouched_store_is_whole_and_its_head_is_the_anchor(store: OpenStore) -> None:
    with store.session(reading=True) as session:
        anchor = record.anchor(session)
    found = verdict(store, anchor)
    assert (found.whole, found.faults, found.head) == (True, (), anchor)
    assert found.events == int(anchor.partition(":")[0])


def test_a_new_store_is_whole(tmp_path: Path) -> None:
    store = empty_store(tmp_path / "home")
    assert verdict(store).whole
    store.engine.dispose()


def _edited(value: object, draw: st.DrawFn) -> object:
    """The value with one byte or character other, or of another type: what a hex editor or a shell can do."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        other_types = [value + 0.5, b"\x01"] if ON_SQLITE else []
        return draw(st.sampled_from([value + 1, value + 2, -value - 1, *other_types]))
    if value is None:
        return draw(st.sampled_from(["", "x", 0] if ON_SQLITE else ["1"]))
    assert isinstance(value, str)
    where = draw(st.integers(0, max(0, len(value) - 1)))
    kind = draw(st.sampled_from(["character", "gone", "null", *(["byte", "blob"] if ON_SQLITE else [])]))
    if kind == "character" or not value:
        never = "" if ON_SQLITE else "\0"
        other = draw(st.characters(codec="utf-8").filter(lambda c: c not in (value[where : where + 1], never)))
        return value[:where] + other + value[where + 1 :]
    if kind == "byte":
        data = bytearray(value.encode())
        data[where] ^= draw(st.integers(1, 255))
        return _AsText(bytes(data))
    if kind == "gone":
        return value[:where] + value[where + 1 :]
    return value.encode() if kind == "blob" else None


class _AsText(bytes):
    """Bytes to be stored as text, whether they are UTF-8 or not."""


def _key_of(table: str, row: dict[str, object]) -> dict[str, object]:
    names = {"audit_seal": ("row_key", "seq"), "audit_event": ("seq",), "audit_head": ("id",)}
    return {name: row[name] for name in names.get(table) or (KEYS[table],)}


def _edit(connection: Raw, table: str, column: str, draw: st.DrawFn) -> dict[str, object]:
    """Edit one value of one row; returns the row as it was. Rejects what the database's own constraints refuse."""
    cursor = connection.execute(f"SELECT * FROM {table}")
    names = [one[0] for one in cursor.description]
    rows = cursor.fetchall()
    assume(rows)
    row: dict[str, object] = dict(zip(names, draw(st.sampled_from(rows)), strict=True))
    edited, key = _edited(row[column], draw), _key_of(table, row)
    where = " AND ".join(f'"{name}" = ?' for name in key)
    place, bound = ("CAST(? AS TEXT)", bytes(edited)) if isinstance(edited, _AsText) else ("?", edited)
    try:
        connection.execute(f'UPDATE {table} SET "{column}" = {place} WHERE {where}', (bound, *key.values()))
    except REFUSED:
        reject()
    return row


@settings(max_examples=examples(150), deadline=None)
@given(st.data())
def test_one_edited_value_of_any_column_of_any_row_is_found_and_names_the_row(data: st.DataObject) -> None:
    table = data.draw(st.sampled_from(sorted(COLUMNS)))
    column = data.draw(st.sampled_from(COLUMNS[table]))
    with TemporaryDirectory() as folder:
        store = a_day(Path(folder))
        try:
            with tampering(store) as connection:
                row = _edit(connection, table, column, data.draw)
            found = verdict(store, stretch=data.draw(st.sampled_from([1, 3, 1000])))
        finally:
            store.engine.dispose()
    assert not found.whole
    assert found.first_fault is not None
    if table in KEYS:
        named = [fault for fault in found.faults if fault.row == f"{table}:{row[KEYS[table]]}"]
        assert named
        assert column != KEYS[table] or "missing" in named[0].what
    elif table == "audit_head":
        assert found.first_fault.seq is not None
    else:
        assert row["seq"] in [fault.seq for fault in found.faults]


def _only(store: OpenStore, *against: str) -> str:
    found = verdict(store, *against)
    assert found.first_fault is not None
    return found.first_fault.what


def test_a_missing_event_is_named_as_a_gap(store: OpenStore) -> None:
    with tampering(store) as connection:
        connection.execute("DELETE FROM audit_event WHERE seq IN (4, 5)")
    found = verdict(store)
    assert found.first_fault is not None
    assert (found.first_fault.seq, found.first_fault.what) == (4, "Events 4 to 5 are missing.")


def test_reordered_events_are_found_at_the_first_of_them(store: OpenStore) -> None:
    with tampering(store) as connection:
        for old, new in ((3, -3), (4, 3), (-3, 4)):
            connection.execute("UPDATE audit_event SET seq = ? WHERE seq = ?", (new, old))
    found = verdict(store)
    assert found.first_fault is not None
    assert found.first_fault.seq == 3


def test_a_tail_cut_off_is_found_by_the_head(store: OpenStore) -> None:
    with tampering(store) as connection:
        ((last,),) = connection.execute("SELECT max(seq) FROM audit_event").fetchall()
        connection.execute("DELETE FROM audit_event WHERE seq = ?", (last,))
    assert "cut off" in _only(store)


def test_a_tail_cut_off_with_its_head_and_seals_is_found_by_the_rows_it_changed(store: OpenStore) -> None:
    with tampering(store) as connection:
        connection.execute("DELETE FROM audit_event WHERE seq > 12")
        connection.execute("DELETE FROM audit_seal WHERE seq > 12")
        connection.execute(
            "UPDATE audit_head SET (seq, at, hash) = (SELECT seq, at, hash FROM audit_event WHERE seq = 12)"
        )
    found = verdict(store)
    assert found.first_fault is not None
    assert found.first_fault.row is not None


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM audit_seal WHERE row_key = 'portal_account:MRN-1' AND seq = (SELECT min(seq) FROM audit_seal "
        "WHERE row_key = 'portal_account:MRN-1')",
        "INSERT INTO audit_seal SELECT 'portal_account:MRN-9', 3, seal FROM audit_seal LIMIT 1",
    ],
)
def test_a_seal_removed_from_or_added_to_an_old_event_is_found(store: OpenStore, change: str) -> None:
    with tampering(store) as connection:
        assert connection.execute(change).rowcount == 1
    assert "a seal that it gave" in _only(store)


def test_a_seal_for_an_event_yet_to_come_is_found(store: OpenStore) -> None:
    with tampering(store) as connection:
        connection.execute("INSERT INTO audit_seal VALUES ('portal_account:MRN-1', 999, 'x')")
    assert _only(store) == "A seal of portal_account:MRN-1 belongs to no event."


def test_a_planted_row_is_found(store: OpenStore) -> None:
    with tampering(store) as connection:
        rest = ", ".join(name for name in columns_of(StaffMember) if name != "name")
        connection.execute(
            f"INSERT INTO staff_member (name, {rest}) SELECT 'eve', {rest} FROM staff_member WHERE name = 'rosa'"
        )
    assert _only(store) == f"staff_member:eve {PLANTED}."


def test_a_row_put_back_to_its_own_older_state_is_found(store: OpenStore) -> None:
    with tampering(store) as connection:
        # MRN-1 as it was when it was imported: its seal of then is right, and in the record
        old = {"changed_seq": None, "seal": None}
        ((old["changed_seq"], old["seal"]),) = connection.execute(
            "SELECT seq, seal FROM audit_seal WHERE row_key = 'portal_account:MRN-1' ORDER BY seq LIMIT 1"
        ).fetchall()
        connection.execute(
            "UPDATE portal_account SET username = NULL, password_hash = NULL, status = 'new', activated_at = NULL, "
            "permit_id = NULL, changed_seq = :changed_seq, seal = :seal WHERE mrn = 'MRN-1'",
            old,
        )
    assert _only(store) == f"portal_account:MRN-1 {OLDER}."


def test_a_deleted_row_is_found(store: OpenStore) -> None:
    with tampering(store) as connection:
        connection.execute("DELETE FROM identity_check WHERE id = (SELECT min(id) FROM identity_check)")
    assert MISSING in _only(store)


def test_an_unspent_permit_is_found(store: OpenStore) -> None:
    with tampering(store) as connection:
        connection.execute("UPDATE permit SET spent_seq = NULL WHERE id = (SELECT min(id) FROM permit)")
    assert SPENT_MARK in _only(store)


def test_a_store_rolled_back_as_a_whole_is_found_by_an_anchor_kept_elsewhere(store: OpenStore, tmp_path: Path) -> None:
    older = a_day(tmp_path / "older")
    with store.session() as session:
        record.append(session, record.Entry("end-call", "done"), now=minutes(30))
        session.commit()
        anchor = record.anchor(session)
    assert verdict(store, f"# kept by cron\n\n{anchor}\n").whole
    assert verdict(older).whole
    assert "rolled back" in _only(older, anchor)
    older.engine.dispose()


def test_an_anchor_of_another_record_is_found(store: OpenStore) -> None:
    assert "rolled back" in _only(store, "3:" + "ab" * 32)


def test_an_anchor_that_cannot_be_read_is_wrong_usage(store: OpenStore) -> None:
    with pytest.raises(WrongUsage):
        verdict(store, "yesterday")


def test_faults_never_show_what_a_row_holds(store: OpenStore) -> None:
    with tampering(store) as connection:
        connection.execute("UPDATE patient SET given_name = 'Zelda'")
        clears_the_screen = "patient:MRN-1\x1b[2J"
        connection.execute("UPDATE audit_seal SET row_key = ? WHERE row_key = 'patient:MRN-1'", (clears_the_screen,))
    told = " ".join(f"{fault.row} {fault.what}" for fault in verdict(store).faults)
    assert "Zelda" not in told
    assert "Reynolds" not in told
    assert told.isprintable()


def test_a_store_torn_to_pieces_is_told_by_its_first_faults(store: OpenStore) -> None:
    with store.session() as session:
        for _ in range(MOST_FAULTS + 20):
            record.append(session, record.Entry("end-call", "done"), now=minutes(40))
        session.commit()
    with tampering(store) as connection:
        connection.execute("UPDATE audit_event SET reason = 'x' WHERE action = 'end-call'")
    found = verdict(store)
    assert len(found.faults) == MOST_FAULTS
    assert found.events > MOST_FAULTS + 20


@pytest.mark.parametrize("stretch", [1, 2, 5, 16, 17])
def test_a_record_proved_in_stretches_is_judged_as_one(store: OpenStore, stretch: int) -> None:
    with store.session(reading=True) as session:
        anchor = record.anchor(session)
    assert verdict(store, anchor, stretch=stretch) == verdict(store, anchor)
    with tampering(store) as connection:
        connection.execute("DELETE FROM audit_event WHERE seq IN (4, 5, 9)")
        connection.execute("UPDATE audit_event SET reason = 'x' WHERE seq = 12")
        connection.execute("INSERT INTO audit_seal VALUES ('portal_account:MRN-1', 0, 'x'), ('permit:x', 5.5, 'x')")
        connection.execute("DELETE FROM identity_check")
    wrong = verdict(store, anchor, stretch=stretch)
    assert set(wrong.faults) == set(verdict(store, anchor).faults)
    assert [fault.what for fault in wrong.faults if "missing." in fault.what] == [
        "Events 4 to 5 are missing.",
        "Event 9 is missing.",
    ]


def test_several_processes_judge_as_one(store: OpenStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auditing, "FEWEST_FOR_HELPERS", 0)
    told: list[tuple[int, int]] = []
    shared = verdict(store, processes=2, stretch=4, progress=lambda done, of: told.append((done, of)))
    assert shared == verdict(store)
    assert [done for done, _ in told] == list(range(1, told[-1][1] + 1))
    with tampering(store) as connection:
        connection.execute("UPDATE audit_event SET reason = 'x' WHERE seq = 12")
        connection.execute("UPDATE patient SET given_name = 'Zelda'")
    assert verdict(store, processes=2, stretch=4) == verdict(store, stretch=4)


@pytest.mark.parametrize("killed", [1, 2])
def test_a_helper_that_is_killed_costs_no_event_its_proof(
    store: OpenStore, monkeypatch: pytest.MonkeyPatch, killed: int
) -> None:
    monkeypatch.setattr(auditing, "FEWEST_FOR_HELPERS", 0)
    with tampering(store) as connection:
        connection.execute("UPDATE audit_event SET reason = 'x' WHERE seq = 12")
    ended = []

    def kill(done: int, of: int) -> None:
        for helper in multiprocessing.active_children()[:killed] if done == 1 else ():
            helper.kill()
            helper.join()
            ended.append(helper.exitcode)

    assert verdict(store, processes=2, stretch=1, progress=kill) == verdict(store, stretch=1)
    assert ended == [-signal.SIGKILL] * killed


@pytest.mark.sqlite_only("PostgreSQL keeps no bytes in a column of text")
@pytest.mark.parametrize("column", ["at", "patient", "session", "check_id", "details"])
def test_bytes_are_no_text_even_where_they_print_alike(store: OpenStore, column: str) -> None:
    with tampering(store) as connection:
        connection.execute(f"UPDATE audit_event SET {column} = CAST({column} AS BLOB) WHERE seq = 10")
    assert _only(store) == "Event 10, or a seal that it gave, was changed, added or removed."


def _anchor_at(store: OpenStore, seq: int) -> str:
    with store.session(reading=True) as session:
        event = session.get(AuditEvent, seq)
        assert event is not None
        return f"{seq}:{event.hash}"


def test_a_proof_since_an_anchor_reads_only_what_came_later(store: OpenStore) -> None:
    anchor, last = _anchor_at(store, 9), _anchor_at(store, 16)
    found = verdict(store, since=[anchor])
    assert (found.whole, found.since, found.events, found.head) == (True, 9, 7, last)
    with tampering(store) as connection:
        connection.execute("UPDATE audit_event SET reason = 'x' WHERE seq = 3")
        connection.execute("UPDATE patient SET given_name = 'Zelda'")  # sealed last by events 2 to 6
    assert verdict(store, since=[anchor]).whole
    assert not verdict(store).whole


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ("UPDATE audit_event SET reason = 'x' WHERE seq = 12", "Event 12"),
        ("DELETE FROM audit_event WHERE seq = 10", "Event 10 is missing."),
        ("DELETE FROM audit_event WHERE seq = 16", "cut off"),
        ("UPDATE portal_account SET username = 'eve' WHERE mrn = 'MRN-1'", "portal_account:MRN-1"),
        ("DELETE FROM recovery_credential", MISSING),
        ("UPDATE permit SET spent_seq = NULL", SPENT_MARK),
        ("INSERT INTO audit_seal VALUES ('portal_account:MRN-1', 999, 'x')", "belongs to no event"),
    ],
)
@pytest.mark.parametrize("stretch", [2, 1000])
def test_a_proof_since_an_anchor_finds_what_was_changed_later(
    store: OpenStore, change: str, where: str, stretch: int
) -> None:
    anchor = _anchor_at(store, 9)
    with tampering(store) as connection:
        connection.execute(change)
    found = verdict(store, since=[anchor], stretch=stretch)
    assert found.first_fault is not None
    assert where in found.first_fault.what


def test_a_proof_cannot_begin_after_an_anchor_that_does_not_fit(store: OpenStore) -> None:
    fits, later = _anchor_at(store, 9), "99:" + "ab" * 32
    for since, what in (
        ("9:" + "ab" * 32, "not the one"),
        (f"{fits}\n{later}", "not there"),
        ("0:" + "0" * 64, "not there"),
    ):
        found = verdict(store, since=[since])
        assert (found.whole, found.events) == (False, 0)
        assert found.first_fault is not None
        assert what in found.first_fault.what
    assert "not the one" in verdict(store, "3:" + "ab" * 32, since=[fits]).faults[0].what
    with tampering(store) as connection:
        connection.execute("UPDATE audit_event SET reason = 'x' WHERE seq = 9")
    found = verdict(store, since=[fits])
    assert found.first_fault is not None
    assert "changed" in found.first_fault.what


def test_a_number_far_away_does_not_keep_the_auditor_waiting(store: OpenStore) -> None:
    with tampering(store) as connection:
        connection.execute("UPDATE audit_event SET seq = 900000000000000000 WHERE seq = 16")
    assert "Events 16 to 899999999999999999 are missing." in _only(store)


def test_events_are_shown_newest_first_and_filtered(store: OpenStore) -> None:
    with store.session(reading=True) as session:
        lines = show(session, since=minutes(8), until=minutes(12), patient="MRN-1", limit=50)
        assert [line.action for line in lines] == ["send-reset", "verify-identity"]
        assert show(session, staff="sam", action="disable")[0].outcome == "refused"
