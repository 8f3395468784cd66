"""The rules: what must agree, and what may differ, for two records to count as one person.

A table rather than a score, so that a clerk can be told why. The first rule that fits, from the top, gives the grade
(FHIR match-grade: http://terminology.hl7.org/CodeSystem/match-grade). A household shares phone, email, address and
family name, so these count once, and never without a given name and a birth date. Which levels make which grade is
ours, without a source; the tests measure it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from portaldesk.rules.matching.evidence import Evidence
from portaldesk.rules.matching.levels import Birth, Conflict, Fact, Family, Given


class Grade(StrEnum):
    """How sure a match is. *certain*: one person, as far as records tell; *possible*: worth a look, no more."""

    CERTAIN = "certain"
    PROBABLE = "probable"
    POSSIBLE = "possible"

    @property
    def rank(self) -> int:
        """3 for certain, 2 for probable, 1 for possible."""
        return _RANKS[self]

    def reaches(self, needed: Grade) -> bool:
        """Whether this is at least as sure as `needed`."""
        return self.rank >= needed.rank


_RANKS = {Grade.CERTAIN: 3, Grade.PROBABLE: 2, Grade.POSSIBLE: 1}


@dataclass(frozen=True, slots=True)
class Rule:
    """One way for two records to be one person. Every rule asks for the same birth date or a contact in common:
    `blocking` rests on that.
    """

    words: str
    grade: Grade
    given: frozenset[Given]
    family: frozenset[Family]
    birth: frozenset[Birth]
    contacts: int = 0
    tolerates: frozenset[Conflict] = frozenset()
    same_middle: bool = False
    facts: int = 0


_FAMILY_IN_OTHER_FORM = frozenset({Family.OTHER_NAME, Family.PART})
_FAMILY_RELATED = _FAMILY_IN_OTHER_FORM | {Family.SAME, Family.SLIP, Family.SWAPPED}
_FAMILY_NOT_THE_SAME = frozenset({Family.DIFFERENT, Family.ABSENT})
_OTHERWISE = frozenset({Given.NICKNAME, Given.OTHER_NAME, Given.SLIP})
_BIRTH_DATE = frozenset({Birth.SAME, Birth.NEW_YEAR})
_BIRTH_SLIP = frozenset({Birth.SWAPPED, Birth.SLIP})
_NEIGHBOURS = frozenset({Conflict.TWINS, Conflict.NAMESAKE})

ENOUGH_FACTS = 3  # of the five of `unshared`; ours, measured on Febrl 2
AGAINST: frozenset[StrEnum] = frozenset(
    {
        Given.ALIKE, Given.ABSENT, Given.NEITHER, Given.NEWBORN, Given.DIFFERENT, Family.DIFFERENT, Family.ABSENT,
        Birth.SWAPPED, Birth.SLIP, Birth.ABSENT, Birth.NEAR, Birth.DIFFERENT,
    }
)  # fmt: skip
"""What names and birth dates say against one person: told as "but …"."""

RULES: tuple[Rule, ...] = (
    Rule(
        "names, birth date and a contact agree",
        Grade.CERTAIN,
        frozenset({Given.SAME}),
        frozenset({Family.SAME}),
        frozenset({Birth.SAME}),
        contacts=1,
        tolerates=_NEIGHBOURS,
    ),
    Rule(
        "the same person: given name, birth date and a contact agree",
        Grade.PROBABLE,
        frozenset({Given.SAME}),
        _FAMILY_RELATED,
        _BIRTH_DATE,
        contacts=1,
        tolerates=_NEIGHBOURS | {Conflict.SEX},
    ),
    Rule(
        "the same person, another middle name: given and family name, birth date and a contact agree",
        Grade.PROBABLE,
        frozenset({Given.SAME}),
        frozenset({Family.SAME, Family.SLIP}),
        frozenset({Birth.SAME}),
        contacts=1,
        tolerates=_NEIGHBOURS | {Conflict.MIDDLE},
    ),
    Rule(
        "given names alike: middle and family name, birth date and a contact agree",
        Grade.PROBABLE,
        frozenset({Given.ALIKE}),
        _FAMILY_RELATED,
        frozenset({Birth.SAME}),
        contacts=1,
        same_middle=True,
    ),
    Rule(
        "the same person, the given name written otherwise",
        Grade.PROBABLE,
        _OTHERWISE,
        _FAMILY_RELATED,
        _BIRTH_DATE,
        contacts=1,
        tolerates=frozenset({Conflict.NAMESAKE}),
    ),
    Rule(
        "the same person under a new family name",
        Grade.PROBABLE,
        frozenset({Given.SAME}),
        _FAMILY_NOT_THE_SAME,
        _BIRTH_DATE,
        contacts=1,
        tolerates=_NEIGHBOURS,
    ),
    Rule(
        "the same person under a new family name, the given name written otherwise",
        Grade.PROBABLE,
        _OTHERWISE,
        _FAMILY_NOT_THE_SAME,
        _BIRTH_DATE,
        contacts=1,
    ),
    Rule(
        "the same person, moved: names and birth date agree",
        Grade.PROBABLE,
        frozenset({Given.SAME}),
        _FAMILY_RELATED,
        frozenset({Birth.SAME}),
        tolerates=_NEIGHBOURS,
    ),
    Rule(
        "the same person, moved: given name written otherwise, family name and birth date agree",
        Grade.PROBABLE,
        _OTHERWISE,
        _FAMILY_RELATED,
        frozenset({Birth.SAME}),
    ),
    Rule(
        "a slip in the birth date: names and a contact agree",
        Grade.PROBABLE,
        _OTHERWISE | {Given.SAME},
        _FAMILY_RELATED,
        _BIRTH_SLIP,
        contacts=1,
    ),
    Rule(
        "the same person under a new family name, a slip in the birth date",
        Grade.PROBABLE,
        frozenset({Given.SAME}),
        _FAMILY_NOT_THE_SAME,
        _BIRTH_SLIP,
        contacts=1,
    ),
    Rule(
        "another birth date, but no generation between: names and a contact agree",
        Grade.PROBABLE,
        frozenset({Given.SAME}),
        frozenset({Family.SAME, Family.SLIP}),
        frozenset({Birth.NEAR}),
        contacts=1,
    ),
    Rule(
        "a slip in the birth date: names agree, middle names too",
        Grade.PROBABLE,
        frozenset({Given.SAME}),
        frozenset({Family.SAME}),
        _BIRTH_SLIP,
        same_middle=True,
    ),
    Rule(
        "a birth date is not known: names and a contact agree",
        Grade.PROBABLE,
        _OTHERWISE | {Given.SAME},
        _FAMILY_RELATED,
        frozenset({Birth.ABSENT}),
        contacts=1,
    ),
    Rule(
        "a given name is not known in full: family name, birth date and a contact agree",
        Grade.PROBABLE,
        frozenset({Given.INITIAL, Given.ABSENT, Given.MIDDLE_USED}),
        _FAMILY_RELATED,
        frozenset({Birth.SAME}),
        contacts=1,
    ),
    Rule(
        "a given name is not known in full, a slip in the birth date: family name and a contact agree",
        Grade.PROBABLE,
        frozenset({Given.INITIAL}),
        _FAMILY_RELATED,
        _BIRTH_SLIP,
        contacts=1,
    ),
    Rule(
        "nobody on file shares a home with another, and most of names, birth date, home and place agree",
        Grade.PROBABLE,
        frozenset(Given),
        frozenset(Family),
        frozenset(Birth),
        tolerates=frozenset({Conflict.MIDDLE}),
        facts=ENOUGH_FACTS,
    ),
    Rule(
        "names are related and the birth date agrees",
        Grade.POSSIBLE,
        _OTHERWISE | {Given.SAME, Given.MIDDLE_USED},
        _FAMILY_RELATED,
        _BIRTH_DATE,
        tolerates=frozenset(Conflict),
    ),
    Rule(
        "a household's birth date agrees, the given name is doubtful",
        Grade.POSSIBLE,
        frozenset({Given.ALIKE, Given.INITIAL, Given.NEWBORN, Given.ABSENT, Given.NEITHER}),
        _FAMILY_RELATED,
        _BIRTH_DATE,
        contacts=1,
        tolerates=frozenset({Conflict.MIDDLE, Conflict.SUFFIX, Conflict.TWINS, Conflict.NAMESAKE}),
    ),
    Rule(
        "names and a contact agree, the birth date is nearly the same",
        Grade.POSSIBLE,
        frozenset({Given.SAME, Given.NICKNAME, Given.OTHER_NAME, Given.SLIP}),
        _FAMILY_RELATED,
        _BIRTH_SLIP,
        contacts=1,
        tolerates=_NEIGHBOURS,
    ),
    Rule(
        "names and a contact agree, a birth date is not known",
        Grade.POSSIBLE,
        _OTHERWISE | {Given.SAME},
        _FAMILY_RELATED,
        frozenset({Birth.ABSENT}),
        contacts=1,
        tolerates=_NEIGHBOURS,
    ),
    Rule(
        "a name is not known: the other name and the birth date agree",
        Grade.POSSIBLE,
        frozenset({Given.SAME, Given.ABSENT, Given.NEITHER}),
        frozenset({Family.SAME, Family.ABSENT}),
        frozenset({Birth.SAME}),
        tolerates=_NEIGHBOURS,
    ),
    Rule(
        "day and month of birth changed about: names agree",
        Grade.POSSIBLE,
        frozenset({Given.SAME}),
        frozenset({Family.SAME}),
        frozenset({Birth.SWAPPED}),
    ),
    Rule(
        "a new family name and moved: given, middle names and birth date agree",
        Grade.POSSIBLE,
        frozenset({Given.SAME}),
        frozenset({Family.DIFFERENT}),
        frozenset({Birth.SAME}),
        same_middle=True,
    ),
)


def another(evidence: Evidence) -> Conflict | None:
    """What two people of one household are to each other, where a third record may be either one's."""
    if not evidence.contacts or evidence.facts:
        return None
    if evidence.two_names and evidence.family in _FAMILY_RELATED:
        return Conflict.TWINS
    if (
        evidence.given is Given.SAME
        and evidence.family is Family.SAME
        and (evidence.birth is Birth.DIFFERENT or Conflict.SUFFIX in evidence.conflicts)
    ):
        return Conflict.NAMESAKE
    return None


def judge(evidence: Evidence) -> Rule | None:
    """The first rule that fits, so the surest; None: two people."""
    return _first_that_fits(
        evidence.given,
        evidence.family,
        evidence.birth,
        len(evidence.contacts),
        evidence.conflicts,
        evidence.same_middle,
        len(evidence.facts),
    )


@lru_cache(maxsize=1 << 14)  # there are few combinations, and a million pairs to judge
def _first_that_fits(
    given: Given,
    family: Family,
    birth: Birth,
    contacts: int,
    conflicts: frozenset[Conflict],
    same_middle: bool,
    facts: int,
) -> Rule | None:
    return next(
        (
            rule
            for rule in RULES
            if given in rule.given
            and family in rule.family
            and birth in rule.birth
            and contacts >= rule.contacts
            and conflicts <= rule.tolerates
            and (same_middle or not rule.same_middle)
            and facts >= rule.facts
        ),
        None,
    )


@lru_cache(maxsize=1 << 14)
def reasons(rule: Rule, evidence: Evidence) -> tuple[str, ...]:
    """The rule in its own words, then what speaks for it, then what speaks against it ("but …"); no patient's fact."""
    levels = (evidence.given, evidence.family, evidence.birth)
    said = [level.value for level in levels if level not in AGAINST and level is not Family.SWAPPED]
    if evidence.family is Family.SWAPPED:
        said = ["given and family name changed places", *(text for text in said if text != Given.SAME.value)]
    if evidence.same_middle:
        said.append("same middle name")
    said.extend(contact.value for contact in evidence.contacts)
    if Fact.PLACE in evidence.facts:
        said.append("same town or postal code")
    doubts = [level.value for level in levels if level in AGAINST]
    doubts.extend(sorted(conflict.value for conflict in evidence.conflicts))
    if not evidence.contacts:
        doubts.append("no contact in common")
    return (rule.words, *said, *(f"but {doubt}" for doubt in doubts))
