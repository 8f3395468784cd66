"""Putting messages into the outbox: rows written with the change that causes them, without body or secret.

Caps (design §4): five mails that bear a secret an address and 24 hours, three an hour, over desk, portal and bulk.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from sqlmodel import Session, col, func, select

from portaldesk.errors import StateForbids
from portaldesk.services import addresses
from portaldesk.store import record, tables
from portaldesk.store.record import Change
from portaldesk.store.seals import table_name
from portaldesk.words import Message as Message

SECRETS_A_DAY = 5
SECRETS_AN_HOUR = 3


def queue(
    kind: Message,
    *,
    mrn: str,
    to: str,
    now: datetime,
    credential: tables.RecoveryCredential | None = None,
    variables: Mapping[str, Any] | None = None,
) -> Change:
    """A message to be delivered after the commit of the change it goes with."""
    return record.new(
        tables.OutboxMessage(
            id=secrets.token_hex(12), kind=kind, mrn=mrn, to_address=to, created_at=now,
            credential_id=credential.id if credential else None, variables=json.dumps(dict(variables or {})),
        )
    )  # fmt: skip


def among(changes: Iterable[Change]) -> list[tables.OutboxMessage]:
    """The messages among these changes."""
    rows = [change.row for change in changes if table_name(type(change.row)) == "outbox_message"]
    return cast("list[tables.OutboxMessage]", rows)


def notices(
    session: Session,
    account: tables.PortalAccount,
    *,
    what: str,
    staff: str | None,
    now: datetime,
    to: Iterable[str] | None = None,
) -> list[Change]:
    """The notice of a change to every address that may be told: what, when, from which desk, whom to call.

    `to`: these addresses instead.
    """
    hear = addresses.told_of_changes(session, account, now=now) if to is None else to
    return [
        queue(Message.CHANGED, mrn=account.mrn, to=one, now=now, variables={"what": what, "at_desk": staff is not None})
        for one in hear
    ]


def require_under_cap(session: Session, to: str, *, now: datetime) -> None:
    """Raises: StateForbids `too-many` where this address got as many links and codes as it may."""
    for span, most in ((timedelta(hours=1), SECRETS_AN_HOUR), (timedelta(days=1), SECRETS_A_DAY)):
        if secrets_sent(session, to, since=now - span) >= most:
            hours = int(span.total_seconds() // 3600)
            raise StateForbids(
                "too-many",
                f"This address already got {most} mails with a link or code within {hours} h.",
                "Look for them in spam first; else wait, or use photo ID at the desk.",
            )


def require_reminders_under_cap(session: Session, to: str, *, now: datetime) -> None:
    """As many username reminders as secret mails, counted apart: whoever bombs with them keeps no link back.

    Raises: StateForbids `too-many`.
    """
    reminders = (
        select(func.count())
        .select_from(tables.OutboxMessage)
        .where(
            tables.OutboxMessage.to_address == to,
            tables.OutboxMessage.kind == Message.USERNAME_REMINDER,
            tables.OutboxMessage.dropped_why == "",
        )
    )
    for span, most in ((timedelta(hours=1), SECRETS_AN_HOUR), (timedelta(days=1), SECRETS_A_DAY)):
        if session.exec(reminders.where(tables.OutboxMessage.created_at > now - span)).one() >= most:
            hours = int(span.total_seconds() // 3600)
            raise StateForbids(
                "too-many",
                f"This address already got {most} username reminders within {hours} h.",
                "Look for them in spam first.",
            )


def secrets_sent(session: Session, to: str, *, since: datetime) -> int:
    """How many messages with a link or code went to this address since then (dropped ones do not count)."""
    return session.exec(
        select(func.count())
        .select_from(tables.OutboxMessage)
        .where(
            tables.OutboxMessage.to_address == to,
            col(tables.OutboxMessage.credential_id).is_not(None),
            tables.OutboxMessage.created_at > since,
            tables.OutboxMessage.dropped_why == "",
            tables.OutboxMessage.kind != Message.CONTACT_CHANGING,
        )
    ).one()
