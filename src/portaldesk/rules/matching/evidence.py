"""What two records have in common, and what speaks against their being one person: no weights, only words."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import date

from portaldesk.rules.matching.levels import Birth, Conflict, Contact, Family, Given
from portaldesk.rules.matching.likeness import is_name, likeness, one_slip
from portaldesk.rules.matching.profile import Profile

# A figure wrong in the decade may be John Senior and John Junior, so it counts as no slip; closer than ten years nobody
# is another's parent. Ours.
GENERATION_YEARS = 10


@dataclass(frozen=True, slots=True)
class Evidence:
    """Two records side by side. `contacts` and the family name are one household's: a rule counts them once."""

    given: Given
    family: Family
    birth: Birth
    contacts: tuple[Contact, ...]
    conflicts: frozenset[Conflict]
    same_middle: bool


def compare(a: Profile, b: Profile, *, well_known: Set[str]) -> Evidence:
    """What speaks for and against one person behind two records; the order of the two does not matter.

    Args:
        a: one record.
        b: the other.
        well_known: names so common among the records that they are names, and not a slip of another.
    """
    given, family = _given(a, b, well_known), _family(a, b, well_known)
    swapped = given in (Given.DIFFERENT, Given.ALIKE, Given.SLIP) and _swapped(a, b)
    if swapped:
        given, family = Given.SAME, Family.SWAPPED
    birth = _birth(a.birth_date, b.birth_date)
    middles = None if swapped or given in (Given.MIDDLE_USED, Given.ABSENT) else _same_middle(a, b)
    conflicts = set()
    if a.sex and b.sex and a.sex != b.sex:
        conflicts.add(Conflict.SEX)
    if middles is False:
        conflicts.add(Conflict.MIDDLE)
    # A suffix on one record alone was left out on the other, unless the birth dates let it be the parent's.
    if a.suffix != b.suffix and ((a.suffix and b.suffix) or birth not in (Birth.SAME, Birth.NEW_YEAR)):
        conflicts.add(Conflict.SUFFIX)
    return Evidence(given, family, birth, _contacts(a, b), frozenset(conflicts), middles is True)


def _given(a: Profile, b: Profile, well_known: Set[str]) -> Given:
    if not a.given or not b.given:
        return Given.ABSENT
    first, second = sorted((a.given[0], b.given[0]))
    if a.given_joined == b.given_joined and len(a.given_joined) > 1:
        return Given.SAME
    if 1 in (len(first), len(second)):  # two equal initials are no name either
        return Given.INITIAL if first[0] == second[0] else Given.DIFFERENT
    if first == second:
        return Given.SAME
    level = likeness(first, second)
    if level is Given.SLIP and all(name in well_known or is_name(name) for name in (first, second)):
        return Given.ALIKE  # Maria and Marie: more often twins than a slip
    if level is Given.DIFFERENT and (a.given[0] in b.others or b.given[0] in a.others):
        return Given.OTHER_NAME
    if level is Given.DIFFERENT and (a.given[0] in b.given or b.given[0] in a.given):
        return Given.MIDDLE_USED
    return level


def _family(a: Profile, b: Profile, well_known: Set[str]) -> Family:
    if not a.family or not b.family:
        return Family.ABSENT
    if a.family == b.family:
        return Family.SAME
    if any(name in y.others for x, y in ((a, b), (b, a)) for name in (x.family, *x.family_parts)):
        return Family.OTHER_NAME
    if a.family_parts <= b.family_parts or b.family_parts <= a.family_parts:
        return Family.PART
    slip = max(len(a.family), len(b.family)) >= 5 and one_slip(*sorted((a.family, b.family)))
    return Family.SLIP if slip and not {a.family, b.family} <= well_known else Family.DIFFERENT


def _swapped(a: Profile, b: Profile) -> bool:
    return b.family in (a.given[0], a.given_joined) and a.family in (b.given[0], b.given_joined)


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
    if a == b:
        return Birth.NEW_YEAR if (a.month, a.day) == (1, 1) else Birth.SAME
    if a.year == b.year and (a.month, a.day) == (b.day, b.month):
        return Birth.SWAPPED
    if abs((a - b).days) == 1 or (abs(a.year - b.year) == 1 and (a.month, a.day) == (b.month, b.day)):
        return Birth.SLIP  # 31 July and 1 August, 1979 and 1980: more than one figure, but one slip
    if abs(a.year - b.year) < GENERATION_YEARS and _one_figure(a.isoformat(), b.isoformat()):
        return Birth.SLIP
    return Birth.DIFFERENT


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
    # A postal code decides where both have one; a unit that one left out is no other home.
    if a.postal_code and b.postal_code:
        same_place = a.postal_code == b.postal_code
    else:
        same_place = bool(a.city) and a.city == b.city
    if a.street and a.street == b.street and same_place and (a.unit == b.unit or not (a.unit and b.unit)):
        found.append(Contact.ADDRESS)
    return tuple(found)
