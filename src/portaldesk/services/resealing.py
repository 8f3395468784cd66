"""Giving stored rows a new seal without a change of what they say, while the desks go on working.

Two need it: a seal key that is rotated, and an archive, for no row may have its newest seal in events that are moved
out. Rows go in short transactions, in the order of their keys; each event `reseal` gives some tens of seals, since
whoever reads one of those rows later reads the event with all of them. Between two transactions it rests for as long as
it held the store, so that a desk gets its turn.

A row is proved before it is sealed anew: it carries its seal, the record's newest one, from an event whose own hash is
right. One that is not whole is left as it is and named: nothing forged is ever made good here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from portaldesk.gate.actors import Actor
from portaldesk.services.clock import Clock, machine_clock
from portaldesk.services.opening import OpenStore
from portaldesk.store import raw_rows, record, tables
from portaldesk.store.events import Event, event_of
from portaldesk.store.seals import keys_of, table_name
from portaldesk.store.tables import Sealed
from portaldesk.words import Outcome

ROWS_A_TURN = 150  # ours: some 40 ms, in which every desk waits
SEALS_AN_EVENT = 50  # ours: reading one row's newest event stays under a millisecond


@dataclass(frozen=True, slots=True)
class Resealed:
    """How many rows got a new seal; `altered`: the names of those left as they are, for they are not whole."""

    rows: int
    altered: tuple[str, ...]


Progress = Callable[[int, int], None]


def reseal(
    store: OpenStore,
    actor: Actor,
    *,
    reason: str,
    before: int | None = None,
    clock: Clock = machine_clock,
    progress: Progress | None = None,
    rest: Callable[[float], None] = time.sleep,
) -> Resealed:
    """Seal anew what is not sealed by the key in use, or (`before`) what was last sealed before that event.

    Run again after it was killed, it goes on with what is left.
    Args:
        progress: told after each turn how many rows are done, of how many.
        rest: lets the other writers in for so many seconds.
    Raises: StoreUnavailable; RecordAltered where the record does not take an event.
    """
    total = left(store, before=before)
    done, altered = 0, list[str]()
    for table in tables.sealed_tables():
        last: object = None
        while True:
            began = time.monotonic()
            with store.session() as session:
                found = _next(session, table, last, before=before)
                if not found:
                    break
                whole = _proved(session, table, found)
                for some in (whole[n : n + SEALS_AN_EVENT] for n in range(0, len(whole), SEALS_AN_EVENT)):
                    details = {"table": table_name(table), "rows": len(some), "key": keys_of(session).seal.current}
                    entry = actor.entry("reseal", Outcome.DONE, reason=reason, details=details)
                    record.reseal(session, entry, table, some, now=clock())
                session.commit()
            last = found[-1].key
            done += len(whole)
            sound = {id(values) for values in whole}
            altered += [raw_rows.shown(one.row_key) for one in found if id(one.values) not in sound]
            if progress is not None:
                progress(done + len(altered), max(total, done + len(altered)))
            rest(time.monotonic() - began)
    return Resealed(done, tuple(altered))


def left(store: OpenStore, *, before: int | None = None) -> int:
    """How many rows `reseal` would go through."""
    with store.session(reading=True) as session:
        return left_in(session, before=before)


def left_in(session: Session, *, before: int | None = None) -> int:
    with raw_rows.exactly(session) as connection:
        return sum(
            count
            for table in tables.sealed_tables()
            for (count,) in raw_rows.rows(
                connection,
                f'SELECT count(*) FROM "{table_name(table)}" t WHERE {_due(before)}',  # noqa: S608
                **_named(session, before),
            )
        )


def _next(session: Session, table: type[Sealed], last: object, *, before: int | None) -> list[raw_rows.Proof]:
    with raw_rows.exactly(session):
        return raw_rows.proofs(
            session, table, where=_due(before), after=last, limit=ROWS_A_TURN, values=_named(session, before)
        )


def _due(before: int | None) -> str:
    return "t.seal NOT LIKE :mark" if before is None else "t.changed_seq < :before"


def _named(session: Session, before: int | None) -> Mapping[str, object]:
    return {"mark": f"{keys_of(session).seal.current}.%"} if before is None else {"before": before}


def _proved(session: Session, table: type[Sealed], found: Sequence[raw_rows.Proof]) -> list[Mapping[str, Any]]:
    """The rows among these that are whole. An event that gave several of them their seals is read once."""
    known: dict[int, Event | None] = {}
    good = []
    for one in found:
        if raw_rows.judge(table, one.values, one.newest, keys_of(session)) is not None:
            continue
        seq = one.values["changed_seq"]
        if seq not in known:
            known[seq] = event_of(session, seq)
        event = known[seq]
        if event is not None and event.whole and event.seals.get(one.row_key) == one.values["seal"]:
            good.append(one.values)
    return good
