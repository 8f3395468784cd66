"""Of several records of one person, the one to keep: by what would be lost with it, and why it is this one.

In this order (ours): the record is active, its portal account is, its newest visit, how much is on file, and for how
long it is known. It decides nothing by itself: `duplicates resolve` follows it where no other is named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from portaldesk.store import many_rows
from portaldesk.words import AccountStatus, PatientStatus


@dataclass(frozen=True, slots=True)
class Kept:
    """The record of a cluster that should go on, and what set it apart from the others."""

    mrn: str
    why: str


@dataclass(frozen=True, slots=True)
class _Worth:
    active: bool = False
    account: bool = False
    visit: str = ""  # its day as the database holds it, which sorts as days do
    filled: int = 0


_FACTS = (
    "SELECT mrn, status, last_visit, birth_date, address, postal_code, language, other_names FROM patient WHERE mrn IN "
)
_CONTACTS = "SELECT mrn, kind FROM contact_point WHERE mrn IN "
_FIRST_EVENT = "SELECT patient, min(seq) FROM audit_event WHERE patient IN "
_ORDER = (
    ("active", "no other of these records is active"),
    ("account", "its portal account is active"),
    ("visit", "its last visit is the newest"),
    ("filled", "more is on file there"),
)


def suggested(session: Session, clusters: Sequence[Sequence[str]]) -> tuple[Kept, ...]:
    """One record for each cluster of MRNs, in their order."""
    mrns = [mrn for cluster in clusters for mrn in cluster]
    worth = dict(_worth(session, mrns))
    found = [_narrowed(cluster, worth) for cluster in clusters]
    known_since = _known_since(session, [mrn for left, _ in found if len(left) > 1 for mrn in left])
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


def _worth(session: Session, mrns: Sequence[str]) -> Iterator[tuple[str, _Worth]]:
    active = f" AND status = '{AccountStatus.ACTIVE}'"
    accounts = {
        mrn for (mrn,) in many_rows.within(session, "SELECT mrn FROM portal_account WHERE mrn IN ", mrns, active)
    }
    contacts = Counter(mrn for mrn, _ in set(many_rows.within(session, _CONTACTS, mrns, " AND current = TRUE")))
    for mrn, status, visit, *values, others in many_rows.within(session, _FACTS, mrns):
        filled = sum(map(bool, values)) + (others != "[]") + contacts[mrn]
        yield mrn, _Worth(status == PatientStatus.ACTIVE, mrn in accounts, visit or "", filled)


def _known_since(session: Session, mrns: Sequence[str]) -> dict[str, int]:
    """The number of the first event about each patient that is in the record."""
    return dict(many_rows.within(session, _FIRST_EVENT, mrns, " GROUP BY patient"))
