"""Recovery credentials: links, codes, temporary logins."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Index
from sqlmodel import Field

from portaldesk.store.columns import UtcTime
from portaldesk.store.tables import accounts  # noqa: F401 - its foreign keys point there
from portaldesk.store.tables.base import Sealed


class RecoveryCredential(Sealed, table=True):
    """A link, code or temporary login. `secret_hash` is all that is kept of the secret."""

    CHANGING: ClassVar[frozenset[str]] = frozenset({"tries", "redeemed_at", "revoked_at", "superseded_by"})
    __tablename__ = "recovery_credential"
    __table_args__ = (Index("ux_credential_permit_kind", "permit_id", "kind", unique=True),)

    id: str = Field(primary_key=True)
    kind: str
    mrn: str = Field(foreign_key="portal_account.mrn", index=True)
    reference: str = Field(index=True)
    secret_hash: str = Field(unique=True)
    issued_at: datetime = Field(sa_type=UtcTime)
    expires_at: datetime = Field(sa_type=UtcTime)
    bound_to: str
    sent_to: str | None = None
    check_id: str | None = None
    request_id: str | None = None
    permit_id: str | None = None
    call_code_hash: str | None = None
    tries: int = 0
    opened_at: datetime | None = Field(default=None, sa_type=UtcTime)
    redeemed_at: datetime | None = Field(default=None, sa_type=UtcTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcTime)
    superseded_by: str | None = None
