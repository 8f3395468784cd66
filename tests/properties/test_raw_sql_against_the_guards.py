"""One statement of raw SQL, by any client, with the guards in place: refused, and nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from gate_model import GUARDED
from gate_world import BEGIN_AT, LOCKED, SETTINGS, STAFF, Rows, check_of, fresh, rows_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines import ON_SQLITE, examples
from portaldesk.errors import RecordAltered
from portaldesk.gate import permits
from portaldesk.services import contacts, unlocking
from portaldesk.services.opening import OpenStore
from portaldesk.words import Action, ContactKind
from raw_stores import REFUSED, fitting, raw

BORN_BY_PERMIT = ("permit", "identity_check", "recovery_credential", "change_request")
OR = st.sampled_from(["", "OR REPLACE ", "OR IGNORE ", "OR ROLLBACK ", "OR FAIL "] if ON_SQLITE else [""])


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenStore]:
    """A clinic in a call: a live strong check, a spent permit, an open request, an unused unlock."""
    opened = fresh(tmp_path_factory.mktemp("sql"))
    with opened.session() as session:
        sam = STAFF["sam"]
        check_of(session, sam, LOCKED, photo=True, now=BEGIN_AT)
        ask = permits.for_check(session, sam, Action.UPDATE_CONTACT, LOCKED, now=BEGIN_AT)
        contacts.ask(session, ask, ContactKind.EMAIL, "new@example.net", settings=SETTINGS, now=BEGIN_AT)
        permit = permits.for_check(session, sam, Action.UNLOCK, LOCKED, now=BEGIN_AT)
        unlocking.unlock(session, permit, settings=SETTINGS, now=BEGIN_AT)
        session.commit()
    yield opened
    opened.engine.dispose()


def _values(rows: Rows) -> st.SearchStrategy[Any]:
    """Anything, and above all what stands somewhere in the store: ids, hashes, seals, numbers, times, words."""
    known = {value for table in rows.values() for row in table.values() for value in row.values()}
    words = [*Action, "check", "approval", "redemption", "sign-in", "asked", "renewal", "passed", "strong", "effective"]
    there = st.sampled_from(sorted(known, key=repr))
    return st.one_of(there, there, st.sampled_from(words), st.none(), st.integers(-2, 200), st.text(max_size=8))


def _fitting(value: Any, rows: dict[Any, dict[str, Any]], column: str) -> Any:
    return fitting(value, next((row[column] for row in rows.values() if row[column] is not None), ""))


def _refused(store: OpenStore, before: Rows, sql: str, values: list[Any]) -> None:
    with raw(store.place.home, autocommit=True) as connection:
        try:
            done = connection.execute(sql, values).rowcount
        except (
            *REFUSED,
            psycopg.DataError,
        ):  # a guard, or the schema's own constraints; a slip in our SQL is no refusal
            done = 0
    assert rows_of(store.place.home) == before, sql
    # an UPDATE that writes what was there is no change; all others must not even claim to have done something
    assert done <= 0 or sql.startswith("UPDATE"), sql


@settings(max_examples=examples(250), deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.data())
def test_no_update_of_a_guarded_column_passes(store: OpenStore, data: st.DataObject) -> None:
    before = rows_of(store.place.home)
    values = _values(before)
    columns = data.draw(st.sets(st.sampled_from(GUARDED), min_size=1, max_size=3).map(sorted))
    along = data.draw(st.sets(st.sampled_from(["permit_id", "changed_seq", "seal", "mrn"])).map(sorted))
    written = [*columns, *along]
    sql = f"UPDATE {data.draw(OR)}portal_account SET " + ", ".join(f"{c} = ?" for c in written)
    new = [_fitting(data.draw(values), before["portal_account"], c) for c in written]
    where = data.draw(st.sampled_from(["", " WHERE mrn = 'M-1'", " WHERE mrn = 'M-2'", " WHERE status = 'new'"]))
    _refused(store, before, sql + where, new)


@settings(max_examples=examples(250), deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.data())
def test_no_row_that_gives_access_is_put_in_or_rewritten(store: OpenStore, data: st.DataObject) -> None:
    before = rows_of(store.place.home)
    values = _values(before)
    table = data.draw(st.sampled_from(BORN_BY_PERMIT))
    like = dict(data.draw(st.sampled_from(sorted(before[table].values(), key=repr))))
    for column in data.draw(st.sets(st.sampled_from(sorted(like)), min_size=1)):
        like[column] = _fitting(data.draw(values), before[table], column)
    names = ", ".join(like)
    sql = f"INSERT {data.draw(OR)}INTO {table} ({names}) VALUES ({', '.join('?' * len(like))})"
    if data.draw(st.booleans()):
        key = "id"
        sql = (
            sql.replace("OR IGNORE ", "")
            + f" ON CONFLICT ({key}) DO UPDATE SET "
            + ", ".join(f"{c} = excluded.{c}" for c in like if c != key)
        )
    _refused(store, before, sql, list(like.values()))


@settings(max_examples=examples(150), deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.data())
def test_no_row_that_gives_access_is_changed_or_deleted(store: OpenStore, data: st.DataObject) -> None:
    before = rows_of(store.place.home)
    table = data.draw(st.sampled_from([*BORN_BY_PERMIT, "portal_account", "audit_event", "audit_seal", "audit_head"]))
    some = sorted(next(iter(before[table].values())))
    column = data.draw(st.sampled_from(some))
    if data.draw(st.booleans()):
        _refused(store, before, f"DELETE FROM {table} WHERE {column} IS NULL OR {column} IS NOT NULL", [])
    else:
        value = _fitting(data.draw(_values(before)), before[table], column)
        _refused(store, before, f"UPDATE {data.draw(OR)}{table} SET {column} = ?", [value])


def test_a_whole_call_forged_by_sql_with_the_guards_in_place_is_refused_by_the_next_command(tmp_path: Path) -> None:
    """Whoever writes event, seal and row by hand gets past the triggers, not past the key outside the database."""
    store = fresh(tmp_path)
    with raw(store.place.home) as connection:
        head = connection.row("audit_head", "id = 1")
        seq = head["seq"] + 1
        connection.execute("INSERT INTO audit_seal VALUES ('identity_check:C-1', ?, 'forged')", (seq,))
        connection.execute(
            "INSERT INTO audit_event (seq, at, staff, action, patient, outcome, session, reason, details, prev_hash, "
            "hash) VALUES (?, ?, 'sam', 'verify-identity', ?, 'passed', 'S-sam', '', '{}', ?, 'forged')",
            (seq, head["at"], LOCKED, head["hash"]),
        )
        evidence = '[{"method": "birth-date", "outcome": "match"}, {"method": "photo-id", "outcome": "attested"}]'
        connection.execute(
            "INSERT INTO identity_check (id, patient, staff, session, caller, reason, outcome, level, evidence, wrong, "
            "ask_order, spoiled, started_at, expires_at, ended_why, changed_seq, seal) VALUES ('C-1', ?, 'sam', "
            "'S-sam', 'patient', '', 'passed', 'strong', ?, 0, '[]', '[]', ?, '2999-01-01T00:00:00.000000Z', '', ?, "
            "'forged')",
            (LOCKED, evidence, head["at"], seq),
        )
        connection.commit()
    before = rows_of(store.place.home)
    with store.session() as session, pytest.raises(RecordAltered):
        permits.for_check(session, STAFF["sam"], Action.ISSUE_TEMP_LOGIN, LOCKED, now=BEGIN_AT)
    store.engine.dispose()
    assert rows_of(store.place.home) == before
