"""Bulk runs as the store remembers them: one at a time, begun, gone on with, finished."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from portaldesk.errors import StateForbids
from portaldesk.gate.actors import Actor
from portaldesk.services.bulk.selection import Selection, Source
from portaldesk.services.opening import OpenStore
from portaldesk.store import record, tables
from portaldesk.store.engine import POSTGRESQL
from portaldesk.store.seals import whole

BEGUN, FINISHED, GIVEN_UP = "bulk-run begin", "bulk-run end", "bulk-run given-up"
_LOCK = ".portaldesk-bulk.lock"
_KEY = 0x50444B33  # "PDK3"; advisory locks are of one database


@dataclass(frozen=True, slots=True)
class Options:
    """How a run is to go.

    `not_within`: whoever was invited within this time is left out. `limit`: how many are invited at most. `rate`:
    messages a second at most. `send`: also deliver, not only queue.
    """

    not_within: timedelta | None = None
    limit: int | None = None
    rate: float | None = None
    send: bool = True


@dataclass(frozen=True, slots=True)
class Run:
    """A run that is under way. `resumed`: it was begun before; what `options` leave open is then as it was begun."""

    id: str
    resumed: bool
    options: Options


@contextmanager
def turn(store: OpenStore) -> Iterator[None]:
    """The one bulk run at a time; the system lets go of it with the process, however that ends.

    On PostgreSQL it holds over all machines of the database.
    Raises: StateForbids `bulk-running`.
    """
    handle = os.open(store.place.beside / _LOCK, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _running() from None
        if store.engine.dialect.name != POSTGRESQL:
            yield
            return
        with store.engine.connect().execution_options(reading=True) as connection:  # no writer's turn is waited for
            held = connection.execute(text(f"SELECT pg_try_advisory_lock({_KEY})")).scalar_one()
            connection.commit()  # the lock is the connection's, and no transaction stays open for it
            if not held:
                raise _running()
            try:
                yield
            finally:
                with suppress(DBAPIError):  # a server that is gone holds no lock
                    connection.execute(text(f"SELECT pg_advisory_unlock({_KEY})"))
                connection.invalidate()  # with it the lock goes too, but a moment later: the next run might find it
    finally:
        os.close(handle)


def unfinished(session: Session) -> tables.BulkRun | None:
    """The last run that was begun and not finished, verified."""
    run = tables.BulkRun
    found = session.exec(select(run).where(col(run.finished_at).is_(None)).order_by(col(run.started_at).desc())).first()
    return whole(session, found) if found is not None else None


def begin(session: Session, actor: Actor, wanted: Selection, options: Options, *, resume: bool, now: datetime) -> Run:
    """Begin a run, or with `resume` go on with the last one that was not finished; inside `turn`.

    One that is not gone on with is given up: whom it left over, the new one invites.
    Raises: StateForbids `other-run` where that one is about something else.
    """
    last = unfinished(session)
    if last is not None and resume:
        if (last.source, last.digest) != (wanted.source, wanted.digest):
            raise _other(Source(last.source), same_source=last.source == wanted.source)
        return Run(last.id, resumed=True, options=_as_begun(last, options))
    if last is not None:
        finish(session, actor, last.id, outcome="given-up", told={}, now=now)
    row = tables.BulkRun(
        id=f"B-{secrets.token_hex(6)}", staff=actor.name, source=wanted.source.value, digest=wanted.digest,
        options=json.dumps(_told(options), sort_keys=True), started_at=now,
    )  # fmt: skip
    details = {"run": row.id, "source": row.source, "patients": len(wanted.asked)} | _told(options)
    record.append(session, actor.entry(BEGUN, "done", details=details), [record.new(row)], now=now)
    return Run(row.id, resumed=False, options=options)


def finish(session: Session, actor: Actor, run: str, *, outcome: str, told: dict[str, object], now: datetime) -> None:
    """Note the end of a run, with its totals."""
    row = whole(session, session.get_one(tables.BulkRun, run))
    action = FINISHED if outcome == "done" else GIVEN_UP
    entry = actor.entry(action, "done", details={"run": run} | told)
    record.append(session, entry, [record.changed(row, finished_at=now, outcome=outcome)], now=now)


def _told(options: Options) -> dict[str, object]:
    within = options.not_within
    return {
        "not_within_hours": within.total_seconds() / 3600 if within is not None else None, "limit": options.limit,
        "rate": options.rate,
    }  # fmt: skip


def _as_begun(row: tables.BulkRun, said: Options) -> Options:
    """What is said now, else what was said at the beginning: who types only --resume must not lose a --limit."""
    begun = json.loads(row.options)
    hours = begun["not_within_hours"]
    return replace(
        said,
        not_within=said.not_within or (timedelta(hours=hours) if hours is not None else None),
        limit=said.limit or begun["limit"],
        rate=said.rate or begun.get("rate"),
    )


def _running() -> StateForbids:
    return StateForbids(
        "bulk-running", "Another bulk run is at work; this one did nothing.", "Wait until it is done, then try again."
    )


def _other(source: Source, *, same_source: bool) -> StateForbids:
    asked = "another file" if same_source else "a file" if source is Source.FILE else "all who are pending"
    again = "--file THAT-FILE" if source is Source.FILE else "--all-pending"
    return StateForbids(
        "other-run",
        f"The run that is not finished is about {asked}.",
        f"Finish it first: portaldesk resend-invite {again} --resume; or begin a new one without --resume.",
    )
