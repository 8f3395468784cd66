"""Who acts for a patient: persons with an account of their own, and for whom each of them may act."""

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import Text
from sqlmodel import Field

from portaldesk.store.columns import IsoDate, UtcTime
from portaldesk.store.tables import people  # noqa: F401 - its foreign keys point there
from portaldesk.store.tables.base import Sealed


class ProxyPerson(Sealed, table=True):
    """Somebody who acts for patients. `mrn` is no MRN but this person's own id (gate/proxies.py): an account, its
    addresses and its credentials name their holder in the column of that name."""

    __tablename__ = "proxy_person"

    mrn: str = Field(primary_key=True)
    given_name: str
    family_name: str
    birth_date: date | None = Field(default=None, sa_type=IsoDate)
    postal_code: str = ""
    language: str = ""
    last_visit: date | None = Field(default=None, sa_type=IsoDate)
    status: str = "active"
    birth_date_evidence_from: datetime = Field(sa_type=UtcTime)
    postal_code_evidence_from: datetime = Field(sa_type=UtcTime)
    added_at: datetime = Field(sa_type=UtcTime)


class Proxy(Sealed, table=True):
    """Leave of one person to act for one patient. Born by a permit of the patient's; once ended it stays so.

    `authority`: on what it rests (`patient`: their own word); `document`: what was seen of it; `ends_at`: None where it
    has no end. `minor`: it was granted for a child, and ends at the 18th birthday at the latest.
    """

    CHANGING: ClassVar[frozenset[str]] = frozenset({"ended_at", "ended_why"})
    __tablename__ = "proxy"

    id: str = Field(primary_key=True)
    person: str = Field(foreign_key="proxy_person.mrn", index=True)
    mrn: str = Field(foreign_key="patient.mrn", index=True)
    relation: str
    authority: str
    document: str = Field(default="", sa_type=Text)
    scope: str = "full"
    minor: bool = False
    granted_at: datetime = Field(sa_type=UtcTime)
    granted_by: str
    check_id: str
    request_id: str | None = None
    permit_id: str | None = None
    ends_at: datetime | None = Field(default=None, sa_type=UtcTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcTime, index=True)
    ended_why: str = ""
