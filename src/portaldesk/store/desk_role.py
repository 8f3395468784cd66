"""The rights of the PostgreSQL role that a desk works with: as few as its commands need, and none on the guards.

The role owns nothing. It may put events into the record and never touch them again; it may change those columns of a
row that portaldesk itself changes after the row's birth (`CHANGING`, `UNSEALED`); it deletes nothing but the search
index of names. Whatever it may do, the guards still judge.
"""

from __future__ import annotations

from sqlmodel import SQLModel

from portaldesk.store.postgresql_triggers import SCHEMA
from portaldesk.store.seals import table_name
from portaldesk.store.tables import PatientName, build_all, sealed_tables

_OWNERS = ("audit_head", "settings", "audit_archive")  # born at init, or written by who may shorten the record
_SEALING = frozenset({"changed_seq", "seal"})


def grants(role: str, *, database: str) -> tuple[str, ...]:
    """The statements, for the owner of database and tables, that make the role and leave it these rights alone."""
    build_all()
    desk, base = quoted(role), quoted(database)
    tables = sorted(SQLModel.metadata.tables)
    name_index = str(PatientName.__table__.name)  # type: ignore[attr-defined]
    return (
        _made_or_harmless(role),
        f"REVOKE ALL ON DATABASE {base} FROM PUBLIC, {desk}",  # no temporary tables either: nothing shadows ours
        f"REVOKE ALL ON SCHEMA {SCHEMA} FROM PUBLIC, {desk}",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA {SCHEMA} FROM PUBLIC, {desk}",
        f"REVOKE ALL ON ALL FUNCTIONS IN SCHEMA {SCHEMA} FROM PUBLIC, {desk}",
        f"GRANT CONNECT ON DATABASE {base} TO {desk}",
        f"GRANT USAGE ON SCHEMA {SCHEMA} TO {desk}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA {SCHEMA} TO {desk}",
        *(f"GRANT INSERT ON {SCHEMA}.{name} TO {desk}" for name in tables if name not in _OWNERS),
        *(f"GRANT UPDATE ({columns}) ON {SCHEMA}.{name} TO {desk}" for name, columns in _changing()),
        f"GRANT DELETE ON {SCHEMA}.{name_index} TO {desk}",
    )


def _made_or_harmless(role: str) -> str:
    """Makes the role. One that is there already and could give itself more is refused: who runs this may have no right
    to take that away."""
    name = _literal(role)
    return f"""DO $$ BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {name}) THEN
            CREATE ROLE {quoted(role)} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT;
        ELSIF EXISTS (SELECT FROM pg_roles r WHERE r.rolname = {name} AND (r.rolsuper OR r.rolcreaterole
                OR r.rolreplication OR r.rolbypassrls OR EXISTS (SELECT FROM pg_auth_members m WHERE m.member = r.oid)))
        THEN
            RAISE EXCEPTION 'portaldesk: the role is there already and may do more than a desk'
                USING HINT = 'Take its powers and its memberships in other roles away, or name another role.';
        END IF;
    END $$"""  # noqa: S608


def _changing() -> list[tuple[str, str]]:
    return [
        (table_name(table), ", ".join(quoted(column) for column in sorted(_SEALING | table.CHANGING | table.UNSEALED)))
        for table in sealed_tables()
    ]


def quoted(name: str) -> str:
    """A name as SQL reads it."""
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
