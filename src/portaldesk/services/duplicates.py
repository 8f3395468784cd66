"""Records that may belong to one person, and what people decided about them.

Matching itself is in rules/matching. Demographics are read by columns, without objects: they decide nothing about
access, and a clinic's whole list must take seconds. A verdict *different* hides its pair until identity data of either
record change: it is kept with an HMAC over what it was judged on.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, or_, select

from portaldesk.errors import NotFound, WrongUsage
from portaldesk.gate.actors import Actor
from portaldesk.rules.matching import Demographics, Grade, Pair, clusters, find_pairs
from portaldesk.store import record, tables
from portaldesk.store.seals import canonical, keys_of
from portaldesk.words import ContactKind, PatientStatus

Verdict = Literal["same", "different"]

_IDENTITY = (
    "mrn", "given_name", "family_name", "other_names", "birth_date", "sex", "address", "city", "postal_code",
)  # fmt: skip
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


@dataclass(frozen=True, slots=True)
class Resolved:
    """A verdict on two records. `already`: it stood before, nothing was written."""

    a: str
    b: str
    verdict: Verdict
    audit_seq: int
    already: bool


@dataclass(frozen=True, slots=True)
class VerdictLine:
    """One verdict in force or lapsed; `in_force`: the newest on its pair, and identity data are as they were."""

    a: str
    b: str
    verdict: Verdict
    reason: str
    staff: str
    at: datetime
    in_force: bool


def find_duplicates(session: Session, *, min_grade: Grade, patient_mrn: str | None = None) -> DuplicateReport:
    """Pairs of the clinic's records, or those that one patient is in; merged records are resolved and left out.

    Raises: NotFound `no-such-patient`.
    """
    people = _people(session)
    if patient_mrn is not None and all(person.mrn != patient_mrn for person in people):
        _require_known(session, patient_mrn)
    pairs = [pair for pair in find_pairs(people, min_grade=min_grade) if patient_mrn in (None, pair.a, pair.b)]
    open_ones, shown = _without_different(session, pairs, people)
    return DuplicateReport(tuple(shown), tuple(tuple(one) for one in clusters(open_ones)), len(people))


def likely_duplicates_of(session: Session, mrn: str) -> tuple[DuplicatePair, ...]:
    """Certain and probable duplicates of one patient, during a call: only records that share something are compared.

    The patient must share birth date, phone, email, or two name parts with them. `find_duplicates` reads all records
    and knows which names are common; it may judge otherwise at the edge.
    """
    patient = tables.Patient
    born = select(col(patient.birth_date)).where(patient.mrn == mrn).scalar_subquery()
    contacts = select(tables.ContactPoint.key).where(
        tables.ContactPoint.mrn == mrn, col(tables.ContactPoint.current).is_(True)
    )
    names = select(tables.PatientName.key).where(tables.PatientName.mrn == mrn)
    sharing_contact = select(tables.ContactPoint.mrn).where(
        col(tables.ContactPoint.key).in_(contacts), col(tables.ContactPoint.current).is_(True)
    )
    namesakes = (
        select(tables.PatientName.mrn)
        .where(col(tables.PatientName.key).in_(names))
        .group_by(col(tables.PatientName.mrn))
        .having(func.count() >= _NAMES_IN_COMMON)
    )
    people = _people(
        session,
        or_(
            col(patient.mrn) == mrn,
            col(patient.birth_date) == born,
            col(patient.mrn).in_(sharing_contact),
            col(patient.mrn).in_(namesakes),
        ),
    )
    pairs = [pair for pair in find_pairs(people, min_grade=Grade.PROBABLE) if mrn in (pair.a, pair.b)]
    return tuple(_without_different(session, pairs, people)[1])


def resolve(session: Session, actor: Actor, a: str, b: str, *, same: bool, reason: str, now: datetime) -> Resolved:
    """Record what a person decided about two records; the newest verdict on a pair counts.

    Raises: WrongUsage: twice the same record, no reason. NotAllowed `own-record`. NotFound `no-such-patient`.
    """
    if a == b:
        raise WrongUsage("usage", "Two different records must be named.", "Like: portaldesk duplicates resolve A B")
    if not reason.strip():
        raise WrongUsage("usage", "A reason is needed.", 'Like --reason "both born in one house, two people"')
    for mrn in (a, b):
        actor.require_not_own(mrn)
    for mrn in (a, b):
        _require_known(session, mrn)
    a, b = sorted((a, b))
    people = {person.mrn: person for person in _people(session, col(tables.Patient.mrn).in_((a, b)), merged=True)}
    verdict: Verdict = "same" if same else "different"
    last = _verdicts(session).get((a, b))
    if last is not None and (last.verdict, _still(session, last, people[a], people[b])) == (verdict, True):
        return Resolved(a, b, verdict, record.head(session).seq, already=True)
    row = tables.DuplicateVerdict(
        id=secrets.token_hex(8), a=a, b=b, verdict=verdict, reason=reason.strip(),
        judged_on=keys_of(session).audit.mark(_identity(people[a], people[b])), staff=actor.name, at=now,
    )  # fmt: skip
    entry = actor.entry(
        "duplicates resolve", "done", patient=a, reason=reason.strip(), details={"other": b, "verdict": verdict}
    )
    return Resolved(a, b, verdict, record.append(session, entry, [record.new(row)], now=now), already=False)


def list_verdicts(session: Session) -> tuple[VerdictLine, ...]:
    """Every verdict, the newest first."""
    rows = session.exec(
        select(tables.DuplicateVerdict).order_by(
            col(tables.DuplicateVerdict.at).desc(), col(tables.DuplicateVerdict.changed_seq).desc()
        )
    ).all()
    judged = {mrn for row in rows for mrn in (row.a, row.b)}
    people = {p.mrn: p for p in _people(session, merged=True) if p.mrn in judged} if judged else {}
    newest = {pair: row.id for pair, row in _verdicts(session).items()}
    return tuple(
        VerdictLine(
            row.a, row.b, _verdict(row), row.reason, row.staff, row.at,
            newest[row.a, row.b] == row.id and _still(session, row, people[row.a], people[row.b]),
        )
        for row in rows
    )  # fmt: skip


def _people(session: Session, *where: ColumnElement[bool], merged: bool = False) -> list[Demographics]:
    """Demographics of these patients (all of them without a condition)."""
    conditions = [*where] if merged else [*where, col(tables.Patient.status) != PatientStatus.MERGED]
    contacts: dict[tuple[str, str], str] = {}
    points = select(tables.ContactPoint.mrn, tables.ContactPoint.kind, tables.ContactPoint.value).where(
        col(tables.ContactPoint.current).is_(True)
    )
    if where:
        points = points.where(col(tables.ContactPoint.mrn).in_(select(tables.Patient.mrn).where(*conditions)))
    # The record's own address comes last and so prevails over the desk's and the portal's.
    for mrn, kind, value in session.execute(
        points.order_by(tables.ContactPoint.source == "record", col(tables.ContactPoint.added_at))  # type: ignore[arg-type]
    ):
        contacts[mrn, kind] = value
    columns: list[Any] = [getattr(tables.Patient, name) for name in _IDENTITY]
    return [
        Demographics(
            mrn, given, family, tuple(json.loads(others)), born, sex, contacts.get((mrn, ContactKind.PHONE)),
            contacts.get((mrn, ContactKind.EMAIL)), address, city, postal_code,
        )
        for mrn, given, family, others, born, sex, address, city, postal_code in session.execute(
            select(*columns).where(*conditions)
        )
    ]  # fmt: skip


def _require_known(session: Session, mrn: str) -> None:
    if session.exec(select(tables.Patient.mrn).where(tables.Patient.mrn == mrn)).first() is None:
        raise NotFound("no-such-patient", "No patient has that MRN.", "Look the patient up: portaldesk find NAME")


def _without_different(
    session: Session, pairs: Iterable[Pair], people: Iterable[Demographics]
) -> tuple[list[Pair], list[DuplicatePair]]:
    """The pairs that nobody judged to be two people, as matching and as we show them."""
    verdicts = _verdicts(session)
    known = {person.mrn: person for person in people} if verdicts else {}
    open_ones: list[Pair] = []
    shown: list[DuplicatePair] = []
    for pair in pairs:
        row = verdicts.get((pair.a, pair.b))
        if row is not None and not _still(session, row, known[pair.a], known[pair.b]):
            row = None  # judged on other data: it lapsed
        if row is not None and row.verdict == "different":
            continue
        open_ones.append(pair)
        shown.append(DuplicatePair(pair.a, pair.b, pair.grade, pair.reasons, _verdict(row) if row else None))
    return open_ones, shown


def _verdicts(session: Session) -> dict[tuple[str, str], tables.DuplicateVerdict]:
    """The newest verdict on each pair."""
    rows = session.exec(
        select(tables.DuplicateVerdict).order_by(
            col(tables.DuplicateVerdict.at), col(tables.DuplicateVerdict.changed_seq)
        )
    )
    return {(row.a, row.b): row for row in rows}


def _verdict(row: tables.DuplicateVerdict) -> Verdict:
    return "same" if row.verdict == "same" else "different"


def _still(session: Session, row: tables.DuplicateVerdict, a: Demographics, b: Demographics) -> bool:
    """Whether both records are as they were judged."""
    return keys_of(session).audit.made(_identity(a, b), row.judged_on)


def _identity(a: Demographics, b: Demographics) -> bytes:
    """The identity data of both records. A verdict keeps an HMAC of them, and no second copy."""
    values = [
        value
        for person in (a, b)
        for value in (
            person.mrn, person.given_name, person.family_name, *person.other_names, "/", person.birth_date, person.sex,
            person.phone, person.email, person.address, person.city, person.postal_code,
        )
    ]  # fmt: skip
    return canonical(["duplicates", *values])
