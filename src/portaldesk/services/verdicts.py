"""What people decided about two records: one person, or two; and which record goes on where they are one.

The newest verdict on a pair counts, as long as the identity data of both records are those it was judged on: it is kept
with an HMAC over them, and no second copy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from sqlalchemy import bindparam, text
from sqlmodel import Session, col, or_, select

from portaldesk.errors import NotFound
from portaldesk.services import demographics
from portaldesk.store import tables
from portaldesk.store.seals import canonical, keys_of, whole
from portaldesk.words import PatientStatus

if TYPE_CHECKING:
    from portaldesk.rules.matching import Demographics

Verdict = Literal["same", "different"]

# plain SQL: almost no patient was judged, and the table need not be built to see it
_JUDGED = text("SELECT 1 FROM duplicate_verdict WHERE a IN :mrns OR b IN :mrns LIMIT 1").bindparams(
    bindparam("mrns", expanding=True)
)


@dataclass(frozen=True, slots=True)
class VerdictLine:
    """One verdict in force or lapsed; `in_force`: the newest on its pair, and identity data are as they were.

    `survivor`: of two that are one person, the record that goes on. `hidden`: another's, on what the reader has not
    judged yet; then `verdict` and `survivor` are None and `reason` is empty.
    """

    a: str
    b: str
    verdict: Verdict | None
    survivor: str | None
    reason: str
    staff: str
    at: datetime
    in_force: bool
    hidden: bool


@dataclass(frozen=True, slots=True)
class OnePerson:
    """Two records that are one person by a verdict in force: `survivor` goes on, `other` does not."""

    survivor: str
    other: str
    staff: str


def newest(session: Session, mrns: Iterable[str] | None = None) -> Mapping[tuple[str, str], tables.DuplicateVerdict]:
    """The newest verdict on each pair (a before b); with `mrns`, on the pairs that one of these is in."""
    query = select(tables.DuplicateVerdict).order_by(
        col(tables.DuplicateVerdict.at), col(tables.DuplicateVerdict.changed_seq)
    )
    if mrns is not None:
        some = list(mrns)
        if session.connection().execute(_JUDGED, {"mrns": some}).first() is None:
            return {}
        query = query.where(or_(col(tables.DuplicateVerdict.a).in_(some), col(tables.DuplicateVerdict.b).in_(some)))
    return {(row.a, row.b): row for row in session.exec(query)}


def one_person(session: Session, *mrns: str) -> list[OnePerson]:
    """What verdicts in force say of these patients and others: that they are one person.

    Raises: RecordAltered where a verdict is not as portaldesk wrote it.
    """
    same = [row for row in newest(session, mrns).values() if row.verdict == "same" and row.survivor]
    known = demographics.of(session, _named(same), merged=True)
    found = []
    for row in same:
        if still(session, whole(session, row), known[row.a], known[row.b]):
            assert row.survivor is not None
            found.append(OnePerson(row.survivor, row.b if row.survivor == row.a else row.a, row.staff))
    return found


def survivor_of(session: Session, mrn: str) -> str | None:
    """The record that goes on for this one: where it was merged to, or by a verdict in force; None: it goes on itself.

    A chain is followed to its end; one that leads in a circle, or to nobody known, leads nowhere.
    Raises: RecordAltered.
    """
    seen, at = {mrn}, mrn
    while (next_ := _next(session, at)) is not None:
        if next_ in seen:
            return None
        seen.add(next_)
        at = next_
    return at if at != mrn else None


def survivors(session: Session, patients: Iterable[tables.Patient]) -> dict[str, str]:
    """Those of these patients whose record does not go on itself, each with the one that does."""
    some = list(patients)
    judged = {mrn for pair in newest(session, [one.mrn for one in some]) for mrn in pair} if some else set()
    found = {
        one.mrn: survivor_of(session, one.mrn)
        for one in some
        if one.status == PatientStatus.MERGED or one.mrn in judged
    }
    return {mrn: survivor for mrn, survivor in found.items() if survivor is not None}


def list_verdicts(session: Session, *, reader: str) -> tuple[VerdictLine, ...]:
    """Every verdict, the newest first; another's is hidden from who has not judged the same two records as they were.

    So a second look is a second opinion, and no nod. The record tells it to auditors and admins all the same.
    """
    rows = session.exec(
        select(tables.DuplicateVerdict).order_by(
            col(tables.DuplicateVerdict.at).desc(), col(tables.DuplicateVerdict.changed_seq).desc()
        )
    ).all()
    known = demographics.of(session, _named(rows), merged=True)
    ids = {pair: row.id for pair, row in newest(session).items()}
    own = judged_by(session, reader)
    lines = []
    for row in rows:
        in_force = ids[row.a, row.b] == row.id and still(session, row, known[row.a], known[row.b])
        hidden = not may_see(row, own)
        lines.append(
            VerdictLine(
                row.a, row.b, None if hidden else verdict_of(row), None if hidden else row.survivor,
                "" if hidden else row.reason, row.staff, row.at, in_force, hidden,
            )
        )  # fmt: skip
    return tuple(lines)


def judged_by(session: Session, staff: str) -> frozenset[str]:
    """The data that this staff member judged, as verdicts keep them: an HMAC over both records."""
    marks = select(tables.DuplicateVerdict.judged_on).where(tables.DuplicateVerdict.staff == staff)
    return frozenset(session.exec(marks))


def may_see(row: tables.DuplicateVerdict, own: frozenset[str]) -> bool:
    """Whether who judged `own` may see this verdict: on two records that they judged themselves, as they are there."""
    return row.judged_on in own


def _named(rows: Iterable[tables.DuplicateVerdict]) -> set[str]:
    return {mrn for row in rows for mrn in (row.a, row.b)}


def _next(session: Session, mrn: str) -> str | None:
    patient = session.get(tables.Patient, mrn)
    if patient is None:
        return None
    if patient.status == PatientStatus.MERGED and patient.merged_into:
        into = whole(session, patient).merged_into
        return into if session.get(tables.Patient, into) is not None else None
    return next((pair.survivor for pair in one_person(session, mrn) if pair.other == mrn), None)


def require_known(session: Session, mrn: str) -> None:
    if session.exec(select(tables.Patient.mrn).where(tables.Patient.mrn == mrn)).first() is None:
        raise NotFound("no-such-patient", "No patient has that MRN.", "Look the patient up: portaldesk find NAME")


def verdict_of(row: tables.DuplicateVerdict) -> Verdict:
    return "same" if row.verdict == "same" else "different"


def still(session: Session, row: tables.DuplicateVerdict, a: Demographics, b: Demographics) -> bool:
    """Whether both records are as they were judged."""
    return keys_of(session).audit.made(identity(a, b), row.judged_on)


def identity(a: Demographics, b: Demographics) -> bytes:
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
