"""The exact reading of the record, event by event: what is wrong, in the order of the events.

It passes over the stretches that were proved whole already (store/quick_proof.py) and reads the others itself.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from portaldesk.secret_keys import SecretKeys
from portaldesk.store import raw_rows
from portaldesk.store.archives import start_of
from portaldesk.store.raw_rows import rows
from portaldesk.store.record import EVENT_COLUMNS, GENESIS, is_hashed

_HASH = re.compile(r"(a\d{1,6}\.)?[0-9a-f]{64}")
_NAMES = (*EVENT_COLUMNS, "hash")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as portaldesk wrote it.

    `seq`: the event it concerns; `row`: the sealed row (`portal_account:MRN-7`); `what`: a sentence, never content.
    """

    seq: int | None
    row: str | None
    what: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """The events numbered above `after`, up to `last`; None: from the lowest on, up to the highest."""

    after: int | None
    last: int | None

    def __contains__(self, seq: int) -> bool:
        return (self.after is None or seq > self.after) and (self.last is None or seq <= self.last)

    def query(self, columns: str, table: str) -> str:
        bounds = [f"seq > {self.after}"] if self.after is not None else []
        bounds += [f"seq <= {self.last}"] if self.last is not None else []
        where = f" WHERE {' AND '.join(bounds)}" if bounds else ""
        return f"SELECT {columns} FROM {table}{where} ORDER BY seq"  # noqa: S608


@dataclass(frozen=True, slots=True)
class Place:
    """An event as the next one must follow on it: its number, hash, and time as text."""

    seq: int = 0
    hash: str = GENESIS
    at: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """How many events were read so far, the last one's `SEQ:HASH`, and what is wrong, if anything."""

    events: int
    head: str
    fault: Fault | None = None


def beginning(connection: Connection) -> Place:
    """What the first event must follow on: the last one that was archived, or nothing."""
    start = start_of(connection)
    return Place(start.seq, start.hash, start.at)


def event_at(connection: Connection, seq: int) -> Place | None:
    """What is stored of an event as the place that others follow on."""
    found = next(rows(connection, "SELECT hash, at FROM audit_event WHERE seq = :seq", seq=seq), None)
    return None if found is None else Place(seq, *found)


def walk(
    connection: Connection,
    keys: SecretKeys,
    stretches: Sequence[Stretch],
    *,
    start: Place,
    anchors: dict[int, set[str]],
    proved: Collection[Stretch],
) -> Iterator[Step]:
    """Read events and seals side by side in the order of their numbers, then the head and the anchors.

    Args:
        stretches: the record from `start` on, without a gap between them.
        start: what the first event must follow on.
        anchors: hashes by number; those after `start`.
        proved: stretches that are known to be whole, each following on the one before it.
    """
    heads = list(rows(connection, "SELECT id, seq, at, hash FROM audit_head LIMIT 2"))
    count, last, head = 0, start, f"{start.seq}:{start.hash}"
    if anchors.pop(start.seq, {start.hash}) != {start.hash}:
        yield Step(count, head, Fault(start.seq, None, f"Event {start.seq} is not that of the anchor."))
    for stretch in stretches:
        if stretch in proved and _fit(connection, [seq for seq in anchors if seq in stretch], anchors):
            assert stretch.after is not None
            assert stretch.last is not None
            count += stretch.last - stretch.after
            last = event_at(connection, stretch.last) or last
            head = f"{last.seq}:{last.hash}"
            continue
        seals = rows(connection, stretch.query("seq, row_key, seal", "audit_seal"))
        seal = next(seals, None)
        for row in rows(connection, stretch.query(", ".join(_NAMES), "audit_event")):
            values = dict(zip(_NAMES, row, strict=True))
            follows = values["seq"] == last.seq + 1
            if not follows:
                yield Step(count, head, _gap(last.seq, values["seq"]))
            mine: list[tuple[Any, Any]] = []
            while seal is not None and isinstance(seal[0], int | float) and seal[0] <= values["seq"]:
                if seal[0] == values["seq"]:
                    mine.append((seal[1], seal[2]))
                else:
                    yield Step(count, head, _stray(seal))
                seal = next(seals, None)
            count += 1
            wrong = _event_fault(values, mine, last.hash if follows else None, keys)
            last = Place(values["seq"], values["hash"], values["at"])
            head = f"{last.seq}:{last.hash if _is_hash(last.hash) else '?'}"
            if wrong is None and anchors.pop(last.seq, {last.hash}) != {last.hash}:
                wrong = not_the_one(last.seq).what
            yield Step(count, head, Fault(last.seq, None, wrong) if wrong else None)
        while seal is not None:
            yield Step(count, head, _stray(seal))
            seal = next(seals, None)
    if not count and not start.seq:
        yield Step(count, head, Fault(None, None, "The record holds no event."))
    yield Step(count, head, _head_fault(heads, last))
    for missing in sorted(anchors):
        if missing > last.seq or missing < 1:
            yield Step(count, head, not_there(missing))


def not_the_one(seq: int) -> Fault:
    what = f"Event {seq} is not the one of the anchor: the store was rolled back or the record rewritten."
    return Fault(seq, None, what)


def not_there(seq: int) -> Fault:
    return Fault(seq, None, f"Event {seq} of the anchor is not there: the store was rolled back.")


def _fit(connection: Connection, numbers: Sequence[int], anchors: dict[int, set[str]]) -> bool:
    """Whether the events of a proved stretch are those of its anchors, which are then done with."""
    stored = {seq: event_at(connection, seq) for seq in numbers}
    if not all(place is not None and anchors[seq] == {place.hash} for seq, place in stored.items()):
        return False
    for seq in numbers:
        del anchors[seq]
    return True


def _is_hash(text: object) -> bool:
    return isinstance(text, str) and _HASH.fullmatch(text) is not None


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


def _head_fault(heads: list[tuple[Any, ...]], last: Place) -> Fault | None:
    if not heads:
        return Fault(last.seq, None, "The record's head is missing.")
    if len(heads) > 1:
        return Fault(last.seq, None, "The record has two heads.")
    head = heads[0]
    if head == (1, last.seq, last.at, last.hash):
        return None
    if isinstance(head[1], int) and head[1] > last.seq:
        return Fault(last.seq + 1, None, f"The record is cut off after event {last.seq}: its head names a later one.")
    return Fault(last.seq, None, "The record's head does not fit the last event.")
