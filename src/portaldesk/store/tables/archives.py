"""Where the record's oldest events went."""

from datetime import datetime

from sqlmodel import Field

from portaldesk.store.columns import EVENT_NUMBER, UtcTime
from portaldesk.store.tables.base import Sealed


class AuditArchive(Sealed, table=True):
    """A stretch of events that was moved into a signed bundle. The record begins after the newest one's `last_seq`."""

    __tablename__ = "audit_archive"

    id: int = Field(primary_key=True)
    first_seq: int = Field(sa_type=EVENT_NUMBER)
    last_seq: int = Field(sa_type=EVENT_NUMBER)
    last_at: datetime = Field(sa_type=UtcTime)
    last_hash: str
    manifest_sha256: str
