"""The auditors' proof that the record is whole, and their reading of it.

`verify` finds the first event that was edited, cut out, moved or cut off, a seal that was added, removed or changed,
and every sealed row that was edited, planted, put back to an older state or deleted. What it cannot find: a whole store
put back to an older state (record, head and rows alike); only an anchor kept elsewhere shows that, so `against` takes
them. Outside the promise are the columns that carry no seal because they give nobody access: an outbox message's
`attempts`, `claimed_at`, `claimed_by`, `last_error`, `next_try_at`, `failed_at`, and the search index `patient_name`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import cast

from sqlmodel import Session

from portaldesk.errors import WrongUsage
from portaldesk.services.anchors import read as read_anchors
from portaldesk.services.proving import MOST_FAULTS, Job, LaterRows, Outcome, outcomes
from portaldesk.services.record_walk import (
    Fault,
    Place,
    Step,
    Stretch,
    beginning,
    event_at,
    not_the_one,
    not_there,
    walk,
)
from portaldesk.store import event_lists, raw_rows, tables
from portaldesk.store.raw_rows import Altered, KeyRange, exactly, key_ranges
from portaldesk.store.record import event_is_whole
from portaldesk.store.seals import keys_of

STRETCH = 50_000
"""Events or rows in one job: under a second each, so that the work is shared evenly and progress is seen."""
FEWEST_FOR_HELPERS = 200_000
"""Events from which on other processes help: below, starting them costs what they save."""
_LATER = "SELECT count(*) FROM audit_event WHERE seq > :seq"
_BUT_ARCHIVED = "SELECT count(*) - (SELECT count(*) FROM audit_event WHERE seq <= :seq) FROM audit_event"
"""As `_LATER`, where that is nearly all: counted along a short index, not along the events."""
_MOST_PROCESSES = 8  # more of them wait for one disk


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the record and every sealed row are whole.

    `events`: how many events were read; `head`: `SEQ:HASH` of the last one read; `since`: the number of the event after
    which the proof began, None where it began with the record. Faults of the record come first, in the order of the
    events, then those of rows, table by table; `MOST_FAULTS` of them at most are kept.
    """

    whole: bool
    events: int
    head: str
    since: int | None
    first_fault: Fault | None
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class EventLine:
    """One event as auditors read it. `details` is JSON text."""

    seq: int
    at: datetime
    staff: str | None
    action: str
    patient: str | None
    outcome: str
    session: str
    check_id: str | None
    level: str | None
    reason: str
    details: str


def verify(
    session: Session,
    *,
    against: Sequence[str] = (),
    since: Sequence[str] = (),
    processes: int = 1,
    stretch: int = STRETCH,
    progress: Callable[[int, int], None] | None = None,
) -> Verdict:
    """Read the record and every sealed row once, in constant memory.

    Args:
        session: one that only reads will do (`store.session(reading=True)`): it sees one state of the store.
        against: anchors kept elsewhere, each `SEQ:HASH` or lines of them; empty lines and `#` comments are passed over.
        since: anchors likewise; only the events after the newest of them are read, and only the rows that these events
            sealed are judged. What was changed, planted or deleted among the other rows is not found then.
        processes: how many may share a long record. More than one only where nothing of this session waits for its
            commit: the others would not see it.
        stretch: how many events, or rows, one job has.
        progress: told now and then how many events and rows were read, and of how many.
    Raises: WrongUsage for an unreadable anchor; StoreUnavailable where the database itself is damaged.
    """
    anchors, known = read_anchors(against), read_anchors(since)
    for seq, hashes in known.items():
        anchors.setdefault(seq, set()).update(hashes)
    with exactly(session) as connection:
        begin = start = beginning(connection)
        if known:
            start = _since(session, begin, max(known))
            fault = _anchor_fault(session, begin, start, anchors)
            if fault is not None:
                return Verdict(False, 0, f"{start.seq}:?", start.seq, fault, (fault,))
    events = _count(session, _LATER if known else _BUT_ARCHIVED, start.seq)
    last = start.seq + events
    middle = [Stretch(n, min(n + stretch, last)) for n in range(start.seq, last, stretch)]
    rows = [LaterRows(one) for one in middle] if known else _ranges(session, stretch)
    found = _judged(session, [*middle, *rows], processes if events >= FEWEST_FOR_HELPERS else 1, progress)
    below = [] if known else [Stretch(None, 0)]  # what is left of archived events may stay, a number below 1 may not
    stretches = [*below, *middle, Stretch(last, None)]
    faults: list[Fault] = []
    with exactly(session) as connection:
        proved = {one for one in middle if found[one] is True}
        step = Step(0, "")
        for step in walk(connection, keys_of(session), stretches, start=start, anchors=anchors, proved=proved):
            if step.fault is not None and len(faults) < MOST_FAULTS:
                faults.append(step.fault)
    altered = (one for job in rows for one in cast("tuple[Altered, ...]", found[job]))
    faults += [Fault(one.seq, one.row, f"{one.row} {one.what}.") for one in islice(altered, MOST_FAULTS - len(faults))]
    since_seq = start.seq if known else None
    return Verdict(not faults, step.events, step.head, since_seq, faults[0] if faults else None, tuple(faults))


def processes_here() -> int:
    """How many processes may share a long proof on this machine: one for each core that is ours, eight at most."""
    ours = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(ours, _MOST_PROCESSES)


def _judged(
    session: Session, jobs: Sequence[Job], processes: int, progress: Callable[[int, int], None] | None
) -> dict[Job, Outcome]:
    found: dict[Job, Outcome] = {}
    for job, outcome in outcomes(session, jobs, processes=processes):
        found[job] = outcome
        if progress is not None:
            progress(len(found), len(jobs))
    return found


def _ranges(session: Session, most: int) -> list[KeyRange]:
    with exactly(session):
        return [some for table in tables.sealed_tables() for some in key_ranges(session, table, most=most)]


def _count(session: Session, query: str, seq: int) -> int:
    """How many events there are; the highest number is whatever somebody made it."""
    with exactly(session) as connection:
        ((count,),) = raw_rows.rows(connection, query, seq=seq)
    return int(count)


def _since(session: Session, begin: Place, seq: int) -> Place:
    """The event that a proof is to begin after."""
    if seq < begin.seq:
        raise WrongUsage(
            "usage", "The event of this anchor was archived.", "Give a later anchor, or prove the whole record."
        )
    return begin if seq == begin.seq else event_at(session.connection(), seq) or Place(seq)


def _anchor_fault(session: Session, begin: Place, start: Place, anchors: dict[int, set[str]]) -> Fault | None:
    """What is wrong with the anchors up to the one that a proof begins after; those that fit are done with."""
    for seq in sorted(one for one in anchors if begin.seq <= one <= start.seq):
        place = begin if seq == begin.seq else event_at(session.connection(), seq)
        if place is None or seq < 1:
            return not_there(seq)
        if anchors.pop(seq) != {place.hash}:
            return not_the_one(seq)
    if start != begin and not event_is_whole(session, start.seq, hash_=start.hash):
        return Fault(start.seq, None, f"Event {start.seq}, or a seal that it gave, was changed, added or removed.")
    return None


def show(
    session: Session,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    patient: str | None = None,
    staff: str | None = None,
    action: str | None = None,
    limit: int = 100,
) -> tuple[EventLine, ...]:
    """Events of the record, newest first: from `since` on, before `until` (aware UTC times)."""
    numbers = event_lists.newest(
        session, event_lists.span(session, since, until), limit=limit, actions=(action,) if action else (),
        staff=staff, patient=patient,
    )  # fmt: skip
    return tuple(
        EventLine(
            e.seq, e.at, e.staff, e.action, e.patient, e.outcome, e.session, e.check_id, e.level, e.reason, e.details
        )
        for e in event_lists.events(session, numbers)
    )


__all__ = ["MOST_FAULTS", "EventLine", "Fault", "Verdict", "show", "verify"]
