"""Which patient is meant: an MRN, a username or an email, settled by a prefix where in doubt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import bindparam
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from portaldesk.errors import NotFound, StateForbids
from portaldesk.gate.proxies import is_proxy
from portaldesk.rules import emails, masks
from portaldesk.store import tables
from portaldesk.store.seals import whole
from portaldesk.words import ContactKind, Method, PatientStatus

if TYPE_CHECKING:
    from typing import TypeAlias

    Holder: TypeAlias = tables.Patient | tables.ProxyPerson


@dataclass(frozen=True, slots=True)
class Named:
    """The patient that was meant. `by`: the fact that it was named by and that is spoiled for this call, if any."""

    mrn: str
    by: Method | None


def resolve(session: Session, text: str) -> Named:
    """The one patient known by this.

    Raises: NotFound: none, or several (with masked candidates).
    """
    return the_one(session, meant(session, text))


def the_one(session: Session, found: Mapping[str, Method | None]) -> Named:
    """The one patient of those that may be meant.

    Raises: NotFound: none, or several (with masked candidates).
    """
    if not found:
        raise NotFound("no-such-patient", "No patient is known by that.", "Look the patient up: portaldesk find NAME")
    if len(found) > 1:
        found = _without_merged(session, found)
    if len(found) > 1:
        raise NotFound(
            "several-patients", f"{len(found)} patients are known by that.", _candidates(session, list(found))
        )
    ((mrn, by),) = found.items()
    return Named(mrn, by)


def meant(session: Session, text: str) -> dict[str, Method | None]:
    """Every patient that this may mean, each with the fact that the naming spoils."""
    prefix, colon, rest = text.strip().partition(":")
    kinds = ("mrn", "user", "email")
    if colon and prefix in kinds:
        kinds, text = (prefix,), rest  # type: ignore[assignment]
    text = text.strip()
    found: dict[str, Method | None] = {}
    for kind in kinds:
        for mrn in _FINDERS[kind](session, text):
            found.setdefault(mrn, Method.EMAIL if kind == "email" else None)
    return found


def patient(session: Session, mrn: str) -> tables.Patient:
    """The demographic record, verified.

    Raises: NotFound; RecordAltered.
    """
    found = session.get(tables.Patient, mrn)
    if found is None:
        raise NotFound("no-such-patient", "No patient has that MRN.", "Look the patient up: portaldesk find NAME")
    return whole(session, found)


def holder(session: Session, holder_id: str) -> Holder:
    """Whose account it is: a patient by the MRN, or a proxy by their own id; verified.

    Raises: NotFound; RecordAltered.
    """
    if not is_proxy(holder_id):
        return patient(session, holder_id)
    found = session.get(tables.ProxyPerson, holder_id)
    if found is None:
        raise NotFound("no-such-proxy", "No proxy is known by that.", "See: portaldesk proxy list PATIENT")
    return whole(session, found)


def account(session: Session, mrn: str) -> tables.PortalAccount:
    """The portal account, verified: its seal, and that no older state was put back.

    Raises: StateForbids where the patient has none (not a living, active patient at import); RecordAltered.
    """
    found = session.get(tables.PortalAccount, mrn)
    if found is None:
        raise StateForbids(
            "patient-inactive",
            "This patient has no portal account: the record is not that of a living, active patient.",
            "Correct the record in the clinic's record system and import it again.",
        )
    return whole(session, found)


def require_not_merged(session: Session, patient: tables.Patient) -> None:
    """A caller of a merged record is asked about the one that goes on: only its account can let them in.

    Raises: StateForbids `patient-merged`, naming it; not where it is unknown.
    """
    if patient.status != PatientStatus.MERGED:
        return
    from portaldesk.services import verdicts  # seldom

    survivor = verdicts.survivor_of(session, patient.mrn)
    if survivor is not None:
        raise StateForbids(
            "patient-merged",
            f"This record was merged into {survivor}.",
            f"Go on with that one: portaldesk verify-identity {survivor}",
        )


def contact(session: Session, mrn: str, kind: ContactKind, value: str | None) -> tables.ContactPoint | None:
    """What is known of one of the patient's addresses, verified; the newest where it came twice."""
    if not value:
        return None
    key = emails.key(value) if kind is ContactKind.EMAIL else value
    found = session.exec(_contact_by_key(), params={"mrn": mrn, "kind": kind, "key": key}).first()
    return whole(session, found) if found is not None else None


@cache
def _contact_by_key() -> SelectOfScalar[tables.ContactPoint]:
    """Made once: a check of a caller asks it several times, and making it takes as long as asking."""
    point = tables.ContactPoint
    named = [
        column == bindparam(name) for name, column in (("mrn", point.mrn), ("kind", point.kind), ("key", point.key))
    ]
    return select(point).where(*named).order_by(col(point.added_at).desc())


def on_record(session: Session, mrn: str, kind: ContactKind) -> tables.ContactPoint | None:
    """The email or phone that the clinic's record system holds for this patient now."""
    found = session.exec(
        select(tables.ContactPoint)
        .where(
            tables.ContactPoint.mrn == mrn,
            tables.ContactPoint.kind == kind,
            tables.ContactPoint.source == "record",
            col(tables.ContactPoint.current).is_(True),
        )
        .order_by(col(tables.ContactPoint.added_at).desc())
    ).first()
    return whole(session, found) if found is not None else None


def _without_merged(session: Session, found: Mapping[str, Method | None]) -> Mapping[str, Method | None]:
    """Who is known by the same email as the record that theirs was merged into means that one."""
    from portaldesk.services import verdicts  # only where there are several

    def gone(mrn: str) -> bool:
        patient = session.get(tables.Patient, mrn)
        merged = patient is not None and patient.status == PatientStatus.MERGED
        return merged and verdicts.survivor_of(session, mrn) in found

    return {mrn: by for mrn, by in found.items() if not gone(mrn)}


def _by_mrn(session: Session, text: str) -> list[str]:
    return list(session.exec(select(tables.Patient.mrn).where(tables.Patient.mrn == text)))


def _by_username(session: Session, text: str) -> list[str]:
    name = text.casefold()
    return _patients(session.exec(select(tables.PortalAccount.mrn).where(tables.PortalAccount.username == name)))


def _by_email(session: Session, text: str) -> list[str]:
    if "@" not in text:
        return []
    key = emails.key(text)
    contacts = select(tables.ContactPoint.mrn).where(
        tables.ContactPoint.kind == ContactKind.EMAIL,
        tables.ContactPoint.key == key,
        col(tables.ContactPoint.current).is_(True),
    )
    return sorted(set(_patients(session.exec(contacts))))


def _patients(holders: Iterable[str]) -> list[str]:
    """Those of these that are patients: nobody is looked up by the login or address of who acts for them."""
    return [one for one in holders if not is_proxy(one)]


_FINDERS = {"mrn": _by_mrn, "user": _by_username, "email": _by_email}


def _candidates(session: Session, mrns: list[str]) -> str:
    shown = []
    for mrn in sorted(mrns)[:5]:
        row = session.get(tables.Patient, mrn)
        assert row is not None
        shown.append(f"mrn:{mrn} ({masks.name(row.given_name, row.family_name)})")
    return "Ask for the birth date, then name one of: " + ", ".join(shown)
