"""All patients, as an import would bring them: for another system, or for a look in a spreadsheet.

Email and phone are those of the clinic's record; what was changed at the desk or the portal stays with the account.
Nothing that lets anybody in is written out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from portaldesk.services.intake.facts import PatientFacts
from portaldesk.services.intake.stored import CHUNK
from portaldesk.store import tables
from portaldesk.words import ContactKind, ContactSource, PatientStatus


@dataclass(frozen=True, slots=True)
class Exported:
    """A file of patients; `audit_seq`: the event that says who wrote how many."""

    patients: int
    format: str
    file: str
    audit_seq: int


def count(session: Session) -> int:
    """How many patients there are."""
    return session.exec(select(func.count()).select_from(tables.Patient)).one()


def patients(session: Session, *, progress: Callable[[int], None]) -> Iterator[PatientFacts]:
    """Every patient, by MRN, read in pages and held no longer than that.

    Raises: RecordAltered where a row is not as portaldesk wrote it.
    """
    done, last = 0, ""
    while page := _page(session, last):
        mrns = [one.mrn for one in page]
        contacts = {
            (point.mrn, point.kind): point.value
            for point in session.exec(
                select(tables.ContactPoint).where(
                    col(tables.ContactPoint.mrn).in_(mrns), tables.ContactPoint.source == ContactSource.RECORD,
                    col(tables.ContactPoint.current).is_(True),
                )
            )
        }  # fmt: skip
        usernames = {
            account.mrn: account.username
            for account in session.exec(select(tables.PortalAccount).where(col(tables.PortalAccount.mrn).in_(mrns)))
        }
        for one in page:
            yield _facts(one, contacts, usernames.get(one.mrn))
        done, last = done + len(page), mrns[-1]
        progress(done)


def _page(session: Session, last: str) -> list[tables.Patient]:
    patient = tables.Patient
    return list(session.exec(select(patient).where(patient.mrn > last).order_by(col(patient.mrn)).limit(CHUNK)))


def _facts(one: tables.Patient, contacts: dict[tuple[str, str], str], username: str | None) -> PatientFacts:
    phone = contacts.get((one.mrn, ContactKind.PHONE))
    return PatientFacts(
        line=0, mrn=one.mrn, given_name=one.given_name, family_name=one.family_name,
        other_names=tuple(json.loads(one.other_names)), birth_date=one.birth_date, sex=one.sex, phone=phone,
        phone_as_written=phone, email=contacts.get((one.mrn, ContactKind.EMAIL)), address=one.address, city=one.city,
        postal_code=one.postal_code, status=PatientStatus(one.status), language=one.language,
        last_visit=one.last_visit, username=username, merged_into=one.merged_into,
    )  # fmt: skip
