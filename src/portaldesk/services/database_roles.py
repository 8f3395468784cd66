"""The role by which a desk works on PostgreSQL: the script that makes one, its password, and what the doctor says.

Whoever owns the tables can take the guards off, so a desk had better not: it works as a role with the rights of
store/desk_role.py, and the owner's is used for `init`, `upgrade` and `restore` alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import URL, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from portaldesk.errors import WrongUsage
from portaldesk.services import places
from portaldesk.services.health import Finding
from portaldesk.services.places import Place
from portaldesk.store import desk_role
from portaldesk.store.engine import POSTGRESQL, engine_of, in_our_words

LONGEST_NAME = 63  # PostgreSQL cuts longer ones off (NAMEDATALEN)
_IN_FORCE = text(
    """
    SELECT current_user::text AS name,
        r.rolsuper OR r.rolcreaterole OR EXISTS (SELECT FROM pg_roles o WHERE pg_has_role(o.oid, 'MEMBER') AND
            (o.rolsuper OR o.rolcreaterole OR o.rolname IN ('pg_write_server_files', 'pg_execute_server_program')))
            AS all_powerful,
        EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = to_regnamespace('public') AND c.relkind = 'r'
            AND pg_has_role(c.relowner, 'MEMBER')) AS owns,
        has_table_privilege('audit_event', 'DELETE, TRUNCATE, TRIGGER') OR has_any_column_privilege('audit_event',
            'UPDATE') OR has_any_column_privilege('audit_seal', 'UPDATE') OR has_any_column_privilege('audit_head',
            'UPDATE') OR has_table_privilege('audit_seal', 'DELETE, TRUNCATE, TRIGGER') OR EXISTS (SELECT FROM
            pg_roles o WHERE o.rolname = 'pg_write_all_data' AND pg_has_role(o.oid, 'MEMBER')) AS edits,
        has_schema_privilege('public', 'CREATE') OR has_database_privilege(current_database(), 'TEMPORARY') AS makes,
        NOT coalesce(inet_server_addr() <<= '127.0.0.0/8' OR inet_server_addr() = '::1', true)
            AND NOT (SELECT s.ssl FROM pg_stat_ssl s WHERE s.pid = pg_backend_pid()) AS bare
    FROM pg_roles r WHERE r.rolname = current_user
    """
)


@dataclass(frozen=True, slots=True)
class RoleScript:
    """SQL for the owner of the database: it makes `role`, or puts its rights right."""

    role: str
    sql: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PasswordKept:
    """Whose password is kept, and where (`keyring`, `file`); `kept` is false where it was forgotten."""

    role: str
    secrets: str
    kept: bool


def require_server(place: Place) -> URL:
    """The server's URL.

    Raises: WrongUsage where the store is a file.
    """
    if not isinstance(place.database, URL):
        raise WrongUsage(
            "usage",
            "The store is a SQLite file: it has no roles and no password.",
            "Name the server: PORTALDESK_DATABASE_URL=postgresql+psycopg://role@host/database",
        )
    return place.database


def script(place: Place, role: str) -> RoleScript:
    """The rights of a desk's role, as statements.

    Raises: WrongUsage where the store is a file, or the name cannot be one.
    """
    url = require_server(place)
    if not role.strip() or not role.isprintable() or len(role.encode()) > LONGEST_NAME:
        raise WrongUsage("usage", "A role cannot have this name.", f"Give at most {LONGEST_NAME} letters: --desk desk1")
    if role == url.username:
        raise WrongUsage(
            "usage",
            "This is the role that the store is opened with now: its rights would be cut down to a desk's.",
            "Name another, or open the store as the role that owns its tables.",
        )
    return RoleScript(role, desk_role.grants(role, database=str(url.database)))


def keep_password(place: Place, password: str) -> PasswordKept:
    """Keep the password of the URL's role in the secret store, once the server has let it in.

    Raises: WrongUsage where the store is a file; StoreUnavailable where the server refuses, or the keyring fails.
    """
    url = require_server(place).set(password=password)
    engine = engine_of(url)
    try:
        engine.execution_options(reading=True).connect().close()
    except DBAPIError as failure:
        raise in_our_words(failure) from None
    finally:
        engine.dispose()
    told = Place(place.home, url)
    places.keep_password(told)
    return PasswordKept(url.username or "", places.database_secrets(told).kind, kept=True)


def forget_password(place: Place) -> PasswordKept:
    """Take the password of the URL's role out of the secret store.

    Raises: WrongUsage where the store is a file.
    """
    url = require_server(place)
    places.drop_password(place)
    return PasswordKept(url.username or "", places.database_secrets(place).kind, kept=False)


def in_force(session: Session) -> Iterator[Finding]:
    """What the role of this connection could do besides portaldesk, and who could listen to it."""
    connection = session.connection()
    if connection.dialect.name != POSTGRESQL:
        return
    role = connection.execute(_IN_FORCE).one()
    if role.bare:
        yield Finding(
            "database connection",
            False,
            False,
            "The connection to the database server goes over the network unencrypted.",
            "Add ?sslmode=verify-full to PORTALDESK_DATABASE_URL, and give the server a certificate.",
        )
    could = (
        "can take the guards off" if role.all_powerful or role.owns
        else "can change the record" if role.edits
        else "can make tables beside ours" if role.makes
        else ""
    )  # fmt: skip
    if could:
        yield Finding(
            "database role",
            True,
            True,
            f"The desk works as the database role {role.name}, which {could}: so can whoever has its password.",
            "Give the desk a role of its own: portaldesk database roles --desk NAME",
        )
        return
    message = f"The desk works as the database role {role.name}: it can neither change the record nor touch the guards."
    yield Finding("database role", True, False, message, "")
