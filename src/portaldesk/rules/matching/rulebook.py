"""The rules: what must agree, and what may differ, for two records to count as one person.

A table rather than a score, so that a clerk can be told why. The first rule that fits, from the top, gives the grade
(FHIR match-grade: http://terminology.hl7.org/CodeSystem/match-grade). A household shares phone, email, address and
family name, so these count once, and never without a given name and a birth date. Which levels make which grade is
ours, without a source; the tests measure it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from portaldesk.rules.matching.evidence import Evidence
from portaldesk.rules.matching.levels import Birth, Conflict, Family, Given


class Grade(StrEnum):
    """How sure a match is. *certain*: one person, as far as records tell; *possible*: worth a look, no more."""

    CERTAIN = "certain"
    PROBABLE = "probable"
    POSSIBLE = "possible"

    @property
    def rank(self) -> int:
        """3 for certain, 2 for probable, 1 for possible."""
        return {"certain": 3, "probable": 2, "possible": 1}[self.value]

    def reaches(self, needed: Grade) -> bool:
        """Whether this is at least as sure as `needed`."""
        return self.rank >= needed.rank


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

    def fits(self, evidence: Evidence) -> bool:
        """Whether the evidence has all that the rule asks for, and no conflict that it does not bear."""
        return (
            evidence.given in self.given
            and evidence.family in self.family
            and evidence.birth in self.birth
            and len(evidence.contacts) >= self.contacts
            and evidence.conflicts <= self.tolerates
            and (evidence.same_middle or not self.same_middle)
        )


_FAMILY_IN_OTHER_FORM = frozenset({Family.OTHER_NAME, Family.PART})
_FAMILY_RELATED = _FAMILY_IN_OTHER_FORM | {Family.SAME, Family.SLIP, Family.SWAPPED}
_BIRTH_DATE = frozenset({Birth.SAME, Birth.NEW_YEAR})
_BIRTH_SLIP = frozenset({Birth.SWAPPED, Birth.SLIP})

RULES: tuple[Rule, ...] = (
    Rule(
        "names, birth date and a contact agree",
        Grade.CERTAIN,
        frozenset({Given.SAME}),
        frozenset({Family.SAME}),
        frozenset({Birth.SAME}),
        contacts=1,
    ),
    Rule(
        "the same person: given name, birth date and a contact agree",
        Grade.PROBABLE,
        frozenset({Given.SAME}),
        _FAMILY_RELATED,
        _BIRTH_DATE,
        contacts=1,
        tolerates=frozenset({Conflict.SEX}),
    ),
    Rule(
        "the same person, the given name written otherwise",
        Grade.PROBABLE,
        frozenset({Given.NICKNAME, Given.OTHER_NAME, Given.SLIP}),
        _FAMILY_IN_OTHER_FORM | {Family.SAME},
        _BIRTH_DATE,
        contacts=1,
    ),
    Rule(
        "the same person under a new family name",
        Grade.PROBABLE,
        frozenset({Given.SAME}),
        frozenset({Family.DIFFERENT, Family.ABSENT}),
        frozenset({Birth.SAME}),
        contacts=1,
    ),
    Rule(
        "the same person, moved: names and birth date agree",
        Grade.PROBABLE,
        frozenset({Given.SAME}),
        _FAMILY_RELATED,
        frozenset({Birth.SAME}),
    ),
    Rule(
        "the same person, moved: nickname, family name and birth date agree",
        Grade.PROBABLE,
        frozenset({Given.NICKNAME, Given.OTHER_NAME}),
        frozenset({Family.SAME}),
        frozenset({Birth.SAME}),
    ),
    Rule(
        "a slip in the birth date: names and two contacts agree",
        Grade.PROBABLE,
        frozenset({Given.SAME}),
        frozenset({Family.SAME, Family.SWAPPED}),
        _BIRTH_SLIP,
        contacts=2,
    ),
    Rule(
        "a slip in the birth date: names, middle names too, and a contact agree",
        Grade.PROBABLE,
        frozenset({Given.SAME}),
        frozenset({Family.SAME}),
        _BIRTH_SLIP,
        contacts=1,
        same_middle=True,
    ),
    Rule(
        "names are related and the birth date agrees",
        Grade.POSSIBLE,
        frozenset({Given.SAME, Given.NICKNAME, Given.OTHER_NAME, Given.SLIP, Given.MIDDLE_USED}),
        _FAMILY_RELATED,
        _BIRTH_DATE,
        tolerates=frozenset(Conflict),
    ),
    Rule(
        "a household's birth date agrees, the given name is doubtful",
        Grade.POSSIBLE,
        frozenset({Given.ALIKE, Given.INITIAL, Given.ABSENT}),
        _FAMILY_RELATED,
        _BIRTH_DATE,
        contacts=1,
        tolerates=frozenset({Conflict.MIDDLE, Conflict.SUFFIX}),
    ),
    Rule(
        "names and a contact agree, the birth date is nearly the same",
        Grade.POSSIBLE,
        frozenset({Given.SAME, Given.NICKNAME}),
        _FAMILY_IN_OTHER_FORM | {Family.SAME, Family.SWAPPED},
        _BIRTH_SLIP,
        contacts=1,
    ),
    Rule(
        "names and a contact agree, a birth date is not known",
        Grade.POSSIBLE,
        frozenset({Given.SAME, Given.NICKNAME}),
        frozenset({Family.SAME, Family.OTHER_NAME}),
        frozenset({Birth.ABSENT}),
        contacts=1,
    ),
)


def judge(evidence: Evidence) -> Rule | None:
    """The first rule that fits, so the surest; None: two people."""
    return next((rule for rule in RULES if rule.fits(evidence)), None)


def reasons(rule: Rule, evidence: Evidence) -> tuple[str, ...]:
    """The rule in its own words, then what speaks for it, then what speaks against it ("but …"); no patient's fact."""
    levels = (evidence.given, evidence.family, evidence.birth)
    against = {Given.ALIKE, Given.ABSENT, Family.DIFFERENT, Family.ABSENT, *_BIRTH_SLIP, Birth.ABSENT}
    said = [level.value for level in levels if level not in against and level is not Family.SWAPPED]
    if evidence.family is Family.SWAPPED:
        said = ["given and family name changed places", *(text for text in said if text != Given.SAME.value)]
    if evidence.same_middle:
        said.append("same middle name")
    said.extend(contact.value for contact in evidence.contacts)
    doubts = [level.value for level in levels if level in against]
    doubts.extend(sorted(conflict.value for conflict in evidence.conflicts))
    if not evidence.contacts:
        doubts.append("no contact in common")
    return (rule.words, *said, *(f"but {doubt}" for doubt in doubts))
