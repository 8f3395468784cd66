"""PostgreSQL: an engine on one database, what its errors mean, and what its catalogue tells of our schema.

What may write takes an advisory lock as its transaction begins, and so the one writer's turn, as on SQLite: whatever it
reads afterwards (READ COMMITTED, a snapshot a statement) is what it will be written upon. Readers take no lock and see
one state (REPEATABLE READ, READ ONLY). The server lets the lock go with the transaction, or with a client that is gone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event, text
from sqlalchemy.exc import DBAPIError

from portaldesk.errors import DeskError, StoreUnavailable
from portaldesk.store.postgresql_triggers import SCHEMA, drop_triggers, installed_triggers
from portaldesk.store.refusals import GUARD, LOCK_WAIT_SECONDS, disk_full, guarded, locked, unexpected, unkeepable

CONNECT_SECONDS = 5
SILENCE_SECONDS = 15
"""How long either side goes on with a peer that answers nothing (ours: a caller waits; a cut cable says nothing)."""
IDLE_SECONDS = 300
"""How long a writer may hold its turn without a statement (ours: a stopped process must not stop every desk)."""
_MARK = "portaldesk store"
_LOCK = 0x50444B31  # "PDK1"; advisory locks are of one database
_OPTIONS = {
    "search_path": f"{SCHEMA},pg_temp",
    "default_transaction_isolation": r"read\ committed",
    "lock_timeout": f"{LOCK_WAIT_SECONDS}s",
    "statement_timeout": "0",
    "synchronous_commit": "on",  # as SQLite's FULL: what was said to be done survives
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
_MADE = text("SELECT n IS NOT NULL, obj_description(n, 'pg_class') FROM to_regclass('alembic_version') AS n")
_CONNECTING, _ENDING = "portaldesk: connecting", "portaldesk: ending"  # what was going on when an error came
_READS = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
_WRITES = (
    f"SELECT pg_advisory_xact_lock({_LOCK}), set_config('idle_in_transaction_session_timeout', '{IDLE_SECONDS}s', true)"
)


def postgresql_engine(url: URL) -> Engine:
    """An engine on one PostgreSQL database; it connects when it is first used.

    Raises: StoreUnavailable `no-driver` where psycopg is not installed.
    """
    try:
        import psycopg  # noqa: F401
    except ImportError:
        raise StoreUnavailable(
            "no-driver",
            "PostgreSQL needs the driver psycopg, which is not installed here.",
            "Install it: pip install 'portaldesk[postgresql]'",
        ) from None
    engine = create_engine(
        url,
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "client_encoding": "utf8",
            "application_name": "portaldesk",
            "options": " ".join(f"-c {name}={value}" for name, value in _OPTIONS.items()),
            "keepalives_idle": 5,
            "keepalives_interval": 5,
            "keepalives_count": 2,
            "tcp_user_timeout": SILENCE_SECONDS * 1000,
        },
        pool_pre_ping=True,
        use_native_hstore=False,
    )

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        reading = connection.get_execution_options().get("reading", False)
        connection.exec_driver_sql(_READS if reading else _WRITES)

    @event.listens_for(engine, "handle_error")
    def _when(context: ExceptionContext) -> None:
        if context.sqlalchemy_exception is not None and context.statement is None:
            context.sqlalchemy_exception.add_detail(_CONNECTING if context.connection is None else _ENDING)

    return engine


def require_ours(connection: Connection) -> None:
    """Raises: StoreUnavailable where portaldesk made no tables in this database, as the mark on one of them tells."""
    there, mark = connection.execute(_MADE).one()
    if not there:
        raise StoreUnavailable(
            "no-store",
            "There is no portaldesk store in this database yet.",
            "An admin sets it up, as the role that owns the database: portaldesk init",
        )
    if mark != _MARK:
        raise not_ours()


def settle_tables(connection: Connection) -> None:
    """Our mark, and text in the order of its bytes, as on SQLite, whatever the language of the database is.

    Keys are compared in our code as well; times are text; and a name's beginning is a range.
    Raises: StoreUnavailable `unsupported-store` for a database that is not in UTF-8.
    """
    if connection.execute(text("SHOW server_encoding")).scalar() != "UTF8":
        raise StoreUnavailable(
            "unsupported-store",
            "The database is not in UTF-8, so not every name could be kept in it.",
            "Make it anew: createdb --encoding UTF8 --template template0 NAME",
        )
    connection.exec_driver_sql(f"COMMENT ON TABLE {SCHEMA}.alembic_version IS '{_MARK}'")
    for table, changes in connection.execute(_OTHER_ORDER, {"schema": SCHEMA}).all():
        connection.exec_driver_sql(f"ALTER TABLE {SCHEMA}.{table} {changes}")


_OTHER_ORDER = text(
    """
    SELECT quote_ident(c.relname), string_agg(format('ALTER COLUMN %I TYPE %s COLLATE "C"', a.attname,
        format_type(a.atttypid, a.atttypmod)), ', ')
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_collation o ON o.oid = a.attcollation
    WHERE c.relkind = 'r' AND c.relnamespace = to_regnamespace(:schema) AND a.attnum > 0 AND NOT a.attisdropped
        AND o.collname <> 'C'
    GROUP BY c.relname ORDER BY c.relname
    """
)


def in_our_words(failure: DBAPIError) -> DeskError:
    """What the error of psycopg, or of the server, means for the person at the desk.

    The server's own text is never repeated: it quotes values, addresses and role names.
    """
    orig: Any = failure.orig
    state = str(orig.sqlstate or "")
    message = str(orig.diag.message_primary or orig)
    if message.startswith(GUARD):
        return guarded(message)
    if _CONNECTING in failure.detail:
        return _not_connected(message)
    if state.startswith(("08", "57P")) or state == "25P03" or (not state and _is_operational(orig)):
        return _unknown() if _ENDING in failure.detail else _cut()
    if not state and type(orig).__name__ == "DataError":  # psycopg's own
        return unkeepable()
    known = _BY_STATE.get(state) or _BY_STATE.get(state[:2])
    return known() if known is not None else unexpected(orig)


def damaged() -> StoreUnavailable:
    """The refusal for tables that are not as our statements need them, and for pages the server cannot read."""
    return StoreUnavailable(
        "damaged",
        "The tables in the database are damaged, or not those of portaldesk.",
        "Stop using it; look into the database server's log, and put back the last good backup.",
    )


def not_ours() -> StoreUnavailable:
    """The refusal for a database that portaldesk did not make."""
    return StoreUnavailable(
        "not-ours",
        "The database is not a portaldesk store.",
        "Set PORTALDESK_DATABASE_URL to the right one; a new store needs a database of its own.",
    )


def _is_operational(orig: object) -> bool:
    return type(orig).__name__ in ("OperationalError", "InterfaceError")


def _cut() -> StoreUnavailable:
    return StoreUnavailable(
        "store-unreachable",
        "The connection to the database server was cut; nothing was changed.",
        "Try again; if it stays so, look whether the database server runs.",
    )


def _unknown() -> StoreUnavailable:
    return StoreUnavailable(
        "outcome-unknown",
        "The connection to the database server was cut in the last moment: the change is whole, or not there at all.",
        "Look before you do it again: portaldesk diagnose PATIENT, or an admin with: portaldesk audit show",
    )


def _not_connected(message: str) -> StoreUnavailable:
    """libpq tells why by text alone, in the server's language; where it is not English, the general words must do."""
    for words, refusal in _WHY_NOT.items():
        if re.search(words, message):
            return refusal()
    return StoreUnavailable(
        "store-unreachable",
        "The database server cannot be reached; nothing was changed.",
        "Look whether it runs, and whether PORTALDESK_DATABASE_URL names the right server, database and role.",
    )


def _not_let_in() -> StoreUnavailable:
    return StoreUnavailable(
        "store-unreachable",
        "The database server does not let this role in; nothing was changed.",
        "Keep the right password: portaldesk database password. Or look at the server's pg_hba.conf.",
    )


def _no_database() -> StoreUnavailable:
    return StoreUnavailable(
        "no-store",
        "The database server has no database of this name.",
        "Make it with createdb, or set PORTALDESK_DATABASE_URL to the right one.",
    )


def _busy() -> StoreUnavailable:
    return StoreUnavailable(
        "store-unreachable",
        "The database server cannot take this on just now; nothing was changed.",
        "Try again in a minute; if it stays so, look at its limit of connections, its memory and its log.",
    )


def _read_only() -> StoreUnavailable:
    return StoreUnavailable(
        "store-unwritable",
        "The database takes no changes: it is a standby, or set to be read only. Nothing was changed.",
        "Set PORTALDESK_DATABASE_URL to the server that takes changes.",
    )


def _not_granted() -> StoreUnavailable:
    return StoreUnavailable(
        "store-unwritable",
        "The database role of this desk may not do that; nothing was changed.",
        "Upgrades and guards are for the role that owns the tables. What a desk needs is granted by: "
        "portaldesk database roles",
    )


_BY_STATE: Mapping[str, Callable[[], DeskError]] = {  # SQLSTATE, or its class: PostgreSQL's appendix A
    "55P03": locked,
    "40": locked,
    "57014": _cut,
    "53100": disk_full,
    "53": _busy,
    "54": _busy,
    "25006": _read_only,
    "42501": _not_granted,
    "28": _not_let_in,
    "3D": _no_database,
    "22021": unkeepable,
    "22P05": unkeepable,
    "42": damaged,
    "3F": damaged,
    "58": damaged,
    "XX": damaged,
}
_WHY_NOT: Mapping[str, Callable[[], StoreUnavailable]] = {
    "authentication failed|no password supplied|no pg_hba.conf entry|not permitted to log in": _not_let_in,
    'role ".*" does not exist': _not_let_in,
    "too many clients|connection slots are reserved|too many connections": _busy,
    'database ".*" does not exist': _no_database,
}

__all__ = [
    "damaged",
    "drop_triggers",
    "in_our_words",
    "installed_triggers",
    "not_ours",
    "postgresql_engine",
    "require_ours",
    "settle_tables",
]
