"""Delivering what a run has queued, and what became of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection

from sqlmodel import Session, col

from portaldesk.services import delivery
from portaldesk.services.bulk.results import Reason
from portaldesk.services.clock import Clock
from portaldesk.services.delivery import Handled, Pace
from portaldesk.services.opening import OpenStore
from portaldesk.settings import ClinicSettings
from portaldesk.store import many_rows, tables


def send(
    store: OpenStore,
    messages: Collection[str],
    *,
    settings: ClinicSettings,
    clock: Clock,
    pace: Pace | None,
    each: Callable[[Handled], None],
    stop: threading.Event,
) -> str:
    """Deliver these messages; why the mail server could not be reached, which ends it, or nothing."""
    for ids in many_rows.parts(list(messages)):
        meant = col(tables.OutboxMessage.id).in_(ids)
        done = delivery.deliver(
            store, settings=settings, meant=[meant], clock=clock, progress=each, pace=pace, stop=stop
        )  # fmt: skip
        if done.unreachable:
            return done.unreachable
    return ""


def not_sent(session: Session, messages: Collection[str]) -> dict[str, Reason | None]:
    """Those of these messages that did not go out, and why; None: nobody has tried yet, or somebody is at it."""
    found = many_rows.within(
        session, "SELECT id, sent_at, dropped_why, failed_at, last_error FROM outbox_message WHERE id IN ",
        sorted(messages),
    )  # fmt: skip
    return {id_: _why(*rest) for id_, sent_at, *rest in found if sent_at is None}


def _why(dropped_why: str, failed_at: str | None, last_error: str) -> Reason | None:
    if dropped_why:
        return Reason.DROPPED
    if failed_at is not None:
        return Reason.REFUSED
    return Reason.PUT_OFF if last_error else None
