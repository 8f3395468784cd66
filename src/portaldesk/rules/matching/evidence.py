"""What two records have in common, and what speaks against their being one person: no weights, only words."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import date
from typing import Literal, overload

from portaldesk.rules.matching.levels import Birth, Conflict, Contact, Fact, Family, Given
from portaldesk.rules.matching.likeness import (
    alike_addresses,
    far_apart,
    is_name,
    likeness,
    of_one_name,
    short_for,
    slips,
    written_otherwise,
)
from portaldesk.rules.matching.profile import Profile

# Nobody is the parent of who is less than that younger: a birth date further off may be John Senior's. Ours.
GENERATION_YEARS = 13
_NO_BIRTH_DATE = (Birth.DIFFERENT, Birth.NEAR)
# The first of two given names that count as one: María Elena, Jean Luc, Abdul Karim, Mei Lin. Twins may share it. Ours.
_FIRST_OF_TWO = frozenset(
    {"maria", "jose", "juan", "luis", "jean", "marie", "mary", "anna", "anne", "abdul", "mohammed", "mohamed",
     "mohammad", "muhammad", "mohd", "siti", "xiao", "hyun", "minh", "ngoc", "thanh"}
)  # fmt: skip
_SYLLABLE = 3  # letters of a first name that may be half of one: Mei, Sai, Thi
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
    given, family = _given(a, b, well_known), _family(a, b, well_known)
    swapped = _swapped(a, b) if given in _MAYBE_SWAPPED else None
    if swapped is not None:
        given, family = swapped, Family.SWAPPED
    elif given is Given.DIFFERENT and family is Family.DIFFERENT and not whole:
        return None
    middles = None if swapped or given in _NO_MIDDLES else _same_middle(a, b)
    if middles is False and given is Given.SAME and _two_of_one_first(a, b):
        given = Given.ALIKE
    conflicts = set()
    if a.sex and b.sex and a.sex != b.sex:
        conflicts.add(Conflict.SEX)
    if middles is False:
        conflicts.add(Conflict.MIDDLE)
    # A suffix on one record alone was left out on the other, unless the birth dates let it be the parent's.
    if a.suffix != b.suffix and ((a.suffix and b.suffix) or birth not in (Birth.SAME, Birth.NEW_YEAR)):
        conflicts.add(Conflict.SUFFIX)
    two_names = birth is Birth.SAME and bool(contacts) and _two_people(a, b, given, well_known)
    return Evidence(given, family, birth, contacts, frozenset(conflicts), middles is True, two_names)


def _given(a: Profile, b: Profile, well_known: Set[str]) -> Given:
    if not a.given or not b.given:
        if a.newborn or b.newborn:
            return Given.NEWBORN
        return Given.ABSENT if a.given or b.given else Given.NEITHER
    first, second = sorted((a.given[0], b.given[0]))
    if first == second:
        return Given.SAME if len(first) > 1 else Given.NEITHER
    if a.given_joined == b.given_joined and not (_has_initial(a) or _has_initial(b)):
        return Given.SAME  # Mary Ann and Maryann, but not Ada M and Adam
    if 1 in (len(first), len(second)):
        return Given.INITIAL if _is_initial(a, b) or _is_initial(b, a) else Given.DIFFERENT
    level = written_otherwise(first, second, _is_known(first, well_known), _is_known(second, well_known))
    if level not in (Given.DIFFERENT, Given.ALIKE):
        return level
    if a.given[0] in b.others or b.given[0] in a.others:
        return Given.OTHER_NAME
    return Given.MIDDLE_USED if _goes_by_middle(a, b) or _goes_by_middle(b, a) else level


def _two_of_one_first(a: Profile, b: Profile) -> bool:
    """Whether two people may have this first name and be told apart by the second: María Elena, or James A and B."""
    first = a.given[0]
    return (
        len(first) <= _SYLLABLE
        or first in _FIRST_OF_TWO
        or all(len(word) == 1 for word in (*a.given[1:], *b.given[1:]))
    )


def _has_initial(a: Profile) -> bool:
    return len(a.given[0]) > 1 and any(len(word) == 1 for word in a.given)


def _is_initial(a: Profile, b: Profile) -> bool:
    """Whether the one letter that is a's given name begins a given name of b's, or what that is short for."""
    letter = a.given[0]
    return len(letter) == 1 and any(word[0] == letter for word in (*b.given, *short_for(b.given[0])))


def _goes_by_middle(a: Profile, b: Profile) -> bool:
    """Whether a's given names are among b's, and begin with another: Walter and Wilbert Walter, not Walter C."""
    return a.given[0] in b.given[1:] and all(
        any(word == other or word == other[0] for other in b.given) for word in a.given[1:]
    )


def _is_known(word: str, well_known: Set[str]) -> bool:
    return word in well_known or is_name(word)


def _two_people(a: Profile, b: Profile, given: Given, well_known: Set[str]) -> bool:
    """Whether the given names are certainly two, and none a slip of the other."""
    if given not in (Given.DIFFERENT, Given.ALIKE) or not a.given or not b.given:
        return False
    first, second = a.given[0], b.given[0]
    names = _is_known(first, well_known) + _is_known(second, well_known)  # of one alone the other may be a slip
    return not of_one_name(first, second) and (names == 2 or (names == 0 and far_apart(first, second)))


def _family(a: Profile, b: Profile, well_known: Set[str]) -> Family:
    if not a.family or not b.family:
        return Family.ABSENT
    if a.family == b.family:
        return Family.SAME
    if any(name in y.others for x, y in ((a, b), (b, a)) for name in (x.family, *x.family_parts)):
        return Family.OTHER_NAME
    if a.family_parts <= b.family_parts or b.family_parts <= a.family_parts:
        return Family.PART
    first, second = sorted((a.family, b.family))
    return (
        Family.SLIP if slips(first, second, shortest=4) and not {a.family, b.family} <= well_known else Family.DIFFERENT
    )


def _swapped(a: Profile, b: Profile) -> Given | None:
    """How the given names compare if given and family name changed places; None: they did not.

    Each may have a slip; of the given name a nickname or the initial may stand in its place, and either may be among
    the other names.
    """
    found = (_changed_about(x, y) for x, y in ((a, b), (b, a)) if x.given and y.given and x.family and y.family)
    return next((level for level in found if level is not None), None)


def _changed_about(a: Profile, b: Profile) -> Given | None:
    family, given = _across(a, b), _across(b, a)  # whichever of the two is the given name
    if None not in (family, given):
        return Given.SLIP if Given.SLIP in (family, given) else Given.SAME
    if given is Given.SAME and family is None:
        return _in_short(a.family, b.given[0])
    return _in_short(b.family, a.given[0]) if family is Given.SAME else None


def _across(a: Profile, b: Profile) -> Given | None:
    """How a's family name compares with b's given name."""
    family, given = a.family, b.given[0]
    if family in (given, b.given_joined) or given in a.family_parts or family in b.others or given in a.others:
        return Given.SAME
    slip = slips(*sorted((family, given)), shortest=4, most=1) and likeness(*sorted((family, given))) is Given.SLIP
    return Given.SLIP if slip else None


def _in_short(stands: str, given: str) -> Given | None:
    if stands == given[0]:
        return Given.INITIAL
    return Given.NICKNAME if likeness(*sorted((stands, given))) is Given.NICKNAME else None


def _same_middle(a: Profile, b: Profile) -> bool | None:
    """Whether the middle names agree; None where one has none, only an initial that fits, or a former family name."""
    ours = [word for word in a.given[1:] if word not in b.others | b.family_parts]
    theirs = [word for word in b.given[1:] if word not in a.others | a.family_parts]
    if not ours or not theirs:
        return None
    both = [(x, y) for x in ours for y in theirs if x[0] == y[0] or len(x) > 1 < len(y)]
    whole = [(x, y) for x, y in both if len(x) > 1 and len(y) > 1]
    if any(x == y or likeness(*sorted((x, y))) in (Given.NICKNAME, Given.SLIP) for x, y in whole):
        return True
    return None if len(both) > len(whole) else False


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
