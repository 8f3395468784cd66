"""Stored rows exactly as the database holds them, judged against the record: the auditor's and the mender's reading.

The ORM reads a time as a datetime, 2 in a yes/no column as yes, and refuses text that is no UTF-8. Whoever edited the
file counts on that, so here values come straight from the driver, are sealed again as they are, and compared. Nothing
is held in memory but the row at hand: both the rows of a table and the seals of the record are read in key order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeGuard

from sqlalchemy import Connection, Integer, text
from sqlmodel import Session

from portaldesk.secret_keys import SecretKeys
from portaldesk.store import tables
from portaldesk.store.engine import POSTGRESQL
from portaldesk.store.seals import is_sealed, key_column, keys_of, sealed_columns, table_name
from portaldesk.store.tables import Permit, Sealed

CHANGED = "was changed outside portaldesk"
PLANTED = "was put in outside portaldesk: no event of the record carries it"
OLDER = "was put back to an older state"
MISSING = "is missing: the record sealed it, the table does not hold it"
SPENT_MARK = "does not carry the mark of the event that spent it"
_BATCH = 2000
_IN_BATCHES = {"stream_results": True, "max_row_buffer": _BATCH}  # or PostgreSQL's driver holds them all


@dataclass(frozen=True, slots=True)
class Altered:
    """A sealed row that is not as portaldesk wrote it: `portal_account:MRN-7`, never its content."""

    row: str
    seq: int | None
    what: str


@contextmanager
def exactly(session: Session) -> Iterator[Connection]:
    """The session's connection, reading every text, also one that is no UTF-8 (which then fits no seal).

    PostgreSQL keeps none that is not.
    """
    connection = session.connection()
    if _on_postgresql(connection):
        yield connection
        return
    driver: Any = connection.connection.driver_connection
    before = driver.text_factory
    driver.text_factory = _text
    try:
        yield connection
    finally:
        driver.text_factory = before


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def rows(connection: Connection, sql: str, **values: object) -> Iterator[tuple[Any, ...]]:
    """Rows of a query in batches, untouched by any type of ours; `values` are its `:names`."""
    result = connection.execute(text(sql), values, execution_options=_IN_BATCHES)
    try:
        while batch := result.fetchmany(_BATCH):
            yield from (tuple(row) for row in batch)
    finally:
        result.close()


def columns_of(table: type[Sealed]) -> tuple[str, ...]:
    """The columns that prove a row: what its seal covers, the seal, and a permit's spent mark."""
    return (*sealed_columns(table), "seal", *(("spent_seq",) if table is Permit else ()))


def judge(
    table: type[Sealed], values: Mapping[str, Any], newest: tuple[Any, Any] | None, keys: SecretKeys
) -> str | None:
    """What is wrong with a row, given the number and seal that the record holds as its newest; None: it is whole."""
    if newest is None:
        return PLANTED
    if not is_sealed(table, values, keys):
        return CHANGED
    if (values["changed_seq"], values["seal"]) != newest:
        return OLDER
    # the one unsealed column that gives access: a permit is spent in its own event or never
    if table is Permit and values["spent_seq"] != values["changed_seq"]:
        return SPENT_MARK
    return None


@dataclass(frozen=True, slots=True)
class KeyRange:
    """Rows of one sealed table: keys from `first` on, before `end`; None: from the beginning, to the end."""

    table: type[Sealed]
    first: str | None = None
    end: str | None = None


def key_ranges(session: Session, table: type[Sealed], *, most: int) -> list[KeyRange]:
    """The whole table in ranges of about `most` rows, the last one whatever is left."""
    connection, name, key = session.connection(), table_name(table), key_column(table)
    bounds: list[str | None] = [None]
    step = f'SELECT "{key}" FROM "{name}"{{}} ORDER BY "{key}" LIMIT 1 OFFSET {most}'  # noqa: S608
    while not _by_number(table):
        after = {} if bounds[-1] is None else {"last": bounds[-1]}
        found = next(rows(connection, step.format(f' WHERE "{key}" >= :last' if after else ""), **after), None)
        if found is None or not isinstance(found[0], str) or not found[0].isprintable():
            break  # a key that portaldesk never writes bounds nothing
        bounds.append(found[0])
    return [KeyRange(table, first, end) for first, end in zip(bounds, [*bounds[1:], None], strict=True)]


def altered_rows(session: Session, some: KeyRange) -> Iterator[Altered]:
    """Every row of these that is edited, planted, put back or missing. Read inside `exactly`."""
    connection, keys, table = session.connection(), keys_of(session), some.table
    name, key_name, columns = table_name(table), key_column(table), columns_of(table)
    sql, values_of = newest_seals_query(connection, some)
    newest = rows(connection, sql, **values_of)
    sealed = next(newest, None)
    sql, values_of = rows_query(some)
    for row in rows(connection, sql, **values_of):
        values = dict(zip(columns, row, strict=True))
        if not isinstance(values[key_name], str | int):  # a key that portaldesk never writes; it sorts first or last
            yield Altered(f"{name}:?", None, PLANTED)
            continue
        row_key = f"{name}:{values[key_name]}"
        while sealed is not None and _bytes(sealed[0]) < _bytes(row_key):
            yield Altered(shown(sealed[0]), _number(sealed[1]), MISSING)
            sealed = next(newest, None)
        mine = None
        if sealed is not None and sealed[0] == row_key:
            mine, sealed = sealed[1:], next(newest, None)
        what = judge(table, values, mine, keys)
        if what is not None:
            yield Altered(shown(row_key), _number(values["changed_seq"]), what)
    while sealed is not None:
        yield Altered(shown(sealed[0]), _number(sealed[1]), MISSING)
        sealed = next(newest, None)


def altered_since(session: Session, after: int, last: int) -> Iterator[Altered]:
    """As `altered_rows`, for the rows of any table that the events `after` + 1 to `last` sealed last."""
    connection, keys = session.connection(), keys_of(session)
    named = {table_name(table): table for table in tables.sealed_tables()}
    later = "SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq"
    given = (
        f"SELECT row_key, seq, seal FROM audit_seal s WHERE seq > :after AND seq <= :last AND NOT EXISTS ({later}) "  # noqa: S608
        "ORDER BY seq, row_key"
    )
    for row_key, seq, seal in rows(connection, given, after=after, last=last):
        name, _, key = row_key.partition(":") if isinstance(row_key, str) else ("", "", "")
        if name not in named:
            continue
        values = raw_row(session, named[name], key)
        what = MISSING if values is None else judge(named[name], values, (seq, seal), keys)
        if what is not None:
            yield Altered(shown(row_key), _number(seq), what)


def sampled(session: Session, table: type[Sealed], *, most: int) -> Iterator[Altered]:
    """As `altered_rows` for about `most` rows spread over the table; missing rows are not looked for."""
    connection, keys = session.connection(), keys_of(session)
    name, key_name, columns = table_name(table), key_column(table), columns_of(table)
    ((count,),) = rows(connection, f'SELECT count(*) FROM "{name}"')  # noqa: S608
    step = max(1, count // most)
    every = f"TABLESAMPLE BERNOULLI ({100 / step})" if _on_postgresql(connection) else f"WHERE rowid % {step} = 0"
    query = f'SELECT {_quoted(columns)} FROM "{name}" {every} LIMIT {most}'  # noqa: S608
    for row in list(rows(connection, query)):
        values = dict(zip(columns, row, strict=True))
        row_key = f"{name}:{values[key_name]}"
        what = judge(table, values, newest_seal(connection, row_key), keys)
        if what is not None:
            yield Altered(shown(row_key), _number(values["changed_seq"]), what)


@dataclass(frozen=True, slots=True)
class Proof:
    """A row as it is stored, and number and seal that the record holds as its newest: what `judge` judges by."""

    key: object
    row_key: str
    values: Mapping[str, Any]
    newest: tuple[Any, Any] | None


def proofs(
    session: Session, table: type[Sealed], *, where: str, after: object, limit: int, values: Mapping[str, object]
) -> list[Proof]:
    """The next rows of a table `t` that meet a condition, in the order of their keys. Read inside `exactly`."""
    name, key, columns = table_name(table), key_column(table), columns_of(table)
    listed = ", ".join(f't."{column}"' for column in columns)
    newest = f"(SELECT max(n.seq) FROM audit_seal n WHERE n.row_key = '{name}:' || t.\"{key}\")"  # noqa: S608
    query = (
        f'SELECT {listed}, s.seq, s.seal FROM "{name}" t '  # noqa: S608
        f"LEFT JOIN audit_seal s ON s.row_key = '{name}:' || t.\"{key}\" AND s.seq = {newest} "
        f'WHERE {where}{_following(key, after)} ORDER BY t."{key}" LIMIT {limit}'
    )
    if after is not None:
        values = {**values, "after": _bytes(after) if _is_no_utf8(after) else after}
    found = []
    for row in rows(session.connection(), query, **values):
        *stored, seq, seal = row
        named = dict(zip(columns, stored, strict=True))
        found.append(Proof(named[key], f"{name}:{named[key]}", named, None if seq is None else (seq, seal)))
    return found


def _following(key: str, after: object) -> str:
    if after is None:
        return ""
    return f' AND t."{key}" > ' + ("CAST(:after AS TEXT)" if _is_no_utf8(after) else ":after")


def _is_no_utf8(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and any("\udc80" <= letter <= "\udcff" for letter in value)


def raw_row(session: Session, table: type[Sealed], key: str) -> dict[str, Any] | None:
    """One row as it is stored, None where it is not there. Read inside `exactly`."""
    columns, name = columns_of(table), table_name(table)
    query = f'SELECT {_quoted(columns)} FROM "{name}" WHERE "{key_column(table)}" = :key'  # noqa: S608
    found = next(rows(session.connection(), query, key=key), None)
    return None if found is None else dict(zip(columns, found, strict=True))


def standing(session: Session, table: type[Sealed], key: str) -> str | None:
    """What is wrong with one row, None where it is whole (or was never there)."""
    with exactly(session) as connection:
        values, newest = raw_row(session, table, key), newest_seal(connection, f"{table_name(table)}:{key}")
        if values is None:
            return None if newest is None else MISSING
        return judge(table, values, newest, keys_of(session))


def newest_seal(connection: Connection, row_key: str) -> tuple[Any, Any] | None:
    """Number and seal of the newest event that sealed this row."""
    query = "SELECT seq, seal FROM audit_seal WHERE row_key = :row_key ORDER BY seq DESC LIMIT 1"
    try:
        return next(rows(connection, query, row_key=row_key), None)
    except UnicodeEncodeError:  # a key that is no UTF-8: the record never sealed it
        return None


def shown(row_key: object) -> str:
    """A row's name for a report; one that was tampered into something unreadable is not repeated."""
    if isinstance(row_key, str) and row_key.isprintable() and len(row_key) <= 120:
        return row_key
    return "a row whose key is unreadable"


def rows_query(some: KeyRange) -> tuple[str, dict[str, str]]:
    """The columns that prove each row, in the order of the keys' bytes, and the values of the query's `:names`."""
    table, key = some.table, key_column(some.table)
    bounds = {"first": some.first, "end": some.end}
    values = {bound: value for bound, value in bounds.items() if value is not None}
    where = " AND ".join(f'"{key}" {"<" if bound == "end" else ">="} :{bound}' for bound in values)
    return (
        f'SELECT {_quoted(columns_of(table))} FROM "{table_name(table)}" {"WHERE " if where else ""}{where} '  # noqa: S608
        f"ORDER BY {_in_text_order(table)}",
        values,
    )


def newest_seals_query(connection: Connection, some: KeyRange) -> tuple[str, dict[str, str]]:
    """Key, number and seal of the newest seal of each row, as `rows_query`; the database picks the newest itself."""
    name = table_name(some.table)
    values = {"first": f"{name}:{some.first or ''}", "end": f"{name};" if some.end is None else f"{name}:{some.end}"}
    of_these = "FROM audit_seal WHERE row_key >= :first AND row_key < :end"  # ';' follows ':'
    if _on_postgresql(connection):
        return f"SELECT DISTINCT ON (row_key) row_key, seq, seal {of_these} ORDER BY row_key, seq DESC", values
    # SQLite: beside max() a bare column is of the row that holds it
    return f"SELECT row_key, max(seq), seal {of_these} GROUP BY row_key ORDER BY row_key", values


def _on_postgresql(connection: Connection) -> bool:
    return connection.dialect.name == POSTGRESQL


def _by_number(table: type[Sealed]) -> bool:
    return isinstance(table.__table__.columns[key_column(table)].type, Integer)  # type: ignore[attr-defined]


def _in_text_order(table: type[Sealed]) -> str:
    name = key_column(table)
    return f'CAST("{name}" AS TEXT)' if _by_number(table) else f'"{name}"'


def _quoted(columns: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in columns)


def _bytes(text: str) -> bytes:
    """The order in which both engines compare our text."""
    return text.encode("utf-8", "surrogateescape")


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None
