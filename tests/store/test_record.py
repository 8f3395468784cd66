"""The record: every event chained to the last, the same by one or by many, and no row without an event of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from desks import Clinic
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

import engines
from portaldesk.errors import RecordAltered
from portaldesk.gate.actors import Actor
from portaldesk.secret_keys import SecretKeys
from portaldesk.services import auditing, opening
from portaldesk.store import events, record, tables
from portaldesk.store.record import Draft, Entry
from portaldesk.words import Role
from raw_stores import guards_down

NOW = datetime(2030, 1, 1, 10, 0, tzinfo=UTC)
KEYS = SecretKeys.fresh()
ROSA = Actor("rosa", Role.ADMIN, "S-rosa")


@contextmanager
def opened(clinic: Clinic) -> Iterator[Session]:
    store = opening.open_store(engines.place(clinic.home))
    try:
        with store.session() as session:
            yield session
    finally:
        store.engine.dispose()


def patient(mrn: str) -> tables.Patient:
    return tables.Patient(
        mrn=mrn, given_name="Zoë", family_name="Reyes", birth_date=date(1952, 7, 15), birth_date_evidence_from=NOW,
        postal_code_evidence_from=NOW, imported_at=NOW,
    )  # fmt: skip


def entry(n: int = 0) -> Entry:
    return ROSA.entry("import patients", "done", patient=f"MRN-{n}", details={"n": n})


def written(session: Session) -> list[tuple[object, ...]]:
    """Events, seals and patients as stored."""
    found: list[tuple[object, ...]] = []
    for table, order in (("audit_event", "seq"), ("audit_seal", "row_key, seq"), ("patient", "mrn"), ("audit_head", 1)):
        found += [tuple(row) for row in session.connection().execute(text(f"SELECT * FROM {table} ORDER BY {order}"))]
    return found


def test_an_event_continues_the_head_and_names_the_one_before(clinic: Clinic) -> None:
    with opened(clinic) as session:
        before = record.head(session)
        assert record.next_seq(session) == before.seq + 1
        seq = record.append(session, entry(1), [record.new(patient("MRN-1"))], now=NOW)
        event = session.get_one(tables.AuditEvent, seq)
        assert (event.seq, event.prev_hash, event.at) == (before.seq + 1, before.hash, NOW)
        assert record.head(session).hash == event.hash != before.hash
        assert record.anchor(session) == f"{seq}:{event.hash}"
        assert record.event_is_whole(session, seq)
        assert session.get_one(tables.Patient, "MRN-1").changed_seq == seq


def test_by_one_or_by_many_it_is_the_same_record(clinic: Clinic, tmp_path: Path) -> None:
    other = Clinic(tmp_path / "other", clinic.rosa_token, clinic.sam_token)
    engines.copy(clinic.home, other.home)
    names = [f"MRN-{n}" for n in range(7)]
    with opened(clinic) as session:
        for n, mrn in enumerate(names):
            record.append(session, entry(n), [record.new(patient(mrn))], now=NOW)
        one_by_one = written(session)
    with opened(other) as session:
        many = [(entry(n), [patient(mrn)]) for n, mrn in enumerate(names)]
        assert record.append_many(session, many, now=NOW, batch=3) == 7
        assert written(session) == one_by_one
        assert auditing.verify(session).whole


def test_drafts_are_written_as_rows_are(clinic: Clinic, tmp_path: Path) -> None:
    other = Clinic(tmp_path / "other", clinic.rosa_token, clinic.sam_token)
    engines.copy(clinic.home, other.home)
    with opened(clinic) as session:
        record.append_many(session, [(entry(1), [patient("MRN-1")])], now=NOW)
        rows = written(session)
    with opened(other) as session:
        draft = Draft(tables.Patient, patient("MRN-1").model_dump(exclude={"changed_seq", "seal"}))
        record.append_many(session, [(entry(1), [draft])], now=NOW)
        assert written(session) == rows


@pytest.mark.sqlite_only("about SQLite's temporary files")
@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="no /proc tells which files are open")
def test_a_large_change_lays_no_page_of_the_store_into_a_temporary_file(clinic: Clinic) -> None:
    with opened(clinic) as session:
        record.append_many(session, [(entry(n), [patient(f"MRN-{n}")]) for n in range(1000)], now=NOW)
        files = [str(one.readlink()) for one in Path("/proc/self/fd").iterdir() if one.is_symlink()]
    assert not [name for name in files if "etilqs" in name]  # so SQLite calls them, also once they are unlinked


@pytest.mark.postgresql_only("SQLite's planner needs no guess of how long a table is")
def test_the_head_is_proved_by_looking_up_its_event_however_many_there_are(clinic: Clinic) -> None:
    with opened(clinic) as session:
        record.append_many(session, [(entry(n), [patient(f"MRN-{n}")]) for n in range(1000)], now=NOW)
        plan = session.connection().execute(text(f"EXPLAIN {events._SURE_HEAD}")).scalars()
        assert not [line for line in plan if "Seq Scan" in line]


def test_time_never_goes_back_in_the_record(clinic: Clinic) -> None:
    with opened(clinic) as session:
        record.append(session, entry(), now=NOW)
        seq = record.append(session, entry(), now=NOW - timedelta(hours=2))
        assert session.get_one(tables.AuditEvent, seq).at == NOW
        record.append_many(session, [(entry(), [])], now=NOW - timedelta(hours=3))
        assert record.time_of(session) == NOW


def test_a_row_changed_without_the_record_is_refused(clinic: Clinic) -> None:
    with opened(clinic) as session:
        record.append(session, entry(1), [record.new(patient("MRN-1"))], now=NOW)
        session.commit()
        for values in ({"postal_code": "67124"}, {"postal_code": "67124", "seal": "0" * 64}, {"mrn": "MRN-2"}):
            with pytest.raises(DBAPIError, match="portaldesk: "):
                session.execute(update(tables.Patient).where(col(tables.Patient.mrn) == "MRN-1").values(**values))
            session.rollback()
        session.get_one(tables.Patient, "MRN-1").postal_code = "67124"
        with pytest.raises(DBAPIError, match="portaldesk: "):
            session.flush()
        session.rollback()
    with opened(clinic) as session:
        assert session.get_one(tables.Patient, "MRN-1").postal_code == ""


def test_a_row_put_in_without_the_record_is_refused(clinic: Clinic) -> None:
    with opened(clinic) as session:
        session.add(patient("MRN-1"))
        with pytest.raises(DBAPIError, match="portaldesk: "):
            session.flush()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET outcome = 'done'", "DELETE FROM audit_event", "DELETE FROM audit_seal",
        "UPDATE audit_seal SET seal = 'x'", "UPDATE audit_head SET seq = seq - 1", "DELETE FROM audit_head",
        pytest.param(
            "INSERT OR REPLACE INTO audit_event SELECT * FROM audit_event WHERE seq = 1",
            marks=pytest.mark.sqlite_only("REPLACE is SQLite's"),
        ),
    ],
)  # fmt: skip
def test_the_record_is_never_edited(clinic: Clinic, statement: str) -> None:
    with opened(clinic) as session, pytest.raises(DBAPIError, match="portaldesk: "):
        session.connection().execute(text(statement))


def test_what_is_rolled_back_was_never_written(clinic: Clinic) -> None:
    with opened(clinic) as session:
        before = record.head(session)
        record.append(session, entry(1), [record.new(patient("MRN-1"))], now=NOW)
        session.rollback()
        assert record.head(session) == before
        assert session.exec(select(tables.Patient)).all() == []
        assert auditing.verify(session).whole


def test_nothing_is_appended_to_a_record_whose_last_event_was_cut_off(clinic: Clinic) -> None:
    with guards_down(clinic.home, put_back=False) as connection:
        connection.execute("DELETE FROM audit_event WHERE seq = (SELECT max(seq) FROM audit_event)")
    with opened(clinic) as session, pytest.raises(RecordAltered) as refused:
        record.append(session, entry(), now=NOW)
    assert refused.value.code == "not-whole"


columns = st.fixed_dictionaries(
    {name: st.one_of(st.none(), st.text(max_size=8)) for name in record.EVENT_COLUMNS if name not in ("seq", "at")}
    | {"seq": st.integers(1, 10**6), "at": st.just("2030-01-01T10:00:00.000000Z")}
)
seals = st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=3)


@given(columns, seals, columns, seals)
@settings(max_examples=200)
def test_two_different_events_never_have_one_hash(
    one: dict[str, object], gave: dict[str, str], other: dict[str, object], gave_other: dict[str, str]
) -> None:
    same = record.event_hash(one, gave.items(), KEYS) == record.event_hash(other, gave_other.items(), KEYS)
    assert same == (one == other and gave == gave_other)


@given(columns, seals, st.sampled_from(record.EVENT_COLUMNS))
def test_one_changed_column_changes_the_hash(one: dict[str, object], gave: dict[str, str], name: str) -> None:
    edited = one | {name: f"{one[name]}x"}
    assert record.event_hash(one, gave.items(), KEYS) != record.event_hash(edited, gave.items(), KEYS)
