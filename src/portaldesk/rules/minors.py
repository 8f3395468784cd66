"""How old a patient is, and what that decides. Pure.

Eighteen is the age of majority in most states of the USA (45 CFR 164.502(g)(3) leaves it to them); from when on a child
is helped like any other, and when proxies are shut out, are the clinic's settings (design §3.10).
"""

from __future__ import annotations

from datetime import UTC, date, datetime

OF_AGE = 18


def age(born: date, today: date) -> int:
    """Completed years; who was born on a 29 February completes one on 1 March."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def of_age_at(born: date) -> datetime:
    """When the 18th birthday begins (UTC)."""
    year = born.year + OF_AGE
    try:
        day = born.replace(year=year)
    except ValueError:  # 29 February
        day = date(year, 3, 1)
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def is_under(years: int, born: date | None, today: date) -> bool:
    """Whether a person is known to be younger than so many years."""
    return born is not None and age(born, today) < years


def is_minor(born: date | None, today: date) -> bool:
    """Whether a person is known to be under 18."""
    return is_under(OF_AGE, born, today)
