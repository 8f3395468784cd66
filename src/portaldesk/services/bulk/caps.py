"""How many mails with a link the addresses of a batch may still get: the caps of desk and portal, counted at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlmodel import Session

from portaldesk.services.messages import MOST
from portaldesk.store import many_rows
from portaldesk.store.columns import time_text
from portaldesk.words import ContactKind, Message


def room(session: Session, mailboxes: Collection[str], *, now: datetime) -> Mapping[str, int]:
    """For each mailbox (by what addresses are compared by), how many mails more it may get now."""
    keys = sorted(mailboxes)
    spelled = many_rows.within(
        session,
        "SELECT DISTINCT value, key FROM contact_point WHERE key IN ",
        keys,
        f" AND kind = '{ContactKind.EMAIL}'",
    )
    of = dict(spelled)
    since = time_text(now - timedelta(hours=max(MOST)))
    sent = many_rows.within(
        session,
        "SELECT to_address, created_at FROM outbox_message WHERE to_address IN ",
        list(of),
        f" AND created_at > '{since}' AND dropped_why = '' AND credential_id IS NOT NULL "
        f"AND kind <> '{Message.CONTACT_CHANGING}'",
    )
    at: defaultdict[str, list[str]] = defaultdict(list)
    for to, created_at in sent:
        at[of[to]].append(created_at)
    begins = {hours: time_text(now - timedelta(hours=hours)) for hours in MOST}
    return {
        key: min(most - sum(one > begins[hours] for one in at[key]) for hours, most in MOST.items())
        if key in at else min(MOST.values())
        for key in keys
    }  # fmt: skip
