"""What people decided about records that may be one person."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Index
from sqlmodel import Field

from portaldesk.store.columns import UtcTime
from portaldesk.store.tables import people  # noqa: F401 - its foreign keys point there
from portaldesk.store.tables.base import Sealed


class DuplicateVerdict(Sealed, table=True):
    """What a person decided about two records; it lapses when the identity data it was judged on change.

    `survivor`: where they are one person, the record that goes on.
    """

    LATER: ClassVar[tuple[str, ...]] = ("survivor",)
    __tablename__ = "duplicate_verdict"
    __table_args__ = (Index("ix_duplicate_pair", "a", "b"), Index("ix_duplicate_b", "b"))

    id: str = Field(primary_key=True)
    a: str = Field(foreign_key="patient.mrn")
    b: str = Field(foreign_key="patient.mrn")
    verdict: str
    reason: str
    judged_on: str
    staff: str
    at: datetime = Field(sa_type=UtcTime)
    survivor: str | None = None
