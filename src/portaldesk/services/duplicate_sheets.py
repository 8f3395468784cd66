"""Likely duplicates as sheets to be worked through: the records of a cluster side by side, with the pairs among them.

Who reads them sees what `export patients` shows too; `gate.roles` lets nobody else come here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from portaldesk.rules.matching.demographics import Demographics
from portaldesk.rules.matching.explaining import FIELDS, Beside, beside
from portaldesk.services import demographics, keeping
from portaldesk.services.duplicates import DuplicatePair, DuplicateReport
from portaldesk.services.keeping import Kept
from portaldesk.store import many_rows, tables


@dataclass(frozen=True, slots=True)
class Row:
    """One field of every record of a sheet; `differs`: two records have it, and not alike."""

    field: str
    values: tuple[str, ...]
    differs: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """Records that may be one person, the first of them the one that should go on (`keep`); the `pairs` among them."""

    records: tuple[str, ...]
    keep: Kept
    rows: tuple[Row, ...]
    pairs: tuple[DuplicatePair, ...]


@dataclass(frozen=True, slots=True)
class DuplicatePage:
    """What the page of `find-duplicates --report` shows."""

    sheets: tuple[Sheet, ...]
    report: DuplicateReport
    clinic: str
    made_at: datetime


def sheets(session: Session, report: DuplicateReport) -> tuple[Sheet, ...]:
    """A sheet for each cluster, and one for each pair that no cluster holds; those with the surest pairs first."""
    of_cluster = {mrn: place for place, cluster in enumerate(report.clusters) for mrn in cluster}
    within: defaultdict[tuple[str, ...], list[DuplicatePair]] = defaultdict(list)
    for pair in report.pairs:  # the surest come first, so sheets do
        place = of_cluster.get(pair.a)
        together = place is not None and place == of_cluster.get(pair.b)
        within[report.clusters[place] if together and place is not None else (pair.a, pair.b)].append(pair)
    groups = list(within)
    known = demographics.of(session, {mrn for group in groups for mrn in group})
    desk = _desk_facts(session, sorted(known))
    found = []
    for group, kept in zip(groups, keeping.suggested(session, groups), strict=True):
        records = (kept.mrn, *(mrn for mrn in group if mrn != kept.mrn))
        found.append(Sheet(records, kept, _rows([known[mrn] for mrn in records], desk), tuple(within[group])))
    return tuple(found)


def _rows(records: list[Demographics], desk: Mapping[str, tuple[str, str]]) -> tuple[Row, ...]:
    rows = [_row(name, [value(one) for one in records]) for name, value in FIELDS]
    for place, name in enumerate(("last visit", "portal account")):
        rows.append(Row(name, tuple(desk[one.mrn][place] for one in records), differs=False))
    return tuple(rows)


def _row(name: str, values: list[str]) -> Row:
    filled = [value for value in values if value]
    return Row(name, tuple(values), any(beside(filled[0], other) is Beside.DIFFERS for other in filled[1:]))


def _desk_facts(session: Session, mrns: list[str]) -> dict[str, tuple[str, str]]:
    """Last visit and state of the portal account, which tell nothing of who somebody is."""
    patient, account = tables.Patient, tables.PortalAccount
    found: dict[str, tuple[str, str]] = {}
    for some in many_rows.parts(mrns):
        accounts = dict(session.exec(select(account.mrn, account.status).where(col(account.mrn).in_(some))).all())
        visits = session.execute(select(patient.mrn, col(patient.last_visit)).where(col(patient.mrn).in_(some)))
        found.update((mrn, (visit.isoformat() if visit else "", accounts.get(mrn, "none"))) for mrn, visit in visits)
    return found
