"""Putting messages into the outbox: rows written with the change that causes them, without body or secret.

Caps (design §4): five mails that bear a secret an address and 24 hours, three an hour, over desk, portal and bulk.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from sqlmodel import Session, col, func, select

from portaldesk.errors import StateForbids
from portaldesk.services import addresses, clinic, notice_letters
from portaldesk.store import record, tables
from portaldesk.store.record import Change
from portaldesk.store.seals import table_name
from portaldesk.words import ContactKind
from portaldesk.words import Message as Message

_NOT_TEXTED = frozenset({"record-changed"})
"""An import changes a thousand records at once, and the record system's own clerk knows of it."""
MOST = {1: 3, 24: 5}
"""Hours → how many mails an address may get within them."""


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


def require_under_cap(session: Session, to: str, *, key: str, now: datetime) -> None:
    """Raises: StateForbids `too-many` where this address got as many links and codes as it may.

    `key`: what the address is compared by, for one mailbox may be on file in several spellings.
    """
    secret = (
        col(tables.OutboxMessage.credential_id).is_not(None),
        tables.OutboxMessage.kind != Message.CONTACT_CHANGING,
    )
    hours = _hours_of_too_many(session, _sent(session, to, key).where(*secret), now=now)
    if hours is not None:
        email = "@" in to
        what, how = (
            ("mails with a link or code", "Look for them in spam first; else")
            if email
            else ("texts with a code", "Please")
        )
        raise StateForbids(
            "too-many",
            f"This {'address' if email else 'number'} already got {MOST[hours]} {what} within {hours} h.",
            f"{how} wait, or use photo ID at the desk.",
        )


def require_reminders_under_cap(session: Session, to: str, *, key: str, now: datetime) -> None:
    """As many username reminders as secret mails, counted apart: whoever bombs with them keeps no link back.

    Raises: StateForbids `too-many`.
    """
    reminder = tables.OutboxMessage.kind == Message.USERNAME_REMINDER
    hours = _hours_of_too_many(session, _sent(session, to, key).where(reminder), now=now)
    if hours is not None:
        raise StateForbids(
            "too-many",
            f"This address already got {MOST[hours]} username reminders within {hours} h.",
            "Look for them in spam first.",
        )


def _hours_of_too_many(session: Session, sent: Any, *, now: datetime) -> int | None:
    """Within how many hours as many went out as may; None where one more may."""
    since = tables.OutboxMessage.created_at
    for hours, most in MOST.items():
        if session.exec(sent.where(since > now - timedelta(hours=hours))).one() >= most:
            return hours
    return None


def _sent(session: Session, to: str, key: str) -> Any:
    """A count of the messages to this address that were not dropped."""
    return (
        select(func.count())
        .select_from(tables.OutboxMessage)
        .where(
            col(tables.OutboxMessage.to_address).in_(spellings(session, to, key)),
            tables.OutboxMessage.dropped_why == "",
        )
    )


def spellings(session: Session, to: str, key: str) -> set[str]:
    """How one mailbox is spelled wherever it is on file. `key`: what its addresses are compared by."""
    point = tables.ContactPoint
    on_file = select(point.value).where(point.key == key, point.kind == ContactKind.EMAIL).distinct()
    return {to, *session.exec(on_file)}
