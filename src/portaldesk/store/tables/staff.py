"""Who operates the desk, and how they are signed in."""

from datetime import datetime

from sqlalchemy import Text
from sqlmodel import Field

from portaldesk.store.columns import UtcTime
from portaldesk.store.tables.base import Sealed


class StaffMember(Sealed, table=True):
    """Who operates the desk. `credentialed_*`: who last gave this person a password or token (design §3.5)."""

    __tablename__ = "staff_member"

    name: str = Field(primary_key=True)
    role: str
    status: str = "active"
    password_hash: str
    must_change_password: bool = False
    failed_attempts: int = 0
    locked_until: datetime | None = Field(default=None, sa_type=UtcTime)
    credentialed_by: str
    credentialed_at: datetime = Field(sa_type=UtcTime)
    own_mrn: str | None = None
    linked: str = Field(default="[]", sa_type=Text)


class StaffSession(Sealed, table=True):
    """A sign-in of one staff member by one operating-system caller; idle time is read from the record."""

    __tablename__ = "staff_session"

    id: str = Field(primary_key=True)
    staff: str = Field(foreign_key="staff_member.name", index=True)
    os_caller: str
    token_hash: str = Field(unique=True)
    started_at: datetime = Field(sa_type=UtcTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcTime)
    ended_why: str = ""


class StaffToken(Sealed, table=True):
    """A token for scripts: hashed, expiring, limited to commands by `only`."""

    __tablename__ = "staff_token"

    id: str = Field(primary_key=True)
    staff: str = Field(foreign_key="staff_member.name", index=True)
    token_hash: str = Field(unique=True)
    created_by: str
    created_at: datetime = Field(sa_type=UtcTime)
    expires_at: datetime = Field(sa_type=UtcTime)
    only: str = Field(default="[]", sa_type=Text)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcTime)
