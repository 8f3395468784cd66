"""The record itself: events, the seals they gave, the head."""

from datetime import datetime

from sqlalchemy import Index, Text
from sqlmodel import Field

from portaldesk.store.columns import EVENT_NUMBER, UtcTime
from portaldesk.store.tables.base import Stored


class AuditEvent(Stored, table=True):
    """One line of the record. `hash` is an HMAC over every column, the event's seals and `prev_hash`."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_patient", "patient", "seq"),
        Index("ix_audit_staff", "staff", "seq"),
        Index("ix_audit_session", "session", "seq"),
        Index("ix_audit_action", "action", "seq"),
        Index("ix_audit_action_outcome", "action", "outcome", "seq"),
        Index("ix_audit_staff_action", "staff", "action", "seq"),
        Index("ix_audit_at", "at", "seq"),
    )

    seq: int = Field(primary_key=True, sa_type=EVENT_NUMBER)
    at: datetime = Field(sa_type=UtcTime)
    staff: str | None = None
    action: str
    patient: str | None = None
    outcome: str
    session: str = ""
    check_id: str | None = None
    level: str | None = None
    reason: str = ""
    details: str = Field(default="{}", sa_type=Text)
    prev_hash: str
    hash: str


class AuditSeal(Stored, table=True):
    """The seal that one event gave one row: the newest of a row is the only one it may carry."""

    __tablename__ = "audit_seal"
    __table_args__ = (
        Index("ix_audit_seal_seq", "seq", "row_key", "seal"),  # a proof reads them in this order
        {"sqlite_with_rowid": False},
    )

    row_key: str = Field(primary_key=True)
    seq: int = Field(primary_key=True, sa_type=EVENT_NUMBER)
    seal: str


class AuditHead(Stored, table=True):
    """The one row every writer takes its turn at: number, time and hash of the last event."""

    __tablename__ = "audit_head"

    id: int = Field(primary_key=True)
    seq: int = Field(sa_type=EVENT_NUMBER)
    at: datetime = Field(sa_type=UtcTime)
    hash: str
