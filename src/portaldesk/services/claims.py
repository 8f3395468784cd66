"""Who has a message: claimed, and then marked sent, dropped or failed, each in a short transaction of its own.

A claim is a guarded update that only one deliverer can win; it lapses after two minutes, four times what one delivery
may take. Claim, tries and last error are steering and carry no seal; `sent_at` and `dropped_why` change with an event.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from sqlalchemy import ColumnElement, or_, update
from sqlmodel import Session, col, select

from portaldesk.gate.actors import Actor
from portaldesk.rules import masks
from portaldesk.services.clock import Clock
from portaldesk.services.opening import OpenStore
from portaldesk.services.outgoing import Dead, Outgoing, written
from portaldesk.settings import ClinicSettings
from portaldesk.store import record, tables
from portaldesk.store.record import Entry
from portaldesk.words import LETTERS, Outcome

CLAIM_LIFE = timedelta(minutes=2)
GIVEN_UP = "given up: "  # how `last_error` begins where only `retry` tries again


class Ready(Protocol):
    """What is known of a message that is ready to go."""

    @property
    def id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def mrn(self) -> str: ...
    @property
    def to(self) -> str: ...
    @property
    def reference(self) -> str | None: ...


Written = TypeVar("Written", bound=Ready)


class Lost(StrEnum):
    """Why a claim gave no mail: another run has it, or there is nothing left to send."""

    TAKEN = "taken"
    DROPPED = "dropped"


def still_open(*, retry: bool = False) -> list[ColumnElement[bool]]:
    """What is neither sent nor dropped, nor (unless `retry`) given up."""
    message = tables.OutboxMessage
    found = [col(message.sent_at).is_(None), col(message.dropped_why) == ""]
    return found if retry else [*found, col(message.last_error).not_like(f"{GIVEN_UP}%")]


def to_be_mailed(*, retry: bool = False) -> list[ColumnElement[bool]]:
    """What `outbox send` takes: no letters."""
    return [*still_open(retry=retry), col(tables.OutboxMessage.kind).not_in(LETTERS)]


def to_be_printed() -> list[ColumnElement[bool]]:
    """The letters that wait; whoever prints tries again also what failed."""
    return [*still_open(retry=True), col(tables.OutboxMessage.kind).in_(LETTERS)]


def claim(store: OpenStore, id_: str, claimant: str, *, settings: ClinicSettings, clock: Clock) -> Outgoing | Lost:
    """The mail, if this run has the message now: verified and written in the transaction that claims it.

    Raises: RecordAltered; Refused (permanent) for an address no mail can be sent to; the claim is then undone.
    """

    def mail(session: Session, row: tables.OutboxMessage, now: datetime) -> Outgoing:
        return written(session, row, settings=settings, templates=store.place.templates, now=now)

    return taken(store, id_, claimant, mail, clock=clock)


def taken(
    store: OpenStore,
    id_: str,
    claimant: str,
    writing: Callable[[Session, tables.OutboxMessage, datetime], Written],
    *,
    clock: Clock,
) -> Written | Lost:
    """As `claim`, for whatever `writing` makes of the message; one that has nothing left to say (`Dead`) is dropped."""
    message = tables.OutboxMessage
    with store.session() as session:
        now = _now(session, clock)
        free = or_(
            col(message.claimed_at).is_(None),
            col(message.claimed_at) < now - CLAIM_LIFE,
            col(message.claimed_at) > now + CLAIM_LIFE,  # made under a clock that ran ahead
        )
        taken = session.connection().execute(
            update(message)
            .where(col(message.id) == id_, free, *still_open(retry=True))
            .values(claimed_at=now, claimed_by=claimant, attempts=col(message.attempts) + 1)
        )
        if taken.rowcount != 1:
            return Lost.TAKEN
        row = session.exec(select(message).where(message.id == id_)).one()
        try:
            ready = writing(session, row, now)
        except Dead as dead:
            entry = _entry(row, Outcome.FAILED, to=row.to_address, dropped=dead.why)
            record.append(session, entry, [record.changed(row, dropped_why=dead.why)], now=now)
            session.commit()
            return Lost.DROPPED
        session.commit()
        return ready


def sent(store: OpenStore, ready: Ready, transport: str, *, clock: Clock, by: Actor | None = None) -> None:
    """Mark a message sent, with its event. `by`: the staff member who took it in hand, of a letter."""
    with store.session() as session:
        row = session.exec(select(tables.OutboxMessage).where(tables.OutboxMessage.id == ready.id)).one()
        if row.sent_at is not None:  # our claim had lapsed, and another sent it as well
            return
        now = _now(session, clock)
        entry = _entry(row, Outcome.DONE, to=ready.to, reference=ready.reference, transport=transport)
        if by is not None:
            entry = replace(entry, staff=by.name, session=by.session)
        record.append(session, entry, [record.changed(row, sent_at=now)], now=now)
        _steer(session, ready.id, last_error="")
        session.commit()


def failed(store: OpenStore, id_: str, ready: Ready | None, transport: str, error: str, *, clock: Clock) -> None:
    """Note the failure and free the claim. Without `ready` nothing of the row is believed but its id."""
    with store.session() as session:
        details: dict[str, Any] = {"message": id_, "error": error, "transport": transport}
        if ready is not None:
            details |= {"kind": ready.kind, "reference": ready.reference, "to": masks.recipient(ready.kind, ready.to)}
        entry = Entry("deliver", Outcome.FAILED, patient=ready.mrn if ready is not None else None, details=details)
        record.append(session, entry, now=_now(session, clock))
        more = {} if ready is not None else {"attempts": col(tables.OutboxMessage.attempts) + 1}  # was rolled back
        _steer(session, id_, claimed_at=None, claimed_by="", last_error=error, **more)
        session.commit()


def _steer(session: Session, id_: str, **values: Any) -> None:
    """Set columns that no seal covers."""
    message = tables.OutboxMessage
    session.connection().execute(update(message).where(col(message.id) == id_).values(**values))


def _entry(row: tables.OutboxMessage, outcome: Outcome, *, to: str, **more: Any) -> Entry:
    details = {"message": row.id, "kind": row.kind, "to": masks.recipient(row.kind, to)} | more
    return Entry("deliver", outcome, patient=row.mrn, details=details)


def _now(session: Session, clock: Clock) -> datetime:
    """The later of the clock and the last event, as everywhere."""
    return max(clock(), record.time_of(session))
