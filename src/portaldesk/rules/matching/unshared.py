"""Stores in which nobody shares a home, a phone or an email with another: a register of single persons, say.

There no twin, parent or spouse is on file whom a second record could be taken for, so a home is one person's own, and
three of five facts tell one person. Whether a store is such is learnt from itself, without knowing who is who: people
who live together mostly have other names and other birth dates; a name that was written wrongly leaves the birth date.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence, Set
from dataclasses import replace
from itertools import combinations
from operator import attrgetter
from statistics import median

from portaldesk.rules.matching.evidence import Evidence, compare
from portaldesk.rules.matching.levels import Birth, Fact, Family, Given
from portaldesk.rules.matching.likeness import alike_addresses, slips
from portaldesk.rules.matching.profile import Profile
from portaldesk.rules.matching.rulebook import ENOUGH_FACTS

_SEEN = 20  # pairs of one contact, one birth date and two names from which anything is concluded. Ours.
# Of 100 births 3 are of twins (CDC, NVSR 73-2), so of those who live together far fewer than one pair in 20 is born on
# one day; four such pairs to one of two days come of names written wrongly. Ours.
_TIMES_AS_MANY = 4
_FAMILIES = 5  # a fifth of them with two family names, too: twins have one, a hand slips in both. Ours.
_LOOKED_AT = 250  # pairs of a household
_GROWN_UP = 18  # years: with children on file, those born on one day may be twins of whom nobody else is a patient
_ALIKE_STREETS = 75  # per cent of the letters of the shorter
_STREET = 8  # letters of a street that are not by chance in another's
_WORD = 4  # letters of a word that tells a street
_MOST = 50  # records of one place and word that are compared each with each; ours

_ONE_GIVEN = frozenset(
    {Given.SAME, Given.NICKNAME, Given.OTHER_NAME, Given.SLIP, Given.MIDDLE_USED, Given.ALIKE, Given.INITIAL}
)
_ONE_FAMILY = frozenset({Family.SAME, Family.OTHER_NAME, Family.PART, Family.SLIP, Family.SWAPPED})
_ONE_BIRTH = frozenset({Birth.SAME, Birth.SWAPPED, Birth.SLIP})


def nobody_shares(records: Sequence[Profile]) -> bool:
    """Whether homes, phones and emails are each one person's own, as far as all records of a store tell.

    False where too little is on file to tell, and where most are children.
    """
    pairs = (
        (a.birth_date == b.birth_date, a.family == b.family)
        for a, b in _sharing(records)
        if a.given and b.given and a.birth_date and b.birth_date and a.given[0] != b.given[0]
    )
    if not is_unshared(pairs):
        return False
    born = [record.birth_date.year for record in records if record.birth_date is not None]
    return median(born) <= max(born) - _GROWN_UP


def is_unshared(pairs: Iterable[tuple[bool, bool]]) -> bool:
    """Whether those who share a home, a phone or an email are one person each, children aside.

    Args:
        pairs: of two records with two given names: whether they are born on one day, and have one family name.
    """
    one_day = two_days = families = 0
    for same_day, same_family in pairs:
        if same_day:
            one_day += 1
            families += not same_family
            continue
        two_days += 1
        if two_days % _LOOKED_AT == 0 and one_day < _TIMES_AS_MANY * two_days:
            return False  # households: the rest will hardly say otherwise
    return one_day >= max(_SEEN, _TIMES_AS_MANY * two_days) and families * _FAMILIES >= one_day


def _sharing(records: Sequence[Profile]) -> Iterator[tuple[Profile, Profile]]:
    """Every two records with one home, phone or email, once for each of these."""
    keys: tuple[Callable[[Profile], Hashable], ...] = (attrgetter("phone"), attrgetter("email"), _home)
    for key_of in keys:
        groups: defaultdict[Hashable, list[Profile]] = defaultdict(list)
        for record in records:
            key = key_of(record)
            if key:
                for other in groups[key]:
                    yield other, record
                groups[key].append(record)


def _home(person: Profile) -> Hashable:
    return (person.street, person.unit, person.postal_code) if person.street else ""


def findings(records: Sequence[Profile], *, well_known: Set[str]) -> Iterator[tuple[tuple[int, int], Evidence]]:
    """Every two records that share what such a store's rule asks for, by places, the lower first, each pair once."""
    groups: defaultdict[Hashable, list[int]] = defaultdict(list)
    for place, record in enumerate(records):
        for key in _keys(record):
            groups[key].append(place)
    for pair in {pair for group in groups.values() if len(group) <= _MOST for pair in combinations(group, 2)}:
        a, b = records[pair[0]], records[pair[1]]
        evidence = compare(a, b, well_known=well_known, whole=True)
        facts = _agreeing(a, b, evidence)
        if a.mrn != b.mrn and len(facts) >= ENOUGH_FACTS and not facts.isdisjoint({Fact.BIRTH, Fact.HOME}):
            yield pair, replace(evidence, facts=facts)


def _keys(person: Profile) -> Iterator[Hashable]:
    """A birth date, a contact; or one word of the street, or its number, with a place or a name."""
    yield from filter(None, (person.birth_date, person.phone, person.email))
    words = [word for word in person.street.split() if len(word) >= _WORD or word.isdigit()]
    beside = (person.postal_code, person.city, person.family, *person.given[:1])
    yield from ((word, other) for other in filter(None, beside) for word in words)


def _agreeing(a: Profile, b: Profile, evidence: Evidence) -> frozenset[Fact]:
    given, family = evidence.given in _ONE_GIVEN, evidence.family in _ONE_FAMILY
    born = evidence.birth in _ONE_BIRTH
    # of namesakes in one street the birth dates differ, and the house numbers
    one = born or _number(a) == _number(b) != "" or (given and family and evidence.birth is Birth.ABSENT)
    home = bool(evidence.contacts) or (one and _same_street(a, b))
    found = {
        Fact.GIVEN: given,
        Fact.FAMILY: family,
        Fact.BIRTH: born,
        Fact.HOME: home,
        Fact.PLACE: _alike(a.postal_code, b.postal_code) or _alike(a.city, b.city),
    }
    return frozenset(fact for fact, agrees in found.items() if agrees)


def _number(person: Profile) -> str:
    return next((word for word in person.street.split() if word.isdigit()), "")


def _same_street(a: Profile, b: Profile) -> bool:
    """The streets alike, whatever the house numbers (those are written wrongly, too), or one a part of the other."""
    from rapidfuzz import fuzz

    first, second = (" ".join(word for word in one.street.split() if not word.isdigit()) for one in (a, b))
    if not first or not second:
        return False
    if alike_addresses(first, second):
        return True
    first, second = first.replace(" ", ""), second.replace(" ", "")
    return min(len(first), len(second)) >= _STREET and fuzz.partial_ratio(first, second) >= _ALIKE_STREETS


def _alike(first: str, second: str) -> bool:
    return bool(first and second) and (first == second or slips(*sorted((first, second)), shortest=4, most=1))
