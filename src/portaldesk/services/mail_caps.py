"""How many mails and texts an address may get (design §4): links and codes five in 24 hours, three an hour.

Over desk, portal and bulk together, and over all spellings of one mailbox. Username reminders have as many, counted
apart: whoever bombs with them keeps no link back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session

from portaldesk.errors import StateForbids
from portaldesk.services import addresses
from portaldesk.store.columns import time_text
from portaldesk.words import ContactKind, Message

_MOST = {1: 3, 24: 5}
"""Hours → how many an address may get within them."""
_SECRET = f"credential_id IS NOT NULL AND kind <> '{Message.CONTACT_CHANGING}'"
_REMINDER = f"kind = '{Message.USERNAME_REMINDER}'"


def require_room(session: Session, to: str, *, key: str, now: datetime) -> None:
    """Raises: StateForbids `too-many` where this address got as many links and codes as it may.

    `key`: what the address is compared by, for one mailbox may be on file in several spellings.
    """
    hours = _full(_sent(session, addresses.spellings(session, to, key), _SECRET, now=now).values(), now=now)
    if hours is not None:
        email = "@" in to
        what, how = (
            ("mails with a link or code", "Look for them in spam first; else")
            if email
            else ("texts with a code", "Please")
        )
        raise StateForbids(
            "too-many",
            f"This {'address' if email else 'number'} already got {_MOST[hours]} {what} within {hours} h.",
            f"{how} wait, or use photo ID at the desk.",
        )


def require_room_for_reminder(session: Session, to: str, *, key: str, now: datetime) -> None:
    """As `require_room`, for a username reminder. Raises: StateForbids `too-many`."""
    hours = _full(_sent(session, addresses.spellings(session, to, key), _REMINDER, now=now).values(), now=now)
    if hours is not None:
        raise StateForbids(
            "too-many",
            f"This address already got {_MOST[hours]} username reminders within {hours} h.",
            "Look for them in spam first.",
        )


def room(session: Session, mailboxes: Collection[str], *, now: datetime) -> Mapping[str, int]:
    """How many mails with a link each mailbox of many (by what addresses are compared by) may still get now."""
    from portaldesk.store import many_rows

    of = dict(
        many_rows.within(
            session,
            "SELECT DISTINCT value, key FROM contact_point WHERE key IN ",
            sorted(mailboxes),
            f" AND kind = '{ContactKind.EMAIL}'",
        )
    )
    got: defaultdict[str, list[str]] = defaultdict(list)
    for to, times in _sent(session, of, _SECRET, now=now).items():
        got[of[to]] += times
    left = min(_MOST.values())
    return {key: _left([got[key]], now=now) if key in got else left for key in mailboxes}


def _sent(session: Session, to: Collection[str], counted: str, *, now: datetime) -> dict[str, list[str]]:
    """When these addresses got what counts, as times are stored; what was dropped was not sent."""
    from portaldesk.store import many_rows  # most commands send nothing

    since = time_text(now - timedelta(hours=max(_MOST)))
    sent: defaultdict[str, list[str]] = defaultdict(list)
    for address, at in many_rows.within(
        session,
        "SELECT to_address, created_at FROM outbox_message WHERE to_address IN ",
        list(to),
        f" AND created_at > '{since}' AND dropped_why = '' AND {counted}",
    ):
        sent[address].append(at)
    return sent


def _left(sent: Collection[Sequence[str]], *, now: datetime) -> int:
    return min(most - _within(sent, hours, now=now) for hours, most in _MOST.items())


def _full(sent: Collection[Sequence[str]], *, now: datetime) -> int | None:
    """Within how many hours as many went out as may; None where one more may."""
    return next((hours for hours, most in _MOST.items() if _within(sent, hours, now=now) >= most), None)


def _within(sent: Collection[Sequence[str]], hours: int, *, now: datetime) -> int:
    since = time_text(now - timedelta(hours=hours))
    return sum(at > since for times in sent for at in times)
