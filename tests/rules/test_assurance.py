"""The level that evidence reaches: knowledge alone never makes strong, nothing wrong ever helps (design §3.1, §3.2)."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portaldesk.rules.assurance import (
    BASIC_FACTS,
    Evidence,
    all_there_is,
    facts_to_ask,
    from_text,
    level_of,
    outcome_of,
    to_text,
    with_evidence,
)
from portaldesk.words import KNOWLEDGE, POSSESSION, PROXY_KNOWLEDGE, CheckOutcome, Level, Method, MethodOutcome

GOOD = (MethodOutcome.MATCH, MethodOutcome.ATTESTED)
any_evidence = st.dictionaries(st.sampled_from(list(Method)), st.sampled_from(list(MethodOutcome))).map(
    lambda found: [Evidence(method, outcome) for method, outcome in found.items()]
)
spoiled_ones = st.sets(st.sampled_from(KNOWLEDGE))
orders = st.permutations(KNOWLEDGE)


def held(evidence: list[Evidence]) -> set[Method]:
    return {e.method for e in evidence if e.outcome in GOOD}


@given(any_evidence, spoiled_ones)
def test_knowledge_alone_never_reaches_strong(evidence: list[Evidence], spoiled: set[Method]) -> None:
    known = [e for e in evidence if e.method in KNOWLEDGE]
    assert level_of(known, spoiled) is not Level.STRONG


def test_a_newer_answer_takes_the_place_of_an_older_one_but_a_match_is_never_unsaid() -> None:
    wrong, right = (Evidence(Method.PHONE, one) for one in (MethodOutcome.NO_MATCH, MethodOutcome.MATCH))
    seen = Evidence(Method.PHOTO_ID, MethodOutcome.ATTESTED, "passport")
    assert with_evidence([wrong], [right, seen]) == [right, seen]
    assert with_evidence([right, seen], [wrong, Evidence(Method.PHOTO_ID, MethodOutcome.NO_MATCH)]) == [right, seen]
    assert with_evidence([], [right]) == [right]


def subsets(methods: Iterable[Method]) -> list[set[Method]]:
    every = list(methods)
    return [set(some) for size in range(len(every) + 1) for some in combinations(every, size)]


def test_the_level_is_what_the_design_says_whatever_matched_and_whatever_was_spoiled() -> None:
    for matched in subsets(Method):
        evidence = [Evidence(method, GOOD[n % 2]) for n, method in enumerate(matched)]
        for spoiled in subsets(KNOWLEDGE):
            facts = (matched & {*KNOWLEDGE, *PROXY_KNOWLEDGE}) - spoiled
            basic = len(facts) >= 3 and Method.BIRTH_DATE in facts
            in_person = {Method.PHOTO_ID, Method.BIRTH_DATE} <= matched
            strong = in_person or (basic and bool(matched & set(POSSESSION)))
            expected = Level.STRONG if strong else Level.BASIC if basic else Level.NONE
            assert level_of(evidence, spoiled) is expected


@given(any_evidence, spoiled_ones, st.sampled_from(list(Method)))
def test_an_answer_that_did_not_match_never_raises_a_level(
    evidence: list[Evidence], spoiled: set[Method], method: Method
) -> None:
    for outcome in (MethodOutcome.NO_MATCH, MethodOutcome.NOT_ON_FILE, MethodOutcome.SENT):
        more = [e for e in evidence if e.method is not method] + [Evidence(method, outcome)]
        without = [e for e in evidence if e.method is not method]
        assert level_of(more, spoiled) is level_of(without, spoiled)


@given(any_evidence, any_evidence, spoiled_ones)
def test_a_check_grows_and_never_shrinks(evidence: list[Evidence], newer: list[Evidence], spoiled: set[Method]) -> None:
    after = with_evidence(evidence, newer)
    assert held(evidence) <= held(after)
    assert level_of(after, spoiled).reaches(level_of(evidence, spoiled))
    assert len({e.method for e in after}) == len(after)


@given(any_evidence, spoiled_ones, st.sets(st.sampled_from(KNOWLEDGE)))
def test_a_spoiled_fact_only_takes_away(evidence: list[Evidence], spoiled: set[Method], more: set[Method]) -> None:
    assert level_of(evidence, spoiled).reaches(level_of(evidence, spoiled | more))


@given(st.sampled_from(list(Level)), st.integers(0, 6), st.booleans(), st.booleans())
def test_two_wrong_answers_fail_whatever_else_matched(level: Level, wrong: int, on_hold: bool, photo: bool) -> None:
    outcome = outcome_of(level, wrong=wrong, on_hold=on_hold, photo_id=photo)
    assert (outcome is CheckOutcome.FAILED) == (wrong > 1)
    if outcome is CheckOutcome.PASSED:
        assert level is not Level.NONE
        assert not on_hold or (photo and level is Level.STRONG)
    if on_hold and wrong <= 1 and not photo:
        assert outcome is CheckOutcome.HELD


def test_where_a_check_stands_is_what_the_design_says() -> None:
    passed, pending, held = CheckOutcome.PASSED, CheckOutcome.PENDING, CheckOutcome.HELD
    for wrong in (0, 1):
        for photo in (True, False):
            for level, free in ((Level.NONE, pending), (Level.BASIC, passed), (Level.STRONG, passed)):
                assert outcome_of(level, wrong=wrong, on_hold=False, photo_id=photo) is free
                on_hold = passed if photo and level is Level.STRONG else held
                assert outcome_of(level, wrong=wrong, on_hold=True, photo_id=photo) is on_hold


@given(orders, any_evidence, spoiled_ones, st.sets(st.sampled_from(KNOWLEDGE)))
def test_only_open_facts_on_file_are_asked_and_never_more_than_are_missing(
    order: list[Method], evidence: list[Evidence], spoiled: set[Method], on_file: set[Method]
) -> None:
    ask = facts_to_ask(order, evidence, spoiled, on_file)
    assert len(set(ask)) == len(ask) <= BASIC_FACTS
    matched = {e.method for e in evidence if e.outcome is MethodOutcome.MATCH}
    assert set(ask) <= on_file - spoiled - matched


BIRTH, POSTAL, PHONE, EMAIL, VISIT = KNOWLEDGE


@pytest.mark.parametrize(
    ("matched", "asked"),
    [
        ([], [BIRTH, VISIT, EMAIL]),
        ([VISIT], [BIRTH, EMAIL]),
        ([BIRTH], [VISIT, EMAIL]),
        ([VISIT, EMAIL], [BIRTH]),
        ([VISIT, EMAIL, PHONE], [BIRTH]),
        ([BIRTH, EMAIL, PHONE], []),
        ([BIRTH, EMAIL, PHONE, VISIT], []),
    ],
)
def test_what_is_missing_to_basic_is_asked_in_the_drawn_order_and_the_birth_date_first(
    matched: list[Method], asked: list[Method]
) -> None:
    said = [Evidence(method, MethodOutcome.MATCH) for method in matched]
    assert facts_to_ask([VISIT, EMAIL, PHONE, BIRTH, POSTAL], said, (), KNOWLEDGE) == asked


def test_what_was_answered_wrong_is_asked_again_only_after_the_others() -> None:
    said = [Evidence(VISIT, MethodOutcome.NO_MATCH), Evidence(BIRTH, MethodOutcome.MATCH)]
    assert facts_to_ask([VISIT, EMAIL, PHONE, BIRTH], said, (), KNOWLEDGE) == [EMAIL, PHONE]
    assert facts_to_ask([VISIT, EMAIL, BIRTH], said, (), KNOWLEDGE) == [EMAIL, VISIT]


@given(orders, any_evidence, st.sets(st.sampled_from(KNOWLEDGE)))
def test_answering_all_that_is_asked_reaches_basic_wherever_the_file_can(
    order: list[Method], evidence: list[Evidence], on_file: set[Method]
) -> None:
    asked = facts_to_ask(order, evidence, (), on_file)
    answered = with_evidence(evidence, [Evidence(m, MethodOutcome.MATCH) for m in asked])
    could = with_evidence(evidence, [Evidence(m, MethodOutcome.MATCH) for m in on_file])
    attested = any(e.outcome is MethodOutcome.ATTESTED and e.method in KNOWLEDGE for e in evidence)
    if not attested and level_of(could) is not Level.NONE:
        assert level_of(answered) is not Level.NONE
    if Method.BIRTH_DATE in asked:
        assert asked[0] is Method.BIRTH_DATE


def test_evidence_is_kept_in_the_form_that_the_guards_read() -> None:
    kept = to_text([Evidence(PHONE, MethodOutcome.MATCH), Evidence(Method.PHOTO_ID, MethodOutcome.ATTESTED, "visa")])
    assert kept == (
        '[{"method": "phone", "outcome": "match"}, {"method": "photo-id", "outcome": "attested", "note": "visa"}]'
    )
    assert from_text('[{"method": "phone", "outcome": "match"}]') == [Evidence(PHONE, MethodOutcome.MATCH, "")]


@given(any_evidence, st.text(max_size=60))
def test_evidence_comes_back_from_the_store_as_it_was(evidence: list[Evidence], note: str) -> None:
    noted = [Evidence(e.method, e.outcome, note) for e in evidence]
    assert from_text(to_text(noted)) == noted


ON_FILE = {Method.BIRTH_DATE, Method.POSTAL_CODE}


@pytest.mark.parametrize(
    ("on_file", "matched", "spoiled", "all_of_it"),
    [
        (ON_FILE, ON_FILE, (), True),
        (ON_FILE | {Method.PHOTO_ID}, ON_FILE, (), True),  # what is no knowledge is on nobody's file
        (ON_FILE, ON_FILE | {Method.PHONE}, (), True),
        (ON_FILE, {Method.BIRTH_DATE}, (), False),
        (ON_FILE, ON_FILE, (Method.POSTAL_CODE,), False),
        ({Method.BIRTH_DATE}, ON_FILE, (), False),
        ({Method.POSTAL_CODE}, ON_FILE, (), False),
        ({Method.BIRTH_DATE, Method.PHONE}, ON_FILE | {Method.PHONE}, (), False),
        (ON_FILE | {Method.PHONE}, ON_FILE | {Method.PHONE}, (), False),
        ((), (), (), False),
    ],
)
def test_all_there_is_are_birth_date_and_postal_code_both_matched_and_nothing_else_on_file(
    on_file: Iterable[Method], matched: Iterable[Method], spoiled: tuple[Method, ...], all_of_it: bool
) -> None:
    evidence = [Evidence(method, MethodOutcome.MATCH) for method in matched]
    evidence += [Evidence(method, MethodOutcome.NO_MATCH) for method in on_file if method not in set(matched)]
    assert all_there_is(evidence, spoiled, set(on_file)) is all_of_it
