"""Why two records have their grade, a step at a time, and in which fields they differ; no patient's fact in it.

The rules are a table, so the grade falls like water: before anything is compared the surest rule could still fit, and
each finding strikes out the rules that ask for something else. After the last one the rule that gave the grade is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TypeAlias

from portaldesk.rules.matching.demographics import Demographics
from portaldesk.rules.matching.evidence import Evidence
from portaldesk.rules.matching.levels import Conflict, Family
from portaldesk.rules.matching.rulebook import AGAINST, RULES, Grade, Rule


class Speaks(StrEnum):
    """Whether a finding is what one person's two records show, or what two people's do."""

    FOR = "for"
    AGAINST = "against"


@dataclass(frozen=True, slots=True)
class Step:
    """One finding: what was compared, what was found, and the surest grade that is still open after it."""

    compared: str
    found: str
    speaks: Speaks
    leaves: Grade


_Finding: TypeAlias = "tuple[str, str, Speaks, Callable[[Rule], bool]]"
_COMPARED = {
    Conflict.SEX: "Sex",
    Conflict.MIDDLE: "Middle names",
    Conflict.SUFFIX: "Suffix",
    Conflict.TWINS: "Others on file",
    Conflict.NAMESAKE: "Others on file",
}


@lru_cache(maxsize=1 << 14)  # of a hundred thousand pairs few were found by other evidence than all others
def steps(evidence: Evidence) -> tuple[Step, ...]:
    """The findings in the order a clerk would ask; the last one leaves the pair's grade.

    Of evidence that joins nobody the steps end where no rule is left.
    """
    left = [
        rule for rule in RULES if (evidence.same_middle or not rule.same_middle) and len(evidence.facts) >= rule.facts
    ]
    found = []
    for compared, words, speaks, fits in _findings(evidence):
        left = [rule for rule in left if fits(rule)]
        if not left:
            break
        found.append(Step(compared, words, speaks, max((rule.grade for rule in left), key=lambda one: one.rank)))
    return tuple(found)


def _findings(evidence: Evidence) -> Iterator[_Finding]:
    given, family, birth = evidence.given, evidence.family, evidence.birth
    yield "Birth date", birth.value, _speaks(birth), lambda rule: birth in rule.birth
    if family is Family.SWAPPED:
        yield "Names", family.value, Speaks.FOR, lambda rule: given in rule.given and family in rule.family
    else:
        yield "Given name", given.value, _speaks(given), lambda rule: given in rule.given
        yield "Family name", family.value, _speaks(family), lambda rule: family in rule.family
    if evidence.same_middle:
        yield "Middle names", "same middle name", Speaks.FOR, lambda rule: True
    if evidence.facts:
        yield "Homes", "nobody on file shares one with another", Speaks.FOR, lambda rule: True
    contacts = ", ".join(contact.value for contact in evidence.contacts)
    speaks = Speaks.FOR if contacts else Speaks.AGAINST
    count = len(evidence.contacts)
    yield "Contacts", contacts or "no contact in common", speaks, lambda rule: count >= rule.contacts
    for conflict in sorted(evidence.conflicts):
        yield _COMPARED[conflict], conflict.value, Speaks.AGAINST, _tolerating(conflict)


def _tolerating(conflict: Conflict) -> Callable[[Rule], bool]:
    return lambda rule: conflict in rule.tolerates


def _speaks(level: StrEnum) -> Speaks:
    return Speaks.AGAINST if level in AGAINST else Speaks.FOR


class Beside(StrEnum):
    """How one field of two records stands side by side."""

    SAME = "same"
    DIFFERS = "differs"
    ONE = "only on one record"
    NONE = "on neither"


FIELDS: tuple[tuple[str, Callable[[Demographics], str]], ...] = (
    ("given name", lambda one: one.given_name),
    ("family name", lambda one: one.family_name),
    ("other names", lambda one: ", ".join(sorted(one.other_names))),
    ("birth date", lambda one: one.birth_date.isoformat() if one.birth_date else ""),
    ("sex", lambda one: "" if one.sex == "unknown" else one.sex),
    ("phone", lambda one: one.phone or ""),
    ("email", lambda one: one.email or ""),
    ("address", lambda one: one.address),
    ("city", lambda one: one.city),
    ("postal code", lambda one: one.postal_code),
)
"""What of a patient stands side by side: the field's name, and its value as text, empty where it is not on file."""


def beside(a: str, b: str) -> Beside:
    """Two values of one field; case and spaces do not count."""
    if a == b:
        return Beside.SAME if a.strip() else Beside.NONE
    first, second = (" ".join(value.casefold().split()) for value in (a, b))
    if first and second:
        return Beside.SAME if first == second else Beside.DIFFERS
    return Beside.ONE if first or second else Beside.NONE


def differing(a: Demographics, b: Demographics) -> tuple[str, ...]:
    """The names of the fields that are on both records and are not the same."""
    both = ((name, value(a), value(b)) for name, value in FIELDS)
    return tuple(name for name, x, y in both if x != y and beside(x, y) is Beside.DIFFERS)
