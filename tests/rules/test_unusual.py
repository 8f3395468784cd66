"""When a count is far above what chance explains."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portaldesk.rules import unusual

SMALL = st.integers(1, 60)


@given(st.integers(0, 40), SMALL, st.integers(0, 40), SMALL)
def test_the_chance_is_the_binomial_tail(mine: int, of: int, others: int, of_others: int) -> None:
    share, cases = Fraction(of, of + of_others), mine + others
    tail = sum(comb(cases, k) * share**k * (1 - share) ** (cases - k) for k in range(mine, cases + 1))
    assert unusual.chance_of(mine, of, others, of_others) == pytest.approx(float(tail), rel=1e-9)


def test_a_chance_is_never_more_than_one_by_rounding() -> None:
    assert unusual.chance_of(0, 1, 6, 1) == 1.0


def test_twelve_of_twenty_beside_four_of_sixty_is_far_above() -> None:
    assert unusual.far_above_peers(12, 20, 4, 60)


@pytest.mark.parametrize(
    ("mine", "of", "others", "of_others"),
    [
        (6, 20, 15, 60),  # 30 % beside 25 %
        (4, 5, 0, 60),  # too few cases
        (12, 20, 0, 0),  # nobody to compare with
        (60, 100, 400, 1000),  # more, and yet not twice as many
        (600, 1000, 4000, 10_000),  # sure to be more, and yet not twice as many
    ],
)
def test_what_is_not_far_above_is_left_alone(mine: int, of: int, others: int, of_others: int) -> None:
    assert not unusual.far_above_peers(mine, of, others, of_others)


@pytest.mark.parametrize(
    ("mine", "of", "others", "of_others"),
    [
        (5, 20, 0, 200),  # five cases are enough
        (60, 100, 300, 1000),  # twice as many, neither more nor less
        (12, 1, 0, 1),  # all that one piece of work brought, beside another's
    ],
)
def test_a_limit_that_is_just_reached_counts(mine: int, of: int, others: int, of_others: int) -> None:
    assert unusual.far_above_peers(mine, of, others, of_others)


def test_no_cases_elsewhere_is_no_division_by_zero() -> None:
    assert unusual.far_above_peers(9, 20, 0, 60)


def test_counts_of_a_large_clinic_are_judged_at_once() -> None:
    assert unusual.far_above_peers(60_000, 100_000, 200_000, 900_000)


def test_a_day_must_pass_the_others_by_three_deviations_and_ten_at_least() -> None:
    assert unusual.day_limit([2, 3, 4, 3, 2, 3, 17]) == 9  # the spread is tiny: ten at least
    assert unusual.day_limit([20, 24, 16, 20, 28, 12, 60]) == pytest.approx(20 + 3 * 1.4826 * 4)
    assert unusual.day_limit([16] * 9) == pytest.approx(16 + 3 * 4)  # as far as chance alone goes
    assert unusual.day_limit([]) == 9
