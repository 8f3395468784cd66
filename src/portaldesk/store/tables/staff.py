"""Who operates the desk."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Text
from sqlmodel import Field

from portaldesk.store.columns import UtcTime
from portaldesk.store.tables.base import Sealed


class StaffMember(Sealed, table=True):
    """Who operates the desk. `credentialed_*`: who last gave this person a password or token (design §3.5)."""

    CHANGING: ClassVar[frozenset[str]] = frozenset(
        {"status", "password_hash", "must_change_password", "failed_attempts", "locked_until",
         "credentialed_by", "credentialed_at"}
    )  # fmt: skip
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
