"""A date is read as people say it, in full, or refused without a try."""

from __future__ import annotations

from datetime import date

import pytest
from babel.dates import format_date
from hypothesis import example, given, settings
from hypothesis import strategies as st

from portaldesk.errors import WrongUsage
from portaldesk.rules import dates

TODAY = date(2025, 11, 25)
LOCALES = ("en_US", "en_GB", "es_US", "es_ES", "sv_SE", "de_DE", "fr_FR")
past_days = st.dates(min_value=date(1926, 1, 1), max_value=TODAY)


def read(said: str, locale: str = "en_US") -> date:
    return dates.read_date(said, locale=locale, today=TODAY)


def refused(said: str, locale: str = "en_US") -> WrongUsage:
    with pytest.raises(WrongUsage) as caught:
        read(said, locale)
    assert caught.value.code == "unreadable"
    return caught.value


@pytest.mark.parametrize(
    "said",
    [
        "1952-07-15",
        "1952/7/15",
        "7/15/1952",
        "07.15.1952",
        "07 15 1952",
        "7-15-52",
        "15 July 1952",
        "July 15th, 1952",
        "july 15 1952",
        "Jul. 15, 1952.",
        "15-Jul-1952",
        "15JUL1952",
        "1952 July 15",
        "the 15th of July, 1952",
        "19520715",
        "07151952",
        "15/7/1952",
        "  7 / 15 / 1952 ",
        "7–15–1952",
        "15 July 1952..",
        "7/15/1952" + " " * (64 - len("7/15/1952")),
    ],
)
def test_a_date_is_read_as_people_say_it(said: str) -> None:
    assert read(said) == date(1952, 7, 15)


@pytest.mark.parametrize(
    ("said", "locale", "meant"),
    [
        ("3/4/1952", "en_US", date(1952, 3, 4)),
        ("3/4/1952", "en_GB", date(1952, 4, 3)),
        ("3/4/52", "es_US", date(1952, 4, 3)),
        ("03041952", "en_GB", date(1952, 4, 3)),
        ("52-4-3", "sv_SE", date(1952, 4, 3)),
        ("15/7/1952", "sv_SE", date(1952, 7, 15)),
        ("7/15/1952", "en-GB", date(1952, 7, 15)),
        ("52-7-15", "sv_SE", date(1952, 7, 15)),
        ("13/4/1952", "sv_SE", date(1952, 4, 13)),
        ("4/13/1952", "sv_SE", date(1952, 4, 13)),
        ("15 de julio de 1952", "es-US", date(1952, 7, 15)),
        ("3 fev 1952", "fr_FR", date(1952, 2, 3)),
        ("3 ag 1952", "ca_ES", date(1952, 8, 3)),
        ("1/2/1800", "en_US", date(1800, 1, 2)),
        ("15 de julio de 1952", "es_US", date(1952, 7, 15)),
        ("15 July 1952", "es_ES", date(1952, 7, 15)),
        ("3 sept 1952", "en_US", date(1952, 9, 3)),
        ("1er fevrier 1952", "fr_FR", date(1952, 2, 1)),
    ],
)
def test_figures_and_month_names_follow_the_clinics_locale(said: str, locale: str, meant: date) -> None:
    assert read(said, locale) == meant


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("11/25/25", date(2025, 11, 25)),
        ("11/26/25", date(1925, 11, 26)),
        ("2/29/00", date(2000, 2, 29)),
        ("1 Jan 26", date(1926, 1, 1)),
    ],
)
def test_a_year_of_two_figures_is_in_the_past(said: str, meant: date) -> None:
    assert read(said) == meant


@pytest.mark.parametrize(
    ("said", "today", "meant"),
    [
        ("1/2/00", date(2000, 6, 1), date(2000, 1, 2)),
        ("2/29/00", date(2125, 1, 1), date(2000, 2, 29)),  # 2100 has no such day
        ("1/2/99", date(2099, 1, 2), date(2099, 1, 2)),
        ("1/3/99", date(2099, 1, 2), date(1999, 1, 3)),
    ],
)
def test_a_year_of_two_figures_is_the_latest_that_has_come(said: str, today: date, meant: date) -> None:
    assert dates.read_date(said, locale="en_US", today=today) == meant


@pytest.mark.parametrize(
    "said",
    [
        "",
        "July 1952",
        "15 July",
        "July",
        "1952",
        "7/15",
        "Monday",
        "yesterday",
        "071552",
        "2/30/1952",
        "2/29/1951",
        "13/13/1952",
        "0/5/1952",
        "7/15/952",
        "7/15/19520",
        "7/15/0952",
        "11/26/2025",
        "12/11/2025",
        "9999-12-31",
        "ju 15 1952",
        "fe 15 1952",
        "1952nd July 15",
        "7/015/1952",
        "1952-007-15",
        "7/15/1799",
        "7/15/1952" + " " * 56,
        "15 July 1952 10:30",
        "1952-07-15T00:00:00Z",
        "7/15/1952; 7/16/1952",
        "-7/15/1952",
        "7//15//1952",
        "15th/7/1952",
        "٧/١٥/١٩٥٢",
        "7/15/1952\x00",
        "7/1⁵/1952",
        "1" * 10_000,
        "July 15 1952 " * 1_000,
    ],
)
def test_what_is_no_whole_day_in_the_past_is_unreadable(said: str) -> None:
    refused(said)


def test_month_and_day_that_may_be_either_are_unreadable_where_the_locale_writes_the_year_first() -> None:
    for either in ("3/4/1952", "12/4/1952", "4/12/1952"):
        refused(either, "sv_SE")
    assert read("4/4/1952", "sv_SE") == date(1952, 4, 4)


def test_the_refusal_says_how_to_write_it_and_not_what_was_typed() -> None:
    refusal = refused("Febtober 31 1987")
    assert "1952-07-15" in refusal.hint
    assert "1987" not in refusal.message + refusal.hint


@settings(deadline=None)  # the first call loads a library
@given(past_days, st.sampled_from(LOCALES), st.sampled_from(["short", "medium", "long"]))
def test_every_day_is_read_back_as_the_locale_writes_it(day: date, locale: str, width: str) -> None:
    assert read(format_date(day, format=width, locale=locale), locale) == day


@settings(deadline=None)  # the first call loads a library
@given(past_days, st.sampled_from(LOCALES))
def test_every_day_is_read_back_from_iso(day: date, locale: str) -> None:
    assert read(day.isoformat(), locale) == read(day.strftime("%Y%m%d"), locale) == day


date_like = st.lists(
    st.sampled_from(
        ["1952", "52", "7", "15", "07", "00", "31", "July", "mar", "st", "of", "/", "-", " ", ",", "\x00", "٣"]
    )
).map("".join)


@settings(deadline=None)  # the first call loads a library
@given(st.one_of(st.text(), date_like), st.sampled_from(LOCALES), st.dates(min_value=date(1950, 1, 1)))
@example("0000-00-00", "en_US", TODAY)
@example("İ 1 1952", "en_US", TODAY)
@example("\ud800", "en_US", TODAY)
def test_any_text_is_a_day_in_the_past_or_unreadable(said: str, locale: str, today: date) -> None:
    try:
        day = dates.read_date(said, locale=locale, today=today)
    except WrongUsage as refusal:
        if refusal.code != "unreadable":
            raise
    else:
        assert day <= today


@pytest.mark.parametrize(
    "day",
    [
        date(1900, 1, 1),
        date(1901, 1, 1),
        date(1800, 1, 1),
        date(1753, 1, 1),
        date(1, 1, 1),
        date(9999, 12, 31),
        date(9000, 1, 1),
    ],
)
def test_a_filled_in_date_is_no_evidence(day: date) -> None:
    assert dates.is_placeholder(day)


@pytest.mark.parametrize(
    "day", [date(1900, 1, 2), date(1901, 2, 1), date(1952, 7, 15), date(1970, 1, 1), date(8999, 12, 31), TODAY]
)
def test_a_real_date_is_evidence(day: date) -> None:
    assert not dates.is_placeholder(day)
