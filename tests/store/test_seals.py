"""Seals: no two different rows have the same one, and a row that portaldesk did not write is refused as it is read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from desks import Clinic
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event
from sqlmodel import Session, select

import engines
from portaldesk.errors import RecordAltered
from portaldesk.gate.actors import Actor
from portaldesk.secret_keys import SecretKeys
from portaldesk.services import opening
from portaldesk.services.opening import OpenStore
from portaldesk.store import driver, many_rows, record, seals, tables
from portaldesk.store.canonical import canonical
from portaldesk.store.columns import time_text
from portaldesk.words import Role
from raw_stores import guards_down
from raw_stores import rows as rows_of

NOW = datetime(2030, 1, 1, 10, 0, tzinfo=UTC)
ROSA = Actor("rosa", Role.ADMIN, "S-rosa")
KEYS = SecretKeys.fresh()

texts = st.text(max_size=12)
values = st.one_of(st.none(), texts, st.integers(-(10**12), 10**12))
rows = st.lists(values, max_size=6)

only = pytest.mark.sqlite_only("PostgreSQL keeps only text in a column of text")
NUMBER, BYTES = pytest.param("19520715", marks=only), pytest.param("x'00'", marks=only)


@pytest.fixture
def store(clinic: Clinic) -> Iterator[OpenStore]:
    """A store with rosa and sam and one patient, MRN-1."""
    made = opening.open_store(engines.place(clinic.home))
    with made.session() as session:
        row = patient("MRN-1")
        record.append(session, ROSA.entry("import patients", "done", patient="MRN-1"), [record.new(row)], now=NOW)
        session.commit()
    yield made
    made.engine.dispose()


def patient(mrn: str, **more: object) -> tables.Patient:
    given_: dict[str, Any] = {
        "mrn": mrn, "given_name": "Zoë", "family_name": "Reyes", "birth_date": date(1952, 7, 15),
        "birth_date_evidence_from": NOW, "postal_code_evidence_from": NOW, "imported_at": NOW,
    }  # fmt: skip
    return tables.Patient(**(given_ | more))


def tampered(store: OpenStore, *statements: str) -> None:
    """Somebody with the file and without the guards."""
    with guards_down(store.place.home, put_back=False) as connection:
        for statement in statements:
            connection.execute(statement)


@given(rows, rows)
def test_two_different_lists_of_values_never_have_one_written_form(one: list[object], other: list[object]) -> None:
    assert (canonical(one) == canonical(other)) == ([(type(v), v) for v in one] == [(type(v), v) for v in other])


@given(st.lists(texts, min_size=1, max_size=5), st.integers(0, 60))
def test_moving_a_letter_from_one_column_to_the_next_changes_the_form(parts: list[str], at: int) -> None:
    joined = "".join(parts)
    split = [joined[: at % (len(joined) + 1)], joined[at % (len(joined) + 1) :]]
    if split != parts:
        assert canonical(split) != canonical(parts)


def test_null_is_not_empty_and_one_is_not_the_text_1() -> None:
    forms = [canonical([value]) for value in (None, "", "None", 0, "0", False, 1, "1", b"1", 1.0)]
    distinct = [canonical([None]), canonical([""]), canonical(["None"]), canonical([0]), canonical(["0"]),
                canonical([1]), canonical(["1"]), canonical([b"1"]), canonical([1.0])]  # fmt: skip
    assert len(set(distinct)) == len(distinct)
    assert set(forms) == set(distinct), "a flag is stored as 0 or 1, and sealed as what is stored"
    assert canonical(["s1:a"]) != canonical(["a"])


def test_the_written_form_is_the_one_that_stores_were_sealed_in() -> None:
    values = [None, "", "Zoë", 12, True, Role.ADMIN, date(1952, 7, 15), NOW, b"1", 1.0, "\ud800"]
    assert canonical(values) == (
        "n0:s0:s3:Zoëi2:12i1:1s5:admins10:1952-07-15s27:2030-01-01T10:00:00.000000Zx4:b'1'x3:1.0s1:\ud800"
    ).encode("utf-8", "surrogatepass")


@given(st.datetimes(timezones=st.timezones()))
def test_a_time_is_sealed_as_it_is_stored(at: datetime) -> None:
    assert canonical([at]) == canonical([time_text(at)]) == canonical([at.astimezone(UTC)])


@given(st.dates(), st.dates())
def test_a_date_is_sealed_as_it_is_stored(one: date, other: date) -> None:
    assert canonical([one]) == canonical([one.isoformat()])
    assert (canonical([one]) == canonical([other])) == (one == other)


def test_a_seal_covers_every_column_but_itself_and_the_named_few() -> None:
    for table in tables.sealed_tables():
        columns = {column.name for column in table.__table__.columns}  # type: ignore[attr-defined]
        assert set(seals.sealed_columns(table)) == columns - {"seal"} - table.UNSEALED, table


def test_the_same_values_in_another_table_or_under_another_key_have_another_seal() -> None:
    row = patient("MRN-1").model_dump()
    sealed = seals.seal_of(tables.Patient, row, KEYS)
    assert sealed != seals.seal_of(tables.Patient, row, SecretKeys.fresh())
    for column in ("mrn", "given_name", "merged_into", "changed_seq"):
        assert sealed != seals.seal_of(tables.Patient, row | {column: "2"}, KEYS), column


def test_a_row_edited_outside_is_refused_as_it_is_read_and_its_content_not_told(store: OpenStore) -> None:
    tampered(store, "UPDATE patient SET birth_date = '1960-01-01' WHERE mrn = 'MRN-1'")
    with store.session(reading=True) as session, pytest.raises(RecordAltered) as refused:
        session.get(tables.Patient, "MRN-1")
    assert (refused.value.exit_code, refused.value.code) == (9, "record-altered")
    assert "Reyes" not in str(refused.value)
    assert "1960" not in str(refused.value)


@pytest.mark.parametrize("value", ["'1952-7-15'", "'19520715'", "'yesterday'", NUMBER, BYTES])
def test_a_date_in_another_writing_is_refused_not_read(store: OpenStore, value: str) -> None:
    tampered(store, f"UPDATE patient SET birth_date = {value}")
    with store.session(reading=True) as session, pytest.raises(RecordAltered):
        session.get(tables.Patient, "MRN-1")


def test_a_row_put_back_to_its_own_older_state_is_found_before_it_gives_access(store: OpenStore) -> None:
    (old,) = rows_of(store.place.home, "SELECT postal_code, changed_seq, seal FROM patient")
    with store.session() as session:
        row = session.get_one(tables.Patient, "MRN-1")
        entry = ROSA.entry("import patients", "done", patient="MRN-1")
        record.append(session, entry, [record.changed(row, postal_code="67124")], now=NOW)
        session.commit()
    tampered(store, "UPDATE patient SET postal_code = '{}', changed_seq = {}, seal = '{}'".format(*old))
    with store.session(reading=True) as session:
        row = session.get_one(tables.Patient, "MRN-1")  # its own seal is right: only the record knows better
        with pytest.raises(RecordAltered):
            seals.whole(session, row)


def test_what_is_whole_is_given_back_as_it_is(store: OpenStore) -> None:
    with store.session(reading=True) as session:
        row = session.get_one(tables.Patient, "MRN-1")
        assert seals.whole(session, row) is row
        assert seals.whole(session, row) is row


def test_a_row_that_no_event_sealed_gives_no_access(store: OpenStore) -> None:
    tampered(store, "DELETE FROM audit_seal WHERE row_key = 'patient:MRN-1'")
    assert_refused(store)


def test_a_row_sealed_anew_by_whoever_has_the_seal_key_gives_no_access(store: OpenStore) -> None:
    with store.session(reading=True) as session:
        values = session.get_one(tables.Patient, "MRN-1").model_dump() | {"city": "Derby"}
        sealed = seals.seal_of(tables.Patient, values, seals.keys_of(session))
    tampered(store, f"UPDATE patient SET city = 'Derby', seal = '{sealed}' WHERE mrn = 'MRN-1'")
    assert_refused(store)


def test_a_row_whose_event_was_edited_gives_no_access(store: OpenStore) -> None:
    tampered(store, "UPDATE audit_event SET reason = 'x' WHERE seq = (SELECT changed_seq FROM patient)")
    assert_refused(store)


def assert_refused(store: OpenStore) -> None:
    with store.session(reading=True) as session:
        row = session.get_one(tables.Patient, "MRN-1")  # its own seal is right
        with pytest.raises(RecordAltered):
            seals.whole(session, row)


@pytest.fixture
def proofs(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What the record was asked for, as it is asked."""
    asked: list[object] = []
    found = driver.found

    def asking(*how: Any) -> list[tuple[Any, ...]]:
        asked.append(how)
        return found(*how)

    monkeypatch.setattr(driver, "found", asking)
    return asked


def test_what_was_proved_is_not_read_again_in_its_transaction(store: OpenStore, proofs: list[object]) -> None:
    with store.session() as session:
        entry = ROSA.entry("import patients", "done", patient="MRN-2")
        record.append(session, entry, [record.new(patient("MRN-2"))], now=NOW)
        session.commit()
        session.expunge_all()
        for mrn in ("MRN-1", "MRN-2"):
            seals.whole(session, session.get_one(tables.Patient, mrn))
        rows: list[object] = []
        event.listen(store.engine, "before_cursor_execute", lambda *seen: rows.append(seen[2]))
        proofs.clear()
        for mrn in ("MRN-1", "MRN-2"):
            seals.whole(session, session.get_one(tables.Patient, mrn))
        assert (rows, proofs) == ([], [])


def test_rows_that_were_proved_together_are_neither_read_nor_proved_again(
    store: OpenStore, proofs: list[object]
) -> None:
    with store.session() as session:
        many_rows.prove(session, session.exec(select(tables.Patient)).all())
        asked: list[object] = []
        event.listen(store.engine, "before_cursor_execute", lambda *seen: asked.append(seen[2]))
        proofs.clear()
        seals.whole(session, session.get_one(tables.Patient, "MRN-1"))
        assert (asked, proofs) == ([], [])


def test_a_row_is_proved_once_in_a_transaction_and_anew_in_the_next(store: OpenStore, proofs: list[object]) -> None:
    def asks() -> bool:
        proofs.clear()
        seals.whole(session, row)
        return bool(proofs)

    with store.session() as session:
        row, other = session.get_one(tables.Patient, "MRN-1"), patient("MRN-2")
        assert [asks(), asks()] == [True, False]
        entry = ROSA.entry("import patients", "done", patient="MRN-2")
        record.append(session, entry, [record.new(other), record.changed(row, city="Derby")], now=NOW)
        assert [asks(), asks()] == [True, False], "what was changed is proved anew"
        session.commit()
        session.connection()
        assert [asks(), asks()] == [True, False]


def test_a_session_without_keys_reads_what_it_finds(store: OpenStore) -> None:
    tampered(store, "UPDATE patient SET city = 'Derby'")
    with Session(store.engine) as session:
        assert session.get_one(tables.Patient, "MRN-1").city == "Derby"


def test_a_planted_row_with_a_copied_seal_is_refused(store: OpenStore) -> None:
    tampered(
        store,
        "CREATE TEMP TABLE copied AS SELECT * FROM patient", "UPDATE copied SET mrn = 'MRN-9'",
        "INSERT INTO patient SELECT * FROM copied",
    )  # fmt: skip
    with store.session(reading=True) as session:
        assert session.get(tables.Patient, "MRN-1") is not None
        with pytest.raises(RecordAltered):
            session.get(tables.Patient, "MRN-9")
