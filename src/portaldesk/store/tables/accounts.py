"""The portal account: the credential record of one patient."""

from datetime import datetime
from typing import ClassVar

from sqlmodel import Field

from portaldesk.store.columns import UtcTime
from portaldesk.store.tables.base import Sealed


class PortalAccount(Sealed, table=True):
    """The credential record of one patient. The guarded columns are listed in gate/actions.py."""

    CHANGING: ClassVar[frozenset[str]] = frozenset(
        {"username", "email", "phone", "password_hash", "status", "must_change_password",
         "locked_until", "failed_attempts", "activated_at", "contact_changed_at", "permit_id"}
    )  # fmt: skip
    __tablename__ = "portal_account"

    mrn: str = Field(primary_key=True)
    username: str | None = Field(default=None, unique=True)
    email: str | None = Field(default=None, index=True)
    phone: str | None = None
    password_hash: str | None = None
    status: str = "new"
    must_change_password: bool = False
    locked_until: datetime | None = Field(default=None, sa_type=UtcTime)
    failed_attempts: int = 0
    activated_at: datetime | None = Field(default=None, sa_type=UtcTime)
    contact_changed_at: datetime | None = Field(default=None, sa_type=UtcTime)
    permit_id: str | None = None
