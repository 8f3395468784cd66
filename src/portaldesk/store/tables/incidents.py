"""What an auditor must look at."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Index
from sqlmodel import Field

from portaldesk.store.columns import EVENT_NUMBER, UtcTime
from portaldesk.store.tables.base import Sealed


class Incident(Sealed, table=True):
    """Something that an auditor must close with an outcome. `opened_seq`: the event that was the cause.

    `patient` and `staff` are names, no foreign keys: an account may be a proxy's, a session the system's.
    """

    CHANGING: ClassVar[frozenset[str]] = frozenset({"closed_at", "closed_by", "outcome"})
    __table_args__ = (
        Index("ix_incident_kind_staff", "kind", "staff", "closed_at"),
        Index("ix_incident_closed", "closed_at", "opened_at"),
    )

    id: str = Field(primary_key=True)
    kind: str
    patient: str | None = None
    staff: str | None = None
    opened_at: datetime = Field(sa_type=UtcTime)
    opened_seq: int = Field(sa_type=EVENT_NUMBER)
    closed_at: datetime | None = Field(default=None, sa_type=UtcTime)
    closed_by: str | None = None
    outcome: str = ""
