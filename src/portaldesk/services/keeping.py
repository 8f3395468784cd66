"""Of several records of one person, the one to keep: by what would be lost with it, and why it is this one.

In this order (ours): the record is active, its portal account is, its newest visit, how much is on file, and for how
long it is known. It decides nothing by itself: `duplicates resolve` follows it where no other is named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from sqlmodel import Session, col, func, select

from portaldesk.store import many_rows, tables
from portaldesk.words import AccountStatus, PatientStatus

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Kept:
    """The record of a cluster that should go on, and what set it apart from the others."""

    mrn: str
    why: str


@dataclass(frozen=True, slots=True)
class _Worth:
    active: bool = False
    account: bool = False
    visit: date = date.min
    filled: int = 0


_ORDER = (
    ("active", "no other of these records is active"),
    ("account", "its portal account is active"),
    ("visit", "its last visit is the newest"),
    ("filled", "more is on file there"),
)


def suggested(session: Session, clusters: Sequence[Sequence[str]]) -> tuple[Kept, ...]:
    """One record for each cluster of MRNs, in their order."""
    mrns = [mrn for cluster in clusters for mrn in cluster]
    worth = dict(_in_parts(session, mrns, _worth))
    found = [_narrowed(cluster, worth) for cluster in clusters]
    known_since = dict(_in_parts(session, [mrn for left, _ in found if len(left) > 1 for mrn in left], _known_since))
    return tuple(Kept(min(left, key=lambda mrn: (known_since.get(mrn, 0), mrn)), why) for left, why in found)


def _narrowed(cluster: Sequence[str], worth: Mapping[str, _Worth]) -> tuple[list[str], str]:
    """Those that are worth the same, and what set them apart."""
    left = list(cluster)
    for name, why in _ORDER:
        best = max(getattr(worth[mrn], name) for mrn in left)
        left = [mrn for mrn in left if getattr(worth[mrn], name) == best]
        if len(left) == 1:
            return left, why
    return left, "it is known longer"


def _in_parts(
    session: Session, mrns: Sequence[str], read: Callable[[Session, Sequence[str]], Iterable[tuple[str, _T]]]
) -> Iterator[tuple[str, _T]]:
    for some in many_rows.parts(mrns):
        yield from read(session, some)


def _worth(session: Session, mrns: Sequence[str]) -> Iterator[tuple[str, _Worth]]:
    patient, point, account = tables.Patient, tables.ContactPoint, tables.PortalAccount
    active = select(account.mrn).where(col(account.mrn).in_(mrns), account.status == AccountStatus.ACTIVE)
    accounts = set(session.exec(active))
    kinds = select(point.mrn, point.kind).where(col(point.mrn).in_(mrns), col(point.current).is_(True)).distinct()
    contacts = Counter(mrn for mrn, _ in session.exec(kinds))
    facts = select(
        patient.mrn, patient.status, patient.last_visit, patient.birth_date, patient.address, patient.postal_code,
        patient.language, patient.other_names,
    ).where(col(patient.mrn).in_(mrns))  # type: ignore[call-overload]  # fmt: skip
    for mrn, status, visit, *values, others in session.exec(facts):
        filled = sum(map(bool, values)) + (others != "[]") + contacts[mrn]
        yield mrn, _Worth(status == PatientStatus.ACTIVE, mrn in accounts, visit or date.min, filled)


def _known_since(session: Session, mrns: Sequence[str]) -> Iterator[tuple[str, int]]:
    """The number of the first event about each patient that is in the record."""
    about = col(tables.AuditEvent.patient)
    first = select(about, func.min(tables.AuditEvent.seq)).where(about.in_(mrns)).group_by(about)
    return ((mrn, seq) for mrn, seq in session.exec(first) if mrn is not None)
