"""Who may act for whom now: leave that was granted, did not end, and is open at the patient's age (design §3.10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from portaldesk.errors import CheckNeeded
from portaldesk.rules import minors
from portaldesk.store import tables
from portaldesk.store.seals import whole
from portaldesk.words import PatientStatus


@dataclass(frozen=True, slots=True)
class Leave:
    """One person's leave to act for one patient, all of it verified. `ends_at`: None where it has no end."""

    proxy: tables.Proxy
    person: tables.ProxyPerson
    patient: tables.Patient
    ends_at: datetime | None

    def in_force(self, *, now: datetime, closed_from: int = minors.OF_AGE) -> bool:
        """Whether it may be used: not ended, the patient's record active, the patient not of an age that the clinic
        closed to proxies (`closed_from` years on, until they are of age)."""
        if self.is_over(now=now) or self.patient.status != PatientStatus.ACTIVE:
            return False
        born = self.patient.birth_date
        return not (self.proxy.minor and born is not None and minors.age(born, now.date()) >= closed_from)

    def is_over(self, *, now: datetime) -> bool:
        """Whether it ended, by itself or by somebody."""
        return self.proxy.ended_at is not None or (self.ends_at is not None and self.ends_at <= now)


def for_patient(session: Session, mrn: str) -> list[Leave]:
    """Every leave that was ever granted to act for this patient, the oldest first.

    Raises: RecordAltered.
    """
    return _read(session, tables.Proxy.mrn == mrn)


def of_person(session: Session, person: str) -> list[Leave]:
    """Every leave that this person was ever granted, the oldest first.

    Raises: RecordAltered.
    """
    return _read(session, tables.Proxy.person == person)


def opened_by(session: Session, check: tables.IdentityCheck, *, now: datetime) -> str | None:
    """Whose account a proxy's check opens; None for the check of another caller.

    Raises: CheckNeeded `proxy-ended` where the leave ended since; RecordAltered.
    """
    if check.account is None:
        return None
    if not any(
        one.person.mrn == check.account and not one.is_over(now=now) for one in for_patient(session, check.patient)
    ):
        raise CheckNeeded(
            "proxy-ended",
            "This person may not act for the patient any more.",
            "The patient, or who represents them, can grant it anew: portaldesk proxy grant",
        )
    return check.account


def is_proxy(holder: str) -> bool:
    """Whether an account's holder is a proxy and no patient."""
    return holder.startswith(PREFIX)


PREFIX = "proxy:"
"""How the ids of proxy persons begin, and no MRN (services/intake/fields.py)."""


def _read(session: Session, which: object) -> list[Leave]:
    found = session.exec(select(tables.Proxy).where(which).order_by(col(tables.Proxy.granted_at))).all()  # type: ignore[arg-type]
    out = []
    for proxy in found:
        person = session.get_one(tables.ProxyPerson, whole(session, proxy).person)
        patient = session.get_one(tables.Patient, proxy.mrn)
        out.append(Leave(proxy, whole(session, person), whole(session, patient), _ends(proxy, patient)))
    return out


def _ends(proxy: tables.Proxy, patient: tables.Patient) -> datetime | None:
    """As granted, and for a child at the 18th birthday by the birth date that is on file now, if that is sooner."""
    if not proxy.minor or patient.birth_date is None:
        return proxy.ends_at
    of_age = minors.of_age_at(patient.birth_date)
    return of_age if proxy.ends_at is None else min(proxy.ends_at, of_age)
