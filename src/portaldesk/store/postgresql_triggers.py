"""Triggers on PostgreSQL as text: made with it, and told by it from what the catalogue holds.

Only what decides is told: on what and when a trigger acts, the whole of its function, whose rights the function has,
where it looks names up, that nobody but the owner may attach it, and that nothing switches it off. Rules count as well:
they rewrite a statement before any trigger hears of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, Row, text

SCHEMA = "public"
_SEARCH_PATH = f"{SCHEMA}, pg_temp"
_ALWAYS = "A"
_TIMES = {2: "BEFORE", 64: "INSTEAD OF", 0: "AFTER"}
_EVENTS = {4: "INSERT", 8: "DELETE", 16: "UPDATE", 32: "TRUNCATE"}  # pg_trigger.tgtype, by catalog/pg_trigger.h
_INSTALLED = text(
    """
    SELECT t.tgname AS name, c.relname AS "table", t.tgtype AS kind, t.tgenabled AS enabled,
        t.tgqual IS NULL AND t.tgnargs = 0 AND t.tgconstraint = 0 AND t.tgoldtable IS NULL AND t.tgnewtable IS NULL
            AND l.lanname = 'plpgsql' AND n.nspname = :schema AND p.proname = t.tgname AS plain,
        (SELECT string_agg(format('"%s"', a.attname), ', ' ORDER BY k.place)
            FROM unnest(t.tgattr) WITH ORDINALITY AS k (number, place)
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number) AS columns,
        p.prosrc AS body, p.prosecdef AS as_owner, p.proconfig AS config,
        p.proacl IS NOT NULL AND NOT EXISTS (SELECT FROM aclexplode(p.proacl) g WHERE g.grantee = 0) AS closed
    FROM pg_trigger t
    JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace s ON s.oid = c.relnamespace
    JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_namespace n ON n.oid = p.pronamespace
    JOIN pg_language l ON l.oid = p.prolang
    WHERE NOT t.tgisinternal AND s.nspname = :schema
    ORDER BY t.tgname COLLATE "C", c.relname COLLATE "C"
    """
)
_FUNCTIONS = text(
    "SELECT proname FROM pg_proc WHERE pronamespace = to_regnamespace(:schema) AND prorettype = 'trigger'::regtype"
)
_RULES = text('SELECT rulename AS name, tablename AS "table" FROM pg_rules WHERE schemaname = :schema ORDER BY 1, 2')


def trigger_text(name: str, *, table: str, moment: str, each: str, body: str, as_owner: bool = False) -> str:
    """The statements that make a trigger as ours are: closed to others, always on, names looked up in our schema."""
    return _text(
        name, table=table, moment=moment, each=each, body=body, as_owner=as_owner, config=f"search_path={_SEARCH_PATH}"
    )


def installed_triggers(connection: Connection) -> dict[str, str]:
    """Name and text of every trigger and rule on our tables."""
    found: dict[str, str] = {}
    for name, table, told in (*_triggers(connection), *_rules(connection)):
        found[f"{table}.{name}" if name in found else name] = told
    return found


def drop_triggers(connection: Connection) -> None:
    """Take out every trigger and rule, and the functions that triggers were made of: the database is ours alone."""
    quoted = connection.dialect.identifier_preparer.quote_identifier
    for name, table, _ in list(_rules(connection)):
        connection.exec_driver_sql(f"DROP RULE {quoted(name)} ON {SCHEMA}.{quoted(table)}")
    for name, table, _ in list(_triggers(connection)):
        connection.exec_driver_sql(f"DROP TRIGGER {quoted(name)} ON {SCHEMA}.{quoted(table)}")
    for (name,) in connection.execute(_FUNCTIONS, {"schema": SCHEMA}).all():
        connection.exec_driver_sql(f"DROP FUNCTION {SCHEMA}.{quoted(name)}()")


def _triggers(connection: Connection) -> Iterator[tuple[str, str, str]]:
    """Name, table and text; '' for one that no text of ours could have made."""
    for row in connection.execute(_INSTALLED, {"schema": SCHEMA}):
        yield row.name, row.table, _told(row)


def _rules(connection: Connection) -> Iterator[tuple[str, str, str]]:
    for row in connection.execute(_RULES, {"schema": SCHEMA}):
        yield row.name, row.table, ""


def _told(row: Row[tuple[object, ...]]) -> str:
    events = [word for bit, word in _EVENTS.items() if row.kind & bit]
    config = row.config or []
    if not row.plain or len(events) != 1 or len(config) != 1 or (row.columns and events != ["UPDATE"]):
        return ""
    return _text(
        row.name,
        table=row.table,
        moment=f"{_TIMES[row.kind & 66]} {events[0]}" + (f" OF {row.columns}" if row.columns else ""),
        each="ROW" if row.kind & 1 else "STATEMENT",
        body=row.body,
        as_owner=row.as_owner,
        config=config[0],
        closed=row.closed,
        enabled=row.enabled,
    )


def _text(
    name: str, *, table: str, moment: str, each: str, body: str, as_owner: bool, config: str, closed: bool = True,
    enabled: str = _ALWAYS,
) -> str:  # fmt: skip
    function = f"{SCHEMA}.{name}()"
    setting, _, value = config.partition("=")
    closing = f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC" if closed else "-- open to everybody"
    switch = f"ENABLE ALWAYS TRIGGER {name}" if enabled == _ALWAYS else f"-- enabled: {enabled}"
    return (
        f"CREATE FUNCTION {function} RETURNS trigger LANGUAGE plpgsql SECURITY {'DEFINER' if as_owner else 'INVOKER'} "
        f"SET {setting} = {value} AS $guard${body}$guard$;\n{closing};\n"
        f"CREATE TRIGGER {name} {moment} ON {SCHEMA}.{table} FOR EACH {each} EXECUTE FUNCTION {function};\n"
        f"ALTER TABLE {SCHEMA}.{table} {switch}"
    )
