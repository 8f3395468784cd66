"""Messages on their way."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Index, Text
from sqlmodel import Field

from portaldesk.store.columns import Tries, UtcTime
from portaldesk.store.tables.base import Sealed


class OutboxMessage(Sealed, table=True):
    """A message to be delivered: no body and no secret; both are made at delivery.

    Steering, without a seal: who has it (`claimed_by`, services/senders.py), how often it was tried, when it is tried
    again (None: at once), since when it is given up, and why.
    `bounced_at`, `bounce_status`: when a report that it came back was counted, and its status (RFC 3463).
    """

    CHANGING: ClassVar[frozenset[str]] = frozenset({"sent_at", "dropped_why", "bounced_at", "bounce_status"})
    UNSEALED: ClassVar[frozenset[str]] = frozenset(
        {"attempts", "claimed_at", "claimed_by", "last_error", "next_try_at", "failed_at"}
    )
    LATER: ClassVar[tuple[str, ...]] = ("bounced_at", "bounce_status")
    __tablename__ = "outbox_message"
    # what a command has just written is found without a look at all that waits: a bulk run may have left 100,000
    __table_args__ = (Index("ix_outbox_message_unsent", "sent_at", "changed_seq"),)

    id: str = Field(primary_key=True)
    kind: str
    mrn: str = Field(index=True)
    to_address: str = Field(index=True)
    credential_id: str | None = Field(default=None, index=True)
    permit_id: str | None = None
    variables: str = Field(default="{}", sa_type=Text)
    created_at: datetime = Field(sa_type=UtcTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcTime)
    dropped_why: str = ""
    attempts: int = Field(default=0, sa_type=Tries)
    claimed_at: datetime | None = Field(default=None, sa_type=UtcTime)
    claimed_by: str = ""
    last_error: str = ""
    next_try_at: datetime | None = Field(default=None, sa_type=UtcTime)
    failed_at: datetime | None = Field(default=None, sa_type=UtcTime)
    bounced_at: datetime | None = Field(default=None, sa_type=UtcTime)
    bounce_status: str | None = None
