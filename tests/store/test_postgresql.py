"""The store on PostgreSQL: its guards as the catalogue tells them, its text in the order of bytes, its refusals."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from desks import ROSA_PASSWORD, Ran, run
from sqlalchemy import Engine, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from portaldesk.errors import DeskError
from portaldesk.gate import guards
from portaldesk.gate.triggers import expected_triggers
from portaldesk.services import opening
from portaldesk.store import schema
from portaldesk.store.engine import engine_of, in_our_words
from portaldesk.store.tables import build_all
from postgresql import SUPERUSER, WITH_PASSWORD, Server, server

pytestmark = pytest.mark.postgresql_only("about PostgreSQL itself")


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    with server() as found:
        if found is None:
            pytest.skip("no PostgreSQL on this machine")
        found.run("CREATE DATABASE made", f"CREATE ROLE {WITH_PASSWORD} LOGIN SUPERUSER PASSWORD 'heron slate 9'")
        engine = engine_of(make_url(found.url("made")))
        with engine.connect() as connection:
            schema.upgrade_schema(connection, expected_triggers("postgresql"))
            connection.commit()
        engine.dispose()
        yield found


@pytest.fixture
def engine(running: Server) -> Iterator[Engine]:
    """A database of its own with our tables and guards."""
    running.run("CREATE DATABASE one TEMPLATE made")
    made = engine_of(make_url(running.url("one")))
    yield made
    made.dispose()
    running.run("DROP DATABASE one WITH (FORCE)")


def asked(*args: str, url: str, home: Path, input: str = "") -> Ran:
    return run(*args, "--json", input=input, home=home, env={"PORTALDESK_DATABASE_URL": url})


def test_the_catalogue_tells_the_guards_as_they_were_made(engine: Engine) -> None:
    with engine.connect() as connection:
        assert schema.installed_triggers(connection) == expected_triggers("postgresql")
        schema.require_triggers(connection, guards.DIGEST)


@pytest.mark.parametrize(
    "change",
    [
        "DROP TRIGGER permit_has_ground ON permit",
        "ALTER TABLE permit DISABLE TRIGGER permit_has_ground",
        "ALTER TABLE permit ENABLE TRIGGER permit_has_ground",  # no longer ALWAYS: off for a replica's session
        "ALTER TABLE permit ENABLE REPLICA TRIGGER permit_has_ground",
        "CREATE OR REPLACE FUNCTION permit_has_ground() RETURNS trigger LANGUAGE plpgsql "
        "SET search_path = public, pg_temp AS 'BEGIN RETURN NEW; END'",
        "ALTER FUNCTION permit_has_ground() RESET search_path",
        "ALTER FUNCTION permit_has_ground() SET search_path = pg_temp, public",
        "ALTER FUNCTION permit_has_ground() SET row_security = off",
        "ALTER FUNCTION permit_has_ground() SECURITY DEFINER",
        "GRANT EXECUTE ON FUNCTION audit_event_moves_head() TO PUBLIC",
        "ALTER TRIGGER permit_has_ground ON permit RENAME TO another",
        "CREATE TRIGGER another BEFORE UPDATE ON permit FOR EACH ROW EXECUTE FUNCTION permit_has_ground()",
        "CREATE TRIGGER permit_has_ground BEFORE INSERT ON audit_event FOR EACH ROW "
        "EXECUTE FUNCTION permit_has_ground()",
        "CREATE RULE another AS ON DELETE TO permit DO INSTEAD NOTHING",
        "CREATE OR REPLACE TRIGGER permit_has_ground BEFORE INSERT ON permit FOR EACH ROW WHEN (false) "
        "EXECUTE FUNCTION permit_has_ground()",
        "CREATE OR REPLACE TRIGGER permit_has_ground AFTER INSERT ON permit FOR EACH ROW "
        "EXECUTE FUNCTION permit_has_ground()",
        "CREATE OR REPLACE TRIGGER permit_has_ground BEFORE INSERT ON permit FOR EACH STATEMENT "
        "EXECUTE FUNCTION permit_has_ground()",
        "CREATE OR REPLACE TRIGGER permit_spent_once BEFORE UPDATE OF mrn ON permit FOR EACH ROW "
        "EXECUTE FUNCTION permit_spent_once()",
    ],
)
def test_a_guard_that_was_touched_is_seen_and_can_be_put_back(engine: Engine, change: str) -> None:
    with engine.connect() as connection:
        connection.execute(text(change))
        with pytest.raises(DeskError) as refused:
            schema.require_triggers(connection, guards.DIGEST)
        assert refused.value.code == "triggers-altered"
        schema.drop_triggers(connection)
        schema.install_triggers(connection, expected_triggers("postgresql"))
        schema.require_triggers(connection, guards.DIGEST)


def test_the_migrated_schema_is_the_tables(engine: Engine) -> None:
    build_all()
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []
        assert schema.version_of(connection) == schema.HEAD


def test_text_is_ordered_by_its_bytes_whatever_the_language_of_the_database(running: Server) -> None:
    running.run(
        "CREATE DATABASE icu TEMPLATE template0 ENCODING UTF8 LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C'"
    )
    made = engine_of(make_url(running.url("icu")))
    try:
        with made.connect() as connection:
            schema.upgrade_schema(connection, expected_triggers("postgresql"))
            for key in ("b", "B", "é", "a", "a-b", "aB"):
                connection.execute(
                    text("INSERT INTO audit_seal (row_key, seq, seal) VALUES (:key, 1, '')"), {"key": key}
                )
            found = connection.execute(text("SELECT row_key FROM audit_seal ORDER BY row_key")).scalars().all()
            assert found == sorted(found, key=str.encode)
            other = "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'public' AND "
            assert connection.execute(text(other + "data_type LIKE 'c%' AND collation_name <> 'C'")).scalar() == 0
    finally:
        made.dispose()


def test_a_database_that_is_not_in_utf_8_is_refused_and_left_as_it_was(running: Server, tmp_path: Path) -> None:
    running.run("CREATE DATABASE latin TEMPLATE template0 ENCODING LATIN1 LOCALE 'C'")
    words = ("init", "--admin", "rosa", "--secrets", "file", "--password-stdin")
    refused = asked(*words, url=running.url("latin"), home=tmp_path / "home", input=ROSA_PASSWORD + "\n")
    assert (refused.code, refused.error["code"]) == (8, "unsupported-store")
    assert not (tmp_path / "home" / "secrets.json").exists()
    with running.connect("latin") as connection:
        assert connection.execute("SELECT to_regclass('alembic_version')").fetchone() == (None,)


def test_nothing_of_a_failed_setting_up_stays(running: Server, tmp_path: Path) -> None:
    running.run("CREATE DATABASE failing")
    place = opening.place_of(
        {"PORTALDESK_HOME": str(tmp_path / "h"), "PORTALDESK_DATABASE_URL": running.url("failing")}
    )
    prepared = opening.prepare(place, secrets_kind="file")
    with pytest.raises(AttributeError):
        opening.finish(prepared, admin=None, values={}, now=None)  # type: ignore[arg-type]
    assert prepared.secrets.get("keys") is None
    with running.connect("failing") as connection:
        assert connection.execute(
            "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        ).fetchone() == (0,)
    assert not opening.is_there(place)


@pytest.mark.parametrize(
    ("database", "role", "code"),
    [
        ("nowhere", SUPERUSER, "no-store"),
        ("postgres", SUPERUSER, "no-store"),
        ("one", "nobody_known", "store-unreachable"),
        ("anothers", SUPERUSER, "not-ours"),
    ],
)
def test_what_cannot_be_opened_is_one_sentence_and_exit_8(
    running: Server, engine: Engine, tmp_path: Path, database: str, role: str, code: str
) -> None:
    if database == "anothers":
        running.run("CREATE DATABASE anothers")
        running.run("CREATE TABLE alembic_version (version_num text)", database="anothers")
    refused = asked("whoami", url=running.url(database, role), home=tmp_path)
    assert (refused.code, refused.error["code"]) == (8, code)
    assert refused.error["hint"]


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("SET LOCAL lock_timeout = '10ms'; LOCK TABLE permit", "store-locked"),
        ("SELECT 1 FROM nothing_of_ours", "damaged"),
        ("SET TRANSACTION READ ONLY; DELETE FROM patient_name", "store-unwritable"),
        ("SET LOCAL ROLE pg_monitor; DELETE FROM patient_name", "store-unwritable"),
        ("SELECT pg_terminate_backend(pg_backend_pid())", "store-unreachable"),
        ("TRUNCATE permit CASCADE", "record-altered"),
        ("SELECT 1 / 0", "fault"),
    ],
)
def test_what_the_server_answers_is_put_into_our_words(
    running: Server, engine: Engine, statement: str, code: str
) -> None:
    with running.connect("one") as other, other.transaction():
        if "LOCK" in statement:
            other.execute("LOCK TABLE permit")
        with engine.connect() as connection:
            *before, last = statement.split("; ")
            for part in before:
                connection.exec_driver_sql(part)
            with pytest.raises(DBAPIError) as failure:
                connection.exec_driver_sql(last)
    assert in_our_words(failure.value).code == code


def test_a_password_is_kept_once_the_server_has_let_it_in_and_never_shown(running: Server, tmp_path: Path) -> None:
    running.run("CREATE DATABASE locked")
    home, url = tmp_path / "home", running.url("locked", WITH_PASSWORD)
    given = url.replace(WITH_PASSWORD, f"{WITH_PASSWORD}:heron slate 9", 1)
    refused = asked("whoami", url=url, home=home)
    assert refused.error["code"] == "store-unreachable"
    assert "database password" in refused.error["hint"]
    made = asked("init", "--admin", "rosa", "--secrets", "file", "--password-stdin", url=given, home=home,
                 input=ROSA_PASSWORD + "\n")  # fmt: skip
    assert made.code == 0, made
    assert "heron" not in made.out + made.err
    assert asked("whoami", url=url, home=home).error["code"] == "not-signed-in"  # let in without it from now on
    assert asked("database", "password", "--forget", url=url, home=home).document["kept"] is False
    assert asked("whoami", url=url, home=home).error["code"] == "store-unreachable"
    wrong = asked("database", "password", "--password-stdin", url=url, home=home, input="heron slate 8\n")
    assert (wrong.code, wrong.error["code"]) == (8, "store-unreachable")
    assert "heron" not in wrong.out + wrong.err
    kept = asked("database", "password", "--password-stdin", url=url, home=home, input="heron slate 9\n")
    assert kept.document == {"role": WITH_PASSWORD, "secrets": "file", "kept": True}
    assert asked("whoami", url=url, home=home).error["code"] == "not-signed-in"


@pytest.mark.parametrize(
    "url",
    [
        "mysql://sam:heron@host/clinic",
        "postgresql://sam:heron@host",
        "postgresql://sam:heron@host:port/clinic",
        "postgresql://sam:heron@host/clinic?options=-csearch_path%3Dpg_temp",
        "postgresql+asyncpg://sam:heron@host/clinic",
    ],
)
def test_a_url_that_cannot_be_used_is_refused_without_being_repeated(tmp_path: Path, url: str) -> None:
    refused = asked("whoami", url=url, home=tmp_path)
    assert (refused.code, refused.error["code"]) == (8, "unsupported-store")
    assert "heron" not in refused.err


def test_what_is_about_a_server_says_so_for_a_file(tmp_path: Path) -> None:
    refused = asked(
        "database", "password", "--password-stdin", url=f"sqlite:///{tmp_path}/x.db", home=tmp_path, input="x"
    )
    assert (refused.code, refused.error["code"]) == (2, "usage")
