"""What proves staff members beside their password, and what helps an admin who lost everything."""

from datetime import datetime
from typing import ClassVar

from sqlmodel import Field

from portaldesk.store.columns import EVENT_NUMBER, UtcTime
from portaldesk.store.tables import staff  # noqa: F401 - its foreign keys point there
from portaldesk.store.tables.base import Sealed


class StaffTotp(Sealed, table=True):
    """The authenticator app of one staff member, its secret encrypted (rules/encryption.py).

    `secret`: None without a second factor. `waiting`: shown since `waiting_since`, its first code not typed back yet.
    `last_step`: of the code accepted last (rules/totp.py).
    """

    CHANGING: ClassVar[frozenset[str]] = frozenset(
        {"secret", "enrolled_at", "waiting", "waiting_since", "last_step", "failed_attempts", "locked_until"}
    )
    __tablename__ = "staff_totp"

    staff: str = Field(primary_key=True, foreign_key="staff_member.name")
    secret: str | None = None
    enrolled_at: datetime | None = Field(default=None, sa_type=UtcTime)
    waiting: str | None = None
    waiting_since: datetime | None = Field(default=None, sa_type=UtcTime)
    last_step: int = Field(default=0, sa_type=EVENT_NUMBER)
    failed_attempts: int = 0
    locked_until: datetime | None = Field(default=None, sa_type=UtcTime)


class RecoveryCode(Sealed, table=True):
    """A code on paper that lets whoever keeps it give an admin a new password, once. `code_hash`: peppered bcrypt."""

    CHANGING: ClassVar[frozenset[str]] = frozenset({"spent_at", "spent_for", "void_at"})
    __tablename__ = "recovery_code"

    id: str = Field(primary_key=True)
    code_hash: str
    made_by: str
    made_at: datetime = Field(sa_type=UtcTime)
    spent_at: datetime | None = Field(default=None, sa_type=UtcTime)
    spent_for: str = ""
    void_at: datetime | None = Field(default=None, sa_type=UtcTime)
