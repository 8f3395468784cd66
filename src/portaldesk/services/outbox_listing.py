"""The outbox as an admin sees it, and giving what failed another chance."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, update
from sqlmodel import Session, col, select

from portaldesk.errors import NotFound, WrongUsage
from portaldesk.rules import masks
from portaldesk.services import claims
from portaldesk.store import tables
from portaldesk.words import MessageState

_SHORTEST = 6
"""How many characters of its id name a message (ours: one of 16 million)."""


@dataclass(frozen=True, slots=True)
class MessageLine:
    """One message. `next_try_at`: of one that waits, None where it is due; `last_error`: why it waits or failed, or
    was dropped."""

    id: str
    kind: str
    patient: str
    to: str
    reference: str | None
    created_at: datetime
    sent_at: datetime | None
    attempts: int
    state: MessageState
    next_try_at: datetime | None
    last_error: str


def list_messages(session: Session, *, limit: int, state: MessageState | None = None) -> list[MessageLine]:
    """The newest messages first.

    Raises: RecordAltered where one was changed outside portaldesk.
    """
    message = tables.OutboxMessage
    newest = select(message).order_by(col(message.created_at).desc(), col(message.id)).limit(limit)
    return [_line(session, row) for row in session.exec(newest.where(*_stands(state)))]


def retry(session: Session, names: Collection[str] = ()) -> int:
    """Let what was given up be due at once, with all its tries before it; how many that are.

    `names`: these alone, each by the first characters of its id, also where one only waits for its next try; else all.
    A mail to an address that is doubtful by now is tried too: an admin who says so may know better.

    Raises: NotFound `no-such-message`; WrongUsage for a name too short, or of several.
    """
    message = tables.OutboxMessage
    meant = [col(message.id).in_([_named(session, one) for one in names])] if names else _stands(MessageState.FAILED)
    again = update(message).where(*meant).values(attempts=0, next_try_at=None, failed_at=None)
    return session.connection().execute(again).rowcount


def _named(session: Session, name: str) -> str:
    message, begin = tables.OutboxMessage, name.strip().lower()
    if len(begin) < _SHORTEST:
        raise WrongUsage(
            "usage",
            f"A message is named by the first {_SHORTEST} characters of its id, or more.",
            "See them: portaldesk outbox list",
        )
    begins = col(message.id).startswith(begin, autoescape=True)
    found = session.exec(select(message.id).where(begins, *claims.to_be_mailed(given_up=True)).limit(2)).all()
    if not found:
        raise NotFound(
            "no-such-message", "No mail of that id waits or failed.", "See: portaldesk outbox list --state failed"
        )
    if len(found) > 1:
        raise WrongUsage("usage", "Several messages begin like that.", "Give more of the id.")
    return found[0]


def _stands(state: MessageState | None) -> list[ColumnElement[bool]]:
    message = tables.OutboxMessage
    if state is MessageState.SENT:
        return [col(message.sent_at).is_not(None)]
    if state is MessageState.DROPPED:
        return [col(message.dropped_why) != ""]
    if state is MessageState.WAITING:
        return claims.still_open()
    if state is MessageState.FAILED:
        return [*claims.still_open(given_up=True), col(message.failed_at).is_not(None)]
    return []


def _line(session: Session, row: tables.OutboxMessage) -> MessageLine:
    credential = session.get(tables.RecoveryCredential, row.credential_id) if row.credential_id else None
    if row.sent_at is not None:
        state = MessageState.SENT
    elif row.dropped_why:
        state = MessageState.DROPPED
    else:
        state = MessageState.WAITING if row.failed_at is None else MessageState.FAILED
    return MessageLine(
        row.id, row.kind, row.mrn, masks.recipient(row.kind, row.to_address),
        credential.reference if credential else None, row.created_at, row.sent_at, row.attempts, state,
        row.next_try_at if state is MessageState.WAITING else None, row.dropped_why or row.last_error,
    )  # fmt: skip
