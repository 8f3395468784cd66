"""How a script signs in for a staff member."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Text
from sqlmodel import Field

from portaldesk.store.columns import UtcTime
from portaldesk.store.tables import staff  # noqa: F401 - its foreign keys point there
from portaldesk.store.tables.base import Sealed


class StaffToken(Sealed, table=True):
    """A token for scripts: hashed, expiring, limited to commands by `only`."""

    CHANGING: ClassVar[frozenset[str]] = frozenset({"revoked_at"})
    __tablename__ = "staff_token"

    id: str = Field(primary_key=True)
    staff: str = Field(foreign_key="staff_member.name", index=True)
    token_hash: str = Field(unique=True)
    created_by: str
    created_at: datetime = Field(sa_type=UtcTime)
    expires_at: datetime = Field(sa_type=UtcTime)
    only: str = Field(default="[]", sa_type=Text)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcTime)
