"""Records that may belong to one person.

Matching itself is in rules/matching. A verdict *different* (verdicts.py) hides its pair until identity data of either
record change; *same* is told to who has judged the pair too, so that nobody nods to what a colleague said.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, String, and_, type_coerce
from sqlmodel import Session, col, func, or_, select

from portaldesk.rules.dates import is_placeholder
from portaldesk.rules.matching import Demographics, Grade, Pair, clusters, explaining, find_pairs
from portaldesk.rules.matching.blocking import LARGEST_HOUSEHOLD
from portaldesk.rules.matching.explaining import Step
from portaldesk.rules.matching.survey import Survey, survey
from portaldesk.services import demographics, keeping, last_survey, verdicts
from portaldesk.services.keeping import Kept
from portaldesk.services.places import Place
from portaldesk.services.second_process import here, second_process
from portaldesk.services.verdicts import Verdict
from portaldesk.store import tables
from portaldesk.words import PatientStatus


class Engine(StrEnum):
    """What chooses the pairs that the rules judge: `rules.matching.blocking`, or Splink for stores of many millions."""

    RULES = "rules"
    SPLINK = "splink"


_MANY = 200  # patients looked for by what they share; ours
_TOLD_EVERY = 1_000  # records read
_WORTH_A_PROCESS = 20_000  # records; ours: below, the second process takes as long to begin as it saves
_FOLDED_APART = 0.45  # of the records, by the second process, while the others are read and folded here. Measured
_HELD = 100_000  # records at most, that wait for it in memory; ours
_NAMES_IN_COMMON = 2  # name parts that namesakes share: given and family name, in any order


@dataclass(frozen=True, slots=True)
class DuplicatePair:
    """Two records that may be one person. `verdict`: `same` where a person said so and the reader has judged them too,
    else None. Where asked for, `steps`: the findings one by one with the grade that each leaves open, and `differ`: the
    fields that are on both records and not written alike.
    """

    a: str
    b: str
    grade: Grade
    reasons: tuple[str, ...]
    verdict: Verdict | None
    steps: tuple[Step, ...] = ()
    differ: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DuplicateReport:
    """The pairs, surest first; `clusters`: MRNs that certain and probable ones connect; `patients`: records read.

    `keep`: for each cluster, in their order, the record that should go on, and why.
    """

    pairs: tuple[DuplicatePair, ...]
    clusters: tuple[tuple[str, ...], ...]
    keep: tuple[Kept, ...]
    patients: int


def find_duplicates(
    session: Session,
    *,
    reader: str,
    min_grade: Grade,
    patient_mrn: str | None = None,
    engine: Engine = Engine.RULES,
    explain: bool = False,
    place: Place | None = None,
    afterwards: ExitStack | None = None,
    progress: Callable[[str, int, int | None], None] = lambda what, done, total: None,
) -> DuplicateReport:
    """Pairs of the clinic's records; merged records are resolved and left out.

    With `patient_mrn` the pairs that this patient is in, as `likely_duplicates_of` finds them.

    Args:
        reader: the staff member who asks; verdicts of others are told only where they have judged as well.
        engine: chooses the pairs; of one patient's the rules always do.
        explain: with the findings of each pair.
        place: where to keep what was found, so that the next run compares only what has changed; None: nowhere.
        afterwards: keeps it when the caller has done with the report, for what it takes is still being made; None: now.
        progress: told what is done, how much of it, of how much.
    Raises: NotFound `no-such-patient`; StoreUnavailable `no-splink`, `out-of-memory`.
    """
    if patient_mrn is not None:
        verdicts.require_known(session, patient_mrn)
        near = _near(session, (patient_mrn,))
        pairs = find_pairs(near, min_grade=min_grade, about=(patient_mrn,))
        return _report(session, pairs, len(near), reader=reader, explain=explain, about=(patient_mrn,))
    count = select(func.count()).where(col(tables.Patient.status) != PatientStatus.MERGED)
    patients = session.execute(count).scalar_one()
    if engine is Engine.SPLINK:
        pairs = _by_splink(session, patients, min_grade, progress)
        return _report(session, pairs, patients, reader=reader, explain=explain)
    with ExitStack() as at_once:
        found = _surveyed(session, place, patients, afterwards or at_once, progress)
        return _report(session, found.pairs(min_grade=min_grade), patients, reader=reader, explain=explain)


def _report(
    session: Session,
    pairs: Sequence[Pair],
    patients: int,
    *,
    reader: str,
    explain: bool,
    about: Collection[str] | None = None,
) -> DuplicateReport:
    open_ones = _without_different(session, pairs, about=about)
    own = verdicts.judged_by(session, reader)
    side = demographics.of(session, {mrn for pair, _ in open_ones for mrn in (pair.a, pair.b)}) if explain else {}
    shown = tuple(
        DuplicatePair(
            pair.a, pair.b, pair.grade, pair.reasons,
            verdicts.verdict_of(row) if row is not None and verdicts.may_see(row, own) else None,
            *((explaining.steps(pair.evidence), explaining.differing(side[pair.a], side[pair.b])) if explain else ()),
        )
        for pair, row in open_ones
    )  # fmt: skip
    found = tuple(tuple(one) for one in clusters(pair for pair, _ in open_ones))
    return DuplicateReport(shown, found, keeping.suggested(session, found), patients)


def _surveyed(
    session: Session,
    place: Place | None,
    patients: int,
    later: ExitStack,
    progress: Callable[[str, int, int | None], None],
) -> Survey:
    """All records compared with each other: only those that changed, where the last run left its survey.

    A new one is kept by `later`: its marks are made while the pairs are looked at.
    """
    mark = last_survey.mark_of(session)
    progress("Changes", 0, None)
    last = None if place is None else last_survey.brought_up_to_date(session, place, mark)
    if last is not None:
        return last
    beside = later.enter_context(second_process())
    apart = min(round(_FOLDED_APART * patients), _HELD) if patients > _WORTH_A_PROCESS else 0
    people = _told(demographics.everybody(session), patients, progress)
    now = survey(
        people, mark=mark, beside=beside if apart else here, apart=apart,
        told=lambda share: progress("Comparing", round(share * 100), 100),
    )  # fmt: skip
    if place is not None and not now.unshared:
        later.enter_context(_kept(now, last_survey.keeper(session, place)))
    return now


@contextmanager
def _kept(survey: Survey, keep: Callable[[Survey], None]) -> Iterator[None]:
    """Kept on leaving, also where nobody took the output to its end; who presses Ctrl-C does not wait for it."""
    interrupted = False
    try:
        yield
    except KeyboardInterrupt:
        interrupted = True
        raise
    finally:
        if not interrupted:
            keep(survey)


def _by_splink(
    session: Session, patients: int, min_grade: Grade, progress: Callable[[str, int, int | None], None]
) -> list[Pair]:
    from portaldesk.services import splink_engine

    people = _told(demographics.everybody(session), patients, progress)
    return splink_engine.find_pairs(
        people, lambda mrns: demographics.of(session, mrns).values(), min_grade=min_grade, progress=progress
    )


def _told(
    people: Iterable[Demographics], count: int, progress: Callable[[str, int, int | None], None]
) -> Iterator[Demographics]:
    for done, person in enumerate(people):
        if done % _TOLD_EVERY == 0:
            progress("Records", done, count)
        yield person
    progress("Comparing", 0, None)


def likely_duplicates_of(session: Session, *mrns: str) -> tuple[Pair, ...]:
    """Certain and probable duplicates of these patients: only records that share something with one are compared.

    One of them must share birth date, phone, email, or two name parts and something of birth date or place with it.
    Without a patient `find_duplicates` reads all records and knows which names are common; it may judge otherwise at
    the edge. For many patients all are read here as well: among so many names there are nearly everybody's.
    """
    if not mrns:
        return ()
    pairs = find_pairs(_near(session, mrns), min_grade=Grade.PROBABLE, about=frozenset(mrns))
    return tuple(pair for pair, _ in _without_different(session, pairs, about=None if len(mrns) > _MANY else mrns))


def _near(session: Session, mrns: Collection[str]) -> list[Demographics]:
    """The records that these may be found among."""
    if len(mrns) > _MANY:
        return list(demographics.everybody(session))
    households, crowds = _contacts(session, mrns)
    near = session.exec(select(tables.Patient.mrn).where(_sharing(session, mrns, households))).all()
    return _without(crowds, demographics.of(session, near).values())


def _contacts(session: Session, mrns: Collection[str]) -> tuple[set[str], set[str]]:
    """Of their phones and emails the keys of those that a household may share, and the crowds' as they are on file: a
    clinic's own number, or unknown@, would bring thousands, and of a few records nobody sees that it is no evidence."""
    key, in_force = col(tables.ContactPoint.key), col(tables.ContactPoint.current).is_(True)
    points = select(tables.ContactPoint.key, tables.ContactPoint.value)
    own = session.exec(points.where(col(tables.ContactPoint.mrn).in_(mrns), in_force)).all()
    shared = select(tables.ContactPoint.key).where(key.in_({one for one, _ in own}), in_force).group_by(key)
    many = set(session.exec(shared.having(func.count() > LARGEST_HOUSEHOLD)))
    return {one for one, _ in own} - many, {value for one, value in own if one in many}


def _without(crowds: Collection[str], people: Iterable[Demographics]) -> list[Demographics]:
    return [
        one._replace(
            phone=None if one.phone in crowds else one.phone, email=None if one.email in crowds else one.email
        )
        if crowds else one
        for one in people
    ]  # fmt: skip


def _sharing(session: Session, mrns: Collection[str], contacts: Collection[str]) -> ColumnElement[bool]:
    """Who shares birth date, phone or email with one of these, or names and something of birth date or place."""
    patient = tables.Patient
    theirs = col(patient.mrn).in_(mrns)
    born = {day for day in session.execute(select(col(patient.birth_date)).where(theirs)).scalars() if day}
    in_force = col(tables.ContactPoint.current).is_(True)
    names = select(tables.PatientName.key).where(col(tables.PatientName.mrn).in_(mrns))
    sharing_contact = select(tables.ContactPoint.mrn).where(col(tables.ContactPoint.key).in_(contacts), in_force)
    namesakes = (
        select(tables.PatientName.mrn)
        .where(col(tables.PatientName.key).in_(names))
        .group_by(col(tables.PatientName.mrn))
        .having(func.count() >= _NAMES_IN_COMMON)
    )
    day = type_coerce(patient.birth_date, String)
    near = or_(
        func.substr(day, 1, 4).in_({f"{one.year:04}" for one in born}),
        func.substr(day, 6).in_({f"{one:%m-%d}" for one in born}),
        col(patient.postal_code).in_(select(patient.postal_code).where(theirs)),
    )
    return or_(
        theirs,
        col(patient.birth_date).in_({one for one in born if not is_placeholder(one)}),
        col(patient.mrn).in_(sharing_contact),
        and_(col(patient.mrn).in_(namesakes), near),
    )


def look_alike(session: Session, a: str, b: str) -> bool:
    """Whether these two records, by themselves, are a certain or probable pair."""
    _, crowds = _contacts(session, (a, b))
    both = demographics.of(session, (a, b), merged=True)
    return bool(find_pairs(_without(crowds, both.values()), min_grade=Grade.PROBABLE))


def _without_different(
    session: Session, pairs: Sequence[Pair], *, about: Collection[str] | None = None
) -> list[tuple[Pair, tables.DuplicateVerdict | None]]:
    """The pairs that nobody judged to be two people, each with the verdict in force."""
    judged = verdicts.newest(session, about)
    named = {mrn for pair in pairs if (pair.a, pair.b) in judged for mrn in (pair.a, pair.b)}
    known = demographics.of(session, named)
    open_ones: list[tuple[Pair, tables.DuplicateVerdict | None]] = []
    for pair in pairs:
        row = judged.get((pair.a, pair.b))
        if row is not None and not verdicts.still(session, row, known[pair.a], known[pair.b]):
            row = None  # judged on other data: it lapsed
        if row is None or row.verdict != "different":
            open_ones.append((pair, row))
    return open_ones
