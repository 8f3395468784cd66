"""Dates as people say them on the phone: one reading, or none.

A date answer is either read in full or refused as `unreadable`, which costs the caller no try (design §3.2, contract:
"an unreadable answer is 2 and no try"). Therefore nothing is ever filled in: a general parser takes a missing day or
year from today, and a guess that nobody said would then be judged as the caller's answer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from portaldesk.errors import WrongUsage

LONGEST = 64  # characters; "the 15th of September, 1952" has 27. Ours, no source: more is not a date.
EARLIEST_YEAR = 1800  # ours, no source: an earlier year is a slip of the keys, and a slip must not cost a try

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—−"), "-")
# [0-9], for \d takes the figures of every script
_TOKEN = re.compile(
    r"(?:(?P<digits>[0-9]+)(?P<ordinal>(?:st|nd|rd|th|er|º|ª|°)(?![^\W\d_]))?"
    r"|(?P<word>[^\W\d_]+))"
    r" ?[,./-]? ?"
)
_FILLERS = frozenset({"the", "of", "de", "del", "el"})  # "the 15th of July 1952", "el 15 de julio de 1952"


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    is_number: bool
    is_ordinal: bool


def read_date(said: str, *, locale: str, today: date) -> date:
    """The one day that was said: a birth date or a day of a visit, never later than `today`.

    Read are ISO (1952-07-15), figures in the order of the locale's short date in CLDR (7/15/1952 for en_US, 15/7/1952
    for en_GB; where that order gives no date and the other one does, the other), eight figures without marks, and month
    names, whole or shortened, in the locale's language or in English ("July 15th, 1952", "14-Jan-1947"). A year of
    two figures is the latest such year that is not in the future.

    Args:
        said: what was typed.
        locale: the clinic's locale, as "en_US".
        today: the last day that counts as past, in the clinic's time zone.

    Raises:
        WrongUsage: `unreadable`: no date, a part is missing, no such day, or a day to come.
    """
    tokens = _tokens(said)
    reading = None if tokens is None else _reading(tokens, locale, today)
    if reading is None or reading > today:
        raise WrongUsage(
            "unreadable",
            "That cannot be read as a day in the past; nothing was tried.",
            "Write year-month-day with four figures for the year, as in 1952-07-15, or name the month: 15 July 1952.",
        )
    return reading


def is_placeholder(day: date) -> bool:
    """Whether a date on file stands for "not known", and so is no evidence.

    1900-01-01 and 1901-01-01 are what record systems and spreadsheets fill in; nobody born before 1900 is alive (the
    last, Emma Morano, died in 2017), which covers 1753-01-01, 1800-01-01 and 1899-12-30; years from 9000 mean "never".
    """
    return day.year < 1900 or day.year >= 9000 or day in (date(1900, 1, 1), date(1901, 1, 1))


def _tokens(said: str) -> list[_Token] | None:
    """Numbers and words in order; None where anything else stands between them."""
    if len(said) > LONGEST:
        return None
    # NFC, not NFKC: the latter would turn other scripts' figures and "15²" into a date that nobody typed
    text = " ".join(unicodedata.normalize("NFC", said).translate(_DASHES).casefold().split()).rstrip(" .,")
    tokens = []
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            return None
        if found["word"] not in _FILLERS:
            is_number = found["word"] is None
            tokens.append(_Token(found["digits"] if is_number else found["word"], is_number, bool(found["ordinal"])))
        at = found.end()
    return tokens


def _reading(tokens: list[_Token], locale: str, today: date) -> date | None:
    figures = [token.text for token in tokens]
    match "".join("9" if token.is_number else "a" for token in tokens):
        case "9" if len(figures[0]) == 8 and not tokens[0].is_ordinal:
            return _first(_from_eight_figures(figures[0], locale), today)
        case "999" if not any(token.is_ordinal for token in tokens):
            return _first(_from_figures(figures, locale), today)
        case "a99" if not tokens[2].is_ordinal:  # July 15th, 1952
            return _named(figures[2], figures[0], figures[1], locale, today)
        case "9a9" if len(figures[0]) == 4 and not tokens[0].is_ordinal:  # 1952 July 15
            return _named(figures[0], figures[1], figures[2], locale, today)
        case "9a9" if not tokens[2].is_ordinal:  # 15 July 1952
            return _named(figures[2], figures[1], figures[0], locale, today)
        case _:
            return None


def _from_eight_figures(figures: str, locale: str) -> Iterator[tuple[str, str, str]]:
    """19470114, or 01141947 in the locale's order.

    Never both: read from the front, a number that ends in a year from 1800 on has a month of 18 or more.
    """
    yield figures[:4], figures[4:6], figures[6:]
    yield from _from_figures([figures[:2], figures[2:4], figures[4:]], locale)


def _from_figures(figures: list[str], locale: str) -> Iterator[tuple[str, str, str]]:
    """Year, month, day as three numbers may mean them, the likeliest first."""
    first, second, third = figures
    if len(first) == 4:  # nobody writes year-day-month
        yield first, second, third
        return
    order = _order(locale)
    if order == "ymd":
        if len(third) <= 2:
            yield first, second, third
        elif int(first) > 12 or int(second) > 12 or first == second:  # else 3/4/1952 is either, and refused
            yield third, first, second
            yield third, second, first
        return
    month, day = (first, second) if order == "mdy" else (second, first)
    yield third, month, day
    # Figures that are no date in the clinic's order have one reading left: 15/7/1952 said by a caller from abroad.
    yield third, day, month


def _first(candidates: Iterator[tuple[str, str, str]], today: date) -> date | None:
    for year, month, day in candidates:
        if len(month) > 2:
            continue
        reading = _day(year, int(month), day, today)
        if reading is not None:
            return reading
    return None


def _named(year: str, name: str, day: str, locale: str, today: date) -> date | None:
    month = _month(name, locale)
    return None if month is None else _day(year, month, day, today)


def _day(year: str, month: int, day: str, today: date) -> date | None:
    if len(day) > 2:
        return None
    if len(year) == 2:
        # Only one century back: in 2025 "52" is 1952, and never 1852.
        century = today.year // 100 * 100
        years = [century + int(year), century - 100 + int(year)]
    elif len(year) == 4 and int(year) >= EARLIEST_YEAR:
        years = [int(year)]
    else:
        return None
    for candidate in years:
        try:
            reading = date(candidate, month, int(day))
        except ValueError:
            continue
        if reading <= today or len(year) == 4:
            return reading
    return None


def _order(locale: str) -> str:
    """The order of day, month and year in the locale's short date (CLDR dateFormats): "mdy", "dmy" or "ymd"."""
    from babel import Locale

    pattern = Locale.parse(locale.replace("-", "_")).date_formats["short"].pattern.lower()
    return "".join(dict.fromkeys(letter for letter in pattern if letter in "dmy"))


def _month(name: str, locale: str) -> int | None:
    """The month meant by a name, or by a beginning of three letters or more that fits one month only ("sept")."""
    from babel import Locale

    said = _plain(name)
    beginnings = set()
    for language in dict.fromkeys((locale.replace("-", "_"), "en")):
        months = Locale.parse(language).months
        for width in ("wide", "abbreviated"):
            for use in ("format", "stand-alone"):
                for number, text in months[use][width].items():
                    known = _plain(text)
                    if said == known:
                        return int(number)
                    if len(said) >= 3 and known.startswith(said):
                        beginnings.add(int(number))
    return beginnings.pop() if len(beginnings) == 1 else None


def _plain(name: str) -> str:
    """Without accents and the full stop of a shortened name: "févr." is typed "fevr"."""
    letters = unicodedata.normalize("NFD", name.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).strip(". ")
