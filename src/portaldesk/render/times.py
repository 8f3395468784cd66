"""Times as people read them at the desk: local, with the minutes left."""

from __future__ import annotations

from datetime import date, datetime


def local(at: datetime | None) -> str:
    """As "25 Nov 2026 14:05" in the local time zone; "-" where there is none."""
    if at is None:
        return "-"
    return f"{at.astimezone():%d %b %Y %H:%M}".lstrip("0")


def recent(at: datetime, now: datetime) -> str:
    """As "14:05" of today, "25 Nov 14:05" of this year, else with the year: for columns that have to be narrow."""
    there, here = at.astimezone(), now.astimezone()
    if there.date() == here.date():
        return f"{there:%H:%M}"
    return f"{there:%d %b %H:%M}".lstrip("0") if there.year == here.year else local(at)


def day(on: date | None) -> str:
    """As "2026-11-25"; "-" where there is none."""
    return on.isoformat() if on is not None else "-"


def left(until: datetime, now: datetime) -> str:
    """The time left, rounded down so that nobody counts on a minute too many: "12 minutes left", "over"."""
    seconds = int((until - now).total_seconds())
    if seconds <= 0:
        return "over"
    minutes = seconds // 60
    if minutes == 0:
        return "less than a minute left"
    if minutes < 120:
        return f"{minutes} minute{'s' if minutes > 1 else ''} left"
    if minutes < 48 * 60:
        return f"{minutes // 60} hours left"
    return f"{minutes // (24 * 60)} days left"


def until(at: datetime, now: datetime) -> str:
    """As "25 Nov 2026 14:05 (12 minutes left)"."""
    return f"{local(at)} ({left(at, now)})"
