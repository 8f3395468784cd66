"""Opening the store: an engine by where it lies, a session, and driver errors in our words.

An engine's transactions begin as we need them: what may write takes the one writer's turn before its first read, and
readers (`reading`) see one state without waiting for anybody. sqlite.py and postgresql.py say how.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from portaldesk.errors import DeskError, StoreUnavailable
from portaldesk.secret_keys import SecretKeys
from portaldesk.store import sqlite
from portaldesk.store.refusals import unkeepable
from portaldesk.store.seals import use_keys

POSTGRESQL = "postgresql"
# SQLAlchemy's pool logs a traceback where a connection broke as it was given back; what it means is told in our words.
logging.getLogger("sqlalchemy").addHandler(logging.NullHandler())


class Dialect(Protocol):
    """What differs between the engines; each is a module of this name."""

    def require_ours(self, connection: Connection) -> None:
        """Raises: StoreUnavailable where portaldesk did not make this database."""

    def installed_triggers(self, connection: Connection) -> dict[str, str]:
        """Name and text of every trigger in the database."""

    def drop_triggers(self, connection: Connection) -> None: ...

    def settle_tables(self, connection: Connection) -> None:
        """What every table of ours needs besides its migration."""

    def in_our_words(self, failure: DBAPIError) -> DeskError: ...

    def damaged(self) -> StoreUnavailable: ...

    def not_ours(self) -> StoreUnavailable: ...


def dialect_of(bound: Connection | Engine) -> Dialect:
    """The module of this connection's engine."""
    return _dialect(bound.dialect.name)


def engine_of(place: Path | URL) -> Engine:
    """An engine on a SQLite file, or on a PostgreSQL database.

    Raises: StoreUnavailable where there is no such file, or no driver.
    """
    if isinstance(place, Path):
        return sqlite.sqlite_engine(place)
    from portaldesk.store import postgresql

    return postgresql.postgresql_engine(place)


@contextmanager
def store_session(
    engine: Engine, keys: SecretKeys, *, reading: bool = False, over: Connection | None = None
) -> Iterator[Session]:
    """A session that verifies seals as it loads. The caller commits; leaving without a commit rolls back.

    `over`: a connection to write by, that outlives the session.
    """
    bound = over or (engine.execution_options(reading=True) if reading else engine)
    with Session(bound, expire_on_commit=False, autoflush=False) as session:
        use_keys(session, keys)
        try:
            yield session
        except DBAPIError as failure:
            session.rollback()
            raise in_our_words(failure) from failure
        except UnicodeEncodeError:  # no driver takes it to its database
            session.rollback()
            raise unkeepable() from None


def in_our_words(failure: DBAPIError) -> DeskError:
    """What a database driver's error means for the person at the desk."""
    foreign = type(failure.orig).__module__.startswith("psycopg")
    return _dialect(POSTGRESQL if foreign else "sqlite").in_our_words(failure)


def _dialect(name: str) -> Dialect:
    if name != POSTGRESQL:
        return sqlite
    from portaldesk.store import postgresql

    return postgresql
