"""How the names of two records stand to each other: one name, one written otherwise, or two people's."""

from __future__ import annotations

from collections.abc import Set

from portaldesk.rules.matching.levels import Family, Given
from portaldesk.rules.matching.likeness import (
    far_apart,
    is_name,
    likeness,
    of_one_name,
    short_for,
    slips,
    written_otherwise,
)
from portaldesk.rules.matching.profile import Profile

# The first of two given names that count as one: María Elena, Jean Luc, Abdul Karim, Mei Lin. Twins may share it. Ours.
_FIRST_OF_TWO = frozenset(
    {"maria", "jose", "juan", "luis", "jean", "marie", "mary", "anna", "anne", "abdul", "mohammed", "mohamed",
     "mohammad", "muhammad", "mohd", "siti", "xiao", "hyun", "minh", "ngoc", "thanh"}
)  # fmt: skip
_SYLLABLE = 3  # letters of a first name that may be half of one: Mei, Sai, Thi


def given_names(a: Profile, b: Profile, well_known: Set[str]) -> Given:
    """How the given names stand to each other, the first ones above all."""
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


def two_of_one_first(a: Profile, b: Profile) -> bool:
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


def two_people(a: Profile, b: Profile, given: Given, well_known: Set[str]) -> bool:
    """Whether the given names are certainly two, and none a slip of the other."""
    if given not in (Given.DIFFERENT, Given.ALIKE) or not a.given or not b.given:
        return False
    first, second = a.given[0], b.given[0]
    names = _is_known(first, well_known) + _is_known(second, well_known)  # of one alone the other may be a slip
    return not of_one_name(first, second) and (names == 2 or (names == 0 and far_apart(first, second)))


def family_names(a: Profile, b: Profile, well_known: Set[str]) -> Family:
    """How the family names stand to each other; not whether they changed places with the given ones."""
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


def swapped_names(a: Profile, b: Profile) -> Given | None:
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
    slip = slips(family, given, shortest=4, most=1) and likeness(*sorted((family, given))) is Given.SLIP
    return Given.SLIP if slip else None


def _in_short(stands: str, given: str) -> Given | None:
    if stands == given[0]:
        return Given.INITIAL
    return Given.NICKNAME if likeness(*sorted((stands, given))) is Given.NICKNAME else None


def same_middle(a: Profile, b: Profile) -> bool | None:
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
