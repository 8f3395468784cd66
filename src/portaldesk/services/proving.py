"""A proof cut into jobs: stretches of the record and ranges of rows, each judged for itself, by several processes.

A helper process gets the keys and the place of the store through its pipe, never by arguments, which other users of the
machine can see; it reads in a session of its own, one state of the store for each job, and ends when its pipe does.
What it reads later than its parent is safe to judge: events never change, and a row is held against the seals that were
there with it.
"""

from __future__ import annotations

import gc
import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import Connection as Pipe
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine
from sqlmodel import Session

from portaldesk.errors import DeskError
from portaldesk.secret_keys import SecretKeys
from portaldesk.services.record_walk import Stretch, beginning, event_at
from portaldesk.store import raw_rows
from portaldesk.store.engine import engine_of, store_session
from portaldesk.store.quick_proof import rows_are_whole, stretch_is_whole
from portaldesk.store.raw_rows import Altered, KeyRange, exactly
from portaldesk.store.seals import keys_of

MOST_FAULTS = 100  # a store torn to pieces is told by its first hundred faults; memory stays constant
_GARBAGE_ROUND = 100_000


@dataclass(frozen=True, slots=True)
class LaterRows:
    """The rows that the events of a stretch sealed last."""

    of: Stretch


Job = Stretch | KeyRange | LaterRows
Outcome = bool | tuple[Altered, ...]
"""Of a stretch: whether it is whole and follows on the one before. Of rows: those that are not."""


def outcomes(session: Session, jobs: Sequence[Job], *, processes: int) -> Iterator[tuple[Job, Outcome]]:
    """What becomes of each job, in any order; `processes` 1: in this session.

    Raises: StoreUnavailable where the database is damaged, or cannot be reached by a helper.
    """
    waiting = list(reversed(jobs))
    if processes > 1:
        yield from _by_helpers(session, waiting, processes)
    while waiting:
        job = waiting.pop()
        yield job, judged(session, job)


def judged(session: Session, job: Job) -> Outcome:
    connection, keys = session.connection(), keys_of(session)
    if isinstance(job, Stretch):
        assert job.after is not None
        assert job.last is not None
        with exactly(session):
            begin = beginning(connection)
            before = begin if job.after == begin.seq else event_at(connection, job.after)
        return before is not None and stretch_is_whole(connection, keys, job.after, job.last, before.hash)
    if isinstance(job, KeyRange) and rows_are_whole(connection, keys, job):
        return ()
    with exactly(session):
        if isinstance(job, KeyRange):
            return tuple(islice(raw_rows.altered_rows(session, job), MOST_FAULTS))
        assert job.of.after is not None
        assert job.of.last is not None
        return tuple(islice(raw_rows.altered_since(session, job.of.after, job.of.last), MOST_FAULTS))


def _by_helpers(session: Session, waiting: list[Job], processes: int) -> Iterator[tuple[Job, Outcome]]:
    """Hand out jobs until none waits; one whose helper died waits again, for the others or for who called."""
    context = multiprocessing.get_context("spawn")  # a forked one would share our connection to the database
    bound: Any = session.get_bind()
    helpers, busy = [], {}
    try:
        for _ in range(processes):
            ours, theirs = context.Pipe()
            helper = context.Process(target=_help, args=(theirs,), daemon=True)
            helper.start()
            theirs.close()
            helpers.append((helper, ours))
            ours.send((bound.engine.url, keys_of(session)))
            if waiting:
                busy[ours] = waiting.pop()
                ours.send(busy[ours])
        while busy:
            for ready in wait(list(busy)):
                assert isinstance(ready, Pipe)
                job = busy.pop(ready)
                try:
                    outcome = ready.recv()
                    if waiting:
                        busy[ready] = waiting.pop()
                        ready.send(busy[ready])
                except (EOFError, OSError):  # killed at its work, or before it read
                    waiting.append(job)
                    continue
                if isinstance(outcome, _Refusal):
                    raise outcome.error()
                yield job, outcome
    finally:
        for helper, ours in helpers:
            ours.close()
            helper.terminate()
            helper.join()


@dataclass(frozen=True, slots=True)
class _Refusal:
    """A refusal on its way through a pipe."""

    kind: type[DeskError]
    code: str
    message: str
    hint: str

    def error(self) -> DeskError:
        return self.kind(self.code, self.message, self.hint)


def _help(pipe: Pipe) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is the parent's to answer
    gc.set_threshold(_GARBAGE_ROUND)
    try:
        url, keys = pipe.recv()
        engine = _engine(url)
        while True:
            job = pipe.recv()
            pipe.send(_answer(engine, keys, job))
    except (EOFError, OSError):  # the parent has what it wanted, or is gone
        return


def _engine(url: URL) -> Engine:
    return engine_of(Path(url.database or "") if url.get_backend_name() == "sqlite" else url)


def _answer(engine: Engine, keys: SecretKeys, job: Job) -> Outcome | _Refusal:
    try:
        with store_session(engine, keys, reading=True) as session:
            return judged(session, job)
    except DeskError as refusal:
        return _Refusal(type(refusal), refusal.code, refusal.message, refusal.hint)
