"""Sealed rows by the thousand: read as they are stored, proved together, and written each in its own event.

What `seals.whole` proves of one row, and `record.append` writes of one change, this does for as many as a bulk run
takes at once: no objects, one query a table, and statements that go to the driver as they are. Events are written one
by one all the same, for a permit lives only as long as its event is the newest.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from sqlmodel import Session

from portaldesk.store import driver, seals
from portaldesk.store.columns import time_text
from portaldesk.store.engine import POSTGRESQL
from portaldesk.store.events import Head, event_form, is_hashed, sure_head
from portaldesk.store.raw_rows import exactly
from portaldesk.store.record import EVENT_VALUES, SEAL_VALUES, Draft, Entry
from portaldesk.store.seals import is_sealed, key_column, keys_of, row_key, sealed_columns, sealed_form, table_name
from portaldesk.store.tables import Sealed

MOST_KEYS = 2000
"""So many keys in one query: SQLite takes 32,766 values, and a batch asks for three rows of each patient."""
PAGES_KIB = 32_768
"""Of SQLite's pages, for a connection that writes by the thousand: its own choice is 2 MB."""
Raw = Mapping[str, Any]
_T = TypeVar("_T")
_DETAILS = json.JSONEncoder(sort_keys=True, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Revision:
    """A stored row, all of it as it was read, and its new values; times as text."""

    table: type[Sealed]
    stored: Raw
    values: Raw


def by_column(
    session: Session, table: type[Sealed], column: str, values: Sequence[str], *, also: str = ""
) -> list[dict[str, Any]]:
    """The rows in which a column has one of these values, as the database holds them: times are text.

    `also`: a further condition on the columns.
    """
    columns = (*sealed_columns(table), "seal")
    named = ", ".join(f'"{name}"' for name in columns)
    query = f'SELECT {named} FROM "{table_name(table)}" WHERE "{column}" IN '  # noqa: S608
    found = within(session, query, values, f" AND {also}" if also else "")
    return [dict(zip(columns, row, strict=True)) for row in found]


def make_room(session: Session) -> None:
    """Let SQLite keep the pages of a large transaction in memory until its end, rather than write them twice."""
    if session.connection().dialect.name != POSTGRESQL:
        session.connection().exec_driver_sql(f"PRAGMA cache_size=-{PAGES_KIB}")


def parts(values: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """These values in their order, as many at a time as one query takes."""
    for at in range(0, len(values), MOST_KEYS):
        yield values[at : at + MOST_KEYS]


def within(session: Session, query: str, values: Sequence[Any], rest: str = "") -> list[tuple[Any, ...]]:
    """The rows of a query that ends in `IN`, for these values, however many."""
    connection, found = session.connection(), []
    mark = driver.mark_of(connection)
    with driver.cursor_of(connection) as cursor:
        for some in parts(values):
            sql = f"{query}({', '.join([mark] * len(some))}){rest}"
            try:
                found += cursor.execute(sql, some).fetchall()
            except connection.dialect.loaded_dbapi.OperationalError as failure:
                if "UTF-8" not in str(failure):
                    raise
                with exactly(session):  # bytes that are no text: they fit no seal, and are found by that
                    found += cursor.execute(sql, some).fetchall()
    return found


def altered(session: Session, rows: Iterable[tuple[type[Sealed], Raw]]) -> set[str]:
    """The names (`portal_account:MRN-7`) of those of these stored rows that are not as the record sealed them last.

    As `seals.whole`: a row carries its seal, its newest seal in the record is that one, and the event that gave it is
    right itself. `rows`: as `by_column` gives them.
    """
    keys, named = keys_of(session), {f"{table_name(t)}:{row[key_column(t)]}": (t, row) for t, row in rows}
    newest = _newest(session, list(named))
    sure = _whole_events(session, sorted({seq for seq, _ in newest.values()}))
    wrong, mark = set(), keys.seal.marker()
    for name, (table, row) in named.items():
        seq, seal = row["changed_seq"], row["seal"]
        # its columns stand as the seal covers them; where the key in use did not make it, an older one may have
        sealed = mark(sealed_form(table, list(row.values())[:-1])) == seal or is_sealed(table, row, keys)
        if not sealed or newest.get(name) != (seq, seal) or seq not in sure:
            wrong.add(name)
    return wrong


def prove(session: Session, rows: Iterable[Sealed]) -> None:
    """Let `seals.whole` know, for this transaction, that these loaded rows are as the record sealed them last.

    Those that are not are left for it to refuse.
    """
    named = {row_key(row): row for row in rows}
    newest = _newest(session, list(named))
    sure = _whole_events(session, sorted({seq for seq, _ in newest.values()}))
    proved = [
        row
        for name, row in named.items()
        if newest.get(name) == (row.changed_seq, row.seal) and row.changed_seq in sure
    ]
    seals.take_as_proved(session, proved)


def _newest(session: Session, names: Sequence[str]) -> dict[str, tuple[int, str]]:
    if session.connection().dialect.name == POSTGRESQL:
        query, rest = "SELECT DISTINCT ON (row_key) row_key, seq, seal", " ORDER BY row_key, seq DESC"
    else:  # SQLite: beside max() a bare column is of the row that holds it
        query, rest = "SELECT row_key, max(seq), seal", " GROUP BY row_key"
    found = within(session, f"{query} FROM audit_seal WHERE row_key IN ", names, rest)
    return {name: (seq, seal) for name, seq, seal in found}


def _whole_events(session: Session, numbers: Sequence[int]) -> set[int]:
    keys = keys_of(session)
    gave: dict[int, list[tuple[str, str]]] = {}
    for seq, name, seal in within(session, "SELECT seq, row_key, seal FROM audit_seal WHERE seq IN ", numbers):
        gave.setdefault(seq, []).append((name, seal))
    sure, mark = set(), keys.audit.marker()
    for values in within(session, f"SELECT {', '.join(EVENT_VALUES)} FROM audit_event WHERE seq IN ", numbers):  # noqa: S608
        *told, hash_ = values
        seals = gave.get(values[0], ())
        if mark(event_form(told, seals)) == hash_ or is_hashed(
            dict(zip(EVENT_VALUES, values, strict=True)), seals, keys
        ):
            sure.add(values[0])
    return sure


def append_each(session: Session, parts: Iterable[tuple[Entry, Sequence[Draft | Revision]]], *, now: datetime) -> int:
    """Write one event after the other, each followed by its rows in the order given; returns how many events.

    The same record as one `record.append` each. Values are as the database holds them: times as text.
    Raises: RecordAltered, as `record.append`.
    """
    last = sure_head(session)
    return append_after(session, last, parts, now=now).seq - last.seq


def append_after(
    session: Session, last: Head, parts: Iterable[tuple[Entry, Sequence[Draft | Revision]]], *, now: datetime
) -> Head:
    """As `append_each`, after a head that the caller has proved, or wrote itself; returns the new one."""
    keys, seq, prev = keys_of(session), last.seq, last.hash
    seal_by, hash_by = keys.seal.marker(), keys.audit.marker()
    now = max(now, last.at)
    at, mark = time_text(now), driver.mark_of(session.connection())
    all_seals: list[tuple[str, int, str]] = []
    writes: list[tuple[str, Sequence[Any]]] = []
    for entry, rows in parts:
        seq += 1
        seals = []
        ready = []
        for row in rows:
            table = row.table
            if isinstance(row, Draft):
                stored = {**row.values, "changed_seq": seq}
                columns = sealed_columns(table)
                covered = [stored[name] for name in columns]
                seal = seal_by(sealed_form(table, covered))
                key = stored[key_column(table)]
                more = _steering(table)
                steering = [stored.get(name) for name in more]
                insert = driver.insertion(table_name(table), (*columns, *more, "seal"), mark)
                ready.append((insert, [*covered, *steering, seal]))
            else:
                stored = {**row.stored, **row.values, "changed_seq": seq}
                seal = seal_by(sealed_form(table, [stored[name] for name in sealed_columns(table)]))
                key = stored[key_column(table)]
                ready.append((_update(table, tuple(row.values), mark), [*row.values.values(), seq, seal, key]))
            seals.append((f"{table_name(table)}:{key}", seal))
        event = _event(entry, seq, at, prev)
        prev = hash_by(event_form(event, seals))
        writes.append((driver.insertion("audit_event", EVENT_VALUES, mark), (*event, prev)))
        writes += ready
        all_seals += [(name, seq, seal) for name, seal in seals]
    with driver.cursor_of(session.connection()) as cursor:
        # all seals first: a trigger lets them in only for events that are not there yet
        if all_seals:
            cursor.executemany(driver.insertion("audit_seal", SEAL_VALUES, mark), all_seals)
        for sql, values in writes:
            cursor.execute(sql, values)
    return Head(seq, now, prev)


def _event(entry: Entry, seq: int, at: str, prev: str) -> tuple[Any, ...]:
    """In the order of `EVENT_COLUMNS`."""
    return (
        seq, at, entry.staff, entry.action, entry.patient, entry.outcome, entry.session, entry.check_id, entry.level,
        entry.reason, _DETAILS.encode(entry.details), prev,
    )  # fmt: skip


@cache
def _steering(table: type[Sealed]) -> tuple[str, ...]:
    """The columns without a seal that a new row brings."""
    return tuple(sorted(table.UNSEALED))


@cache
def _update(table: type[Sealed], names: tuple[str, ...], mark: str) -> str:
    """With the event's number, the seal and the row's key as the last of its values."""
    sets = ", ".join(f'"{n}" = {mark}' for n in (*names, "changed_seq", "seal"))
    return f'UPDATE "{table_name(table)}" SET {sets} WHERE "{key_column(table)}" = {mark}'  # noqa: S608
