"""Which records are compared at all: every pair that a rule could join, and few others.

Every rule asks for the same birth date, a contact in common, or the same names, so records are brought together by
these; comparing each with each would take 5,000,000,000 comparisons for 100,000 people.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from datetime import date
from itertools import combinations

from portaldesk.rules.matching.profile import Profile

SMALL_BLOCK = 6  # records of a household compared each with each, whatever their names. Ours.
LARGEST_BLOCK = 50  # records that share a part of their names, too, compared each with each. Ours.

# Above this a phone, email or address is a clinic's, a shelter's or filled in, and no household's. Ours.
LARGEST_HOUSEHOLD = 50
_START = 3  # letters of a name by which large blocks are cut: a slip seldom falls into those of both names


def without_crowds(profiles: Iterable[Profile]) -> list[Profile]:
    """The records without the phones, emails and addresses that too many share: those are no evidence."""
    people = list(profiles)
    phones = _crowded(person.phone for person in people)
    emails = _crowded(person.email for person in people)
    streets = _crowded(person.street for person in people)
    homes = _crowded((one.street, one.unit, one.postal_code) for one in people if one.street in streets)
    if not (phones or emails or homes):
        return people
    return [
        person._replace(
            phone="" if person.phone in phones else person.phone,
            email="" if person.email in emails else person.email,
            street="" if (person.street, person.unit, person.postal_code) in homes else person.street,
        )
        for person in people
    ]


def _crowded(values: Iterable[Hashable]) -> set[Hashable]:
    return {value for value, count in Counter(values).items() if count > LARGEST_HOUSEHOLD and value}


def candidates(people: Sequence[Profile]) -> Iterator[tuple[int, int]]:
    """Places in `people` of every two records worth comparing, each pair once, the lower place first.

    Who was born the same day, and a household over 6, are cut by how the words of their names begin, people of one name
    by dates and places; what is still over 50 is compared within 50 places in the order of its names. So only two can
    be missed whose names all begin otherwise, or who are among over 50 with one name part and birth date or street.
    """
    seen: set[int] = set()
    for key_of, parts_of in _KINDS:
        for block in _blocks(people, key_of):
            for first, second in _pairs_of(block, people, parts_of, whole=1 if key_of is _born else SMALL_BLOCK):
                pair = first * len(people) + second
                if pair not in seen:
                    seen.add(pair)
                    yield first, second


def _blocks(people: Sequence[Profile], key_of: Callable[[Profile], Hashable]) -> Iterable[list[int]]:
    """Places of the records that share a key; whoever is alone with it is in none."""
    alone: dict[Hashable, int] = {}
    blocks: dict[Hashable, list[int]] = {}
    for place, person in enumerate(people):
        key = key_of(person)
        if key:
            first = alone.setdefault(key, place)
            if first != place:
                blocks.setdefault(key, [first]).append(place)
    return blocks.values()


def _born(person: Profile) -> date | None:
    return person.birth_date


def door_of(person: Profile) -> str:
    """House number and postal code: the street may be written in many ways."""
    if not person.street or not person.postal_code:
        return ""
    number = next((word for word in person.street.split() if word.isdigit()), "")
    return number and f"{number} {person.postal_code}"


def names_of(person: Profile) -> tuple[str, str] | None:
    """Given and family name, in whatever order they stand."""
    if not person.given or not person.family:
        return None
    given, family = person.given[0], person.family
    return (given, family) if given < family else (family, given)


def starts_of(person: Profile) -> Iterable[str]:
    starts = {word[:_START] for word in person.given}
    starts.add(person.family[:_START])
    if len(person.family_parts) > 1 or person.others:
        starts.update(word[:_START] for word in (*person.family_parts, *person.others))
    return starts


def dates_and_places_of(person: Profile) -> Iterable[str]:
    born = person.birth_date
    yield from filter(None, (person.postal_code, person.phone, person.email))
    if born is not None:
        yield f"in {born.year}"
        yield f"on {born.month} {born.day}"


_KINDS: tuple[tuple[Callable[[Profile], Hashable], Callable[[Profile], Iterable[str]]], ...] = (
    (_born, starts_of),
    (lambda person: person.phone, starts_of),
    (lambda person: person.email, starts_of),
    (lambda person: person.street, starts_of),
    (door_of, starts_of),
    (names_of, dates_and_places_of),
)


def _pairs_of(
    block: list[int], people: Sequence[Profile], parts_of: Callable[[Profile], Iterable[str]], *, whole: int
) -> Iterator[tuple[int, int]]:
    if len(block) <= whole:
        yield from combinations(block, 2)
        return
    parts: defaultdict[str, list[int]] = defaultdict(list)
    for place in block:
        for key in parts_of(people[place]):
            parts[key].append(place)
    for part in parts.values():
        if len(part) == 1:
            continue
        if len(part) <= LARGEST_BLOCK:
            yield from combinations(part, 2)
            continue
        part.sort(key=lambda place: (people[place].family, people[place].given_joined, people[place].mrn))
        for at, first in enumerate(part):
            for second in part[at + 1 : at + LARGEST_BLOCK]:
                yield min(first, second), max(first, second)
