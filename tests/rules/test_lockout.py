"""Lockout: five tries, a pause that doubles, and a ceiling that no unlock moves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portaldesk.rules import lockout
from portaldesk.rules.lockout import Lock

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
moments = st.integers(min_value=0, max_value=10_000_000).map(lambda s: NOW + timedelta(seconds=s))


def failed_times(lock: Lock, count: int, *, now: datetime) -> Lock:
    for _ in range(count):
        lock = lockout.failed(lock, now=now)
    return lock


def reached(steps: list[str]) -> tuple[Lock, datetime]:
    """The lock and the time after a story of failures, unlocks and waits."""
    lock, now = lockout.cleared(), NOW
    for step in steps:
        if step == "fail":
            lock = lockout.failed(lock, now=now)
        elif step == "unlock":
            lock = lockout.released(lock)
        else:
            now += timedelta(minutes=20)
    return lock, now


stories = st.lists(st.sampled_from(["fail", "fail", "fail", "unlock", "wait"]), max_size=400).map(reached)


def test_the_fifth_wrong_password_locks_for_fifteen_minutes_and_not_the_fourth() -> None:
    fourth = failed_times(lockout.cleared(), 4, now=NOW)
    assert not lockout.is_locked(fourth, now=NOW)
    assert lockout.failed(fourth, now=NOW) == Lock(5, NOW + timedelta(minutes=15))


@pytest.mark.parametrize(
    ("failures", "minutes"), [(5, 15), (10, 30), (15, 60), (20, 120), (35, 960), (40, 1440), (45, 1440), (95, 1440)]
)
def test_each_pause_is_twice_the_last_and_a_day_at_most(failures: int, minutes: int) -> None:
    assert lockout.failed(Lock(failures - 1, None), now=NOW).until == NOW + timedelta(minutes=minutes)


def test_a_lock_ends_at_its_very_second() -> None:
    lock = Lock(5, NOW)
    assert lockout.is_locked(lock, now=NOW - timedelta(seconds=1))
    assert not lockout.is_locked(lock, now=NOW)


@given(st.integers(0, 99), moments, st.integers(1, 86_400))
def test_tries_while_locked_are_not_counted(failures: int, now: datetime, left: int) -> None:
    lock = Lock(failures, now + timedelta(seconds=left))
    assert lockout.failed(lock, now=now) is lock


@given(stories)
def test_an_unlock_gives_exactly_five_new_tries(story: tuple[Lock, datetime]) -> None:
    lock, now = story
    if not lockout.is_locked(lock, now=now) or lockout.at_ceiling(lock):
        return
    fresh = lockout.released(lock)
    assert fresh.failures == lock.failures
    assert all(lockout.may_try(failed_times(fresh, tries, now=now), now=now) for tries in range(5))
    assert not lockout.may_try(failed_times(fresh, 5, now=now), now=now)


@given(st.integers(0, 94), moments)
def test_five_new_tries_hold_even_beside_a_count_that_we_never_write(failures: int, now: datetime) -> None:
    fresh = lockout.released(Lock(failures, now + timedelta(minutes=1)))
    assert failures <= fresh.failures < failures + 5
    assert lockout.may_try(failed_times(fresh, 4, now=now), now=now)
    assert not lockout.may_try(failed_times(fresh, 5, now=now), now=now)


@given(st.integers(0, 200))
def test_an_unlock_of_what_is_not_locked_changes_nothing(failures: int) -> None:
    assert lockout.released(Lock(failures, None)) == Lock(failures, None)


@given(st.integers(0, 200), moments)
def test_an_unlock_never_takes_failures_off_nor_buys_the_ceiling(failures: int, until: datetime) -> None:
    fresh = lockout.released(Lock(failures, until))
    assert fresh.failures >= failures
    assert lockout.at_ceiling(fresh) == (failures >= 100)


def test_a_guesser_whom_the_desk_keeps_unlocking_is_shut_out_at_one_hundred() -> None:
    lock, tries = lockout.cleared(), 0
    while lockout.may_try(lock, now=NOW):
        lock, tries = lockout.failed(lock, now=NOW), tries + 1
        lock = lockout.released(lock)
        assert tries <= 100
    assert tries == 100
    assert lockout.at_ceiling(lock)
    later = NOW + timedelta(days=365)
    assert not lockout.may_try(lock, now=later)
    assert lockout.failed(lock, now=later) is lock


def test_a_success_or_a_recovery_clears_count_and_lock() -> None:
    assert lockout.cleared() == Lock(0, None)
    assert lockout.may_try(lockout.cleared(), now=NOW)


@given(st.integers(0, 10**12))
def test_a_pause_is_never_longer_than_a_day(failures: int) -> None:
    assert 0 <= lockout.lock_minutes(failures) <= 24 * 60
