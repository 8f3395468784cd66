"""The auditors' proof that the record is whole, and their reading of it.

`verify` finds the first event that was edited, cut out, moved or cut off, a seal that was added, removed or changed,
and every sealed row that was edited, planted, put back to an older state or deleted. What it cannot find: a whole store
put back to an older state (record, head and rows alike); only an anchor kept elsewhere shows that, so `against` takes
them. Outside the promise are the columns that carry no seal because they give nobody access: an outbox message's
`attempts`, `claimed_at`, `claimed_by`, `last_error`, and the search index `patient_name`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from sqlmodel import Session

from portaldesk.secret_keys import SecretKeys
from portaldesk.services import anchors
from portaldesk.store import event_lists, raw_rows, tables
from portaldesk.store.archives import Start, start_of
from portaldesk.store.raw_rows import exactly, rows
from portaldesk.store.record import EVENT_COLUMNS, is_hashed
from portaldesk.store.seals import keys_of

MOST_FAULTS = 100  # a store torn to pieces is told by its first hundred faults; memory stays constant
_TELL_EVERY = 5000


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as portaldesk wrote it.

    `seq`: the event it concerns; `row`: the sealed row (`portal_account:MRN-7`); `what`: a sentence, never content.
    """

    seq: int | None
    row: str | None
    what: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the record and every sealed row are whole.

    `events`: how many events were read; `head`: `SEQ:HASH` of the last one read. Faults of the record come first, in
    the order of the events, then those of rows, table by table; `MOST_FAULTS` of them at most are kept.
    """

    whole: bool
    events: int
    head: str
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
    session: Session, *, against: Sequence[str] = (), progress: Callable[[int, int], None] | None = None
) -> Verdict:
    """Read the whole record and every sealed row once, in constant memory.

    Args:
        session: one that only reads will do (`store.session(reading=True)`): it sees one state of the store.
        against: anchors kept elsewhere, each `SEQ:HASH` or lines of them; empty lines and `#` comments are passed over.
        progress: told now and then how many events were read, and of how many.
    Raises: WrongUsage for an unreadable anchor; StoreUnavailable where the database file itself is damaged.
    """
    known = anchors.read(against)
    faults: list[Fault] = []
    with exactly(session) as connection:
        events, head = 0, ""
        start = start_of(connection)
        for step in _record(connection, keys_of(session), known, progress, start):
            events, head, fault = step
            if fault is not None and len(faults) < MOST_FAULTS:
                faults.append(fault)
        for table in tables.sealed_tables():
            if len(faults) >= MOST_FAULTS:
                break
            for one in raw_rows.altered_rows(session, table):
                if len(faults) >= MOST_FAULTS:
                    break
                faults.append(Fault(one.seq, one.row, f"{one.row} {one.what}."))
    return Verdict(not faults, events, head, faults[0] if faults else None, tuple(faults))


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


_Step = tuple[int, str, Fault | None]  # events read so far, the last one's SEQ:HASH, what is wrong


def _record(
    connection: Connection,
    keys: SecretKeys,
    known: dict[int, set[str]],
    progress: Callable[[int, int], None] | None,
    start: Start,
) -> Iterator[_Step]:
    """Walk events and seals side by side in the order of their numbers, then the head and the anchors.

    What was archived is not looked at, nor what is left of it while an archive is under way.
    """
    heads = list(rows(connection, "SELECT id, seq, at, hash FROM audit_head LIMIT 2"))
    total = heads[0][1] if heads and isinstance(heads[0][1], int) else 0
    names = (*EVENT_COLUMNS, "hash")
    columns = ", ".join(f'"{name}"' for name in names)
    kept = "NOT (seq >= 1 AND seq <= :start)"  # a number below 1 is no archived event, whoever wrote it
    seals = rows(
        connection,
        f"SELECT seq, row_key, seal FROM audit_seal WHERE {kept} ORDER BY seq",  # noqa: S608
        start=start.seq,
    )
    seal = next(seals, None)
    count, seq, hash_, at, head = 0, start.seq, start.hash, start.at, f"{start.seq}:{start.hash}"
    if known.pop(start.seq, {start.hash}) != {start.hash}:
        yield count, head, Fault(start.seq, None, f"Event {start.seq}, the last archived, is not that of the anchor.")
    query = f"SELECT {columns} FROM audit_event WHERE {kept} ORDER BY seq"  # noqa: S608
    for row in rows(connection, query, start=start.seq):
        values = dict(zip(names, row, strict=True))
        follows = values["seq"] == seq + 1
        if not follows:
            yield count, head, _gap(seq, values["seq"])
        mine: list[tuple[Any, Any]] = []
        while seal is not None and isinstance(seal[0], int | float) and seal[0] <= values["seq"]:
            if seal[0] == values["seq"]:
                mine.append((seal[1], seal[2]))
            else:
                yield count, head, _stray(seal)
            seal = next(seals, None)
        count += 1
        wrong = _event_fault(values, mine, hash_ if follows else None, keys)
        seq, hash_, at = values["seq"], values["hash"], values["at"]
        head = f"{seq}:{hash_ if anchors.is_anchor(f'{seq}:{hash_}') else '?'}"
        if wrong is None and known.pop(seq, {hash_}) != {hash_}:
            wrong = f"Event {seq} is not the one of the anchor: the store was rolled back or the record rewritten."
        yield count, head, Fault(seq, None, wrong) if wrong else None
        if progress is not None and count % _TELL_EVERY == 0:
            progress(count, total)
    while seal is not None:
        yield count, head, _stray(seal)
        seal = next(seals, None)
    if not count:
        yield count, head, Fault(None, None, "The record holds no event.")
    yield count, head, _head_fault(heads, (1, seq, at, hash_))
    for missing in sorted(known):
        if missing > seq or missing < 1:
            what = f"Event {missing} of the anchor is not there: the store was rolled back."
            yield count, head, Fault(missing, None, what)


def _event_fault(values: dict[str, Any], seals: list[tuple[Any, Any]], prev: Any, keys: SecretKeys) -> str | None:
    seq = values["seq"]
    readable = all(isinstance(part, str) for pair in seals for part in pair)
    if not readable or not is_hashed(values, seals, keys):
        return f"Event {seq}, or a seal that it gave, was changed, added or removed."
    if prev is not None and values["prev_hash"] != prev:
        return f"Event {seq} does not follow on the event before it."
    return None


def _gap(last: int, found: int) -> Fault:
    if found <= last:
        return Fault(found, None, f"An event is numbered {found}, before the first or twice.")
    which = f"Event {last + 1} is" if found == last + 2 else f"Events {last + 1} to {found - 1} are"
    return Fault(last + 1, None, f"{which} missing.")


def _stray(seal: tuple[Any, ...]) -> Fault:
    row = raw_rows.shown(seal[1])
    return Fault(seal[0] if isinstance(seal[0], int) else None, row, f"A seal of {row} belongs to no event.")


def _head_fault(heads: list[tuple[Any, ...]], last: tuple[Any, ...]) -> Fault | None:
    if not heads:
        return Fault(last[1], None, "The record's head is missing.")
    if len(heads) > 1:
        return Fault(last[1], None, "The record has two heads.")
    head = heads[0]
    if head == last:
        return None
    if isinstance(head[1], int) and head[1] > last[1]:
        return Fault(last[1] + 1, None, f"The record is cut off after event {last[1]}: its head names a later one.")
    return Fault(last[1], None, "The record's head does not fit the last event.")
