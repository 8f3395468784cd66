"""Statements that go to the driver as they are, where SQLAlchemy would take longer over them than the database does.

Values are in the database's own form (times as text); errors come as SQLAlchemy tells them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError


@contextmanager
def cursor_of(connection: Connection) -> Iterator[Any]:
    """The driver's own cursor in this transaction. Raises: DBAPIError."""
    dialect = connection.dialect
    dbapi: Any = dialect.loaded_dbapi
    under = connection.connection
    cursor = under.cursor()
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


def mark_of(connection: Connection) -> str:
    """What stands for a value in a statement that goes to the driver as it is."""
    return "?" if connection.dialect.positional else "%s"


@cache
def insertion(table: str, columns: tuple[str, ...], mark: str) -> str:
    """The statement that inserts one row of these columns."""
    names, marks = ", ".join(f'"{name}"' for name in columns), ", ".join([mark] * len(columns))
    return f'INSERT INTO "{table}" ({names}) VALUES ({marks})'  # noqa: S608
