"""What a run over all records leaves behind, so that the next one compares only what a change can have touched.

A survey holds no patient's fact: for each record the marks of what it is brought together by (keyed hashes: all that
can be seen is what is equal), and the findings, each with the kinds of blocks that hold it. Who shares something with a
changed record is looked at again, block by block, and a finding that no block holds any more is gone. What comes out is
what comparing all records would find (tests/rules/test_matching_survey.py).
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice
from operator import attrgetter
from typing import Protocol, TypeAlias, TypeVar

from portaldesk.rules.matching import unshared
from portaldesk.rules.matching.blocking import (
    KINDS,
    LARGEST_HOUSEHOLD,
    Kind,
    address_of,
    beginnings_of,
    brought_together,
    without_crowds,
)
from portaldesk.rules.matching.demographics import Demographics
from portaldesk.rules.matching.evidence import Evidence
from portaldesk.rules.matching.pairs import WELL_KNOWN_FROM, Pair, compared, settled, well_known
from portaldesk.rules.matching.profile import Profile, profile
from portaldesk.rules.matching.rulebook import Grade

Mark: TypeAlias = Callable[[str], int]
"""A value's keyed hash: 64 bits, never 0, which stands for no value."""
Found: TypeAlias = dict[tuple[int, int], tuple[Evidence, int]]
"""By places in a survey, the lower first: what was found, and a bit for each of `KINDS` that brings both together."""
Told: TypeAlias = Callable[[float], None]
Marks: TypeAlias = "dict[str, array[int]]"
"""A column each of `COLUMNS`, a place a record. Of a record that is gone all are 0."""
First = TypeVar("First")
_CROWDED = ("phone", "email", "home")
_NAMES = ("given", "family")
COLUMNS = (*(kind.name for kind in KINDS), "home", *_NAMES)
"""What of a record is marked: the key of each kind, the home that a crowd may share, and names, which many may have."""
_HALF = 3  # kinds that take as long as the others; what is done with the pairs takes as long as the marks. Measured
_TOO_MANY = 0.2  # of the records looked at again: then a new survey is no slower. Ours


class Beside(Protocol):
    """Lets two works begin, one after the other, and answers with what waits for the result of each."""

    def __call__(
        self, first: Callable[[], First], then: Callable[[], Marks]
    ) -> tuple[Callable[[], First], Callable[[], Marks]]: ...


@dataclass(frozen=True, slots=True)
class Survey:
    """`made`: waits for the marks, where they are still being made.

    `unshared`: of a store in which nobody shares a home. What was found there rests on all records, so it is no ground
    for the next run.
    """

    mrns: list[str]
    made: Callable[[], Marks]
    found: Found
    unshared: bool = False

    @property
    def marks(self) -> Marks:
        """By which records are brought together."""
        return self.made()

    def pairs(self, *, min_grade: Grade) -> list[Pair]:
        """As `find_pairs` answers."""
        return settled({pair: one for pair, (one, _) in self.found.items()}, self.mrns, min_grade=min_grade)


def survey(
    people: Iterable[Demographics],
    *,
    mark: Mark,
    beside: Beside = lambda first, then: (first, then),
    apart: int = 0,
    told: Told = lambda share: None,
) -> Survey:
    """Compare all records.

    Args:
        beside: lets a part of the folding begin in another process, then half of the comparing, and after that the
            marking. The pairs do not wait for marks.
        apart: how many records are folded there.
        told: what share of the comparing is done.
    """
    profiles = _folded(iter(people), apart, beside)
    records = without_crowds(profiles)
    known = well_known(records)
    rest, columns = beside(lambda: _found(records, KINDS[_HALF:], known), lambda: _columns(profiles, mark))
    found = _found(records, KINDS[:_HALF], known, told)
    _merge(found, rest())
    alone = unshared.nobody_shares(records)
    if alone:
        found.update((pair, (one, 0)) for pair, one in unshared.findings(records, well_known=known))
    return Survey([record.mrn for record in profiles], cache(columns), found, alone)


def _folded(people: Iterator[Demographics], apart: int, beside: Beside) -> list[Profile]:
    """All records, the first of them folded elsewhere while the others are read and folded here."""
    first = list(islice(people, apart))

    def fold() -> list[tuple[object, ...]]:  # plain tuples: those of a class take twice as long to send
        return [tuple(profile(person)) for person in first]

    sent, _ = beside(fold, dict)
    rest = [profile(person) for person in people]
    return [*map(Profile._make, sent()), *rest]


def surveyed_again(
    old: Survey,
    changed: Mapping[str, Demographics | None],
    read: Callable[[Collection[str]], Iterable[Demographics]],
    *,
    mark: Mark,
) -> Survey | None:
    """The survey after some records changed; None where so much must be looked at again that all may be.

    Args:
        changed: by MRN, as they are now; None where a record is not compared any more.
        read: the records of these MRNs, as they are now.
    """
    if len(changed) > _TOO_MANY * len(old.mrns):
        return None
    marks = {name: array("Q", column) for name, column in old.marks.items()}
    now = Survey(list(old.mrns), lambda: marks, {})
    dirty = _put_in(now, changed, mark)
    if unshared.is_unshared(_sharing(now)):
        return None  # other rules count there, as far as can be told without birth years
    dirty |= _turned(old, now, dirty)
    touched = {name: {column[place] for place in dirty for column in (old.marks[name], now.marks[name])
                      if place < len(column)} - {0} for name in COLUMNS}  # fmt: skip
    members = {
        kind: [place for place, value in enumerate(now.marks[kind.name]) if value in touched[kind.name]]
        for kind in KINDS
    }
    near = sorted(set().union(*members.values()))
    if len(near) > _TOO_MANY * len(now.mrns):
        return None
    records = _read_again(now, near, read)
    here = {place: at for at, place in enumerate(near)}
    known = _well_known(now, records.values(), mark)
    _merge(now.found, _still_found(old, dirty, touched, here.keys()))
    for kind, places in members.items():
        there = [records[place] for place in places if place in records]
        at = [place for place in places if place in records]
        for (first, second), (evidence, bit) in _found(there, (kind,), known).items():
            pair = at[first], at[second]
            now.found[pair] = evidence, now.found.get(pair, (evidence, 0))[1] | bit
    return now


def _put_in(now: Survey, changed: Mapping[str, Demographics | None], mark: Mark) -> set[int]:
    place_of = {mrn: place for place, mrn in enumerate(now.mrns)}
    profiles = {mrn: profile(person) for mrn, person in changed.items() if person is not None}
    columns = _columns(list(profiles.values()), mark)
    marked = {mrn: {name: column[at] for name, column in columns.items()} for at, mrn in enumerate(profiles)}
    dirty = set()
    for mrn, person in changed.items():
        place = place_of.get(mrn)
        if place is None:
            if person is None:
                continue
            place = len(now.mrns)
            now.mrns.append(mrn)
            for column in now.marks.values():
                column.append(0)
        for name, value in marked.get(mrn, dict.fromkeys(COLUMNS, 0)).items():
            now.marks[name][place] = value
        dirty.add(place)
    return dirty


def _sharing(now: Survey) -> Iterator[tuple[bool, bool]]:
    """What `unshared.is_unshared` asks of those who share a contact."""
    born, given, family = (now.marks[name] for name in ("born", *_NAMES))
    for name in ("phone", "email", "home"):
        many = {value for value, count in Counter(now.marks[name]).items() if count > LARGEST_HOUSEHOLD} | {0}
        groups: defaultdict[int, list[int]] = defaultdict(list)
        for place, value in enumerate(now.marks[name]):
            if value in many or not (given[place] and born[place]):
                continue
            for other in groups[value]:
                if given[other] != given[place]:
                    yield born[other] == born[place], family[other] == family[place]
            groups[value].append(place)


def _turned(old: Survey, now: Survey, dirty: Collection[int]) -> set[int]:
    """Records of which other things count since these changed: of a crowd that is one now or no more, of a name that
    became well known or no more."""
    turned = set()
    for names, most in (((name,), LARGEST_HOUSEHOLD) for name in _CROWDED):
        turned |= _over(old, now, dirty, names, most)
    return turned | _over(old, now, dirty, _NAMES, WELL_KNOWN_FROM - 1)


def _over(old: Survey, now: Survey, dirty: Collection[int], names: Sequence[str], most: int) -> set[int]:
    values = {
        one.marks[name][place] for one in (old, now) for name in names for place in dirty if place < len(one.mrns)
    } - {0}
    before, after = _counted(old, names, values), _counted(now, names, values)
    other = {value for value in values if (before[value] > most) != (after[value] > most)}
    if not other:
        return set()
    return {place for name in names for place, value in enumerate(now.marks[name]) if value in other}


def _counted(one: Survey, names: Sequence[str], values: Collection[int]) -> Counter[int]:
    """How many records have each of these marks in one of the columns."""
    first, *others = (one.marks[name] for name in names)
    counted = Counter(value for value in first if value in values)
    for column in others:
        counted.update(value for value, same in zip(column, first, strict=True) if value in values and value != same)
    return counted


def _read_again(
    now: Survey, near: Sequence[int], read: Callable[[Collection[str]], Iterable[Demographics]]
) -> dict[int, Profile]:
    """By place, without what crowds share."""
    place_of = {now.mrns[place]: place for place in near}
    crowds = {}
    for name in _CROWDED:
        counted = _counted(now, (name,), {now.marks[name][place] for place in near} - {0})
        crowds[name] = {value for value, count in counted.items() if count > LARGEST_HOUSEHOLD}
    records = {}
    for person in read(place_of.keys()):
        place, one = place_of[person.mrn], profile(person)
        if now.marks["phone"][place] in crowds["phone"]:
            one = one._replace(phone="")
        if now.marks["email"][place] in crowds["email"]:
            one = one._replace(email="")
        if now.marks["home"][place] in crowds["home"]:
            one = one._replace(street="")
        records[place] = one
    return records


def _well_known(now: Survey, records: Iterable[Profile], mark: Mark) -> frozenset[str]:
    words = {mark(word): word for record in records for word in record.words}
    counted = _counted(now, _NAMES, words.keys())
    return frozenset(words[value] for value, count in counted.items() if count >= WELL_KNOWN_FROM)


def _still_found(
    old: Survey, dirty: Collection[int], touched: Mapping[str, Collection[int]], near: Collection[int]
) -> Found:
    """What was found by blocks that no change touches."""
    kept: Found = {}
    for pair, (evidence, bits) in old.found.items():
        place = pair[0]
        if place in dirty or pair[1] in dirty:
            continue
        left = bits
        if place in near:
            for number, kind in enumerate(KINDS):
                if old.marks[kind.name][place] in touched[kind.name]:
                    left &= ~(1 << number)
        if left:
            kept[pair] = evidence, left
    return kept


def _found(
    records: Sequence[Profile], kinds: Sequence[Kind], known: frozenset[str], told: Told = lambda share: None
) -> Found:
    """What these kinds bring together and the rules count."""
    found: Found = {}
    seen: set[int] = set()
    alike: dict[Evidence, Evidence] = {}  # few differ: one object each
    many = len(records)
    for kind in kinds:
        bit = 1 << KINDS.index(kind)
        before = kinds.index(kind)

        def moved(share: float, before: int = before) -> None:
            told((before + share) / len(kinds))

        def new(kind: Kind = kind, bit: int = bit, moved: Told = moved) -> Iterator[tuple[int, int]]:
            for pair in brought_together(records, kind, moved):
                number = pair[0] * many + pair[1]
                if number not in seen:
                    seen.add(number)
                    yield pair
                elif pair in found:
                    evidence, bits = found[pair]
                    found[pair] = evidence, bits | bit

        for pair, evidence in compared(records, new(), well_known=known):
            found[pair] = alike.setdefault(evidence, evidence), bit
    return found


def _merge(found: Found, more: Found) -> None:
    for pair, (evidence, bits) in more.items():
        found[pair] = evidence, found.get(pair, (evidence, 0))[1] | bits


def _columns(profiles: Sequence[Profile], mark: Mark) -> Marks:
    def known(value: str) -> int:
        return mark(value) if value else 0

    often = lru_cache(maxsize=1 << 18)(known)  # names, which many share
    day = lru_cache(maxsize=1 << 16)(lambda born: mark(str(born)) if born else 0)
    firsts = (one.given[0] if one.given else "" for one in profiles)
    homes = (f"{one.street}/{one.unit}/{one.postal_code}" if one.street else "" for one in profiles)

    return {
        "born": array("Q", map(day, map(attrgetter("birth_date"), profiles))),
        "begins": array("Q", map(often, map(beginnings_of, profiles))),
        "phone": array("Q", map(known, map(attrgetter("phone"), profiles))),
        "email": array("Q", map(known, map(attrgetter("email"), profiles))),
        "address": array("Q", map(known, map(address_of, profiles))),
        "home": array("Q", map(known, homes)),
        "given": array("Q", map(often, firsts)),
        "family": array("Q", map(often, map(attrgetter("family"), profiles))),
    }
