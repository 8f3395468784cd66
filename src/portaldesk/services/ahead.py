"""Mails written ahead: a batch of messages read and proved together, and written before they are claimed.

Read one by one, the proofs of a message cost more than handing it over. What is written here counts as long as nobody
else has written an event since: nothing sealed changes without one, so every row that these mails rest on still stands
as it was proved. Whoever claims one asks for that in the claim's own transaction. A message that gives trouble is left
out: it is written, and judged, when it is claimed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from portaldesk.errors import DeskError
from portaldesk.gate.proxies import is_proxy
from portaldesk.mail.transport import Refused
from portaldesk.services import addresses, claims
from portaldesk.services.clock import Clock
from portaldesk.services.opening import OpenStore
from portaldesk.services.outgoing import Dead, Outgoing
from portaldesk.store import many_rows, record, tables
from portaldesk.store.many_rows import Raw
from portaldesk.store.tables.base import Sealed

MOST = 64
"""Messages in a batch (ours): half a second's work, and so many tokens in memory."""
_KEEPS = timedelta(seconds=10)
"""How long a mail may lie written: it tells its reader how many minutes are left."""

Writing = Callable[[Session, tables.OutboxMessage, datetime], Outgoing]


@dataclass(frozen=True, slots=True)
class Written:
    """A mail, and its message's row as it is stored; `attempts`: how often it was tried before."""

    mail: Outgoing
    row: Raw
    attempts: int
    seq: int


@dataclass(slots=True)
class Ahead:
    """Mails written as the record stood at event `seq`."""

    seq: int = -1
    at: datetime | None = None
    mails: dict[str, Written] = field(default_factory=dict)

    def pop(self, id_: str, *, unchanged_since: int, now: datetime) -> Written | None:
        """The mail of this message, if it was written and still counts.

        `unchanged_since`: the number of the last event that another process wrote.
        """
        if self.seq < unchanged_since or self.at is None or now - self.at > _KEEPS:
            self.mails.clear()
        return self.mails.pop(id_, None)


def write(store: OpenStore, ids: Sequence[str], writing: Writing, *, clock: Clock) -> Ahead:
    """The mails of these messages, as many as can be written."""
    with store.session(reading=True) as session:
        now = claims.moment(session, clock)
        made = Ahead(record.head(session).seq, now)
        try:
            rows = _read_together(session, ids)
            raw = {row["id"]: row for row in many_rows.by_column(session, tables.OutboxMessage, "id", ids)}
        except DeskError:  # one of them is not whole: each is judged on its own
            return made
        for row in rows:
            try:
                made.mails[row.id] = Written(writing(session, row, now), raw[row.id], row.attempts, made.seq)
            except (Dead, Refused, DeskError, KeyError, ValueError):
                continue
        return made


def _read_together(session: Session, ids: Sequence[str]) -> Sequence[tables.OutboxMessage]:
    """The messages, and in the session whatever most mails rest on, proved; what is missing is read when it is needed.

    Raises: RecordAltered.
    """
    message = tables.OutboxMessage
    rows = session.exec(select(message).where(col(message.id).in_(ids))).all()
    holders = {row.mrn for row in rows}
    credential, account, patient = tables.RecoveryCredential, tables.PortalAccount, tables.Patient
    links = {row.credential_id for row in rows if row.credential_id is not None}
    beside: list[Sealed] = [
        *session.exec(select(credential).where(col(credential.id).in_(links))),
        *session.exec(select(account).where(col(account.mrn).in_(holders))),
        *session.exec(select(patient).where(col(patient.mrn).in_([one for one in holders if not is_proxy(one)]))),
        *addresses.read_together(session, holders),
    ]
    many_rows.prove(session, [*rows, *beside])
    return rows
