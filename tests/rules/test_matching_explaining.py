"""A grade explained a step at a time ends at the grade, and names no patient's fact."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portaldesk.rules.matching import Demographics, Grade, find_pairs
from portaldesk.rules.matching.evidence import Evidence
from portaldesk.rules.matching.explaining import Beside, Speaks, beside, differing, steps
from portaldesk.rules.matching.levels import Birth, Conflict, Contact, Family, Given
from portaldesk.rules.matching.rulebook import judge

EVIDENCE = st.builds(
    Evidence,
    st.sampled_from(Given),
    st.sampled_from(Family),
    st.sampled_from(Birth),
    st.lists(st.sampled_from(Contact), unique=True).map(tuple),
    st.frozensets(st.sampled_from(Conflict)),
    st.booleans(),
)
ROBERT = Demographics(
    "1", "Robert", "Whitaker", (), date(1952, 7, 15), "male", "+15559078526", None, "7 Elm St", "Pratt", "67124"
)


@given(EVIDENCE)
def test_the_grade_falls_from_step_to_step_down_to_that_of_the_rule(evidence: Evidence) -> None:
    rule, told = judge(evidence), steps(evidence)
    ranks = [step.leaves.rank for step in told]
    assert ranks == sorted(ranks, reverse=True)
    if rule is not None:
        assert told[-1].leaves is rule.grade
        assert [s for s in told if s.found in evidence.conflicts and s.speaks is not Speaks.AGAINST] == []


def test_a_nickname_and_another_home_are_told_with_what_they_cost() -> None:
    bob = ROBERT._replace(mrn="2", given_name="Bob", address="9 Oak Rd", postal_code="10001", email="bob@example.org")
    (pair,) = find_pairs([ROBERT, bob])
    assert [(s.compared, s.found, s.speaks.value, s.leaves) for s in steps(pair.evidence)] == [
        ("Birth date", "same birth date", "for", Grade.CERTAIN),
        ("Given name", "given names are nicknames of each other", "for", Grade.PROBABLE),
        ("Family name", "same family name", "for", Grade.PROBABLE),
        ("Contacts", "same phone", "for", Grade.PROBABLE),
    ]
    assert differing(ROBERT, bob) == ("given name", "address", "postal code")


FOR, AGAINST = Speaks.FOR, Speaks.AGAINST


@pytest.mark.parametrize(
    ("evidence", "told"),
    [
        (
            Evidence(Given.SAME, Family.SAME, Birth.SLIP, (Contact.PHONE, Contact.ADDRESS), frozenset(), True),
            [
                ("Birth date", "birth dates differ by one slip", AGAINST),
                ("Given name", "same given name", FOR),
                ("Family name", "same family name", FOR),
                ("Middle names", "same middle name", FOR),
                ("Contacts", "same phone, same address", FOR),
            ],
        ),
        (
            Evidence(Given.SAME, Family.SWAPPED, Birth.SAME, (Contact.EMAIL,), frozenset(), False),
            [
                ("Birth date", "same birth date", FOR),
                ("Names", "given and family name changed places", FOR),
                ("Contacts", "same email", FOR),
            ],
        ),
        (
            Evidence(Given.SAME, Family.PART, Birth.SAME, (Contact.PHONE,), frozenset({Conflict.SEX}), False),
            [
                ("Birth date", "same birth date", FOR),
                ("Given name", "same given name", FOR),
                ("Family name", "family name of one is part of the other's", FOR),
                ("Contacts", "same phone", FOR),
                ("Sex", "sex differs", AGAINST),
            ],
        ),
        (
            Evidence(Given.ABSENT, Family.SAME, Birth.SAME, (), frozenset(), False),
            [
                ("Birth date", "same birth date", FOR),
                ("Given name", "given name not known", AGAINST),
                ("Family name", "same family name", FOR),
                ("Contacts", "no contact in common", AGAINST),
            ],
        ),
    ],
)
def test_each_finding_names_what_was_compared_and_for_which_side_it_speaks(
    evidence: Evidence, told: list[tuple[str, str, Speaks]]
) -> None:
    assert judge(evidence) is not None
    assert [(one.compared, one.found, one.speaks) for one in steps(evidence)] == told


@pytest.mark.parametrize(
    ("a", "b", "stands"),
    [
        ("Pratt", "Pratt", Beside.SAME),
        ("Pratt", " pratt", Beside.SAME),
        ("7  Elm St", "7 ELM ST", Beside.SAME),
        ("7 Elm", "7Elm", Beside.DIFFERS),
        ("", "bob@example.org", Beside.ONE),
        ("bob@example.org", "  ", Beside.ONE),
        ("", "", Beside.NONE),
        (" ", " ", Beside.NONE),
        ("", " ", Beside.NONE),
    ],
)
def test_case_and_spaces_make_no_difference_and_what_is_missing_is_none(a: str, b: str, stands: Beside) -> None:
    assert beside(a, b) is beside(b, a) is stands
