"""What an identity check is worth, to the second and to the try (design §3.1 to §3.4); no database in these."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from portaldesk.gate import checks
from portaldesk.gate.actions import ACTIONS, desk_actions
from portaldesk.gate.checks import CheckFacts, Refusal
from portaldesk.gate.requests import NOT_BY
from portaldesk.rules.assurance import Evidence
from portaldesk.words import Action, CheckOutcome, Level, Method, MethodOutcome

NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
OVER = NOW + timedelta(minutes=15)
INSTANT = timedelta(microseconds=1)
CALL: dict[str, Any] = {"patient": "MRN-1", "staff": "sam", "session": "S-1"}
BEGUN = CheckFacts(**CALL, expires_at=OVER)
MATCH, WRONG, SAW = MethodOutcome.MATCH, MethodOutcome.NO_MATCH, MethodOutcome.ATTESTED
SENDS = (Action.RESEND_INVITE, Action.SEND_RESET, Action.RECOVER_USERNAME)


def heard(*methods: Method, outcome: MethodOutcome = MATCH) -> list[Evidence]:
    return [Evidence(method, outcome) for method in methods]


KNOWN = heard(Method.BIRTH_DATE, Method.POSTAL_CODE, Method.PHONE)
BASIC = checks.grown(BEGUN, KNOWN)
IN_PERSON = checks.grown(BEGUN, [*heard(Method.BIRTH_DATE), Evidence(Method.PHOTO_ID, SAW)])
BY_CODE = checks.grown(BASIC, heard(Method.CODE_EMAIL))
BY_CALLBACK = checks.grown(BASIC, heard(Method.CALLBACK, outcome=SAW))


def live(check: CheckFacts | None, *, now: datetime = NOW, **other: Any) -> Refusal | None:
    return checks.why_not_live(check, **(CALL | other), now=now)


def test_a_check_that_was_just_begun_holds_nothing_against_the_caller_and_nothing_for_them() -> None:
    assert (BEGUN.evidence, BEGUN.spoiled, BEGUN.wrong, BEGUN.ended) == ((), frozenset(), 0, False)
    assert (BEGUN.level, BEGUN.outcome) == (Level.NONE, CheckOutcome.PENDING)
    assert checks.grown(BEGUN) == BEGUN


@pytest.mark.parametrize("other", [{"patient": "MRN-2"}, {"staff": "cole"}, {"staff": None}, {"session": "S-2"}])
def test_a_check_counts_for_its_patient_its_staff_member_and_its_call_alone(other: dict[str, Any]) -> None:
    assert live(BASIC) is None
    assert live(BASIC, **other) is Refusal.NONE_MADE
    assert live(None) is Refusal.NONE_MADE


def test_a_check_lives_fifteen_minutes_and_not_a_moment_more() -> None:
    assert live(BASIC, now=OVER - INSTANT) is None
    assert live(BASIC, now=OVER) is Refusal.EXPIRED


def test_what_failed_or_ended_is_said_before_what_is_merely_over() -> None:
    failed = checks.grown(BASIC, wrong=2)
    assert live(failed, now=OVER) is Refusal.FAILED
    assert live(replace(BASIC, ended=True), now=OVER) is Refusal.ENDED


def test_two_wrong_answers_fail_a_check_and_one_does_not() -> None:
    once = checks.grown(BEGUN, heard(Method.PHONE, outcome=WRONG), wrong=1)
    assert (once.wrong, once.outcome, once.ended) == (1, CheckOutcome.PENDING, False)
    twice = checks.grown(once, heard(Method.EMAIL, outcome=WRONG), wrong=1)
    assert (twice.wrong, twice.outcome, twice.ended) == (2, CheckOutcome.FAILED, True)


def test_a_check_that_ended_never_opens_again() -> None:
    assert checks.grown(replace(BASIC, ended=True), heard(Method.EMAIL)).ended
    assert not checks.grown(BASIC, heard(Method.EMAIL)).ended


def test_a_check_may_be_failed_whatever_was_heard() -> None:
    failed = checks.grown(BASIC, heard(Method.EMAIL), failed=True)
    assert (failed.outcome, failed.ended, failed.level) == (CheckOutcome.FAILED, True, Level.BASIC)


def test_a_fact_by_which_the_patient_was_found_stays_spoiled() -> None:
    found = checks.grown(BEGUN, heard(Method.BIRTH_DATE), spoiled=[Method.PHONE])
    more = checks.grown(found, heard(Method.POSTAL_CODE, Method.PHONE))
    assert (more.spoiled, more.level) == (frozenset({Method.PHONE}), Level.NONE)
    twice = checks.grown(more, spoiled=[Method.EMAIL])
    assert twice.spoiled == {Method.PHONE, Method.EMAIL}
    assert checks.grown(twice, heard(Method.LAST_VISIT)).level is Level.BASIC


def test_a_patient_on_hold_passes_by_photo_id_with_the_birth_date_and_by_nothing_else() -> None:
    assert checks.grown(BEGUN, KNOWN, on_hold=True).outcome is CheckOutcome.HELD
    assert checks.grown(BASIC, heard(Method.CODE_EMAIL), on_hold=True).outcome is CheckOutcome.HELD
    photo = checks.grown(BEGUN, [Evidence(Method.PHOTO_ID, SAW)], on_hold=True)
    assert photo.outcome is CheckOutcome.HELD
    assert checks.grown(photo, heard(Method.BIRTH_DATE), on_hold=True).outcome is CheckOutcome.PASSED


@pytest.mark.parametrize("action", list(ACTIONS))
def test_an_action_is_allowed_from_its_level_on(action: Action) -> None:
    rank = ACTIONS[action].level.rank
    for check in (BEGUN, BASIC, IN_PERSON):
        allowed = checks.why_not_enough(check, action, on_hold=False)
        assert allowed is (None if check.level.rank >= rank else Refusal.TOO_WEAK)


@pytest.mark.parametrize("action", desk_actions())
def test_on_hold_a_check_only_takes_access_away_unless_it_rests_on_photo_id(action: Action) -> None:
    takes_away = action is Action.SECURE_ACCOUNT
    held = replace(BY_CODE, outcome=CheckOutcome.HELD)
    assert checks.why_not_enough(IN_PERSON, action, on_hold=True) is None
    assert checks.why_not_enough(BY_CALLBACK, action, on_hold=True) is (None if takes_away else Refusal.ON_HOLD)
    for on_hold in (True, False):
        assert checks.why_not_enough(held, action, on_hold=on_hold) is (None if takes_away else Refusal.ON_HOLD)


def test_photo_id_is_no_ground_on_hold_before_the_birth_date_matched() -> None:
    assert IN_PERSON.photo_id
    seen = checks.grown(BEGUN, [*heard(Method.POSTAL_CODE, Method.PHONE), Evidence(Method.PHOTO_ID, SAW)])
    assert not seen.photo_id
    assert checks.why_not_enough(seen, Action.RESEND_INVITE, on_hold=True) is Refusal.ON_HOLD
    assert not BY_CALLBACK.photo_id


@pytest.mark.parametrize("action", [Action.ENABLE, Action.UPDATE_CONTACT])
def test_a_code_to_the_email_on_file_is_not_enough_for_what_outlives_that_email(action: Action) -> None:
    assert checks.why_not_enough(BY_CODE, action, on_hold=False) is Refusal.TOO_WEAK
    assert checks.why_not_enough(BY_CALLBACK, action, on_hold=False) is None
    assert checks.why_not_enough(BY_CODE, Action.ISSUE_TEMP_LOGIN, on_hold=False) is None


def test_the_channel_that_changes_never_speaks_for_its_own_change() -> None:
    asked = (Action.UPDATE_CONTACT, [Method.CALLBACK])
    assert checks.why_not_enough(BY_CALLBACK, asked[0], on_hold=False, not_by=asked[1]) is Refusal.TOO_WEAK
    assert checks.why_not_enough(IN_PERSON, asked[0], on_hold=False, not_by=asked[1]) is None


def test_a_spoiled_fact_does_not_come_back_where_a_channel_is_left_out() -> None:
    spoiled = replace(BY_CALLBACK, spoiled=frozenset({Method.PHONE}))
    assert checks.why_not_enough(spoiled, Action.ISSUE_TEMP_LOGIN, on_hold=False) is Refusal.TOO_WEAK


@pytest.mark.parametrize("action", SENDS)
def test_one_check_sends_three_times_and_says_when_it_just_did(action: Action) -> None:
    assert checks.uses(action, [], now=NOW) == checks.Uses(3, recent=False)
    long_ago, lately = NOW - timedelta(seconds=120), NOW - timedelta(seconds=120) + INSTANT
    assert checks.uses(action, [long_ago], now=NOW) == checks.Uses(2, recent=False)
    assert checks.uses(action, [lately, long_ago], now=NOW) == checks.Uses(1, recent=True)
    assert checks.uses(action, [long_ago] * 3, now=NOW) == checks.Uses(0, recent=False)


@pytest.mark.parametrize("action", [a for a in ACTIONS if ACTIONS[a].times == 1])
def test_anything_else_is_done_once_by_one_check(action: Action) -> None:
    assert checks.uses(action, [], now=NOW) == checks.Uses(1, recent=False)
    assert checks.uses(action, [NOW], now=NOW) == checks.Uses(0, recent=False)


def test_a_caller_who_hangs_up_after_a_wrong_answer_failed() -> None:
    guessed = checks.grown(BEGUN, heard(Method.PHONE, outcome=WRONG), wrong=1)
    assert (checks.closed(guessed).outcome, checks.closed(guessed).ended) == (CheckOutcome.FAILED, True)
    corrected = checks.grown(guessed, KNOWN)
    assert (checks.closed(corrected).outcome, checks.closed(corrected).ended) == (CheckOutcome.PASSED, True)
    silent = checks.closed(checks.grown(BEGUN, heard(Method.BIRTH_DATE)))
    assert (silent.outcome, silent.ended) == (CheckOutcome.PENDING, True)


def test_the_desk_calls_back_only_a_number_that_the_caller_gave_and_that_is_on_file() -> None:
    assert checks.why_no_callback(BASIC) is None
    assert checks.why_no_callback(checks.grown(BEGUN, heard(Method.PHONE))) is Refusal.TOO_WEAK
    without = checks.grown(BEGUN, heard(Method.BIRTH_DATE, Method.POSTAL_CODE, Method.EMAIL))
    assert checks.why_no_callback(without) is Refusal.NO_NUMBER
    wrong = checks.grown(without, heard(Method.PHONE, outcome=WRONG), wrong=1)
    assert checks.why_no_callback(wrong) is Refusal.NO_NUMBER
    found_by_it = checks.grown(without, heard(Method.PHONE), spoiled=[Method.PHONE])
    assert checks.why_no_callback(found_by_it) is Refusal.NO_NUMBER


def test_a_code_is_mailed_for_nobody_who_knows_nothing() -> None:
    assert checks.why_no_code(BEGUN) is Refusal.TOO_WEAK
    assert checks.why_no_code(BASIC) is None


def test_the_fifth_wrong_code_fails_the_check_and_the_fourth_does_not() -> None:
    fourth = checks.code_tried(BASIC, right=False, tries=4)
    assert (fourth.outcome, fourth.level, fourth.wrong) == (CheckOutcome.PASSED, Level.BASIC, 0)
    fifth = checks.code_tried(fourth, right=False, tries=5)
    assert (fifth.outcome, fifth.ended) == (CheckOutcome.FAILED, True)
    assert checks.code_tried(BASIC, right=False, tries=6).outcome is CheckOutcome.FAILED


def test_a_right_code_makes_a_check_strong_at_any_try_and_passes_nobody_on_hold() -> None:
    right = checks.code_tried(BASIC, right=True, tries=5)
    assert (right.level, right.outcome, right.ended) == (Level.STRONG, CheckOutcome.PASSED, False)
    assert Method.CODE_EMAIL in right.held
    held = checks.code_tried(BASIC, right=True, tries=1, on_hold=True)
    assert (held.level, held.outcome) == (Level.STRONG, CheckOutcome.HELD)


def test_a_texted_code_counts_as_a_call_back_does_so_that_what_is_explored_of_the_one_holds_for_the_other() -> None:
    by_text = checks.code_tried(BASIC, right=True, tries=1, method=Method.CODE_PHONE)
    assert by_text.level is BY_CALLBACK.level is Level.STRONG
    for action in ACTIONS:
        for not_by in (frozenset(), *NOT_BY.values()):
            answers = [
                checks.why_not_enough(one, action, on_hold=False, not_by=not_by) for one in (by_text, BY_CALLBACK)
            ]
            assert answers[0] is answers[1]
