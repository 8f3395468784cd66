"""Opening the store: one engine, transactions that begin as we need them, and driver errors in our words.

SQLite: WAL, `synchronous=FULL`, foreign keys, secure delete. The driver begins nothing by itself; SQLAlchemy's `begin`
event does: BEGIN IMMEDIATE for what may write, so that the reads before a write see what it will be written upon, and
a plain BEGIN for readers (`reading`), who then never hold the write lock.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from portaldesk.errors import DeskError, RecordAltered, StoreUnavailable
from portaldesk.secret_keys import SecretKeys
from portaldesk.store.seals import use_keys

LOCK_WAIT_SECONDS = 5
APPLICATION_ID = 0x50444B31  # "PDK1": tells our files from other SQLite databases
GUARD = "portaldesk: "  # how every message of our triggers begins
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
        connection.execute(f"PRAGMA busy_timeout={LOCK_WAIT_SECONDS * 1000}")
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
        reading = connection.get_execution_options().get("reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def mark_as_ours(path: Path) -> None:
    """Put our mark and WAL mode into a new database file; both stay with the file."""
    connection = sqlite3.connect(path)
    try:
        connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()


@contextmanager
def store_session(engine: Engine, keys: SecretKeys, *, reading: bool = False) -> Iterator[Session]:
    """A session that verifies seals as it loads. The caller commits; leaving without a commit rolls back."""
    bound = engine.execution_options(reading=True) if reading else engine
    with Session(bound, expire_on_commit=False, autoflush=False) as session:
        use_keys(session, keys)
        try:
            yield session
        except DBAPIError as failure:
            session.rollback()
            raise in_our_words(failure) from failure


def in_our_words(failure: DBAPIError) -> DeskError:
    """What a database driver's error means for the person at the desk."""
    text = str(failure.orig)
    number = getattr(failure.orig, "sqlite_errorcode", None)
    if GUARD in text:
        return RecordAltered(
            "record-altered",
            f"The database refused the change ({text.partition(GUARD)[2]}).",
            "Nothing was changed. Run 'portaldesk audit verify' and tell an auditor.",
        )
    primary = number & 0xFF if isinstance(number, int) else None
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreUnavailable(
            "store-locked",
            f"Another process has held the store for {LOCK_WAIT_SECONDS} seconds.",
            "Nothing was changed. Try again; if it stays so, look for a program that keeps the database open.",
        )
    if primary == sqlite3.SQLITE_FULL or number in _NO_ROOM:
        return StoreUnavailable(
            "disk-full", "The disk is full; nothing was changed.", "Make room on the disk (or in its quota); try again."
        )
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
    return DeskError(
        "fault", f"The database answered unexpectedly ({type(failure.orig).__name__}).", "Please report this."
    )


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
