"""Patients and their contact points, as the clinic's record system and the desk know them."""

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import Text
from sqlmodel import Field

from portaldesk.store.columns import IsoDate, UtcTime
from portaldesk.store.tables.base import Sealed, Stored


class Patient(Sealed, table=True):
    """The demographic record. `*_evidence_from`: from when on that fact counts as evidence (design §3.1, §3.9)."""

    CHANGING: ClassVar[frozenset[str]] = frozenset(
        {"given_name", "family_name", "other_names", "birth_date", "sex", "address", "city",
         "postal_code", "language", "last_visit", "status", "merged_into", "birth_date_evidence_from",
         "postal_code_evidence_from", "imported_at", "address_evidence_from"}
    )  # fmt: skip
    LATER: ClassVar[tuple[str, ...]] = ("address_evidence_from",)
    mrn: str = Field(primary_key=True)
    given_name: str
    family_name: str
    other_names: str = Field(default="[]", sa_type=Text)
    birth_date: date | None = Field(default=None, sa_type=IsoDate, index=True)
    sex: str = "unknown"
    address: str = ""
    city: str = ""
    postal_code: str = ""
    language: str = ""
    last_visit: date | None = Field(default=None, sa_type=IsoDate)
    status: str = "active"
    merged_into: str | None = None
    birth_date_evidence_from: datetime = Field(sa_type=UtcTime)
    postal_code_evidence_from: datetime = Field(sa_type=UtcTime)
    imported_at: datetime = Field(sa_type=UtcTime)
    address_evidence_from: datetime | None = Field(default=None, sa_type=UtcTime)


class PatientName(Stored, table=True):
    """Search index over name parts, nothing else: `find` matches the beginning of any part."""

    __tablename__ = "patient_name"
    __table_args__: ClassVar[dict[str, object]] = {"sqlite_with_rowid": False}

    key: str = Field(primary_key=True)
    mrn: str = Field(primary_key=True, foreign_key="patient.mrn", index=True)


class ContactPoint(Sealed, table=True):
    """An email or phone of a patient. `key` is what two of them are compared by; `evidence_from` as in Patient.

    `notices_until`: until when an address that was closed at the desk still hears of changes (services/addresses.py).
    """

    CHANGING: ClassVar[frozenset[str]] = frozenset(
        {"bounced_at", "do_not_use", "confidential", "current", "evidence_from", "notices_until"}
    )
    LATER: ClassVar[tuple[str, ...]] = ("notices_until",)
    __tablename__ = "contact_point"

    id: str = Field(primary_key=True)
    mrn: str = Field(index=True)
    kind: str
    value: str
    key: str = Field(index=True)
    source: str
    added_at: datetime = Field(sa_type=UtcTime)
    evidence_from: datetime = Field(sa_type=UtcTime)
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcTime)
    confirmed_how: str = ""
    bounced_at: datetime | None = Field(default=None, sa_type=UtcTime)
    do_not_use: bool = False
    confidential: bool = False
    current: bool = True
    notices_until: datetime | None = Field(default=None, sa_type=UtcTime)
