"""A guard in the words of each engine: triggers.py says when it refuses, this file how SQLite and PostgreSQL are told.

Conditions are written in standard SQL. SQLite reads IS NOT for IS DISTINCT FROM, and 1 and 0 for TRUE and FALSE.
PostgreSQL's triggers call a function each. Its names are looked up in our schema, never in a temporary table of the
session (`search_path`); it may be attached by its owner alone (REVOKE); and its trigger fires for a session that
passes as a replica as well (ENABLE ALWAYS). The text of a guard is also what the catalogue is read back into
(store/postgresql.py), so that the one can be held against the other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from portaldesk.store.postgresql_triggers import trigger_text
from portaldesk.store.refusals import GUARD


@dataclass(frozen=True, slots=True)
class Guard:
    """One trigger.

    Attributes:
        moment: `BEFORE INSERT`, `AFTER UPDATE`, ...; `of` are the columns whose update it is asked about ((): any).
        condition: when it acts, on NEW and OLD ('': always).
        refuses: what it says where it refuses; otherwise `then` is the statement that follows.
        as_owner: the statement needs a right that the desk's role must not have (PostgreSQL).
    """

    name: str
    moment: str
    table: str
    condition: str = ""
    refuses: str = ""
    then: str = ""
    of: tuple[str, ...] = ()
    as_owner: bool = False


def sqlite_text(guard: Guard) -> str:
    """RAISE(ABORT), never ROLLBACK, so that our transaction decides."""
    of = f" OF {', '.join(guard.of)}" if guard.of else ""
    when = f" WHEN {_sqlite_condition(guard.condition)}" if guard.condition else ""
    act = f"SELECT RAISE(ABORT, '{GUARD}{guard.refuses}')" if guard.refuses else guard.then
    return f"CREATE TRIGGER {guard.name} {guard.moment}{of} ON {guard.table} FOR EACH ROW{when} BEGIN {act}; END"


def _sqlite_condition(condition: str) -> str:
    """IS NOT TRUE stays: for it SQLite works out no more parts of a condition than decide it, for IS NOT 1 all."""
    plain = re.sub(r"\bFALSE\b", "0", re.sub(r"(?<!IS NOT )\bTRUE\b", "1", condition))
    return plain.replace("IS NOT DISTINCT FROM", "IS").replace("IS DISTINCT FROM", "IS NOT")


def postgresql_text(guard: Guard) -> str:
    """The function, its trigger, and that nothing switches it off."""
    of = " OF " + ", ".join(f'"{column}"' for column in guard.of) if guard.of else ""
    each = "STATEMENT" if guard.moment.endswith("TRUNCATE") else "ROW"
    act = f"RAISE EXCEPTION USING MESSAGE = '{GUARD}{guard.refuses}'" if guard.refuses else guard.then
    body = f"IF {guard.condition or 'TRUE'} THEN {act}; END IF;"
    gives = "OLD" if guard.moment == "BEFORE DELETE" else "NEW" if guard.moment.startswith("BEFORE") else "NULL"
    return trigger_text(
        guard.name,
        table=guard.table,
        moment=f"{guard.moment}{of}",
        each=each,
        body=f"BEGIN {body} RETURN {'NULL' if each == 'STATEMENT' else gives}; END",
        as_owner=guard.as_owner,
    )


def sqlite_only(table: str) -> Guard:
    """UPDATE OR REPLACE of the hidden rowid would push another row out without a delete."""
    return Guard(
        f"{table}_keeps_its_place",
        "BEFORE UPDATE",
        table,
        "NEW.rowid IS DISTINCT FROM OLD.rowid",
        f"{table}: rows stay",
    )


def postgresql_only(table: str) -> Guard:
    """TRUNCATE asks no trigger of a row."""
    return Guard(f"{table}_no_truncate", "BEFORE TRUNCATE", table, refuses=f"{table}: rows are never deleted")


TEXTS: Mapping[str, Callable[[Guard], str]] = {"sqlite": sqlite_text, "postgresql": postgresql_text}
