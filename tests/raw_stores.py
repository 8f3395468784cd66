"""A store's database without portaldesk: what whoever owns it can read and do, on either engine."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from engines import ENGINE, ON_SQLITE, place, server_here
from portaldesk.gate.triggers import expected_triggers
from portaldesk.store.sqlite import APPLICATION_ID

REFUSED = (sqlite3.IntegrityError, psycopg.errors.RaiseException, psycopg.IntegrityError)
"""A guard, or a constraint of the schema; a slip in a test's SQL is none of them."""
Values = Sequence[object] | Mapping[str, object]


class Raw:
    """A connection as the database's owner: no foreign keys are held, on PostgreSQL as a replica's session is.

    Values are `?` in order, or `:name`.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def execute(self, sql: str, values: Values = ()) -> Any:
        """A cursor of the driver's."""
        if ON_SQLITE:
            return self._connection.execute(sql, values)
        if values:
            sql = re.sub(r"(?<!:):([a-z_]+)", r"%(\1)s", sql.replace("%", "%%").replace("?", "%s"))
        return self._connection.execute(sql, values or None)

    def commit(self) -> None:
        self._connection.commit()

    def row(self, table: str, where: str, values: Values = ()) -> dict[str, Any]:
        """The first row of these, by column."""
        cursor = self.execute(f'SELECT * FROM "{table}" WHERE {where}', values)
        return dict(zip([column[0] for column in cursor.description], cursor.fetchone(), strict=True))

    def insert(self, table: str, values: Mapping[str, object], *, verb: str = "INSERT") -> None:
        names = ", ".join(f'"{name}"' for name in values)
        self.execute(f'{verb} INTO "{table}" ({names}) VALUES ({", ".join("?" * len(values))})', tuple(values.values()))

    def key_columns(self) -> dict[str, list[str]]:
        """Every table's name, with the columns of its primary key."""
        if ON_SQLITE:
            names = [name for (name,) in self.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return {
                name: [row[1] for row in self.execute(f'PRAGMA table_info("{name}")') if row[5]]
                for name in sorted(names)
            }
        found: dict[str, list[str]] = {}
        for table, column in self.execute(
            "SELECT c.relname, a.attname FROM pg_class c LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary "
            "LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey) "
            "WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace ORDER BY 1, a.attnum"
        ):
            found.setdefault(table, []).extend([column] if column else [])
        return found

    def guards(self) -> dict[str, str]:
        """Each trigger's name, and the statements that put it back once it was dropped."""
        if ON_SQLITE:
            return dict(self.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall())
        return {
            name: f'{made}; ALTER TABLE "{table}" ENABLE ALWAYS TRIGGER "{name}"'
            for name, table, made in self.execute(
                "SELECT tgname, tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"
            )
        }

    def drop_guards(self, *names: str) -> None:
        """These, or all of them."""
        for name in names or self.guards():
            if ON_SQLITE:
                self.execute(f'DROP TRIGGER "{name}"')
            else:
                ((table,),) = self.execute(
                    "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = ?", (name,)
                ).fetchall()
                self.execute(f'DROP TRIGGER "{name}" ON {table}')

    def plant_guard(self, name: str, moment: str) -> None:
        """A trigger of that name which does nothing; `moment`: "BEFORE DELETE ON permit"."""
        if ON_SQLITE:
            self.execute(f"CREATE TRIGGER {name} {moment} BEGIN SELECT 1; END")
        else:
            self.execute(
                f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
            )
            self.execute(f"CREATE TRIGGER {name} {moment} FOR EACH ROW EXECUTE FUNCTION {name}()")

    def install_guards(self) -> None:
        """All that this version has, where there is none."""
        for name, sql in expected_triggers(ENGINE).items():
            if not ON_SQLITE:
                self.execute(f'DROP FUNCTION IF EXISTS "{name}"()')
            self.execute(sql)


def fitting(value: Any, like: object) -> Any:
    """The value as a column that holds `like` can hold it: PostgreSQL asks for the column's type, SQLite does not."""
    if ON_SQLITE or value is None:
        return value
    if isinstance(like, bool):
        return bool(value)
    if isinstance(like, int):
        return value if isinstance(value, int) else len(value)
    return str(value).replace("\0", "")


@contextmanager
def raw(home: Path, *, autocommit: bool = False) -> Iterator[Raw]:
    """Open the database of this home. What was not committed is rolled back at the end."""
    if ON_SQLITE:
        database = place(home).file
        assert database is not None
        connection = sqlite3.connect(database, isolation_level=None if autocommit else "")
    else:
        connection = server_here().connect(str(place(home).database.database))  # type: ignore[union-attr]
        connection.execute("SET session_replication_role = replica")
        connection.autocommit = autocommit
    try:
        yield Raw(connection)
    finally:
        connection.close()


@contextmanager
def guards_down(home: Path, *, put_back: bool) -> Iterator[Raw]:
    """Whoever owns the database drops every trigger, works, and (`put_back`) hides it by the text they had."""
    with raw(home) as connection:
        guards = connection.guards()
        connection.drop_guards()
        yield connection
        if put_back:
            for sql in guards.values():
                connection.execute(sql)
        connection.commit()


@contextmanager
def held(home: Path) -> Iterator[None]:
    """Somebody else has the one writer's turn, and changes nothing."""
    with raw(home, autocommit=True) as connection:
        if ON_SQLITE:
            connection.execute("BEGIN IMMEDIATE")
        else:
            connection.execute("BEGIN")
            connection.execute(f"SELECT pg_advisory_xact_lock({APPLICATION_ID})")
        yield
        connection.execute("ROLLBACK")


def rows(home: Path, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """What stands in the database."""
    with raw(home) as connection:
        return [tuple(row) for row in connection.execute(sql, values).fetchall()]


def everything(home: Path) -> bytes:
    """The bytes of every file of the database, and on a server the text of every row besides (files may be packed)."""
    if ON_SQLITE:
        return b"".join(path.read_bytes() for path in home.glob("portaldesk.db*"))
    with raw(home, autocommit=True) as connection:
        ((folder,),) = connection.execute(
            "SELECT 'base/' || oid FROM pg_database WHERE datname = current_database()"
        ).fetchall()
        connection.execute("CHECKPOINT")
        files = [path.read_bytes() for path in (server_here().folder / "data" / folder).iterdir()]
        texts = [
            repr(connection.execute(f'SELECT * FROM "{name}"').fetchall()).encode() for name in connection.key_columns()
        ]
    return b"".join(files + texts)
