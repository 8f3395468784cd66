"""Pairs of records that may be one person, and the clusters they make.

This module is the seam: whatever judges records later, it is given demographics and answers with `Pair`s.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from operator import attrgetter

from portaldesk.rules.matching import unshared
from portaldesk.rules.matching.blocking import candidates, without_crowds
from portaldesk.rules.matching.demographics import Demographics
from portaldesk.rules.matching.evidence import Evidence, compare
from portaldesk.rules.matching.levels import Conflict
from portaldesk.rules.matching.profile import Profile, profile
from portaldesk.rules.matching.rulebook import Grade, another, judge, reasons

# A name on that many records is a name and no slip of the keys. Ours: two may be one person's two records.
WELL_KNOWN_FROM = 3


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records that may be one person.

    Attributes:
        a: the MRN that sorts first.
        b: the other MRN.
        grade: how sure.
        reasons: the rule in words, what speaks for it, what against ("but …"). No names, dates, numbers or addresses.
        evidence: what it was judged by (`explaining.steps` tells it a step at a time).
    """

    a: str
    b: str
    grade: Grade
    reasons: tuple[str, ...]
    evidence: Evidence


def find_pairs(
    people: Iterable[Demographics], *, min_grade: Grade = Grade.PROBABLE, about: Collection[str] | None = None
) -> list[Pair]:
    """Every two records that may be one person, the surest first, then by MRN.

    Give all records of the clinic, also when only one patient is asked about: which names are common, and which phones
    are shared by a crowd, is learnt from them. Two records of one MRN are never a pair.

    Args:
        people: the records, in any order; the order does not matter to the result.
        min_grade: leave out pairs less sure than this.
        about: only pairs with one of these MRNs; None: all.
    """
    records = without_crowds(profile(person) for person in people)
    pairs = candidates(records)
    looked_at = pairs if about is None else _around(records, about, list(pairs))
    known = well_known(records)
    findings = dict(compared(records, looked_at, well_known=known))
    if about is None and unshared.nobody_shares(records):
        findings.update(unshared.findings(records, well_known=known))
    return settled(findings, [record.mrn for record in records], min_grade=min_grade, about=about)


def judged(
    records: Sequence[Profile],
    looked_at: Iterable[tuple[int, int]],
    *,
    well_known: Set[str],
    min_grade: Grade,
    about: Collection[str] | None = None,
) -> list[Pair]:
    """What the rules say of these pairs, whoever chose them, in the order of `find_pairs`.

    Args:
        records: without the contacts of crowds.
        looked_at: places in `records`, the lower first, each pair once; those of two people count as well, for the
            record of a twin casts doubt on others.
        well_known: names on `WELL_KNOWN_FROM` records or more of the clinic.
        min_grade: leave out pairs less sure than this.
        about: only pairs with one of these MRNs; None: all.
    """
    findings = dict(compared(records, looked_at, well_known=well_known))
    return settled(findings, [record.mrn for record in records], min_grade=min_grade, about=about)


def compared(
    records: Sequence[Profile], looked_at: Iterable[tuple[int, int]], *, well_known: Set[str]
) -> Iterator[tuple[tuple[int, int], Evidence]]:
    """The pairs that count, with what was found: a rule joins them, or they are two people of one household."""
    for pair in looked_at:
        a, b = records[pair[0]], records[pair[1]]
        evidence = None if a.mrn == b.mrn else compare(a, b, well_known=well_known)
        if evidence is not None and (judge(evidence) is not None or another(evidence) is not None):
            yield pair, evidence


def settled(
    findings: Mapping[tuple[int, int], Evidence],
    mrns: Sequence[str],
    *,
    min_grade: Grade,
    about: Collection[str] | None = None,
) -> list[Pair]:
    """What the rules say of all that was found, once third records have cast their doubt.

    Args:
        findings: of `compared`, by places in `mrns`.
    """
    partners: defaultdict[int, set[int]] = defaultdict(set)
    others: defaultdict[int, dict[int, Conflict]] = defaultdict(dict)
    for (first, second), evidence in findings.items():
        conflict = another(evidence)
        if conflict is not None:
            others[first][second] = others[second][first] = conflict
        rule = judge(evidence)
        if rule is not None and rule.grade.reaches(Grade.PROBABLE):
            partners[first].add(second)
            partners[second].add(first)
    found = []
    for (first, second), evidence in findings.items():
        a, b = mrns[first], mrns[second]
        if judge(evidence) is None or (about is not None and a not in about and b not in about):
            continue
        either = {
            others[one][third]
            for one, two in ((first, second), (second, first))
            if one in others and two in partners
            for third in partners[two] & others[one].keys()
        }
        known = replace(evidence, conflicts=evidence.conflicts | either) if either else evidence
        rule = judge(known)
        if rule is not None and rule.grade.reaches(min_grade):
            found.append(Pair(min(a, b), max(a, b), rule.grade, reasons(rule, known), known))
    return sorted(found, key=lambda pair: (-pair.grade.rank, pair.a, pair.b))


def _around(
    records: Sequence[Profile], about: Collection[str], pairs: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """The pairs with one of these people, and those of whom they are compared with: a third record can cast doubt."""
    asked = {place for place, record in enumerate(records) if record.mrn in about}
    near = asked.union(*(pair for pair in pairs if not asked.isdisjoint(pair)))
    return [pair for pair in pairs if not near.isdisjoint(pair)]


def clusters(pairs: Iterable[Pair]) -> list[list[str]]:
    """The MRNs that certain and probable pairs connect, directly or through others; sorted within and among."""
    neighbours: defaultdict[str, set[str]] = defaultdict(set)
    for pair in pairs:
        if pair.grade.reaches(Grade.PROBABLE):
            neighbours[pair.a].add(pair.b)
            neighbours[pair.b].add(pair.a)
    found, seen = [], set()
    for start in sorted(neighbours):
        if start in seen:
            continue
        members, open_ends = {start}, [start]
        while open_ends:
            new = neighbours[open_ends.pop()] - members
            members |= new
            open_ends.extend(new)
        seen |= members
        found.append(sorted(members))
    return found


def well_known(records: Iterable[Profile]) -> frozenset[str]:
    """First given names and family names that `WELL_KNOWN_FROM` of the records have."""
    people = list(records)
    counted = Counter(map(attrgetter("family"), people))
    counted.update(one.given[0] for one in people if one.given and one.given[0] != one.family)
    del counted[""]
    return frozenset(name for name, count in counted.items() if count >= WELL_KNOWN_FROM)
