"""Making, upgrading and recognising a store: the Alembic version, and the triggers that must be there.

Alembic is imported only where a store is made or upgraded; an opening asks one row and compares trigger texts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from portaldesk.errors import RecordAltered, StoreUnavailable
from portaldesk.store.engine import dialect_of, in_our_words

HEAD = "0009"  # the newest migration; a test holds it against the scripts
_MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade_schema(connection: Connection, triggers: Mapping[str, str]) -> None:
    """Bring the schema to `HEAD`: triggers out, migrations, triggers in again; the caller commits.

    Alembic's batch mode re-creates tables and would break triggers; so they go first and come back from the one
    expected text.
    """
    from alembic import command
    from alembic.config import Config

    drop_triggers(connection)
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))  # Alembic interpolates
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    dialect_of(connection).settle_tables(connection)
    install_triggers(connection, triggers)


def is_used(connection: Connection) -> bool:
    """Whether this database holds a table of versions: a store of ours, or another program's."""
    return inspect(connection).has_table("alembic_version")


def version_of(connection: Connection) -> str | None:
    """The schema's version, or None where it never had one."""
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def require_current(connection: Connection) -> None:
    """Refuse a store that is not ours, or of another version.

    Raises: StoreUnavailable.
    """
    dialect = dialect_of(connection)
    try:
        dialect.require_ours(connection)
        version = version_of(connection)
    except DBAPIError as failure:
        raise in_our_words(failure) from failure
    if version is None:
        raise dialect.not_ours()
    if version < HEAD:
        raise StoreUnavailable(
            "older-store",
            "The store was made by an older version of portaldesk.",
            "Make a copy of the data folder, then run: portaldesk upgrade",
        )
    if version > HEAD:
        raise StoreUnavailable(
            "newer-store", "The store was made by a newer version of portaldesk.", "Install that version here too."
        )


def installed_triggers(connection: Connection) -> dict[str, str]:
    """Name and text of every trigger in the database."""
    return dialect_of(connection).installed_triggers(connection)


def digest_of(triggers: Mapping[str, str]) -> str:
    """SHA-256 over the names and texts of triggers, in the order of their names."""
    told = hashlib.sha256()
    for name, sql in sorted(triggers.items()):
        told.update(f"{len(name)}:{name}{len(sql)}:{sql}".encode())
    return told.hexdigest()


def require_triggers(connection: Connection, expected: Mapping[str, str]) -> None:
    """Refuse a store whose triggers are not those of its engine's digest; they are never put back silently.

    Raises: RecordAltered `triggers-altered`.
    """
    if digest_of(installed_triggers(connection)) != expected[connection.dialect.name]:
        raise triggers_altered()


def triggers_altered() -> RecordAltered:
    return RecordAltered(
        "triggers-altered",
        "The guards inside the database are missing or were changed.",
        "Run 'portaldesk audit verify'; an admin then runs: portaldesk upgrade --reinstall-triggers --reason ...",
    )


def drop_triggers(connection: Connection) -> None:
    dialect_of(connection).drop_triggers(connection)


def install_triggers(connection: Connection, expected: Mapping[str, str]) -> None:
    for sql in expected.values():
        connection.exec_driver_sql(sql, execution_options={"no_parameters": True})  # a % in it is a %
