"""A grade explained a step at a time ends at the grade, and names no patient's fact."""

from __future__ import annotations

from datetime import date

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
    assert beside("Pratt", " pratt") is Beside.SAME
    assert beside("", "bob@example.org") is Beside.ONE
    assert beside("", "") is Beside.NONE
