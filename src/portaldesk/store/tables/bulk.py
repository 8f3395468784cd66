"""Bulk runs."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Index, Text
from sqlmodel import Field

from portaldesk.store.columns import UtcTime
from portaldesk.store.tables.base import Sealed


class BulkRun(Sealed, table=True):
    """One bulk resend, from its beginning to its end; what it queued are the permits that rest on it.

    `source`: `all-pending` or `file`; `digest`: SHA-256 of the file; `options`: as they were asked for, JSON;
    `outcome`: empty while it is not finished, then `done` or `given-up`.
    """

    CHANGING: ClassVar[frozenset[str]] = frozenset({"finished_at", "outcome"})
    __tablename__ = "bulk_run"
    __table_args__ = (Index("ix_bulk_run_finished", "finished_at", "started_at"),)

    id: str = Field(primary_key=True)
    staff: str
    source: str
    digest: str = ""
    options: str = Field(default="{}", sa_type=Text)
    started_at: datetime = Field(sa_type=UtcTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcTime)
    outcome: str = ""
