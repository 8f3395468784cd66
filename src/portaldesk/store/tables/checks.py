"""Identity checks, and the permits that rest on them."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Index, Text
from sqlmodel import Field

from portaldesk.store.columns import EVENT_NUMBER, UtcTime
from portaldesk.store.tables import people  # noqa: F401 - its foreign keys point there
from portaldesk.store.tables.base import Sealed


class IdentityCheck(Sealed, table=True):
    """One verification of one caller. `evidence` lists methods and outcomes; no answer is ever kept.

    `account`: whose account it may open, where the caller is a proxy (theirs, never the patient's). `represented_by`,
    `authority`, `document`: who came for the patient, on what, and what was seen of it.
    """

    CHANGING: ClassVar[frozenset[str]] = frozenset(
        {"reason", "outcome", "level", "evidence", "wrong", "spoiled", "code_id", "ended_at", "ended_why", "failed_at",
         "all_there_is"}
    )  # fmt: skip
    LATER: ClassVar[tuple[str, ...]] = ("all_there_is", "account", "represented_by", "authority", "document")
    __tablename__ = "identity_check"
    __table_args__ = (
        Index("ix_identity_check_patient_started", "patient", "started_at"),
        Index("ix_identity_check_staff_started", "staff", "started_at"),
    )

    id: str = Field(primary_key=True)
    patient: str = Field(foreign_key="patient.mrn")
    staff: str | None = None
    session: str = Field(default="", index=True)
    caller: str = "patient"
    reason: str = ""
    outcome: str = "pending"
    level: str = "none"
    evidence: str = Field(default="[]", sa_type=Text)
    wrong: int = 0
    ask_order: str = Field(default="[]", sa_type=Text)
    spoiled: str = Field(default="[]", sa_type=Text)
    code_id: str | None = None
    started_at: datetime = Field(sa_type=UtcTime)
    expires_at: datetime = Field(sa_type=UtcTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcTime)
    ended_why: str = ""
    failed_at: datetime | None = Field(default=None, sa_type=UtcTime)
    all_there_is: bool | None = None
    account: str | None = None
    represented_by: str | None = None
    authority: str | None = None
    document: str | None = None


class Permit(Sealed, table=True):
    """One allowed change of one account. `spent_seq` is set once, by a trigger, and proved by the event it names."""

    UNSEALED: ClassVar[frozenset[str]] = frozenset({"spent_seq"})
    __table_args__ = (Index("ix_permit_ground", "ground", "ground_id", "action"),)

    id: str = Field(primary_key=True)
    mrn: str
    action: str
    ground: str
    ground_id: str
    level: str = "none"
    staff: str | None = None
    issued_at: datetime = Field(sa_type=UtcTime)
    spent_seq: int | None = Field(default=None, sa_type=EVENT_NUMBER)
