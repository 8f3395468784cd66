"""Times as a patient reads them: where the clinic is, in the patient's language, and how long something still lives."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from functools import cache, lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

if TYPE_CHECKING:
    from portaldesk.mail.stationery import Stationery


def moment(on: Stationery, at: datetime) -> str:
    """As "Thursday, November 26, 2026, 3:42 PM EST"; in another language and country, as it is written there."""
    return _at_the_clinic(on, at, "full")


def short_moment(on: Stationery, at: datetime) -> str:
    """As "11/26/26, 3:42 PM EST"."""
    return _at_the_clinic(on, at, "short")


def day(on: Stationery, at: datetime) -> str:
    """As "November 26, 2026"."""
    return _day(at.astimezone(zone(on.settings.time_zone)).date().toordinal(), on.settings.locale, on.language)


def time_left(on: Stationery, until: datetime, now: datetime) -> str:
    """As "10 minutes", "24 hours", "7 days": begun minutes count, hours and days are whole ones."""
    minutes = max(0, -int((now - until).total_seconds() // 60))
    if minutes < 120:
        return on.count("%(n)d minute", "%(n)d minutes", minutes)
    if minutes <= 48 * 60:
        return on.count("%(n)d hour", "%(n)d hours", minutes // 60)
    return on.count("%(n)d day", "%(n)d days", minutes // (24 * 60))


def _at_the_clinic(on: Stationery, at: datetime, form: str) -> str:
    return _moment(at.replace(second=0, microsecond=0), on.settings.time_zone, on.settings.locale, on.language, form)


@cache
def zone(name: str) -> tzinfo:
    """The time zone of this IANA name; UTC where this machine does not know it, which the times then say."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


@lru_cache(maxsize=1024)  # a bulk run says the same few minutes ten thousand times, and Babel takes its time
def _moment(at: datetime, time_zone: str, locale: str, language: str, form: str) -> str:
    from babel.dates import format_date, format_time, get_timezone_gmt

    local, written_as = at.astimezone(zone(time_zone)), _locale(locale, language)
    said = f"{format_date(local, form, written_as)}, {format_time(local, 'short', locale=written_as)}"
    # the abbreviation of the IANA database: CLDR has none for most pairs of zone and country; nor has either for some
    name = local.tzname() or ""
    return _plain(f"{said} {name if name.isalpha() else get_timezone_gmt(local, 'long', written_as)}")


@lru_cache(maxsize=64)
def _day(ordinal: int, locale: str, language: str) -> str:
    from babel.dates import format_date

    return _plain(format_date(datetime.fromordinal(ordinal), "long", _locale(locale, language)))


@cache
def _locale(clinics: str, language: str) -> str:
    """The reader's language as it is written in the clinic's country, where that is known of."""
    from babel import Locale, UnknownLocaleError

    try:
        return str(Locale.parse(f"{language}_{clinics.partition('_')[2]}"))
    except (UnknownLocaleError, ValueError):
        return language


def _plain(said: str) -> str:
    """With ordinary spaces: CLDR's narrow ones would turn an English mail into one outside ASCII."""
    return said.replace("\u202f", " ").replace("\u00a0", " ")
