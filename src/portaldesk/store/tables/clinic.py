"""What the clinic decides."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Text
from sqlmodel import Field

from portaldesk.store.columns import UtcTime
from portaldesk.store.tables.base import Sealed


class Settings(Sealed, table=True):
    """What the clinic decides: one row, so that no single setting can be taken away."""

    CHANGING: ClassVar[frozenset[str]] = frozenset({"values_json", "accepted_clock"})
    id: int = Field(primary_key=True)
    store_id: str
    created_at: datetime = Field(sa_type=UtcTime)
    values_json: str = Field(default="{}", sa_type=Text)
    accepted_clock: datetime | None = Field(default=None, sa_type=UtcTime)
