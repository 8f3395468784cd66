"""The record: append-only, hash-chained audit events, and the one way in which sealed rows are written.

`append` writes one event with its seals and then the rows they belong to, in the order given. The database's triggers
accept a sealed row only if the newest seal that the record holds for it is the one it carries, so nothing changes
without an event. Reading order: `Entry`, `Change`, `append`, then the bulk form and the checks.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.orm import make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Session

from portaldesk.secret_keys import SecretKeys
from portaldesk.store import driver
from portaldesk.store.columns import PLAIN, stored_form, time_text
from portaldesk.store.events import (
    EVENT_COLUMNS,
    GENESIS,
    Head,
    event_hash,
    event_is_whole,
    head,
    is_hashed,
    require_whole_event,
    sure_head,
)
from portaldesk.store.seals import key_column, keys_of, row_key, seal_of, sealed_columns, table_name
from portaldesk.store.tables.base import Sealed

EVENT_VALUES = (*EVENT_COLUMNS, "hash")
SEAL_VALUES = ("row_key", "seq", "seal")
_HEAD_FOLLOWS = "UPDATE audit_head SET seq = ?, at = ?, hash = ?"
Write = tuple[str, Sequence[Any]]
"""A statement and its values, as `driver.write` takes them."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What an event says. `details` holds methods, references, masked addresses: never an answer or a secret."""

    action: str
    outcome: str
    staff: str | None = None
    patient: str | None = None
    session: str = ""
    check_id: str | None = None
    level: str | None = None
    reason: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """A sealed row and the values it is to have: the whole of a new row, or what differs in a stored one."""

    row: Sealed
    values: Mapping[str, Any]
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A new sealed row as plain values, all but `changed_seq` and `seal`: an object costs ten times as much."""

    table: type[Sealed]
    values: Mapping[str, Any]


@cache
def defaults(table: type[Sealed]) -> dict[str, Any]:
    """What the columns of a new row hold where nothing is said."""
    return {name: info.default for name, info in table.model_fields.items() if not info.is_required()}


def new(row: Sealed) -> Change:
    """A row to be inserted."""
    return Change(row, {}, is_new=True)


def changed(row: Sealed, **values: Any) -> Change:
    """A stored row and its new values. The row keeps its old ones until `append` writes them."""
    assert values.keys() <= type(row).CHANGING, f"{table_name(type(row))} may not change {sorted(values)}"
    return Change(row, values)


def next_seq(session: Session) -> int:
    """The number that the next event will have; sure only inside a writing transaction."""
    return head(session).seq + 1


def append(session: Session, entry: Entry, changes: Sequence[Change] = (), *, now: datetime) -> int:
    """Write one event, and with it the rows it changes, in the order given (a permit before what it allows).

    `now` is UTC and not before the last event. Returns the event's number.
    Raises: RecordAltered where the last event is not the one the head names (an event cut off, or a forged head).
    """
    last = sure_head(session)
    keys, seq = keys_of(session), last.seq + 1
    seals: list[tuple[str, str]] = []
    with session.no_autoflush:
        ready: list[tuple[Change, dict[str, Any]]] = []
        for change in changes:
            table = type(change.row)
            merged = {n: getattr(change.row, n) for n in sealed_columns(table)}
            merged |= {**change.values, "changed_seq": seq}
            seal = seal_of(table, merged, keys)
            seals.append((row_key(change.row), seal))
            ready.append((change, {**change.values, "changed_seq": seq, "seal": seal}))
        rows = [_as_written(change, values) for change, values in ready]
        _write_event(session, entry, seq, seals, last.hash, max(now, last.at), rows)
        for change, values in ready:
            _is_written(session, change, values)
    return seq


def _as_written(change: Change, values: Mapping[str, Any]) -> Write:
    """One row by its own statement: the order is ours, and a flush for each row would cost three times as much."""
    row, table = change.row, type(change.row)
    if not change.is_new:
        stored = [stored_form(value) for value in (*values.values(), getattr(row, key_column(table)))]
        return _update(table, tuple(values)), stored
    for name, value in values.items():
        setattr(row, name, value)
    columns = _columns(table)
    return driver.insertion(table_name(table), columns, "?"), [stored_form(getattr(row, name)) for name in columns]


def _is_written(session: Session, change: Change, values: Mapping[str, Any]) -> None:
    """Let the object stand in the session as if it had been flushed."""
    if change.is_new:
        make_transient_to_detached(change.row)
        session.add(change.row)
    else:
        for name, value in values.items():
            set_committed_value(change.row, name, value)


@cache
def _columns(table: type[Sealed]) -> tuple[str, ...]:
    return tuple(c.name for c in table.__table__.columns)  # type: ignore[attr-defined]


@cache
def _update(table: type[Sealed], names: tuple[str, ...]) -> str:
    """With the row's key as the last of its values."""
    sets = ", ".join(f'"{name}" = ?' for name in names)
    return f'UPDATE "{table_name(table)}" SET {sets} WHERE "{key_column(table)}" = ?'  # noqa: S608


def append_many(
    session: Session, entries: Iterable[tuple[Entry, Sequence[Sealed | Draft]]], *, now: datetime, batch: int = 2000
) -> int:
    """Write many events and their *new* rows, in batches; the same record as one `append` each, for imports.

    Returns how many events were written. Rows are inserted table by table, in the order in which tables first appear.
    """
    last = sure_head(session)
    keys, seq, prev, at = keys_of(session), last.seq, last.hash, stored_form(max(now, last.at))
    connection = session.connection()
    events: list[tuple[Any, ...]] = []
    seal_rows: list[tuple[Any, ...]] = []
    rows: dict[type[Sealed], list[tuple[Any, ...]]] = {}
    for entry, new_rows in entries:
        seq += 1
        seals = []
        for row in new_rows:
            draft = row if isinstance(row, Draft) else _draft(row)
            table = draft.table
            # written once in the database's form: the seal and the statement both take it from here
            values: dict[str, Any] = {
                name: value if type(value) in PLAIN else stored_form(value) for name, value in draft.values.items()
            }
            values["changed_seq"] = seq
            values["seal"] = seal = seal_of(table, values, keys)
            seals.append((f"{table_name(table)}:{values[key_column(table)]}", seal))
            rows.setdefault(table, []).append(tuple([values[name] for name in _columns(table)]))
        one = _event_values(entry, seq, seals, prev, at, keys)
        prev = one["hash"]
        events.append(tuple(one.values()))
        seal_rows += [(k, seq, s) for k, s in seals]
        if len(events) >= batch:
            _write_batch(connection, events, seal_rows, rows)
            events, seal_rows, rows = [], [], {}
    _write_batch(connection, events, seal_rows, rows)
    return seq - last.seq


def reseal(
    session: Session, entry: Entry, table: type[Sealed], rows: Sequence[Mapping[str, Any]], *, now: datetime
) -> int:
    """Write one event that gives stored rows of a table new seals and says nothing new of them.

    `rows`: all sealed columns of each, exactly as they are stored and proved by the caller. A spent permit carries the
    mark of the event that gave its newest seal.
    Returns the event's number. Raises: RecordAltered as `append`.
    """
    last = sure_head(session)
    keys, seq, key, name = keys_of(session), last.seq + 1, key_column(table), table_name(table)
    given = [(row[key], seal_of(table, {**row, "changed_seq": seq}, keys)) for row in rows]
    names = ("changed_seq", "seal", *(["spent_seq"] if "spent_seq" in table.UNSEALED else []))
    update, marks = _update(table, names), [seq] * (len(names) - 2)
    _write_event(
        session, entry, seq, [(f"{name}:{k}", seal) for k, seal in given], last.hash, max(now, last.at),
        [(update, (seq, seal, *marks, k)) for k, seal in given],
    )  # fmt: skip
    return seq


def _draft(row: Sealed) -> Draft:
    table = type(row)
    return Draft(table, {c.name: getattr(row, c.name) for c in table.__table__.columns})  # type: ignore[attr-defined]


def _write_batch(
    connection: Connection,
    events: list[tuple[Any, ...]],
    seal_rows: list[tuple[Any, ...]],
    rows: dict[type[Sealed], list[tuple[Any, ...]]],
) -> None:
    _write_many(connection, "audit_seal", SEAL_VALUES, seal_rows)
    _write_many(connection, "audit_event", EVENT_VALUES, events)
    for table, values in rows.items():
        _write_many(connection, table_name(table), _columns(table), values)


def _write_many(connection: Connection, table: str, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
    """Rows in the database's own form, straight to the driver: to bind each value anew takes as long as to seal it."""
    if rows:
        connection.exec_driver_sql(driver.insertion(table, tuple(columns), driver.mark_of(connection)), rows)


def _write_event(
    session: Session, entry: Entry, seq: int, seals: list[tuple[str, str]], prev: str, at: datetime,
    rows: Sequence[Write],
) -> None:  # fmt: skip
    """The event, its seals, and the rows that it changes."""
    connection = session.connection()
    values = _event_values(entry, seq, seals, prev, stored_form(at), keys_of(session))
    new_seal, new_event = (
        driver.insertion(table, columns, "?")
        for table, columns in (("audit_seal", SEAL_VALUES), ("audit_event", EVENT_VALUES))
    )
    # seals first: a trigger lets them in only for events that are not there yet
    first: list[Write] = [(new_seal, (row, seq, seal)) for row, seal in seals]
    driver.write(connection, [*first, (new_event, [*map(stored_form, values.values())]), *rows])
    # the trigger has moved the head; where the triggers were dropped, the refusal's own event must not tear the record
    if head(session).seq < seq:
        driver.write(connection, [(_HEAD_FOLLOWS, (seq, values["at"], values["hash"]))])


def _event_values(
    entry: Entry, seq: int, seals: list[tuple[str, str]], prev: str, at: object, keys: SecretKeys
) -> dict[str, Any]:
    """The columns of an event, in the order of `EVENT_VALUES`; `at` as a time or as its text."""
    values: dict[str, Any] = {
        "seq": seq, "at": at, "staff": entry.staff, "action": entry.action, "patient": entry.patient,
        "outcome": entry.outcome, "session": entry.session, "check_id": entry.check_id, "level": entry.level,
        "reason": entry.reason, "details": json.dumps(entry.details, sort_keys=True, ensure_ascii=False),
        "prev_hash": prev,
    }  # fmt: skip
    return values | {"hash": event_hash(values, seals, keys)}


def anchor(session: Session) -> str:
    """`SEQ:HASH`: the head, to be kept elsewhere (only that shows a whole store rolled back)."""
    last = head(session)
    return f"{last.seq}:{last.hash}"


def time_of(session: Session) -> datetime:
    """When the last event was written (UTC)."""
    return head(session).at


__all__ = [
    "EVENT_COLUMNS",
    "EVENT_VALUES",
    "GENESIS",
    "SEAL_VALUES",
    "Change",
    "Draft",
    "Entry",
    "Head",
    "anchor",
    "append",
    "append_many",
    "changed",
    "defaults",
    "event_hash",
    "event_is_whole",
    "head",
    "is_hashed",
    "new",
    "next_seq",
    "require_whole_event",
    "reseal",
    "sure_head",
    "time_text",
]
