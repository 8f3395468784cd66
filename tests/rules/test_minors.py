"""How old a patient is on a day, and when a child is of age."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portaldesk.rules import minors

births = st.dates(date(1920, 1, 1), date(2020, 12, 31))


@pytest.mark.parametrize(
    ("born", "today", "years"),
    [
        (date(2010, 6, 15), date(2026, 6, 14), 15),
        (date(2010, 6, 15), date(2026, 6, 15), 16),
        (date(2010, 6, 15), date(2026, 7, 1), 16),
        (date(2010, 6, 15), date(2026, 5, 20), 15),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
    ],
)
def test_a_year_is_completed_on_the_birthday(born: date, today: date, years: int) -> None:
    assert minors.age(born, today) == years


@given(births)
def test_a_child_is_of_age_from_the_first_moment_of_the_18th_birthday(born: date) -> None:
    at = minors.of_age_at(born)
    assert (at.tzinfo, at.hour, at.minute) == (UTC, 0, 0)
    assert minors.age(born, at.date()) == minors.OF_AGE == 18
    assert not minors.is_minor(born, at.date())
    assert minors.is_minor(born, at.date() - timedelta(days=1))


def test_who_was_born_on_a_29_february_is_of_age_on_1_march() -> None:
    assert minors.of_age_at(date(2008, 2, 29)) == datetime(2026, 3, 1, tzinfo=UTC)


def test_nobody_of_an_unknown_birth_date_is_known_to_be_young() -> None:
    today = date(2026, 3, 2)
    assert not minors.is_minor(None, today)
    assert not minors.is_under(14, None, today)


def test_under_an_age_is_until_the_birthday() -> None:
    born = date(2012, 3, 3)
    assert minors.is_under(14, born, date(2026, 3, 2))
    assert not minors.is_under(14, born, date(2026, 3, 3))
