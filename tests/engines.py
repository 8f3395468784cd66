"""Which database engine the stores of a test run live on, and where the database of a home is.

PORTALDESK_TEST_ENGINE says `sqlite` (so it is without it) or `postgresql`: then every home gets a database of its own
on a server of this process's own, named after the home, and gone with it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path

from portaldesk.services import places
from portaldesk.services.places import Place
from postgresql import Server, started

ENGINE = os.environ.get("PORTALDESK_TEST_ENGINE", "sqlite")
ON_SQLITE = ENGINE == "sqlite"
_made: dict[Path, str] = {}  # home → name of its database


def examples(many: int) -> int:
    """How many examples a property is tried with: fewer on a server, where each takes a database of its own."""
    return many if ON_SQLITE else max(5, many // 6)


def environment(home: Path) -> dict[str, str]:
    """What portaldesk is told to work with the store of this home; its database is made where there is none yet."""
    told = {"PORTALDESK_HOME": str(home)}
    return told if ON_SQLITE else told | {"PORTALDESK_DATABASE_URL": url(home)}


def url(home: Path) -> str:
    """Where the database of this home is."""
    return f"sqlite:///{home / 'portaldesk.db'}" if ON_SQLITE else server_here().url(_database(home))


def place(home: Path) -> Place:
    return places.place_of(environment(home))


def copy(template: Path, home: Path) -> None:
    """The same store in another folder. Nobody works with the template meanwhile; who has it open is cut off."""
    if ON_SQLITE:
        database = template / "portaldesk.db"
        if database.exists():
            with closing(sqlite3.connect(database)) as raw:  # so that no change lies outside of the file
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    else:
        drop_databases_under(None)
        _drop(home)
        _create(home, like=_database(template))
    shutil.copytree(template, home)


def remove(home: Path) -> None:
    """The home and its database are gone."""
    shutil.rmtree(home)
    _drop(home)


def drop_databases_under(folder: Path | None) -> None:
    """Of the homes in this folder, and of those that are gone."""
    for home in [one for one in _made if not one.exists() or (folder and folder in one.parents)]:
        _drop(home)


@cache
def server_here() -> Server:
    """The server of this process, which ends with it."""
    found = started()
    if found is None:
        raise RuntimeError("PORTALDESK_TEST_ENGINE is postgresql, and there is no PostgreSQL to be had here")
    return found


def _database(home: Path) -> str:
    return _made.get(home) or _create(home)


def _create(home: Path, *, like: str | None = None) -> str:
    name = "home_" + hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    if like is None:
        server_here().run(f"CREATE DATABASE {name}")
    else:
        server_here().run(
            f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{like}'",
            f"CREATE DATABASE {name} TEMPLATE {like} STRATEGY file_copy",
        )
    _made[home] = name
    return name


def _drop(home: Path) -> None:
    if home in _made:
        server_here().run(f"DROP DATABASE {_made.pop(home)} WITH (FORCE)")
