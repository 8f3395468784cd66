"""Changes that wait for confirmation, approval or time."""

from datetime import datetime
from typing import ClassVar

from sqlmodel import Field

from portaldesk.store.columns import UtcTime
from portaldesk.store.tables import accounts  # noqa: F401 - its foreign keys point there
from portaldesk.store.tables.base import Sealed


class ChangeRequest(Sealed, table=True):
    """A change of contact that waits for confirmation, approval or time."""

    CHANGING: ClassVar[frozenset[str]] = frozenset(
        {"state", "codes_sent", "confirmed_at", "confirmed_how", "waits_until", "decided_by",
         "decided_at", "decision_reason", "independent"}
    )  # fmt: skip
    __tablename__ = "change_request"

    id: str = Field(primary_key=True)
    mrn: str = Field(foreign_key="portal_account.mrn", index=True)
    kind: str
    new_value: str
    state: str
    check_id: str = Field(index=True)
    permit_id: str
    requested_by: str
    requested_at: datetime = Field(sa_type=UtcTime)
    expires_at: datetime = Field(sa_type=UtcTime)
    rests_on_photo_id: bool = False
    codes_sent: int = 0
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcTime)
    confirmed_how: str = ""
    old_told_at: datetime | None = Field(default=None, sa_type=UtcTime)
    waits_until: datetime | None = Field(default=None, sa_type=UtcTime)
    decided_by: str | None = None
    decided_at: datetime | None = Field(default=None, sa_type=UtcTime)
    decision_reason: str = ""
    independent: bool | None = None
