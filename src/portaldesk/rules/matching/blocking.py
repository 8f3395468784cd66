"""Which records are compared at all: every pair that a rule could join, and few others.

Every rule asks for the same birth date or a contact in common, so records are brought together by these and nothing
is lost; comparing each with each would take 5,000,000,000 comparisons for 100,000 people.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from portaldesk.rules.matching.profile import Profile

LARGEST_BLOCK = 50  # records compared each with each. Ours: 1,225 comparisons, some milliseconds.

# Above this a phone, email or address is a clinic's, a shelter's or filled in, and no household's. Ours.
LARGEST_HOUSEHOLD = LARGEST_BLOCK


def without_crowds(profiles: Iterable[Profile]) -> list[Profile]:
    """The records without the phones, emails and addresses that too many share: those are no evidence."""
    people = list(profiles)
    phones = Counter(person.phone for person in people)
    emails = Counter(person.email for person in people)
    homes = Counter((person.street, person.unit, person.postal_code) for person in people)
    return [
        replace(
            person,
            phone=person.phone if phones[person.phone] <= LARGEST_HOUSEHOLD else "",
            email=person.email if emails[person.email] <= LARGEST_HOUSEHOLD else "",
            street=person.street if homes[person.street, person.unit, person.postal_code] <= LARGEST_HOUSEHOLD else "",
        )
        for person in people
    ]


def candidates(people: Sequence[Profile]) -> Iterator[tuple[int, int]]:
    """Places in `people` of every two records worth comparing, each pair once, the lower place first.

    A block over 50 is cut by the words of the names; what is still over 50 is compared within 50 places in the order
    of its names. Only there a pair can be missed, and only one whose names both differ in writing, or among more than
    50 people with one name part and one birth date or street.
    """
    blocks: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, person in enumerate(people):
        if person.birth_date is not None:
            blocks["birth", person.birth_date.isoformat()].append(place)
        for kind, value in (("phone", person.phone), ("email", person.email), ("street", person.street)):
            if value:
                blocks[kind, value].append(place)
    seen: set[tuple[int, int]] = set()
    for block in blocks.values():
        for pair in _pairs_of(block, people):
            if pair not in seen:
                seen.add(pair)
                yield pair


def _pairs_of(block: list[int], people: Sequence[Profile]) -> Iterator[tuple[int, int]]:
    if len(block) <= LARGEST_BLOCK:
        yield from combinations(block, 2)
        return
    by_word: defaultdict[str, list[int]] = defaultdict(list)
    for place in block:
        for word in people[place].words:
            by_word[word].append(place)
    for part in by_word.values():
        if len(part) <= LARGEST_BLOCK:
            yield from combinations(part, 2)
            continue
        part.sort(key=lambda place: (people[place].family, people[place].given_joined, people[place].mrn))
        for at, first in enumerate(part):
            for second in part[at + 1 : at + LARGEST_BLOCK]:
                yield min(first, second), max(first, second)
