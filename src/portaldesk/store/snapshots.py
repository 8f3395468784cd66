"""A consistent copy of a whole store in a SQLite file, and such a file poured into a database that is empty.

From SQLite it is `VACUUM INTO`, which reads one state while desks go on writing and leaves out what was deleted; from
PostgreSQL, every table read in one snapshot of the server.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from sqlalchemy import Boolean, Connection, Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlmodel import SQLModel

from portaldesk.errors import StoreUnavailable
from portaldesk.store import raw_rows, schema, tables
from portaldesk.store.engine import POSTGRESQL, in_our_words
from portaldesk.store.sqlite import mark_as_ours, sqlite_engine

_BATCH = 2000


def snapshot(engine: Engine, into: Path, triggers: Mapping[str, str]) -> None:
    """Copy the store behind `engine` into a new SQLite file, 0600.

    `triggers`: those of SQLite, for a copy of another engine's store. A copy of a SQLite store has the ones that are
    there, missing or altered ones too.
    Raises: StoreUnavailable; OSError.
    """
    os.close(os.open(into, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    if engine.dialect.name == POSTGRESQL:
        _from_server(engine, into, triggers)
        return
    assert engine.url.database is not None
    try:
        with closing(sqlite3.connect(engine.url.database, isolation_level=None)) as raw:
            raw.execute("VACUUM INTO ?", (str(into),))
    except sqlite3.Error as failure:
        raise in_our_words(OperationalError(None, None, failure)) from None


def _from_server(engine: Engine, into: Path, triggers: Mapping[str, str]) -> None:
    making = sqlite_engine(into, create=True)
    try:
        with engine.execution_options(reading=True).connect() as source, making.connect() as target:
            schema.upgrade_schema(target, {})
            pour(source, target)
            schema.install_triggers(target, triggers)
            target.commit()
    except DBAPIError as failure:
        raise in_our_words(failure) from None
    finally:
        making.dispose()
    mark_as_ours(into)


def pour(source: Connection, target: Connection) -> None:
    """Copy every row of every table as it is stored; the target has the same version, no rows and no triggers."""
    tables.build_all()
    for table in SQLModel.metadata.sorted_tables:
        names = [column.name for column in table.columns]
        listed = ", ".join(f'"{name}"' for name in names)
        yes_or_no = [n for n, column in enumerate(table.columns) if isinstance(column.type, Boolean)]
        write = text(
            f'INSERT INTO "{table.name}" ({listed}) VALUES ({", ".join(f":{name}" for name in names)})'  # noqa: S608
        )
        batch: list[dict[str, object]] = []
        for row in raw_rows.rows(source, f'SELECT {listed} FROM "{table.name}"'):  # noqa: S608
            values = list(row)
            for n in yes_or_no:
                values[n] = None if values[n] is None else bool(values[n])
            batch.append(dict(zip(names, values, strict=True)))
            if len(batch) == _BATCH:
                target.execute(write, batch)
                batch = []
        if batch:
            target.execute(write, batch)


def require_sound(engine: Engine) -> None:
    """Raises: StoreUnavailable `damaged`, `not-ours` where SQLite itself cannot read the file through."""
    try:
        with engine.execution_options(reading=True).connect() as connection:
            answer = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    except DBAPIError as failure:
        raise in_our_words(failure) from None
    if answer != "ok":
        raise StoreUnavailable("damaged", "The database file is damaged.", "Put back an older backup.")
