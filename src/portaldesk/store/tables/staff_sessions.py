"""How a staff member is signed in at a terminal."""

from datetime import datetime
from typing import ClassVar

from sqlmodel import Field

from portaldesk.store.columns import UtcTime
from portaldesk.store.tables import staff  # noqa: F401 - its foreign keys point there
from portaldesk.store.tables.base import Sealed


class StaffSession(Sealed, table=True):
    """A sign-in of one staff member by one operating-system caller; idle time is read from the record."""

    CHANGING: ClassVar[frozenset[str]] = frozenset({"ended_at", "ended_why"})
    __tablename__ = "staff_session"

    id: str = Field(primary_key=True)
    staff: str = Field(foreign_key="staff_member.name", index=True)
    os_caller: str
    token_hash: str = Field(unique=True)
    started_at: datetime = Field(sa_type=UtcTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcTime)
    ended_why: str = ""
