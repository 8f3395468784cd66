"""A store is what this version says: migrations, tables, guards and file modes all agree, or it is refused."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from desks import Clinic
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

import engines
from portaldesk.errors import DeskError, RecordAltered, StoreUnavailable
from portaldesk.gate import guards
from portaldesk.gate.triggers import expected_triggers
from portaldesk.services import opening
from portaldesk.services.opening import Place
from portaldesk.store import schema
from portaldesk.store.engine import in_our_words
from portaldesk.store.sqlite import APPLICATION_ID, sqlite_engine
from portaldesk.store.tables import build_all
from raw_stores import raw

SCRIPTS = Path(schema.__file__).parent / "migrations"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An empty database, migrated to the head."""
    made = sqlite_engine(tmp_path / "new.db", create=True)
    with made.connect() as connection:
        schema.upgrade_schema(connection, expected_triggers())
        connection.commit()
    yield made
    made.dispose()


def place(clinic: Clinic) -> Place:
    return engines.place(clinic.home)


def test_the_newest_migration_is_the_version_that_an_opening_asks_for() -> None:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [schema.HEAD]
    older = [one.revision for one in scripts.walk_revisions()][1:]
    assert older == sorted(guards.OF_OLDER, reverse=True), "every older version needs the digest of its guards"


def test_the_migrated_schema_is_the_tables(engine: Engine) -> None:
    build_all()
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []
        assert schema.version_of(connection) == schema.HEAD


def test_the_guards_are_those_of_the_gates_table_and_their_digest_is_written_down(engine: Engine) -> None:
    with engine.connect() as connection:
        assert schema.installed_triggers(connection) == expected_triggers()
    for name, digest in guards.DIGEST.items():
        assert schema.digest_of(expected_triggers(name)) == digest, "the guards changed: run make guards"


@pytest.mark.parametrize("change", ["dropped", "another text", "one more"])
def test_guards_that_are_not_this_versions_are_refused_and_never_put_back_silently(engine: Engine, change: str) -> None:
    name, sql = next(iter(expected_triggers().items()))
    with engine.connect() as connection:
        if change != "one more":
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        if change == "another text":
            connection.exec_driver_sql(sql.replace("portaldesk: ", "portaldesk:  ", 1))
        if change == "one more":
            connection.exec_driver_sql(sql.replace(f"TRIGGER {name}", "TRIGGER extra", 1))
        with pytest.raises(RecordAltered) as refused:
            schema.require_triggers(connection, guards.DIGEST)
        assert refused.value.code == "triggers-altered"
        schema.drop_triggers(connection)
        schema.install_triggers(connection, expected_triggers())
        schema.require_triggers(connection, guards.DIGEST)


def test_a_digest_tells_names_from_texts() -> None:
    assert schema.digest_of({"a": "bc"}) != schema.digest_of({"ab": "c"})
    assert schema.digest_of({"a": "1", "b": "2"}) != schema.digest_of({"a": "2", "b": "1"})
    assert schema.digest_of({"a": "1", "b": "2"}) == schema.digest_of({"b": "2", "a": "1"})


def test_every_file_is_closed_to_others_and_every_folder_too(clinic: Clinic) -> None:
    assert clinic.sam("find", "nobody").code == 0
    assert stat.S_IMODE(clinic.home.stat().st_mode) == 0o700
    found = {path: stat.S_IMODE(path.stat().st_mode) for path in clinic.home.rglob("*")}
    assert {path.name for path in found} >= {"secrets.json", "outbox"}
    for path, mode in found.items():
        assert mode == (0o700 if path.is_dir() else 0o600), path.name


@pytest.mark.sqlite_only("about the file; test_postgresql.py has the server's")
def test_a_store_is_wal_full_and_holds_its_foreign_keys(clinic: Clinic) -> None:
    store = opening.open_store(place(clinic))
    with store.engine.connect() as connection:
        asked = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers", "secure_delete",
                         "trusted_schema", "application_id", "busy_timeout")
        }  # fmt: skip
        assert asked == {
            "journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "recursive_triggers": 1, "secure_delete": 1,
            "trusted_schema": 0, "application_id": APPLICATION_ID, "busy_timeout": 5000,
        }  # fmt: skip
        assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
    store.engine.dispose()


def refusal(clinic: Clinic, code: str) -> DeskError:
    with pytest.raises(StoreUnavailable) as refused:
        opening.open_store(place(clinic))
    assert refused.value.code == code
    return refused.value


@pytest.mark.sqlite_only("about the file; test_postgresql.py has the server's")
def test_a_foreign_sqlite_file_is_refused_and_left_as_it_was(clinic: Clinic) -> None:
    database = clinic.home / "portaldesk.db"
    _remove(database)
    with closing(sqlite3.connect(database)) as other:
        other.execute("CREATE TABLE alembic_version (version_num)")
        other.execute("INSERT INTO alembic_version VALUES (?)", (schema.HEAD,))
        other.commit()
    database.chmod(0o600)
    before = database.read_bytes()
    refusal(clinic, "not-ours")
    assert database.read_bytes() == before
    assert (clinic.sam("find", "ana", "--json").code, database.read_bytes()) == (8, before)


@pytest.mark.sqlite_only("about the file; test_postgresql.py has the server's")
def test_a_file_that_is_no_database_is_refused(clinic: Clinic) -> None:
    database = clinic.home / "portaldesk.db"
    _remove(database)
    database.write_text("Dear diary, " * 400)
    database.chmod(0o600)
    refusal(clinic, "not-ours")


def test_no_store_is_said_and_none_is_made(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable) as refused:
        opening.open_store(engines.place(tmp_path / "nowhere"))
    assert refused.value.code == "no-store"
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(("version", "code"), [("0000", "older-store"), ("9999", "newer-store")])
def test_a_store_of_another_version_says_which_way(clinic: Clinic, version: str, code: str) -> None:
    with raw(clinic.home, autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (version,))
    error = refusal(clinic, code)
    assert ("portaldesk upgrade" in error.hint) == (code == "older-store")


def test_what_a_guard_refuses_is_said_in_our_words(clinic: Clinic) -> None:
    store = opening.open_store(place(clinic))
    with store.engine.connect() as connection, pytest.raises(DBAPIError) as failed:
        connection.exec_driver_sql("INSERT INTO audit_seal (row_key, seq, seal) VALUES ('x', 1, 'y')")
    store.engine.dispose()
    said = in_our_words(failed.value)
    assert (said.exit_code, said.code) == (9, "record-altered")
    assert "Nothing was changed" in said.hint


def _remove(database: Path) -> None:
    for path in database.parent.glob("portaldesk.db*"):
        path.unlink()
