"""The schema that migrations make is the one that the tables say, and the guards in it are the expected ones."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlmodel import SQLModel

from portaldesk.errors import StoreUnavailable
from portaldesk.gate import guards
from portaldesk.gate.triggers import expected_triggers
from portaldesk.services import opening, staff
from portaldesk.services.opening import OpenStore
from portaldesk.store import schema
from portaldesk.store.engine import APPLICATION_ID
from portaldesk.store.tables import build_all

MIGRATIONS = Path(schema.__file__).parent / "migrations"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OpenStore]:
    prepared = opening.prepare(opening.place_of({"PORTALDESK_HOME": str(tmp_path / "home")}), secrets_kind="file")
    now = datetime(2026, 11, 25, 10, tzinfo=UTC)
    admin = staff.first_admin("rosa", "umber lattice quarry 52 finch", prepared.keys, now=now)
    made = opening.finish(prepared, admin=admin, values={}, now=now)
    yield made
    made.engine.dispose()


def test_the_version_that_the_code_names_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == schema.HEAD


def test_the_migrated_schema_is_the_one_that_the_tables_say(store: OpenStore) -> None:
    build_all()
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []


def test_the_guards_in_a_new_store_are_the_expected_ones_and_known_by_their_digest(store: OpenStore) -> None:
    with store.engine.connect() as connection:
        assert schema.installed_triggers(connection) == expected_triggers()
    assert schema.digest_of(expected_triggers()) == guards.DIGEST, "triggers changed: run 'make guards'"


def test_a_new_store_is_marked_logged_ahead_and_closed_to_others(store: OpenStore) -> None:
    with closing(sqlite3.connect(store.place.database)) as raw:
        assert raw.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        assert raw.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    with store.engine.connect() as connection:
        for pragma, value in (("synchronous", 2), ("foreign_keys", 1), ("recursive_triggers", 1), ("secure_delete", 1)):
            assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value, pragma
    for path in (store.place.home, *store.place.home.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path.name


def test_a_database_that_is_not_ours_is_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "portaldesk.db")) as raw:
        raw.execute("CREATE TABLE alembic_version (version_num TEXT)")
        raw.commit()
    (tmp_path / "portaldesk.db").chmod(0o600)
    with pytest.raises(StoreUnavailable) as refused:
        opening.open_store(opening.place_of({"PORTALDESK_HOME": str(tmp_path)}))
    assert (refused.value.code, refused.value.exit_code) == ("not-ours", 8)
