"""Delivery: what is due in the outbox is written, handed over and marked, each message on its own.

A run claims a message (claims.py), in a transaction in which it is verified and its link or code derived; hands it to
the transport outside of any; and in one more transaction marks it and claims the next: a commit a message. Two runs
never have the same message. One that is killed between the server's acceptance and our commit leaves a message that
goes once more, at once, under the same Message-ID: at least once, and at most one repeat.

What has gone dead while it waited is dropped, and so is a link whose message goes elsewhere than it was made for.

A server that cannot be reached costs no message a try, for no message is at fault: the run ends, and the next one asks
again with a single message. Where it dies in the middle of a mail, that mail might be the reason: it is put off as by a
refusal, and the run goes on; at the second in a row it is the server.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import islice

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select

from portaldesk.errors import DeskError, StoreUnavailable
from portaldesk.mail.transport import CutOff, Mails, Refused, Texts, Unreachable
from portaldesk.services import ahead, carriers, claims, senders
from portaldesk.services.ahead import Ahead, Written
from portaldesk.services.carriers import Route
from portaldesk.services.claims import Lost, Trouble
from portaldesk.services.clock import Clock, machine_clock
from portaldesk.services.opening import OpenStore
from portaldesk.services.outgoing import Outgoing, warm_up, written
from portaldesk.services.senders import Sender
from portaldesk.settings import ClinicSettings
from portaldesk.store import many_rows, record, tables
from portaldesk.store.record import Head
from portaldesk.words import TEXTS

SECONDS_A_MESSAGE = 30.0
TIMES_ASKED = 24
"""How often a run with a mail in hand asks for the store: two minutes, longer than a large import holds it."""
WORTH_WRITING_AHEAD = 4
"""Messages; fewer are read one by one as fast."""


class Became(StrEnum):
    """What became of a message in a run. `put-off`: it is tried again by itself."""

    SENT = "sent"
    PUT_OFF = "put-off"
    FAILED = "failed"
    DROPPED = "dropped"
    TAKEN = "taken"


@dataclass(frozen=True, slots=True)
class Handled:
    """One message that a run is done with, as it stands in the store by now. `why`: it was not sent."""

    id: str
    became: Became
    why: str = ""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one run did. `waiting`: how many of the messages meant are left for later runs, those put off among them.

    `unreachable`: why the mail server, or the gateway for texts, could not be reached, which ended the run for it.
    """

    sent: int
    failed: int
    dropped: int
    waiting: int
    put_off: int = 0
    unreachable: str = ""


@dataclass(slots=True)
class Pace:
    """At most so many messages a second, over all runs that share it. `free_from`: when the next may go (monotonic)."""

    rate: float
    free_from: float = field(default_factory=time.monotonic)

    @property
    def pause(self) -> float:
        """Seconds until then."""
        return self.free_from - time.monotonic()

    def take(self) -> None:
        """One goes now; where it is late, the next may make up for it, and no more than that one."""
        self.free_from = max(self.free_from, time.monotonic() - 1 / self.rate) + 1 / self.rate


def deliver(
    store: OpenStore,
    *,
    settings: ClinicSettings,
    meant: Sequence[ColumnElement[bool]] = (),
    clock: Clock = machine_clock,
    transport: Mails | None = None,
    gateway: Texts | None = None,
    progress: Callable[[Handled], None] | None = None,
    pace: Pace | None = None,
    stop: threading.Event | None = None,
    seconds_a_message: float = SECONDS_A_MESSAGE,
) -> Delivered:
    """Deliver all that is due, least tried first.

    Args:
        meant: of what waits only this (conditions on the outbox's rows).
        clock: the time now (aware UTC), asked anew for each message.
        transport, gateway: for mails and for texts, others than the settings name.
        progress: told of each message, after the commit that says what became of it.
        pace: how fast, at most.
        stop: once set, the message in hand is finished and the run ends.
    Raises: StoreUnavailable; RecordAltered where the record is not whole.
    """
    run = _Run(
        store, settings, carriers.routes(store, settings, transport, gateway), clock, meant=meant, progress=progress,
        pace=pace, stop=stop or threading.Event(), each=seconds_a_message,
    )  # fmt: skip
    run.go()
    return run.delivered()


def deliver_now(
    store: OpenStore,
    message_ids: Collection[str],
    *,
    settings: ClinicSettings,
    budget_seconds: float = 2.0,
    clock: Clock = machine_clock,
    transport: Mails | None = None,
    gateway: Texts | None = None,
) -> Delivered:
    """Try the messages of a change right after its commit, while the caller is on the line.

    It never raises, for the change is done whatever becomes of its mail, and takes no longer than its budget; only a
    store that another process holds can add the engine's lock wait. What is left waits for the next run.
    """
    ids = list(message_ids)[: many_rows.MOST_KEYS]  # of an import: more than one query takes, or the budget
    if not ids:
        return Delivered(0, 0, 0, 0)
    meant = col(tables.OutboxMessage.id).in_(ids)
    run = None
    try:
        run = _Run(
            store, settings, carriers.routes(store, settings, transport, gateway), clock, meant=[meant],
            each=budget_seconds, budget=budget_seconds,
        )  # fmt: skip
        run.go()
        return run.delivered()
    except Exception:  # noqa: BLE001  # the promise above; `outbox send` tries again, and says what is wrong
        counts = run.counts if run is not None else Counter()
        left = len(ids) - counts[Became.SENT] - counts[Became.DROPPED]
        return Delivered(counts[Became.SENT], counts[Became.FAILED], counts[Became.DROPPED], max(0, left))


@dataclass(frozen=True, slots=True)
class _Taken:
    """A message in hand. `ahead`: where it was written ahead."""

    ready: Outgoing
    route: Route
    ahead: Written | None = None


@dataclass(frozen=True, slots=True)
class _Tried:
    """A message that was handed over, or refused, and not written down yet."""

    taken: _Taken
    trouble: Trouble | None


_Queue = deque[tuple[str, Route]]


@dataclass(slots=True)
class _Run:
    """One run through the outbox. `each`, `budget`: seconds for one message, and for all.

    `last`: the record's head as this run left it; `others_until`: the last event that is not of this run's sent mails.
    """

    store: OpenStore
    settings: ClinicSettings
    routes: tuple[Route, Route]
    clock: Clock
    meant: Sequence[ColumnElement[bool]]
    each: float
    progress: Callable[[Handled], None] | None = None
    pace: Pace | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    budget: float | None = None
    counts: Counter[Became] = field(default_factory=Counter)
    ahead: Ahead = field(default_factory=Ahead)
    batch: int = 8
    last: Head | None = None
    others_until: int = 0

    def go(self) -> None:
        end = time.monotonic() + self.budget if self.budget is not None else None
        with self.store.session(reading=True) as session:
            queue = deque(self._due(session))
        if not queue:
            return
        warm_up(self.settings, self.store.place.templates, now=self.clock())
        try:
            with senders.at_work(self.store) as sender:
                self._through(sender, queue, end)
        finally:
            for route in self.routes:
                route.close()

    def delivered(self) -> Delivered:
        message = tables.OutboxMessage
        with self.store.session(reading=True) as session:
            left = select(func.count()).select_from(message).where(*claims.to_be_mailed(), *self.meant)
            waiting = session.exec(left).one()
        n = self.counts
        unreachable = "; ".join(route.unreachable for route in self.routes if route.unreachable)
        return Delivered(n[Became.SENT], n[Became.FAILED], n[Became.DROPPED], waiting, n[Became.PUT_OFF], unreachable)

    def _due(self, session: Session) -> Sequence[tuple[str, Route]]:
        message = tables.OutboxMessage
        mails, texts = self.routes
        found = session.execute(
            select(message.id, message.kind)
            .where(*claims.to_be_mailed(), claims.due(claims.moment(session, self.clock)), *self.meant)
            .order_by(col(message.attempts), col(message.created_at), col(message.id))
        )
        return [(id_, texts if kind in TEXTS else mails) for id_, kind in found]

    def _through(self, sender: Sender, queue: _Queue, end: float | None) -> None:
        """One message after the other. Real time, not `clock`: what counts is how long somebody waits."""
        tried: _Tried | None = None
        while True:
            pause = self.pace.pause if self.pace is not None else 0.0
            if tried is not None and tried.taken.route.unreachable:
                queue = deque(one for one in queue if not one[1].unreachable)
            goes_on = bool(queue) and not self.stop.is_set() and self._has_time(end)
            if goes_on and pause <= 0:
                self._write_ahead(queue)
            taken = self._next(sender, tried, queue if goes_on and pause <= 0 else deque())
            tried = None
            if taken is not None:
                if self.pace is not None:
                    self.pace.take()
                tried = _Tried(taken, self._hand_over(taken, self._after(taken, queue), end))
            elif not goes_on or not queue:
                return
            elif pause > 0:
                self.stop.wait(pause)

    def _has_time(self, end: float | None) -> bool:
        return end is None or time.monotonic() < end

    def _write_ahead(self, queue: _Queue) -> None:
        """Write the next mails before they are claimed; as few as one where others write much meanwhile."""
        if self.ahead.mails or len(queue) < WORTH_WRITING_AHEAD:
            return
        ids = [id_ for id_, _ in islice(queue, self.batch)]
        self.ahead = ahead.write(self.store, ids, self._written, clock=self.clock)
        most = max(1, round(5 * self.pace.rate)) if self.pace is not None else ahead.MOST
        self.batch = min(self.batch * 2, ahead.MOST, most)

    def _next(self, sender: Sender, tried: _Tried | None, queue: _Queue) -> _Taken | None:
        """As `_settle_and_take`, but patient with who holds the store, unless somebody is on the line: a mail that went
        out and is not written down goes twice.
        """
        for _ in range(1, TIMES_ASKED if tried is not None and self.budget is None else 1):
            try:
                return self._settle_and_take(sender, tried, queue)
            except StoreUnavailable as trouble:
                if trouble.code != "store-locked":
                    raise
        return self._settle_and_take(sender, tried, queue)

    def _settle_and_take(self, sender: Sender, tried: _Tried | None, queue: _Queue) -> _Taken | None:
        """Write down what became of a message, and claim the next that can be had, in one transaction."""
        if tried is None and not queue:
            return None
        done: list[Handled] = []
        taken = None
        with sender.session(after=self.last) as session:
            last = self._last(session)
            now = max(self.clock(), last.at)
            if tried is not None:
                done.append(self._settle(session, tried, last, now=now))
            while taken is None and queue:
                id_, route = queue.popleft()
                got = self._take(session, sender, id_, route, now=now)
                if isinstance(got, Handled):
                    done.append(got)
                else:
                    taken = got
            session.commit()
        for one in done:
            self.counts[one.became] += 1
            if self.progress is not None:
                self.progress(one)
        return taken

    def _last(self, session: Session) -> Head:
        """The record's head, proved anew where this run did not write it."""
        now = record.head(session)
        if now != self.last:
            now = self.last = record.sure_head(session)
            self.others_until = now.seq
            if self.ahead.mails and self.ahead.seq < now.seq:
                self.ahead, self.batch = Ahead(), 1
        return now

    def _settle(self, session: Session, tried: _Tried, last: Head, *, now: datetime) -> Handled:
        taken, trouble = tried.taken, tried.trouble
        if trouble is not None:
            return self._failed(session, taken.ready.id, taken.route, taken.ready, trouble, now=now)
        made = taken.ahead
        if made is not None and self.others_until <= made.seq:
            self.last = claims.sent_after(
                session, last, made.row, made.attempts, made.mail, taken.route.kind, now=now
            )  # fmt: skip
        else:
            claims.sent(session, taken.ready, taken.route.kind, now=now)
            self._wrote()
        return Handled(taken.ready.id, Became.SENT)

    def _wrote(self) -> None:
        """An event of this run may have changed more than a mail of its own: it counts as if others had written it."""
        self.last, self.ahead, self.batch = None, Ahead(), 1

    def _failed(
        self, session: Session, id_: str, route: Route, ready: Outgoing | None, trouble: Trouble, *, now: datetime
    ) -> Handled:
        next_try = claims.failed(session, id_, ready, route.kind, trouble, now=now)
        self._wrote()
        return Handled(id_, Became.FAILED if next_try is None else Became.PUT_OFF, trouble.reason)

    def _written(self, session: Session, row: tables.OutboxMessage, now: datetime) -> Outgoing:
        return written(session, row, settings=self.settings, templates=self.store.place.templates, now=now)

    def _take(self, session: Session, sender: Sender, id_: str, route: Route, *, now: datetime) -> _Taken | Handled:
        found = self.ahead.pop(id_, unchanged_since=self.others_until, now=now)
        if found is not None and claims.take_written(session, sender, id_, now=now):
            return _Taken(found.mail, route, found)
        try:
            got = claims.take(session, sender, id_, self._written, now=now)
        except StoreUnavailable:
            raise
        except Refused as refused:
            trouble = Trouble(refused.reason, lasting=True, bad_address=refused.bad_address)
        except DeskError as refusal:
            # a row that is not whole, or a patient or account that is gone: one bad row must not keep the others back
            trouble = Trouble(refusal.code, lasting=True)
        except (KeyError, ValueError):
            # variables that this version cannot read: a fault of ours, and no reason to keep the others back
            trouble = Trouble("fault", lasting=True)
        else:
            if not isinstance(got, Lost):
                return _Taken(got, route)
            if got is Lost.DROPPED:
                self._wrote()
            return Handled(id_, Became(got))
        return self._failed(session, id_, route, None, trouble, now=now)

    def _after(self, taken: _Taken, queue: _Queue) -> Outgoing | None:
        """What will most likely be handed over next, at once and by the same carrier. It is not claimed yet."""
        if not queue or self.pace is not None or self.stop.is_set():
            return None
        id_, route = queue[0]
        found = self.ahead.mails.get(id_) if route is taken.route else None
        return found.mail if found is not None else None

    def _hand_over(self, taken: _Taken, after: Outgoing | None, end: float | None) -> Trouble | None:
        route = taken.route
        left = self.each if end is None else min(self.each, end - time.monotonic())
        try:
            route.deliver(
                taken.ready.parcel, within_seconds=max(left, 0.01), then=after.parcel if after is not None else None
            )  # fmt: skip
        except Unreachable as failure:
            route.unreachable = failure.reason
            return Trouble(failure.reason, blameless=True)
        except CutOff as failure:
            hurried = self.budget is not None  # who is on the line does not wait as long as servers may take
            if hurried or route.was_cut_off:
                route.unreachable = failure.reason
                return Trouble(failure.reason, blameless=True)
            route.was_cut_off = True
            return Trouble(failure.reason)
        except Refused as refused:
            route.was_cut_off = False
            return Trouble(refused.reason, lasting=refused.permanent, bad_address=refused.bad_address)
        except StoreUnavailable as trouble:  # not the store, but the keyring that holds the mail password
            route.unreachable = trouble.message
            return Trouble(trouble.code, blameless=True)
        route.was_cut_off = False
        return None
