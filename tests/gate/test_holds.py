"""When failed checks stop the desk for a patient, to the second (design §3.4); no database in these."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from portaldesk.gate import holds
from portaldesk.store.tables import IdentityCheck
from portaldesk.words import CheckOutcome

NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
DAY, INSTANT = timedelta(hours=24), timedelta(microseconds=1)


def failures(*hours: float) -> list[datetime]:
    return [NOW + timedelta(hours=hour) for hour in hours]


@pytest.mark.parametrize("hours", [(), (0,), (0, 1), (0, 1, 24), (0, 13, 26, 39)])
def test_fewer_than_three_failed_checks_in_24_hours_hold_nobody(hours: tuple[float, ...]) -> None:
    assert holds.held_until(failures(*hours)) is None


def test_three_in_just_less_than_a_day_hold_for_a_day_from_the_third() -> None:
    third = NOW + DAY - INSTANT
    assert holds.held_until([NOW, NOW, third]) == third + DAY
    assert holds.held_until([NOW, NOW, NOW]) == NOW + DAY


def test_every_failed_check_on_hold_makes_it_longer_and_one_after_it_begins_anew() -> None:
    held = failures(0, 0, 0)
    assert holds.held_until([*held, NOW + DAY - INSTANT]) == NOW + 2 * DAY - INSTANT
    longer = failures(0, 0, 20, 43)  # alone in its 24 hours, but on hold
    assert holds.held_until(longer) == NOW + timedelta(hours=67)
    assert holds.held_until([*held, NOW + DAY]) == NOW + DAY, "at its very end there is no hold any more"


def check(**more: Any) -> IdentityCheck:
    values: dict[str, Any] = {
        "id": "c-1", "patient": "MRN-1", "started_at": NOW, "expires_at": NOW + timedelta(minutes=15),
    }  # fmt: skip
    return IdentityCheck(**(values | more))


OVER = NOW + timedelta(minutes=15)
GUESSED: dict[str, Any] = {"outcome": "pending", "level": "none", "wrong": 1}


def test_a_failed_check_failed_when_its_answers_did() -> None:
    assert holds.failed_at(check(outcome=CheckOutcome.FAILED, failed_at=NOW, ended_at=OVER), now=NOW) == NOW


@pytest.mark.parametrize("outcome", ["pending", "held"])
def test_a_check_left_with_a_wrong_answer_fails_when_its_time_is_over(outcome: str) -> None:
    left = check(**GUESSED | {"outcome": outcome})
    assert holds.failed_at(left, now=OVER - INSTANT) is None
    assert holds.failed_at(left, now=OVER) == OVER


@pytest.mark.parametrize("unlike", [{"wrong": 0}, {"level": "basic"}, {"outcome": "passed"}, {"ended_at": NOW}])
def test_a_check_without_a_wrong_answer_or_that_was_put_right_or_ended_is_not_abandoned(unlike: dict[str, Any]) -> None:
    assert holds.failed_at(check(**GUESSED | unlike), now=OVER) is None


def test_who_failed_one_of_its_checks_does_not_end_a_hold() -> None:
    state = holds.HoldState(OVER, 3, frozenset({"sam", "rosa"}))
    assert not holds.may_release(state, "rosa")
    assert holds.may_release(state, "vera")
