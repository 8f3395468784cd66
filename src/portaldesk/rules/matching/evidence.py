"""What two records have in common, and what speaks against their being one person: no weights, only words."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import date
from typing import Literal, overload

from portaldesk.rules.matching.levels import Birth, Conflict, Contact, Fact, Family, Given
from portaldesk.rules.matching.likeness import alike_addresses, slips
from portaldesk.rules.matching.names import (
    family_names,
    given_names,
    same_middle,
    swapped_names,
    two_of_one_first,
    two_people,
)
from portaldesk.rules.matching.profile import Profile

# Nobody is the parent of who is less than that younger: a birth date further off may be John Senior's. Ours.
GENERATION_YEARS = 13
_NO_BIRTH_DATE = (Birth.DIFFERENT, Birth.NEAR)
_MAYBE_SWAPPED = (Given.DIFFERENT, Given.ALIKE, Given.SLIP)
_NO_MIDDLES = (Given.MIDDLE_USED, Given.ABSENT, Given.NEWBORN)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Two records side by side. `contacts` and the family name are one household's: a rule counts them once.

    `two_names`: the given names are those of two people, and none is a slip of the other. `facts`: what agrees, counted
    only in a store where nobody shares a home (`unshared`).
    """

    given: Given
    family: Family
    birth: Birth
    contacts: tuple[Contact, ...]
    conflicts: frozenset[Conflict]
    same_middle: bool
    two_names: bool = False
    facts: frozenset[Fact] = frozenset()


@overload
def compare(a: Profile, b: Profile, *, well_known: Set[str], whole: Literal[True]) -> Evidence: ...
@overload
def compare(a: Profile, b: Profile, *, well_known: Set[str]) -> Evidence | None: ...
def compare(a: Profile, b: Profile, *, well_known: Set[str], whole: bool = False) -> Evidence | None:
    """What speaks for and against one person behind two records; the order of the two does not matter.

    None: the birth date is another's, and so is the given name or each contact, or no name is related. No rule could
    join them.

    Args:
        a: one record.
        b: the other.
        well_known: names so common among the records that they are names, and not a slip of another.
        whole: never None.
    """
    birth = _birth(a.birth_date, b.birth_date)
    another = birth in _NO_BIRTH_DATE and not whole
    if another and a.given[:1] != b.given[:1] and a.given_joined != b.given_joined:
        return None  # most members of a household
    contacts = _contacts(a, b)
    if another and not contacts:
        return None  # most namesakes
    given, family = given_names(a, b, well_known), family_names(a, b, well_known)
    swapped = swapped_names(a, b) if given in _MAYBE_SWAPPED else None
    if swapped is not None:
        given, family = swapped, Family.SWAPPED
    elif given is Given.DIFFERENT and family is Family.DIFFERENT and not whole:
        return None
    if (
        not contacts
        and family is Family.DIFFERENT
        and not whole
        and (given is not Given.SAME or len(a.given) == 1 or len(b.given) == 1)
    ):
        return None  # most of those born the same day: of them a rule asks for middle names
    middles = None if swapped or given in _NO_MIDDLES else same_middle(a, b)
    if middles is False and given is Given.SAME and two_of_one_first(a, b):
        given = Given.ALIKE
    conflicts = set()
    if a.sex and b.sex and a.sex != b.sex:
        conflicts.add(Conflict.SEX)
    if middles is False:
        conflicts.add(Conflict.MIDDLE)
    # A suffix on one record alone was left out on the other, unless the birth dates let it be the parent's.
    if a.suffix != b.suffix and ((a.suffix and b.suffix) or birth not in (Birth.SAME, Birth.NEW_YEAR)):
        conflicts.add(Conflict.SUFFIX)
    two_names = birth is Birth.SAME and bool(contacts) and two_people(a, b, given, well_known)
    return Evidence(given, family, birth, contacts, frozenset(conflicts), middles is True, two_names)


def _birth(a: date | None, b: date | None) -> Birth:
    if a is None or b is None:
        return Birth.ABSENT
    years = abs(a.year - b.year)
    if years >= GENERATION_YEARS:
        return Birth.DIFFERENT
    if a == b:
        return Birth.NEW_YEAR if (a.month, a.day) == (1, 1) else Birth.SAME
    if years == 0 and (a.month, a.day) == (b.day, b.month):
        return Birth.SWAPPED
    months = abs(a.month - b.month)
    # 1979 and 1980, 10 September and 10 October, 31 July and 1 August: more than one figure, but one slip
    if (a.day == b.day and years + months == 1) or abs(a.toordinal() - b.toordinal()) == 1:
        return Birth.SLIP
    if (years > 0) + (months > 0) + (a.day != b.day) > 1:
        return Birth.NEAR
    return Birth.SLIP if _one_figure(a.isoformat(), b.isoformat()) else Birth.NEAR


def _one_figure(a: str, b: str) -> bool:
    """One figure differs, or two neighbours changed places."""
    places = [place for place, (x, y) in enumerate(zip(a, b, strict=True)) if x != y]
    if len(places) == 1:
        return True
    return len(places) == 2 and places[1] == places[0] + 1 and a[places[0] :][:2] == b[places[0] :][:2][::-1]


def _contacts(a: Profile, b: Profile) -> tuple[Contact, ...]:
    found = []
    if a.phone and a.phone == b.phone:
        found.append(Contact.PHONE)
    if a.email and a.email == b.email:
        found.append(Contact.EMAIL)
    if not a.street or not b.street:
        return tuple(found)
    # A postal code decides where both have one; a unit that one left out is no other home.
    if a.postal_code and b.postal_code:
        same_place = a.postal_code == b.postal_code
    else:
        same_place = bool(a.city) and a.city == b.city
    if a.street == b.street and same_place and (a.unit == b.unit or not (a.unit and b.unit)):
        found.append(Contact.ADDRESS)
    elif _near_places(a, b) and alike_addresses(a.home, b.home):
        found.append(Contact.ADDRESS_ALIKE)
    return tuple(found)


def _near_places(a: Profile, b: Profile) -> bool:
    """Whether postal codes, or without them towns, are the same but for a slip, and no two units of one house meant."""
    if a.unit and b.unit and a.unit != b.unit:
        return False
    if a.postal_code and b.postal_code:
        return a.postal_code == b.postal_code or slips(*sorted((a.postal_code, b.postal_code)), shortest=4, most=1)
    return bool(a.city) and a.city == b.city
