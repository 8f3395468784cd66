"""Records that may belong to one person.

Matching itself is in rules/matching. A verdict *different* (verdicts.py) hides its pair until identity data of either
record change.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, or_, select

from portaldesk.rules.matching import Grade, Pair, clusters, find_pairs
from portaldesk.services import verdicts
from portaldesk.services.verdicts import Verdict
from portaldesk.store import tables
from portaldesk.words import PatientStatus

_MANY = 200  # patients looked for by what they share; ours
_NAMES_IN_COMMON = 2  # name parts that namesakes share: given and family name, in any order


@dataclass(frozen=True, slots=True)
class DuplicatePair:
    """Two records that may be one person. `verdict`: `same` where a person said so, None where nobody has judged."""

    a: str
    b: str
    grade: Grade
    reasons: tuple[str, ...]
    verdict: Verdict | None


@dataclass(frozen=True, slots=True)
class DuplicateReport:
    """The pairs, surest first; `clusters`: MRNs that certain and probable ones connect; `patients`: records read."""

    pairs: tuple[DuplicatePair, ...]
    clusters: tuple[tuple[str, ...], ...]
    patients: int


def find_duplicates(session: Session, *, min_grade: Grade, patient_mrn: str | None = None) -> DuplicateReport:
    """Pairs of the clinic's records; merged records are resolved and left out.

    With `patient_mrn` the pairs that this patient is in, as `likely_duplicates_of` finds them.
    Raises: NotFound `no-such-patient`.
    """
    if patient_mrn is None:
        pairs = find_pairs(verdicts.people(session), min_grade=min_grade)
    else:
        verdicts.require_known(session, patient_mrn)
        pairs = _pairs_with(session, (patient_mrn,), min_grade)
    open_ones, shown = _without_different(session, pairs, about=None if patient_mrn is None else (patient_mrn,))
    patients = select(func.count()).where(col(tables.Patient.status) != PatientStatus.MERGED)
    found = tuple(tuple(one) for one in clusters(open_ones))
    return DuplicateReport(tuple(shown), found, session.execute(patients).scalar_one())


def likely_duplicates_of(session: Session, *mrns: str) -> tuple[DuplicatePair, ...]:
    """Certain and probable duplicates of these patients: only records that share something with one are compared.

    One of them must share birth date, phone, email, or two name parts with it. Without a patient `find_duplicates`
    reads all records and knows which names are common; it may judge otherwise at the edge. For many patients all are
    read here as well: among so many names there are nearly everybody's.
    """
    if not mrns:
        return ()
    pairs = _pairs_with(session, mrns, Grade.PROBABLE)
    return tuple(_without_different(session, pairs, about=None if len(mrns) > _MANY else mrns)[1])


def _pairs_with(session: Session, mrns: Collection[str], min_grade: Grade) -> list[Pair]:
    people = verdicts.people(session) if len(mrns) > _MANY else verdicts.people(session, _sharing(mrns))
    return find_pairs(people, min_grade=min_grade, about=frozenset(mrns))


def _sharing(mrns: Collection[str]) -> ColumnElement[bool]:
    patient = tables.Patient
    born = select(col(patient.birth_date)).where(col(patient.mrn).in_(mrns))
    contacts = select(tables.ContactPoint.key).where(
        col(tables.ContactPoint.mrn).in_(mrns), col(tables.ContactPoint.current).is_(True)
    )
    names = select(tables.PatientName.key).where(col(tables.PatientName.mrn).in_(mrns))
    sharing_contact = select(tables.ContactPoint.mrn).where(
        col(tables.ContactPoint.key).in_(contacts), col(tables.ContactPoint.current).is_(True)
    )
    namesakes = (
        select(tables.PatientName.mrn)
        .where(col(tables.PatientName.key).in_(names))
        .group_by(col(tables.PatientName.mrn))
        .having(func.count() >= _NAMES_IN_COMMON)
    )
    return or_(
        col(patient.mrn).in_(mrns),
        col(patient.birth_date).in_(born),
        col(patient.mrn).in_(sharing_contact),
        col(patient.mrn).in_(namesakes),
    )


def look_alike(session: Session, a: str, b: str) -> bool:
    """Whether these two records, by themselves, are a certain or probable pair."""
    both = verdicts.people(session, col(tables.Patient.mrn).in_((a, b)), merged=True)
    return bool(find_pairs(both, min_grade=Grade.PROBABLE))


def _without_different(
    session: Session, pairs: Sequence[Pair], *, about: Collection[str] | None = None
) -> tuple[list[Pair], list[DuplicatePair]]:
    """The pairs that nobody judged to be two people, as matching and as we show them."""
    judged = verdicts.newest(session, about)
    named = {mrn for pair in pairs if (pair.a, pair.b) in judged for mrn in (pair.a, pair.b)}
    of_these = verdicts.people(session, col(tables.Patient.mrn).in_(named)) if named else ()
    known = {person.mrn: person for person in of_these}
    open_ones: list[Pair] = []
    shown: list[DuplicatePair] = []
    for pair in pairs:
        row = judged.get((pair.a, pair.b))
        if row is not None and not verdicts.still(session, row, known[pair.a], known[pair.b]):
            row = None  # judged on other data: it lapsed
        if row is not None and row.verdict == "different":
            continue
        open_ones.append(pair)
        shown.append(DuplicatePair(pair.a, pair.b, pair.grade, pair.reasons, verdicts.verdict_of(row) if row else None))
    return open_ones, shown
