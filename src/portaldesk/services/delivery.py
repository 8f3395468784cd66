"""Delivery: what waits in the outbox is written, handed over and marked, each message on its own.

A message is claimed in one short transaction, in which it is verified and its link or code derived; handed to the
transport outside of any; and marked sent, with its event, in another. Two deliverers never have the same message. After
a crash between the two the claim lapses, and the message goes again under the same Message-ID: at least once.

What has gone dead while it waited is dropped, and so is a link whose message goes elsewhere than it was made for.
"""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, func, select

from portaldesk.errors import DeskError, StoreUnavailable
from portaldesk.mail.envelope import mail_host
from portaldesk.mail.transport import FolderTransport, Refused, Transport, Unreachable
from portaldesk.rules import masks
from portaldesk.secret_keys import SMTP_PASSWORD
from portaldesk.services import claims
from portaldesk.services.claims import GIVEN_UP, Lost
from portaldesk.services.clock import Clock, machine_clock
from portaldesk.services.opening import OpenStore
from portaldesk.services.outgoing import Outgoing
from portaldesk.settings import ClinicSettings
from portaldesk.store import tables

if TYPE_CHECKING:
    from portaldesk.mail.smtp import SmtpTransport

SECONDS_A_MESSAGE = 30.0


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one run did. `waiting`: how many of the messages meant the next run will try (failed ones among them)."""

    sent: int
    failed: int
    dropped: int
    waiting: int


@dataclass(frozen=True, slots=True)
class MessageLine:
    """One message of the outbox as an admin sees it. `state`: waiting, sent, failed (the last try), dropped."""

    id: str
    kind: str
    patient: str
    to: str
    reference: str | None
    created_at: datetime
    sent_at: datetime | None
    attempts: int
    state: str
    last_error: str


def deliver_waiting(
    store: OpenStore,
    *,
    settings: ClinicSettings,
    clock: Clock = machine_clock,
    retry: bool = False,
    seconds_a_message: float = SECONDS_A_MESSAGE,
    transport: Transport | None = None,
) -> Delivered:
    """Try everything that waits, least tried first; stop where the mail server itself cannot be reached.

    Args:
        clock: the time now (aware UTC), asked anew for each message.
        retry: also what was given up (a permanent refusal, a row that is not whole).
        transport: another than the settings name.
    Raises: StoreUnavailable; RecordAltered where the record is not whole.
    """
    carrier = transport or transport_for(store, settings)
    meant = claims.to_be_mailed(retry=retry)
    return _run(store, Counter(), meant, carrier, settings=settings, clock=clock, each=seconds_a_message, budget=None)


def deliver_now(
    store: OpenStore,
    message_ids: Collection[str] = (),
    *,
    settings: ClinicSettings,
    seqs: Collection[int] = (),
    budget_seconds: float = 2.0,
    clock: Clock = machine_clock,
    transport: Transport | None = None,
) -> Delivered:
    """Try the messages of a change right after its commit, while the caller is on the line.

    It never raises, for the change is done whatever becomes of its mail, and takes no longer than its budget; only a
    store that another process holds can add the engine's lock wait. What is left waits for the next run.

    Args:
        message_ids, seqs: the messages meant: by id, or by the number of the event they were written with.
    """
    if not message_ids and not seqs:
        return Delivered(0, 0, 0, 0)
    counts: Counter[str] = Counter()
    meant = or_(
        col(tables.OutboxMessage.id).in_(list(message_ids)), col(tables.OutboxMessage.changed_seq).in_(list(seqs))
    )
    try:
        carrier = transport or transport_for(store, settings)
        return _run(
            store, counts, [*claims.to_be_mailed(), meant], carrier, settings=settings, clock=clock,
            each=budget_seconds, budget=budget_seconds,
        )  # fmt: skip
    except Exception:  # noqa: BLE001  # the promise above; `outbox send` tries again, and says what is wrong
        left = max(len(message_ids), len(seqs)) - counts["sent"] - counts["dropped"]
        return Delivered(counts["sent"], counts["failed"], counts["dropped"], max(0, left))


def transport_for(store: OpenStore, settings: ClinicSettings) -> Transport:
    """What the settings name: the mail server, or the folder `outbox` of the home where none is set."""
    if not settings.smtp_url:
        return FolderTransport(store.place.outbox)
    return mail_server(store, settings)


def mail_server(store: OpenStore, settings: ClinicSettings) -> SmtpTransport:
    """The mail server of the settings, not connected yet."""
    from portaldesk.mail.smtp import SmtpTransport  # ssl and smtplib are slow to load

    return SmtpTransport(settings.smtp_url, password=lambda: store.secrets.get(SMTP_PASSWORD), helo=mail_host(settings))


def list_messages(session: Session, *, limit: int) -> list[MessageLine]:
    """The newest messages first.

    Raises: RecordAltered where one was changed outside portaldesk.
    """
    rows = session.exec(
        select(tables.OutboxMessage)
        .order_by(col(tables.OutboxMessage.created_at).desc(), col(tables.OutboxMessage.id))
        .limit(limit)
    ).all()
    return [_line(session, row) for row in rows]


def _line(session: Session, row: tables.OutboxMessage) -> MessageLine:
    credential = session.get(tables.RecoveryCredential, row.credential_id) if row.credential_id else None
    if row.sent_at is not None:
        state = "sent"
    elif row.dropped_why:
        state = "dropped"
    else:
        state = "failed" if row.last_error else "waiting"
    return MessageLine(
        row.id, row.kind, row.mrn, masks.recipient(row.kind, row.to_address),
        credential.reference if credential else None, row.created_at, row.sent_at, row.attempts, state,
        row.dropped_why or row.last_error,
    )  # fmt: skip


def _run(
    store: OpenStore,
    counts: Counter[str],
    meant: Sequence[ColumnElement[bool]],
    carrier: Transport,
    *,
    settings: ClinicSettings,
    clock: Clock,
    each: float,
    budget: float | None,
) -> Delivered:
    # real time, not `clock`: what is measured is how long somebody waits
    end = time.monotonic() + budget if budget is not None else None
    with store.session(reading=True) as session:
        ids = session.exec(
            select(tables.OutboxMessage.id)
            .where(*meant)
            .order_by(
                col(tables.OutboxMessage.attempts), col(tables.OutboxMessage.created_at), col(tables.OutboxMessage.id)
            )
        ).all()
    claimant = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
    try:
        for id_ in ids:
            left = each if end is None else min(each, end - time.monotonic())
            if left <= 0:
                break
            outcome = _one(store, id_, carrier, claimant, settings=settings, clock=clock, within=left)
            counts[outcome] += 1
            if outcome == "unreachable":
                counts["failed"] += 1
                break
    finally:
        carrier.close()
    with store.session(reading=True) as session:
        waiting = session.exec(
            select(func.count()).select_from(tables.OutboxMessage).where(*meant, *claims.still_open())
        ).one()  # fmt: skip
    return Delivered(counts["sent"], counts["failed"], counts["dropped"], waiting)


def _one(
    store: OpenStore,
    id_: str,
    carrier: Transport,
    claimant: str,
    *,
    settings: ClinicSettings,
    clock: Clock,
    within: float,
) -> str:
    """Claim, write, hand over, mark: `sent`, `failed`, `dropped`, `unreachable`, or `taken` by another."""
    ready: Outgoing | None = None
    try:
        claimed = claims.claim(store, id_, claimant, settings=settings, clock=clock)
        if isinstance(claimed, Lost):
            return claimed.value
        ready = claimed
        carrier.deliver(ready.mail, within_seconds=within)
    except StoreUnavailable as trouble:
        if ready is not None:  # not the store, but the keyring that holds the mail password
            claims.failed(store, id_, ready, carrier.kind, trouble.code, clock=clock)
        raise
    except Refused as refused:
        error = f"{GIVEN_UP if refused.permanent else ''}{refused.reason}"
        claims.failed(store, id_, ready, carrier.kind, error, clock=clock)
        return "unreachable" if isinstance(refused, Unreachable) else "failed"
    except DeskError as refusal:
        # a row that is not whole, or a patient or account that is gone: one bad row must not keep the others back
        claims.failed(store, id_, ready, carrier.kind, GIVEN_UP + refusal.code, clock=clock)
        return "failed"
    except (KeyError, ValueError):
        # variables that this version cannot read: a fault of ours, and no reason to keep the others back
        claims.failed(store, id_, ready, carrier.kind, GIVEN_UP + "fault", clock=clock)
        return "failed"
    claims.sent(store, ready, carrier.kind, clock=clock)
    return "sent"
