"""Reading the record for the report: a stream of events, in order, in constant memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from portaldesk.store.columns import time_text
from portaldesk.store.events import told_by
from portaldesk.words import Outcome

_FIRST = text("SELECT seq FROM audit_event WHERE at >= :at ORDER BY at, seq LIMIT 1")
_COUNT = text("SELECT count(*) FROM audit_event WHERE seq >= :first AND seq <= :last")
_BEGINS = text("SELECT at FROM audit_event ORDER BY seq LIMIT 1")
_EVENTS = text(
    "SELECT seq, at, staff, action, patient, outcome, session, check_id, level, details FROM audit_event "
    "WHERE seq >= :first AND seq <= :last AND action NOT IN ('deliver', 'diagnose', 'import') "
    "AND (action <> 'find' OR details LIKE '%\"flag%') ORDER BY seq"
)
"""Most events are deliveries, imported rows and lookups; of these only a raised flag says anything here."""
_BATCH = 2000


@dataclass(slots=True)
class Seen:
    """One event. `local`: its time where the clinic is; `counts`: within the report, not in the days before it."""

    seq: int
    at: datetime
    local: datetime
    staff: str | None
    action: str
    patient: str | None
    outcome: str
    session: str
    check_id: str | None
    level: str | None
    details: str
    counts: bool
    _told: dict[str, Any] | None = None

    @property
    def told(self) -> dict[str, Any]:
        """The details, read when they are asked for."""
        if self._told is None:
            self._told = told_by(self.details)
        return self._told

    @property
    def carried_out(self) -> bool:
        """Done, mailed or asked for; not what was so already."""
        good = self.outcome in (Outcome.DONE, Outcome.LINK_SENT, Outcome.WAITING)
        return good and not ('"already"' in self.details and self.told.get("already"))


def begins_at(session: Session) -> datetime | None:
    """When the record begins (UTC); None where it is empty."""
    found = session.connection().execute(_BEGINS).scalar()
    return datetime.fromisoformat(found) if found is not None else None


def count(session: Session, since: datetime, last: int) -> int:
    """How many events there are from a time on, up to number `last`."""
    first = session.connection().execute(_FIRST, {"at": time_text(since)}).scalar()
    if first is None:
        return 0
    return int(session.connection().execute(_COUNT, {"first": first, "last": last}).scalar_one())


def last_before(session: Session, until: datetime, head: int) -> int:
    """The number of the last event before a time, `head` being the last of all; 0 where there is none."""
    after = session.connection().execute(_FIRST, {"at": time_text(until)}).scalar()
    return head if after is None else int(after) - 1


def read(session: Session, *, begin: datetime, since: datetime, last: int, zone: tzinfo | None) -> Iterator[Seen]:
    """The events from `begin` on up to number `last`; those from `since` on count."""
    connection = session.connection()
    first = connection.execute(_FIRST, {"at": time_text(begin)}).scalar()
    if first is None:
        return
    rows = connection.execute(_EVENTS, {"first": first, "last": last}, execution_options={"yield_per": _BATCH})
    counted_from, minute, local = time_text(since), "", begin
    for seq, at, staff, action, patient, outcome, session_id, check_id, level, details in rows:
        when = datetime.fromisoformat(at)
        if at[:16] != minute:  # clocks change on whole minutes, and asking the time zone is slow
            minute, local = at[:16], when.astimezone(zone)
        yield Seen(
            seq, when, local, staff, action, patient, outcome, session_id, check_id, level, details, at >= counted_from
        )


def midnight(day: date, zone: tzinfo | None) -> datetime:
    """When a local day begins (UTC)."""
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)
