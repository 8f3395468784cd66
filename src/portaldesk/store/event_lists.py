"""Which events a list shows: newest first, of a time, a staff member, a patient, some actions, an outcome.

The record's times never go back with its numbers. So a span of time becomes a span of numbers first, and an index that
ends in the number finds, bounds and sorts at once. Several actions are asked one by one, each for its newest alone, and
merged: one condition for all of them would read everything they did in that time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session, col, select

from portaldesk.store import tables
from portaldesk.store.columns import time_text

_NEVER = 2**31 - 1
"""A number that no event reaches, and the greatest that PostgreSQL takes for one; as a limit, it keeps the engines from
dissolving the inner query."""
_CHUNK = 500  # engines take some ten thousands of values in one statement; a few hundred are one quick search each
_FIRST_FROM = text("SELECT seq FROM audit_event WHERE at >= :at ORDER BY at, seq LIMIT 1")


@dataclass(frozen=True, slots=True)
class Span:
    """Numbers of events from `first` on, before `end`."""

    first: int
    end: int

    def before(self, seq: int) -> Span:
        """Only the numbers below this one."""
        return Span(self.first, min(self.end, seq))


def span(session: Session, since: datetime | None, until: datetime | None) -> Span:
    """The numbers of the events from `since` on, before `until` (aware UTC times)."""
    return Span(first_from(session, since) if since else 1, first_from(session, until) if until else _NEVER)


def first_from(session: Session, at: datetime) -> int:
    """The number of the first event at or after a time; where there is none, one that no event reaches."""
    found = session.connection().execute(_FIRST_FROM, {"at": time_text(at)}).scalar()
    return _NEVER if found is None else int(found)


def newest(
    session: Session,
    within: Span,
    *,
    limit: int,
    actions: Sequence[str] = (),
    staff: str | None = None,
    patient: str | None = None,
    outcome: str | None = None,
) -> list[int]:
    """The numbers of the newest events of these, newest first; no `actions` are all actions."""
    asked = {"staff": staff, "patient": patient, "outcome": outcome}
    wanted = {column: value for column, value in asked.items() if value is not None}
    if patient is not None:
        sql, named = _of_patient(wanted, actions)
    elif actions:
        sql, named = _of_actions(wanted, actions)
    else:
        sql, named = _one_by_one(wanted), wanted
    values = {**named, "first": within.first, "end": within.end, "limit": limit, "all": _NEVER}
    return [int(seq) for seq in session.connection().execute(text(sql), values).scalars()]


def events(session: Session, numbers: Sequence[int]) -> list[tables.AuditEvent]:
    """The events of these numbers, in their order."""
    event = tables.AuditEvent
    found: dict[int, tables.AuditEvent] = {}
    for n in range(0, len(numbers), _CHUNK):
        some = select(event).where(col(event.seq).in_(numbers[n : n + _CHUNK]))
        found |= {one.seq: one for one in session.exec(some)}
    return [found[seq] for seq in numbers]


def _one_by_one(wanted: Mapping[str, str], more: str = "", columns: str = "seq", limit: str = ":limit") -> str:
    conditions = "".join(f"{column} = :{column} AND " for column in wanted) + more
    return (
        f"SELECT {columns} FROM audit_event WHERE {conditions}seq >= :first AND seq < :end "  # noqa: S608
        f"ORDER BY seq DESC LIMIT {limit}"
    )


def _of_actions(wanted: Mapping[str, str], actions: Sequence[str]) -> tuple[str, dict[str, str]]:
    named = {f"action_{n}": action for n, action in enumerate(actions)}
    each = " UNION ALL ".join(
        f"SELECT seq FROM ({_one_by_one(wanted, f'action = :{name} AND ')}) AS {name}"  # noqa: S608
        for name in named
    )
    return f"{each} ORDER BY seq DESC LIMIT :limit", {**wanted, **named}


def _of_patient(wanted: Mapping[str, str], actions: Sequence[str]) -> tuple[str, dict[str, str]]:
    """All of one patient's events are few: they are read, and the rest is judged on them."""
    named = {f"action_{n}": action for n, action in enumerate(actions)}
    rest = [f"{column} = :{column}" for column in wanted if column != "patient"]
    rest += [f"action IN ({', '.join(f':{name}' for name in named)})"] if named else []
    mine = _one_by_one({"patient": wanted["patient"]}, columns="seq, staff, action, outcome", limit=":all")
    where = f" WHERE {' AND '.join(rest)}" if rest else ""
    return f"SELECT seq FROM ({mine}) AS mine{where} ORDER BY seq DESC LIMIT :limit", {**wanted, **named}  # noqa: S608
