"""Putting messages into the outbox: rows written with the change that causes them, without body or secret."""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, cast

from sqlmodel import Session

from portaldesk.services import addresses, clinic, notice_letters
from portaldesk.store import record, tables
from portaldesk.store.record import Change
from portaldesk.store.seals import table_name
from portaldesk.words import Message as Message

_NOT_TEXTED = frozenset({"record-changed"})
"""An import changes a thousand records at once, and the record system's own clerk knows of it."""


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
    link_to: str | None = None,
) -> list[Change]:
    """The notice of a change to every address that may be told: what, when, from which desk, whom to call.

    `to`: these addresses instead. `link_to`: where the link went that made the change; by letter too, where no other
    channel is told.
    """
    hear = addresses.told_of_changes(session, account, now=now) if to is None else list(to)
    phones = texted(session, account) if to is None and what not in _NOT_TEXTED else []
    told = {"what": what, "at_desk": staff is not None}
    return [
        *(queue(Message.CHANGED, mrn=account.mrn, to=one, now=now, variables=told) for one in hear),
        *(queue(Message.CHANGED_TEXT, mrn=account.mrn, to=one, now=now, variables=told) for one in phones),
        *letter_beside(session, account.mrn, [*hear, *phones], link_to=link_to, told=told, now=now),
    ]


def texted(session: Session, account: tables.PortalAccount) -> list[str]:
    """The phone that hears of changes: the account's own, where the clinic has a gateway for texts."""
    if not clinic.in_force(clinic.stored(session)).sms_url:
        return []
    phone = addresses.phone_that_hears(session, account)
    return [phone] if phone is not None else []


def letter_beside(
    session: Session,
    mrn: str,
    mailed: Collection[str],
    *,
    link_to: str | None = None,
    told: Mapping[str, Any],
    now: datetime,
) -> list[Change]:
    """The letter that tells of a change where these mails may not (notice_letters.py); `told`: as a notice has it."""
    to = notice_letters.goes_to(session, mrn, mailed, link_to=link_to, now=now)
    return [] if to is None else [queue(Message.NOTICE_LETTER, mrn=mrn, to=to, now=now, variables=told)]
