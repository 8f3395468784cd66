"""What follows a patient's sign-in: sessions, and passwords that may not come back."""

from datetime import datetime
from typing import ClassVar

from sqlmodel import Field

from portaldesk.store.columns import UtcTime
from portaldesk.store.tables import accounts  # noqa: F401 - its foreign keys point there
from portaldesk.store.tables.base import Sealed


class PasswordHistory(Sealed, table=True):
    """Hashes an account has had: none of the last ten may come back."""

    __tablename__ = "password_history"

    id: str = Field(primary_key=True)
    mrn: str = Field(foreign_key="portal_account.mrn", index=True)
    password_hash: str
    set_at: datetime = Field(sa_type=UtcTime)


class PortalSession(Sealed, table=True):
    """A patient's sign-in at the portal; recoveries end all of them."""

    CHANGING: ClassVar[frozenset[str]] = frozenset({"ended_at", "ended_why"})
    __tablename__ = "portal_session"

    id: str = Field(primary_key=True)
    mrn: str = Field(foreign_key="portal_account.mrn", index=True)
    token_hash: str = Field(unique=True)
    started_at: datetime = Field(sa_type=UtcTime)
    expires_at: datetime = Field(sa_type=UtcTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcTime)
    ended_why: str = ""
