"""Who is delivering: a name that stands in the claims of a run, and dies with its process.

Whether a claim still counts must not be a matter of time: too long, and a killed run keeps its message back; too short,
and a slow one is overtaken and the message goes twice. So a run holds something that the system itself takes away when
the process ends, however it ends, and everybody can see whether it is held:

- On SQLite, whose processes are all on one machine, a lock (flock) on a file beside the database.
- On PostgreSQL an advisory lock of the run's own connection, over all machines. The run's claims are made over the same
  connection, so none can be made once the server has let the lock go.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, text
from sqlmodel import Session

from portaldesk.errors import StoreUnavailable, no_room
from portaldesk.services.opening import OpenStore
from portaldesk.services.places import Place
from portaldesk.store.record import Head

_FOLDER = ".portaldesk-senders"
_NAME = re.compile(r"[0-9a-f]{16}")
_CLASS = 0x50444B32  # "PDK2"; the number of the one writer's lock is of another kind (store/postgresql.py)
_HOLD = text("SELECT pg_advisory_lock(:kind, :number)")
_IS_FREE = text("SELECT pg_try_advisory_xact_lock(:kind, :number)")


@dataclass(frozen=True, slots=True)
class Sender:
    """A run that delivers. `name` stands in `claimed_by`."""

    name: str
    store: OpenStore
    connection: Connection

    @contextmanager
    def session(self, *, after: Head | None = None) -> Iterator[Session]:
        """A session that writes, over the one connection of this run. `after`: the record's head as it left it."""
        with self.store.session(over=self.connection, after=after) as session:
            yield session

    def is_gone(self, session: Session, name: str) -> bool:
        """Whether the run of this name is over. What is no name of ours holds nothing."""
        if not _NAME.fullmatch(name):
            return True
        if self.store.place.file is None:
            free = session.connection().execute(_IS_FREE, {"kind": _CLASS, "number": _number(name)})
            return bool(free.scalar())
        return _removed(self.store.place.beside / _FOLDER / name)


@contextmanager
def at_work(store: OpenStore) -> Iterator[Sender]:
    """A run that delivers from this store, until it is left.

    Raises: StoreUnavailable where the database cannot be reached, or the folder beside it takes no file.
    """
    name = secrets.token_hex(8)
    with store.connection() as connection:
        if store.place.file is None:
            connection.execute(_HOLD, {"kind": _CLASS, "number": _number(name)})
            connection.commit()  # the lock is the connection's, and outlives the transaction
            try:
                yield Sender(name, store, connection)
            finally:
                connection.invalidate()  # not back to the pool, where it would go on holding the lock
            return
        with _lock_file(store.place, name):
            yield Sender(name, store, connection)


@contextmanager
def _lock_file(place: Place, name: str) -> Iterator[None]:
    folder = place.beside / _FOLDER
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        for left in folder.iterdir():  # by runs that were killed
            _removed(left)
        handle = _locked(folder / name)
    except OSError as failure:
        if no_room(failure):
            raise StoreUnavailable("disk-full", "The disk is full; nothing was sent.", "Make room.") from None
        raise StoreUnavailable(
            "store-unwritable", "The folder of the database takes no new file.", "Check its owner and mode (0700)."
        ) from None
    try:
        yield
    finally:
        with suppress(OSError):
            (folder / name).unlink()
        os.close(handle)


def _locked(path: Path) -> int:
    """A handle that holds the file's lock. Who sweeps may come between making and locking: then it is made again."""
    while True:
        handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX)
        with suppress(FileNotFoundError):
            if os.path.samestat(os.stat(path), os.fstat(handle)):
                return handle
        os.close(handle)


def _removed(path: Path) -> bool:
    """Whether nobody holds this file; it is removed then. One that cannot be looked into may be held."""
    try:
        handle = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return True
    except OSError:  # another user's, or no handle left: taken for gone, its mail would go twice
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with suppress(OSError):
            path.unlink()
    except BlockingIOError:
        return False
    finally:
        os.close(handle)
    return True


def _number(name: str) -> int:
    """31 bits of the name: what the server takes beside the kind."""
    return int(name[:8], 16) >> 1
