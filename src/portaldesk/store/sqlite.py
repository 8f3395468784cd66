"""SQLite: an engine on one file, what its errors mean, and what its catalogue tells of our schema.

WAL, `synchronous=FULL`, foreign keys, secure delete. The driver begins nothing by itself; SQLAlchemy's `begin` event
does: BEGIN IMMEDIATE for what may write, so that the reads before a write see what it will be written upon, and a plain
BEGIN for readers, who then never hold the write lock.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from random import uniform
from time import monotonic, sleep
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError

from portaldesk.errors import DeskError, StoreUnavailable
from portaldesk.store.refusals import GUARD, LOCK_WAIT_SECONDS, disk_full, guarded, locked, unexpected

APPLICATION_ID = 0x50444B31  # "PDK1": tells our files from other SQLite databases
BETWEEN_ASKING = (0.002, 0.008)
"""Seconds, at least and at most: twenty who wait cost a fourteenth of a processor, and the turn is taken at once."""
_PATIENT = f"PRAGMA busy_timeout={LOCK_WAIT_SECONDS * 1000}"
_WRITES = "BEGIN IMMEDIATE"
_UNDONE_IN_MEMORY, _SORTED_ON_DISK = "PRAGMA temp_store=MEMORY", "PRAGMA temp_store=DEFAULT"
"""A trigger may refuse, so each statement first keeps the pages it changes; in a temporary file (with patients' data in
it) once a transaction is large, which takes longer than the triggers do. Who reads much may sort more than fits in."""
_NO_ROOM = (sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE)
"""What SQLite says where a quota or a limit on file sizes ends the room: only ENOSPC becomes SQLITE_FULL."""


def sqlite_engine(path: Path, *, create: bool = False) -> Engine:
    """An engine on one SQLite file.

    Raises: StoreUnavailable where it is not there (unless `create`).
    """
    if not create and not path.exists():
        raise StoreUnavailable(
            "no-store", "There is no portaldesk store here yet.", "An admin sets it up with: portaldesk init"
        )
    engine = create_engine(URL.create("sqlite", database=str(path)))  # as text, "?" and "%" in a path would be read

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself
        connection.execute(_PATIENT)
        connection.execute("PRAGMA foreign_keys=ON")
        try:
            connection.execute("PRAGMA recursive_triggers=ON")  # or REPLACE deletes without a trigger
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA secure_delete=ON")
            connection.execute("PRAGMA trusted_schema=OFF")
        except UnicodeDecodeError:  # the driver chokes on SQLite's own message, which quotes the torn schema
            raise damaged() from None

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        told = connection.get_execution_options()
        reading, migrating = told.get("reading", False), told.get("migrating", False)
        connection.connection.execute(_SORTED_ON_DISK if reading or migrating else _UNDONE_IN_MEMORY)
        if migrating:  # a table made anew would take its children's rows for orphans
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        if reading:
            connection.exec_driver_sql("BEGIN")
        else:
            _take_turn(connection)

    return engine


def _take_turn(connection: Connection) -> None:
    """Begin as the one writer; who waits asks every few milliseconds, however long they have waited.

    SQLite's own wait asks ever more seldom, down to ten times a second: who just came passes by who waited, and with
    twenty desks some wait their five seconds for nothing.
    """
    asking = connection.connection.cursor()
    asking.execute("PRAGMA busy_timeout=0")
    try:
        _ask_for_turn(connection, asking)
    finally:
        asking.execute(_PATIENT)
        asking.close()


def _ask_for_turn(connection: Connection, asking: Any) -> None:
    until = monotonic() + LOCK_WAIT_SECONDS
    while monotonic() < until:
        try:
            asking.execute(_WRITES)
            return
        except sqlite3.OperationalError as refusal:
            if refusal.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                break  # asked once more below, where the answer becomes one of ours
        sleep(uniform(*BETWEEN_ASKING))  # noqa: S311 - no secret: so that not all ask at once
    connection.exec_driver_sql(_WRITES)


def mark_as_ours(path: Path) -> None:
    """Put our mark and WAL mode into a new database file; both stay with the file."""
    connection = sqlite3.connect(path)
    try:
        connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()


def require_ours(connection: Connection) -> None:
    """Raises: StoreUnavailable `not-ours` unless the file carries our mark and was given tables."""
    made = "SELECT 1 FROM sqlite_master WHERE name='alembic_version'"
    ours = connection.exec_driver_sql("PRAGMA application_id").scalar() == APPLICATION_ID
    if not ours or connection.execute(text(made)).first() is None:
        raise not_ours()


def installed_triggers(connection: Connection) -> dict[str, str]:
    """Name and text of every trigger in the database."""
    rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type='trigger'"))
    return {row.name: row.sql for row in rows}


def drop_triggers(connection: Connection) -> None:
    for name in installed_triggers(connection):
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')


def settle_tables(connection: Connection) -> None:
    """What every table of ours needs besides its migration: on SQLite nothing."""


def in_our_words(failure: DBAPIError) -> DeskError:
    """What SQLite's error means for the person at the desk."""
    text = str(failure.orig)
    number = getattr(failure.orig, "sqlite_errorcode", None)
    if GUARD in text:
        return guarded(text)
    primary = number & 0xFF if isinstance(number, int) else None
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return locked()
    if primary == sqlite3.SQLITE_FULL or number in _NO_ROOM:
        return disk_full()
    if primary == sqlite3.SQLITE_NOTADB:
        return not_ours()
    unwritable = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM)
    if primary in unwritable or number == sqlite3.SQLITE_IOERR_SHMOPEN:
        return StoreUnavailable(
            "store-unwritable",
            "The database cannot be opened or written; nothing was changed.",
            "Check who owns the data folder and its files (folder 0700, files 0600) and whether the disk is read-only.",
        )
    # Our statements are fixed and were tried: one that no longer fits its tables has met another schema than ours.
    if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_IOERR) or isinstance(failure.orig, sqlite3.OperationalError):
        return damaged()
    return unexpected(failure.orig)


def damaged() -> StoreUnavailable:
    """The refusal for a database file that SQLite cannot read."""
    return StoreUnavailable(
        "damaged", "The database file is damaged.", "Stop using it and put back the last good backup."
    )


def not_ours() -> StoreUnavailable:
    """The refusal for a database that portaldesk did not make."""
    return StoreUnavailable(
        "not-ours",
        "The database file is not a portaldesk store.",
        "Set PORTALDESK_HOME to the right folder, or put back the last good backup.",
    )
