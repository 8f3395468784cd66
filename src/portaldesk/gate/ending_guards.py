"""The guards of what ends once: a proxy's leave, a bulk run, an incident (see triggers.py)."""

from __future__ import annotations

from portaldesk.gate.guard_texts import Guard
from portaldesk.store.seals import sealed_columns, table_name
from portaldesk.store.tables import BulkRun, Incident, Proxy, Sealed


def of_what_ends() -> list[Guard]:
    """Nothing that is over comes back, or becomes another's meanwhile."""
    return [
        _stays_over(Proxy, "ended_at", "not_reborn", "a proxy that ended stays so"),
        # one that is over lets nobody be invited any more
        _stays_over(BulkRun, "finished_at", "stays_over", "a bulk run that is over stays so"),
        *_incidents(),
    ]


def _stays_over(table: type[Sealed], end: str, name: str, words: str) -> Guard:
    """`end`: the column that says since when it is over. Columns that are not among its CHANGING never differ."""
    fixed = [c for c in sealed_columns(table) if c != "changed_seq" and c not in table.CHANGING]
    return Guard(
        f"{table_name(table)}_{name}",
        "BEFORE UPDATE",
        table_name(table),
        f"OLD.{end} IS NOT NULL AND NEW.{end} IS DISTINCT FROM OLD.{end} "
        + " ".join(f"OR NEW.{c} IS DISTINCT FROM OLD.{c}" for c in fixed),
        words,
    )


def _incidents() -> list[Guard]:
    """An incident is born open, and closed once, by an auditor."""
    name, told = table_name(Incident), [c for c in sealed_columns(Incident) if c != "changed_seq"]
    closing = ("closed_at", "closed_by", "outcome")
    differs = {c: f"NEW.{c} IS DISTINCT FROM OLD.{c}" for c in told}
    auditor = "SELECT 1 FROM staff_member m WHERE m.name = NEW.closed_by AND m.role = 'auditor' AND m.status = 'active'"
    return [
        Guard(
            f"{name}_born_open",
            "BEFORE INSERT",
            name,
            "NEW.closed_at IS NOT NULL OR NEW.closed_by IS NOT NULL OR NEW.outcome <> '' "
            "OR NEW.opened_seq IS DISTINCT FROM NEW.changed_seq",
            "an incident is opened by the event of its cause",
        ),
        Guard(
            f"{name}_closed_once",
            "BEFORE UPDATE",
            name,
            " OR ".join(differs[c] for c in told if c not in closing)
            + f" OR (({' OR '.join(differs[c] for c in closing)}) AND (OLD.closed_at IS NOT NULL "
            f"OR NEW.closed_at IS NULL OR NEW.outcome = '' OR NEW.closed_by IS NOT DISTINCT FROM NEW.staff "
            f"OR NOT EXISTS ({auditor})))",
            "an incident is closed once, by an auditor",
        ),
    ]
