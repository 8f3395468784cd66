"""Holds: three failed checks in a day stop the desk for that patient, and an admin may end it (design §3.4)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from phone_calls import ANA, BEN, ROSA, SAM, Desk

from portaldesk.errors import NotAllowed, StateForbids, WrongUsage
from portaldesk.gate import holds
from portaldesk.services import calls, holding
from portaldesk.store import record
from portaldesk.words import CheckOutcome


def held(desk: Desk) -> list[tuple[str, int]]:
    return [(one.patient, one.failures) for one in holding.list_held(desk.session, now=desk.now)]


def test_the_third_failed_check_in_a_day_holds_and_the_hold_ends_a_day_after_it(desk: Desk) -> None:
    for _ in range(2):
        desk.fails(ANA)
    assert held(desk) == []
    desk.later(hours=20)
    desk.fails(ANA)
    (one,) = holding.list_held(desk.session, now=desk.now)
    assert (one.patient, one.failures, one.until) == (ANA, 3, desk.now + timedelta(hours=24))
    desk.now = one.until
    assert held(desk) == []


def test_failed_checks_more_than_a_day_apart_hold_nobody(desk: Desk) -> None:
    for _ in range(4):
        desk.fails(ANA)
        desk.later(hours=13)
    assert held(desk) == []


def test_a_failed_check_on_hold_makes_it_longer(desk: Desk) -> None:
    for _ in range(3):
        desk.fails(ANA)
    desk.later(hours=23)
    desk.fails(ANA)
    (one,) = holding.list_held(desk.session, now=desk.now)
    assert one.until == desk.now + timedelta(hours=24)


def test_the_list_shows_who_is_free_soonest_first(desk: Desk) -> None:
    for mrn in (BEN, ANA):
        for _ in range(3):
            desk.fails(mrn)
    assert held(desk) == [(BEN, 3), (ANA, 3)]


def test_an_admin_who_failed_none_of_them_releases_it_with_a_reason(desk: Desk) -> None:
    for _ in range(3):
        desk.fails(ANA)
    with pytest.raises(WrongUsage):
        holding.release(desk.session, ROSA, ANA, reason=" ", now=desk.later(minutes=1))
    done = holding.release(desk.session, ROSA, ANA, reason="spoke in person", now=desk.later(minutes=1))
    assert desk.event(done.audit_seq).reason == "spoke in person"
    assert held(desk) == []
    assert desk.basic(ANA).outcome is CheckOutcome.PASSED


def test_after_a_release_failures_are_counted_anew(desk: Desk) -> None:
    for _ in range(3):
        desk.fails(ANA)
    holding.release(desk.session, ROSA, ANA, reason="spoke in person", now=desk.later(minutes=1))
    for expected in ([], [], [(ANA, 3)]):
        desk.fails(ANA)
        assert held(desk) == expected


def test_callers_who_guess_once_and_fall_silent_bring_a_hold_as_well(desk: Desk) -> None:
    for _ in range(3):
        desk.asks(ANA, postal_code="67125")
        desk.later(minutes=16)
    assert held(desk) == [(ANA, 3)]


def test_a_check_that_failed_by_its_code_counts_like_one_that_failed_by_its_answers(desk: Desk) -> None:
    desk.basic(ANA)
    desk.asks(ANA, send_code="email")
    wrong = "1111 1111" if desk.code(ANA) == "00000000" else "0000 0000"
    seen = [desk.asks(ANA, code=wrong) for _ in range(5)]
    assert [one.outcome for one in seen[-2:]] == [CheckOutcome.PASSED, CheckOutcome.FAILED]
    for expected in ([], [(ANA, 3)]):
        desk.fails(ANA)
        assert held(desk) == expected


def test_a_release_ends_what_failed_up_to_its_very_moment(desk: Desk) -> None:
    for _ in range(3):
        desk.fails(ANA)
    holding.release(desk.session, ROSA, ANA, reason="spoke in person", now=desk.now)
    assert held(desk) == []
    for _ in range(2):
        desk.fails(ANA)
    assert held(desk) == []


def test_of_two_releases_the_later_counts(desk: Desk) -> None:
    for _ in range(2):
        for _ in range(3):
            desk.fails(ANA)
        holding.release(desk.session, ROSA, ANA, reason="spoke in person", now=desk.later(minutes=1))
    for _ in range(2):
        desk.fails(ANA)
    assert held(desk) == []


def test_nothing_but_a_release_of_this_patient_that_was_done_ends_a_hold(desk: Desk) -> None:
    for mrn in (ANA, BEN):
        for _ in range(3):
            desk.fails(mrn)
    holding.release(desk.session, ROSA, BEN, reason="spoke in person", now=desk.later(minutes=1))
    for action, outcome in ((holds.RELEASED, "refused"), ("diagnose", "done")):
        record.append(desk.session, ROSA.entry(action, outcome, patient=ANA), now=desk.later(minutes=1))
    assert held(desk) == [(ANA, 3)]


def test_who_failed_one_of_them_does_not_release_it(desk: Desk) -> None:
    desk.fails(ANA, actor=ROSA)
    calls.end_call(desk.session, ROSA, note="", now=desk.later(seconds=5))
    for _ in range(2):
        desk.fails(ANA)
    with pytest.raises(NotAllowed) as refused:
        holding.release(desk.session, ROSA, ANA, reason="spoke in person", now=desk.later(minutes=1))
    assert refused.value.code == "own-request"
    assert held(desk) == [(ANA, 3)]


def test_who_is_not_on_hold_is_not_released(desk: Desk) -> None:
    with pytest.raises(StateForbids) as refused:
        holding.release(desk.session, ROSA, ANA, reason="to be sure", now=desk.now)
    assert refused.value.code == "not-on-hold"


def test_a_wrong_answer_that_was_put_right_holds_nobody(desk: Desk) -> None:
    for _ in range(4):
        desk.asks(ANA, postal_code="67125")
        desk.basic(ANA)
        calls.end_call(desk.session, SAM, note="", now=desk.later(minutes=1))
    assert held(desk) == []
