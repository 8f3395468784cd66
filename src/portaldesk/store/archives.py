"""Where the record begins: after what was archived, or with its first event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from portaldesk.store.columns import time_text
from portaldesk.store.events import GENESIS

RETENTION_YEARS = 6
"""How long events stay where they can be asked for, at the least (HIPAA, 45 CFR 164.316(b)(2)(i))."""
_NEWEST = text("SELECT last_seq, last_hash, last_at FROM audit_archive ORDER BY last_seq DESC LIMIT 1")


@dataclass(frozen=True, slots=True)
class Start:
    """Number, hash and time (as text) of the last event that is no longer in the record; (0, genesis, '') for none."""

    seq: int
    hash: str
    at: str


def start_of(connection: Connection) -> Start:
    """Where the record begins, as the newest archive says; its seal is judged with those of all rows."""
    found = connection.execute(_NEWEST).first()
    return Start(found.last_seq, found.last_hash, found.last_at) if found else Start(0, GENESIS, "")


def archived_since(connection: Connection, since: datetime | None) -> int | None:
    """Up to which number the events from a time on (None: all) lie in archives' bundles; None where none does."""
    start = start_of(connection)
    return start.seq if start.seq and (since is None or time_text(since) <= start.at) else None
