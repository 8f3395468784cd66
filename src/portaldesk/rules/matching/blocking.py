"""Which records are compared at all: every pair that a rule could join, and few others.

Every rule asks for the same birth date, a contact in common, or names and dates that are near, so records are brought
together by these; comparing each with each would take 5,000,000,000 comparisons for 100,000 people.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from itertools import combinations
from operator import attrgetter
from typing import NamedTuple

from portaldesk.rules.matching.profile import Profile

SMALL_BLOCK = 10  # records of a household compared each with each, whatever their names. Ours.
LARGEST_BLOCK = 50  # records that share a part of their names, too, compared each with each. Ours.

# Above this a phone, email or address is a clinic's, a shelter's or filled in, and no household's. Ours.
LARGEST_HOUSEHOLD = 50
_FAMILY_BEGINS = 4  # letters of a family name that are brought together with the first of a given name. Ours, measured.
_TOLD_EVERY = 1_000  # blocks
_START = 3  # letters of a name by which large blocks are cut: a slip seldom falls into those of both names


def without_crowds(profiles: Iterable[Profile]) -> list[Profile]:
    """The records without the phones, emails and addresses that too many share: those are no evidence."""
    people = list(profiles)
    phones, emails, streets = (_crowded(map(attrgetter(name), people)) for name in ("phone", "email", "street"))
    homes = _crowded((one.street, one.unit, one.postal_code) for one in people if one.street in streets)
    if not (phones or emails or homes):
        return people

    def alone(person: Profile) -> Profile:
        return person._replace(
            phone="" if person.phone in phones else person.phone,
            email="" if person.email in emails else person.email,
            street="" if (person.street, person.unit, person.postal_code) in homes else person.street,
        )

    shared = phones | emails | streets
    return [one if shared.isdisjoint((one.phone, one.email, one.street)) else alone(one) for one in people]


def _crowded(values: Iterable[Hashable]) -> set[Hashable]:
    return {value for value, count in Counter(values).items() if count > LARGEST_HOUSEHOLD and value}


def candidates(people: Sequence[Profile]) -> Iterator[tuple[int, int]]:
    """Places in `people` of every two records worth comparing, each pair once, the lower place first.

    Who was born the same day must share a word of their names, or how these begin; a household over 10, how any word
    of them does; people whose names begin alike, two parts of a near birth date, names and postal code, or the street.
    What is still over 50 is compared within 50 places in the order of its names. Measured by
    benchmarks/duplicates_scale.py.
    """
    seen: set[int] = set()
    for kind in KINDS:
        for first, second in brought_together(people, kind):
            pair = first * len(people) + second
            if pair not in seen:
                seen.add(pair)
                yield first, second


class Kind(NamedTuple):
    """One thing by which records are brought together, and how a block of many is cut.

    `whole`: up to so many are compared each with each; of more those that share a part.
    """

    name: str
    key_of: Callable[[Profile], Hashable]
    parts_of: Callable[[Profile], Iterable[Hashable]]
    whole: int


def brought_together(
    people: Sequence[Profile], kind: Kind, told: Callable[[float], None] = lambda share: None
) -> Iterator[tuple[int, int]]:
    """Places of every two records that one kind brings together, the lower first; some pairs several times.

    `told`: what share of its blocks is done.
    """
    blocks = _blocks(people, kind.key_of)
    for number, block in enumerate(blocks):
        if number % _TOLD_EVERY == 0:
            told(number / len(blocks))
        yield from _pairs_of(block, people, kind.parts_of, whole=kind.whole)


def _blocks(people: Sequence[Profile], key_of: Callable[[Profile], Hashable]) -> Collection[list[int]]:
    """Places of the records that share a key; whoever is alone with it is in none."""
    alone: dict[Hashable, int] = {}
    blocks: dict[int, list[int]] = {}
    for place, key in enumerate(map(key_of, people)):
        if key:
            first = alone.setdefault(key, place)
            if first != place:
                blocks.setdefault(first, [first]).append(place)
    return blocks.values()


def door_of(person: Profile) -> str:
    """House number and postal code: the street may be written in many ways."""
    if not person.street or not person.postal_code:
        return ""
    number = person.street.partition(" ")[0]  # where it mostly is
    if not number.isdigit():
        number = next((word for word in person.street.split() if word.isdigit()), "")
    return number and f"{number} {person.postal_code}"


def address_of(person: Profile) -> str:
    """What two writings of one address have in common: the door, and where it is not known the street."""
    return door_of(person) or person.street


def beginnings_of(person: Profile) -> str:
    """How the names begin: a hand slips within a name, and a nickname mostly keeps the first letter."""
    return f"{person.given[0][0]} {person.family[:_FAMILY_BEGINS]}" if person.given and person.family else ""


def _words(person: Profile) -> Iterable[str]:
    """Whole words of the names, initials aside, and how the names begin together."""
    words = [word for word in person.given if len(word) > 1]
    if len(person.family) > 1:
        words.append(person.family)
    if begins := beginnings_of(person):
        words.append(begins)
    if person.others or len(person.family_parts) > 1 or person.family not in person.family_parts:  # de la Cruz
        words += [word for word in person.family_parts | person.others if len(word) > 1]
    return words


def starts_of(person: Profile) -> Iterable[str]:
    starts = {word[:_START] for word in person.given}
    starts.add(person.family[:_START])
    if len(person.family_parts) > 1 or person.others:
        starts.update(word[:_START] for word in (*person.family_parts, *person.others))
    return starts


def _near_dates(person: Profile) -> Iterable[Hashable]:
    """Two of year, month and day, day and month in any order; postal code with the names themselves; the street, for
    `address_of` does not bring two together of which one alone has a postal code."""
    near: tuple[Hashable, ...] = () if person.birth_date is None else _near(person.birth_date)
    if person.postal_code:
        near = (*near, (person.postal_code, person.given[0], person.family))
    return (*near, person.street) if person.street else near


@lru_cache(maxsize=1 << 16)
def _near(born: date) -> tuple[str, ...]:
    year, month, day = born.year, born.month, born.day
    return f"{year}-{month}", f"{year}--{day}", f"{month}-{day}", f"{year}-{min(month, day)}-{max(month, day)}"


KINDS = (
    Kind("born", attrgetter("birth_date"), _words, 1),
    Kind("address", address_of, starts_of, SMALL_BLOCK),
    Kind("email", attrgetter("email"), starts_of, SMALL_BLOCK),
    Kind("phone", attrgetter("phone"), starts_of, SMALL_BLOCK),
    Kind("begins", beginnings_of, _near_dates, 1),
)


def _pairs_of(
    block: list[int], people: Sequence[Profile], parts_of: Callable[[Profile], Iterable[Hashable]], *, whole: int
) -> Iterator[tuple[int, int]]:
    if len(block) <= whole:
        yield from combinations(block, 2)
        return
    for part in _parts(block, people, parts_of):
        if len(part) <= LARGEST_BLOCK:
            yield from combinations(part, 2)
            continue
        part.sort(key=lambda place: (people[place].family, people[place].given_joined, people[place].mrn))
        for at, first in enumerate(part):
            for second in part[at + 1 : at + LARGEST_BLOCK]:
                yield min(first, second), max(first, second)


def _parts(
    block: list[int], people: Sequence[Profile], parts_of: Callable[[Profile], Iterable[Hashable]]
) -> Collection[list[int]]:
    """As `_blocks`, of records with several keys each."""
    alone: dict[Hashable, int] = {}
    parts: dict[Hashable, list[int]] = {}
    for place in block:
        for key in parts_of(people[place]):
            first = alone.setdefault(key, place)
            if first != place:
                part = parts.setdefault(key, [first])
                if part[-1] != place:
                    part.append(place)
    return parts.values()
