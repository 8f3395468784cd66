"""Who has a message, and what became of it: claimed by one run, then sent, dropped, put off or given up.

A claim counts as long as its run lives (senders.py): what a killed one left is taken over at once. Each step is made in
a transaction that the caller commits, so that one commit can settle a message and claim the next. Claim, tries, next
try and last error are steering and carry no seal; `sent_at` and `dropped_why` change with an event.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, Protocol, TypeVar

from sqlalchemy import ColumnElement, or_, update
from sqlmodel import Session, col, select

from portaldesk.gate.actors import Actor
from portaldesk.rules import masks, retries
from portaldesk.services import doubts
from portaldesk.services.clock import Clock
from portaldesk.services.outgoing import Dead
from portaldesk.services.senders import Sender
from portaldesk.store import driver, many_rows, record, tables
from portaldesk.store.columns import time_text
from portaldesk.store.many_rows import Raw
from portaldesk.store.record import Entry, Head
from portaldesk.words import LETTERS, Outcome


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


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a message did not go out. `reason` holds no address.

    `lasting`: trying again would help nobody; only `outbox retry` does. `blameless`: the fault was not this message's,
    so that it costs none of its tries. `bad_address`: no mail will ever reach that address.
    """

    reason: str
    lasting: bool = False
    blameless: bool = False
    bad_address: bool = False


def still_open(*, given_up: bool = False) -> list[ColumnElement[bool]]:
    """What is neither sent nor dropped, nor (unless `given_up`) given up."""
    message = tables.OutboxMessage
    found = [col(message.sent_at).is_(None), col(message.dropped_why) == ""]
    return found if given_up else [*found, col(message.failed_at).is_(None)]


def to_be_mailed(*, given_up: bool = False) -> list[ColumnElement[bool]]:
    """What delivery is for, due or not: no letters."""
    return [*still_open(given_up=given_up), col(tables.OutboxMessage.kind).not_in(LETTERS)]


def due(now: datetime) -> ColumnElement[bool]:
    """What need not wait for its next try."""
    next_try = col(tables.OutboxMessage.next_try_at)
    return or_(next_try.is_(None), next_try <= now)


def to_be_printed() -> list[ColumnElement[bool]]:
    """The letters that wait; whoever prints tries again also what failed."""
    return [*still_open(given_up=True), col(tables.OutboxMessage.kind).in_(LETTERS)]


_SETTLED = {"claimed_at": None, "claimed_by": "", "next_try_at": None, "failed_at": None, "last_error": ""}


def take(
    session: Session,
    sender: Sender,
    id_: str,
    writing: Callable[[Session, tables.OutboxMessage, datetime], Written],
    *,
    now: datetime,
    waits: bool = True,
) -> Written | Lost:
    """What `writing` makes of the message, if this run has it from now on; with nothing left to say it is dropped.

    `waits`: what another run has put off since this one looked, or given up, is left alone; a printer never waits.
    Raises: RecordAltered; and whatever `writing` does. The claim then stands until the message is settled.
    """
    message = tables.OutboxMessage
    meant = [*still_open(), due(now)] if waits else still_open(given_up=True)
    holds = session.connection().execute(
        select(message.claimed_by, message.attempts).where(message.id == id_, *meant)
    ).first()  # fmt: skip
    if holds is None or (holds.claimed_by and not sender.is_gone(session, holds.claimed_by)):
        return Lost.TAKEN
    # whoever died over it did try it
    _steer(session, id_, claimed_at=now, claimed_by=sender.name, attempts=holds.attempts + bool(holds.claimed_by))
    row = session.exec(select(message).where(message.id == id_)).one()
    try:
        return writing(session, row, now)
    except Dead as dead:
        told = {"message": row.id, "kind": row.kind, "to": masks.recipient(row.kind, row.to_address)}
        details = told | {"dropped": dead.why}
        entry = Entry("deliver", Outcome.FAILED, patient=row.mrn, details=details)
        record.append(session, entry, [record.changed(row, dropped_why=dead.why)], now=now)
        _steer(session, id_, claimed_at=None, claimed_by="", next_try_at=None)
        return Lost.DROPPED


def take_written(session: Session, sender: Sender, id_: str, *, now: datetime) -> bool:
    """Claim a message whose mail is written already (ahead.py): whether this run has it from now on."""
    connection = session.connection()
    with driver.cursor_of(connection) as cursor:
        cursor.execute(_claim_free(driver.mark_of(connection)), (time_text(now), sender.name, id_))
        return bool(cursor.rowcount == 1)


@cache
def _claim_free(mark: str) -> str:
    waits = " AND ".join(str(one.compile(compile_kwargs={"literal_binds": True})) for one in still_open())
    return (
        f"UPDATE outbox_message SET claimed_at = {mark}, claimed_by = {mark} "  # noqa: S608
        f"WHERE id = {mark} AND claimed_by = '' AND {waits}"
    )


def sent(session: Session, ready: Ready, transport: str, *, now: datetime, by: Actor | None = None) -> None:
    """Mark a message sent, with its event. `by`: the staff member who took it in hand, of a letter."""
    row = session.exec(select(tables.OutboxMessage).where(tables.OutboxMessage.id == ready.id)).one()
    if row.sent_at is not None:  # the database had let our claim go, and another sent it as well
        return
    entry = _entry(ready, Outcome.DONE, reference=ready.reference, transport=transport)
    if by is not None:
        entry = replace(entry, staff=by.name, session=by.session)
    record.append(session, entry, [record.changed(row, sent_at=now)], now=now)
    _steer(session, ready.id, attempts=row.attempts + 1, **_SETTLED)


def sent_after(session: Session, last: Head, row: Raw, attempts: int, ready: Ready, by: str, *, now: datetime) -> Head:
    """As `sent`, of a row that stands as it was read, since nobody wrote an event meanwhile; `last`: the head now.

    `attempts`: those before. `by`: the transport.
    """
    entry = _entry(ready, Outcome.DONE, reference=ready.reference, transport=by)
    values = {"sent_at": time_text(max(now, last.at)), "attempts": attempts + 1, **_SETTLED}
    return many_rows.append_after(
        session, last, [(entry, [many_rows.Revision(tables.OutboxMessage, row, values)])], now=now
    )  # fmt: skip


def failed(
    session: Session, id_: str, ready: Ready | None, transport: str, trouble: Trouble, *, now: datetime
) -> datetime | None:
    """Note the failure and free the claim; when it is tried again, None where it is given up.

    Without `ready` nothing of the row is believed but its id. An address that takes no mail becomes doubtful, for
    every patient it is on file for.
    """
    message = tables.OutboxMessage
    attempts = session.connection().execute(select(message.attempts).where(message.id == id_)).scalar_one()
    attempts += not trouble.blameless
    wait = None if trouble.lasting else retries.wait_after(attempts)
    next_try = now if trouble.blameless else now + wait if wait is not None else None
    details: dict[str, Any] = {"message": id_, "error": trouble.reason, "transport": transport, "tries": attempts}
    doubtful = []
    if ready is not None:
        details |= {"kind": ready.kind, "reference": ready.reference, "to": masks.recipient(ready.kind, ready.to)}
        doubtful = doubts.raised(session, ready.to, now=now) if trouble.bad_address else []
    details |= {"given_up": True} if next_try is None else {}
    details |= {"doubtful": len(doubtful)} if doubtful else {}
    entry = Entry("deliver", Outcome.FAILED, patient=ready.mrn if ready is not None else None, details=details)
    record.append(session, entry, doubtful, now=now)
    _steer(
        session, id_, attempts=attempts, claimed_at=None, claimed_by="", last_error=trouble.reason,
        next_try_at=None if trouble.blameless else next_try, failed_at=now if next_try is None else None,
    )  # fmt: skip
    return next_try


def gave_up(details: Mapping[str, Any]) -> bool:
    """Whether a failed delivery's event says that the message is not tried again (before 0008 its error began so)."""
    return bool(details.get("given_up")) or str(details.get("error")).startswith("given up: ")


def moment(session: Session, clock: Clock) -> datetime:
    """The later of the clock and the last event, as everywhere."""
    return max(clock(), record.time_of(session))


def _steer(session: Session, id_: str, **values: Any) -> None:
    """Set columns that no seal covers."""
    message = tables.OutboxMessage
    session.connection().execute(update(message).where(col(message.id) == id_).values(**values))


def _entry(ready: Ready, outcome: Outcome, **more: Any) -> Entry:
    details = {"message": ready.id, "kind": ready.kind, "to": masks.recipient(ready.kind, ready.to)} | more
    return Entry("deliver", outcome, patient=ready.mrn, details=details)
