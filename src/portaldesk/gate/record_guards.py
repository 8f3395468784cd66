"""The guards of the record and of sealed rows: what no action of the gate may do either (see triggers.py)."""

from __future__ import annotations

from portaldesk.gate.guard_texts import Guard
from portaldesk.store.archives import RETENTION_YEARS
from portaldesk.store.seals import key_column, sealed_columns, table_name
from portaldesk.store.tables import PortalAccount, Sealed, sealed_tables
from portaldesk.words import Action

RECORD = ("audit_event", "audit_seal", "audit_head")
# by its key: PostgreSQL keeps the head's older states until it is vacuumed, and would look through all each time
HEAD, TIME = "(SELECT seq FROM audit_head WHERE id = 1)", "(SELECT at FROM audit_head WHERE id = 1)"
_ARCHIVED = "SELECT 1 FROM audit_archive a WHERE OLD.seq <= a.last_seq"


def of_the_record() -> list[Guard]:
    """Events only as the next of the head, seals only before them, nothing edited, deleted or archived too early."""
    out = []
    for table in ("audit_event", "audit_seal"):
        out.append(Guard(f"{table}_no_update", "BEFORE UPDATE", table, "TRUE", "the record is never edited"))
    for table in RECORD:
        kept = "TRUE" if table == "audit_head" else f"NOT EXISTS ({_ARCHIVED})"
        out.append(Guard(f"{table}_no_delete", "BEFORE DELETE", table, kept, "the record is never shortened"))
    out += [
        Guard(
            "audit_event_next",
            "BEFORE INSERT",
            "audit_event",
            "NOT EXISTS (SELECT 1 FROM audit_head h WHERE h.id = 1 AND NEW.seq = h.seq + 1 AND NEW.prev_hash = h.hash "
            "AND NEW.at >= h.at) OR EXISTS (SELECT 1 FROM audit_event e WHERE e.seq = NEW.seq)",
            "an event must be the next of the head",
        ),
        Guard(
            "audit_event_moves_head",
            "AFTER INSERT",
            "audit_event",
            then="UPDATE audit_head SET seq = NEW.seq, at = NEW.at, hash = NEW.hash WHERE id = 1",
            as_owner=True,
        ),
        Guard(
            "audit_head_follows",
            "BEFORE UPDATE",
            "audit_head",
            "NEW.id IS DISTINCT FROM OLD.id OR NEW.seq IS DISTINCT FROM OLD.seq + 1 "
            "OR NOT EXISTS (SELECT 1 FROM audit_event e WHERE e.seq = NEW.seq AND e.hash = NEW.hash AND e.at = NEW.at)",
            "the head follows the record",
        ),
        Guard("audit_head_only_one", "BEFORE INSERT", "audit_head", "EXISTS (SELECT 1 FROM audit_head)", "one head"),
        Guard(
            "audit_seal_before_event",
            "BEFORE INSERT",
            "audit_seal",
            f"NEW.seq <= {HEAD} OR EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = NEW.row_key "
            "AND s.seq = NEW.seq)",
            "a seal belongs to an event yet to come",
        ),
        Guard(
            "audit_archive_of_old_events",
            "BEFORE INSERT",
            "audit_archive",
            "NEW.first_seq IS DISTINCT FROM (SELECT coalesce(max(a.last_seq), 0) + 1 FROM audit_archive a) "
            "OR NEW.last_seq < NEW.first_seq OR NOT EXISTS (SELECT 1 FROM audit_event e "
            "WHERE e.seq = NEW.last_seq AND e.hash = NEW.last_hash AND e.at = NEW.last_at) "
            f"OR {_years_after('NEW.last_at', RETENTION_YEARS)} > {TIME}",
            f"the record is kept for {RETENTION_YEARS} years",
        ),
        Guard(
            "audit_archive_of_no_rows_seal",
            "BEFORE INSERT",
            "audit_archive",
            "EXISTS (SELECT 1 FROM audit_seal s WHERE s.seq <= NEW.last_seq AND NOT EXISTS (SELECT 1 FROM audit_seal n "
            "WHERE n.row_key = s.row_key AND n.seq > NEW.last_seq))",
            "the newest seal of a row stays in the record",
        ),
    ]
    return out


def _years_after(time: str, years: int) -> str:
    """A time of ours, as text, so many years later."""
    return f"CAST(CAST(substr({time}, 1, 4) AS INTEGER) + {years} AS TEXT) || substr({time}, 5)"


def of_sealed_rows() -> list[Guard]:
    """A row is written only with an event that carries its seal, and never deleted."""
    return [guard for table in sealed_tables() for guard in _for_sealed(table)]


def _for_sealed(table: type[Sealed]) -> list[Guard]:
    name, key = table_name(table), key_column(table)
    seals = f"FROM audit_seal s WHERE s.row_key = '{name}:' || NEW.{key}"
    too_early = f"(NEW.changed_seq <= {HEAD}) IS NOT TRUE"
    newest = f"(SELECT s.seq, s.seal {seals} ORDER BY s.seq DESC LIMIT 1)"
    not_carried = f"((NEW.changed_seq, NEW.seal) = {newest}) IS NOT TRUE OR {too_early}"
    # all the seals of its name by one look: 0, that is none but the one it carries
    others = f"(SELECT max(CASE WHEN s.seq = NEW.changed_seq AND s.seal = NEW.seal THEN 0 ELSE 1 END) {seals})"
    not_first = f"{others} IS DISTINCT FROM 0 OR {too_early}"
    if table is PortalAccount:  # the one row that may be born again, by its own permit: doctor --renew
        renewed = f"SELECT 1 FROM permit p WHERE p.mrn = NEW.mrn AND p.action = '{Action.RENEW}'"
        reborn = f"EXISTS ({renewed} AND p.changed_seq = NEW.changed_seq)"
        not_first = f"({not_first}) AND ({not_carried} OR NOT {reborn})"
    return [
        Guard(
            f"{name}_insert_in_record",
            "BEFORE INSERT",
            name,
            f"{_key_taken(table)} OR {not_first}",
            f"{name}: no event of the record carries this row",
        ),
        Guard(
            f"{name}_update_in_record",
            "BEFORE UPDATE",
            name,
            f"NEW.{key} IS DISTINCT FROM OLD.{key} OR NEW.changed_seq IS NOT DISTINCT FROM OLD.changed_seq "
            f"OR {not_carried}",
            f"{name}: no event of the record carries this change",
            of=(*sealed_columns(table), "seal"),
        ),
        Guard(f"{name}_no_delete", "BEFORE DELETE", name, "TRUE", f"{name}: rows are never deleted"),
    ]


def _key_taken(table: type[Sealed]) -> str:
    """REPLACE deletes without asking: look for every unique key the new row would push out."""
    name, columns = table_name(table), table.__table__.columns  # type: ignore[attr-defined]
    unique = [key_column(table), *(c.name for c in columns if c.unique)]
    return " OR ".join(f"EXISTS (SELECT 1 FROM {name} o WHERE o.{c} = NEW.{c})" for c in unique)
