"""Statements that go to the driver as they are, where SQLAlchemy would take longer over them than the database does.

Values are in the database's own form (times as text); errors come as SQLAlchemy tells them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

_AT_ONCE = 5_000  # rows that PostgreSQL sends; ours


@contextmanager
def cursor_of(connection: Connection, **how: Any) -> Iterator[Any]:
    """The driver's own cursor in this transaction, made so. Raises: DBAPIError."""
    dialect = connection.dialect
    dbapi: Any = dialect.loaded_dbapi
    under = connection.connection
    cursor = under.cursor(**how)
    try:
        yield cursor
    except dbapi.Error as failure:
        is_lost = dialect.is_disconnect(failure, under.dbapi_connection, cursor)
        if is_lost:
            connection.invalidate(failure)
        raise DBAPIError.instance(
            None, None, failure, dbapi.Error, connection_invalidated=is_lost, dialect=dialect
        ) from failure
    finally:
        cursor.close()


def found(connection: Connection, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """The rows that a query finds. `statement`: a ? for each value, and neither ? nor % besides. Raises: DBAPIError."""
    with cursor_of(connection) as cursor:
        rows: list[tuple[Any, ...]] = cursor.execute(_worded(statement, mark_of(connection)), values).fetchall()
    return rows


def streamed(connection: Connection, statement: str) -> Iterator[tuple[Any, ...]]:
    """The rows of a query one after the other, never all of them in memory. One at a time. Raises: DBAPIError."""
    on_server: Any = getattr(connection.dialect.loaded_dbapi, "ServerCursor", None)  # psycopg's; SQLite needs no such
    with cursor_of(connection, **({"name": "portaldesk_rows"} if on_server else {})) as cursor:
        if on_server:
            cursor.itersize = _AT_ONCE
        yield from cursor.execute(statement)


def write(connection: Connection, statements: Sequence[tuple[str, Sequence[Any]]]) -> None:
    """Run statements in their order, each with its values; their text as of `found`. Raises: DBAPIError.

    PostgreSQL gets all of them at once, and the first that is refused is the one that is told.
    """
    mark = mark_of(connection)
    with cursor_of(connection) as cursor, _at_once(connection) if len(statements) > 1 else nullcontext():
        for statement, values in statements:
            cursor.execute(_worded(statement, mark), values)


def _at_once(connection: Connection) -> AbstractContextManager[Any]:
    """Nobody waits for a statement's answer before sending the next, where the driver and its library can do that."""
    pipeline: Any = getattr(connection.dialect.loaded_dbapi, "Pipeline", None)
    under: Any = connection.connection.driver_connection
    return under.pipeline() if pipeline is not None and pipeline.is_supported() else nullcontext()


@cache
def _worded(statement: str, mark: str) -> str:
    return statement.replace("?", mark)


def mark_of(connection: Connection) -> str:
    """What stands for a value in a statement that goes to the driver as it is."""
    return "?" if connection.dialect.positional else "%s"


@cache
def insertion(table: str, columns: tuple[str, ...], mark: str) -> str:
    """The statement that inserts one row of these columns."""
    names, marks = ", ".join(f'"{name}"' for name in columns), ", ".join([mark] * len(columns))
    return f'INSERT INTO "{table}" ({names}) VALUES ({marks})'  # noqa: S608
