"""The record as it grows, for a log collector: pages of events after the last one that it has.

Nothing is handed on unproved: each event carries its own right hash and follows on the one before it. A record that
ends before what the collector has, or holds another event there, was put back to an older state.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection
from sqlmodel import Session

from portaldesk.errors import WrongUsage
from portaldesk.services import anchors
from portaldesk.store import raw_events
from portaldesk.store.archives import start_of
from portaldesk.store.events import GENESIS, not_whole, sure_head
from portaldesk.store.raw_events import RawEvent
from portaldesk.store.raw_rows import exactly
from portaldesk.store.seals import keys_of

EVENTS_A_PAGE = 1000
_NUMBER = re.compile(r"\d{1,18}")


@dataclass(frozen=True, slots=True)
class Place:
    """The last event that the reader has, 0 for none; its hash where it is known."""

    seq: int
    hash: str | None = None

    def __str__(self) -> str:
        return str(self.seq) if self.hash is None else f"{self.seq}:{self.hash}"


@dataclass(frozen=True, slots=True)
class Page:
    """Events after a place, and the place after them. `archived`: up to which number they lie in archives instead."""

    events: Sequence[RawEvent]
    after: Place
    archived: int | None


BEGINNING = Place(0, GENESIS)


def read_place(text: str) -> Place:
    """`SEQ` or `SEQ:HASH`.

    Raises: WrongUsage.
    """
    said = text.strip()
    if anchors.is_anchor(said):
        seq, _, hash_ = said.partition(":")
        return Place(int(seq), hash_)
    if _NUMBER.fullmatch(said) is None:
        raise WrongUsage(
            "usage", "--from is neither SEQ nor SEQ:HASH.", "Give the number of the last event that you have, or 0."
        )
    return Place(int(said)) if int(said) else BEGINNING


def page(session: Session, after: Place, *, most: int = EVENTS_A_PAGE) -> Page:
    """The events that follow, `most` at the most.

    Raises: RecordAltered `not-whole` where the record is shorter than that place, another one there, or not whole.
    """
    head, start = sure_head(session), start_of(session.connection())
    if after.seq > head.seq:
        raise not_whole(f"The record ends with event {head.seq}, before event {after.seq}: it was put back.")
    archived = start.seq if after.seq < start.seq else None
    if archived is not None:
        after = Place(start.seq, start.hash)
    keys, found = keys_of(session), list[RawEvent]()
    with exactly(session) as connection:
        if after.seq > start.seq and after.hash is not None:
            _require_same(connection, after)
        for event in raw_events.between(connection, after.seq + 1, min(after.seq + most, head.seq)):
            if event.values["seq"] != after.seq + 1:
                raise not_whole(f"Event {after.seq + 1} of the record is missing.")
            if not event.is_whole(keys) or after.hash not in (None, event.values["prev_hash"]):
                raise not_whole(f"Event {after.seq + 1} of the record, or a seal that it gave, was changed.")
            found.append(event)
            after = Place(event.values["seq"], event.values["hash"])
    return Page(found, after, archived)


def _require_same(connection: Connection, place: Place) -> None:
    there = next(raw_events.between(connection, place.seq, place.seq), None)
    if there is None or there.values["hash"] != place.hash:
        raise not_whole(f"Event {place.seq} of the record is not the one that you have: it was put back or rewritten.")
