"""Column types with one written form on every engine, so that a seal over a row means the same everywhere."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, String
from sqlalchemy.types import TypeDecorator

from portaldesk.errors import RecordAltered

EVENT_NUMBER = BigInteger().with_variant(Integer(), "sqlite")
"""The number of an event: 64 bits on every engine (an INTEGER of SQLite has them)."""
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def time_text(value: datetime) -> str:
    """`2026-11-25T10:42:00.000000Z`: UTC, fixed width, sorts as text."""
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


PLAIN = frozenset({str, int, bool, type(None)})
"""The types of values that the database holds as they are."""


def stored_form(value: object) -> str | int | None:
    """A value as the database holds it and a seal covers it: times and dates as their text, words as plain text."""
    if isinstance(value, datetime):
        return time_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):  # the words of the design
        return str(value)
    assert value is None or isinstance(value, int), f"no column holds a {type(value).__name__}"
    return value


def altered(what: str) -> RecordAltered:
    """What is raised for a stored value that is not as portaldesk writes it; `what` names its kind, not its content."""
    return RecordAltered(
        "record-altered",
        f"A stored {what} is not as portaldesk writes it.",
        "Run 'portaldesk audit verify' and tell an auditor.",
    )


def time_of(stored: Any) -> datetime:
    """The time (UTC) of which this is the text in the database. Raises: RecordAltered."""
    if not isinstance(stored, str) or not _TIME.fullmatch(stored):
        raise altered("time")
    try:
        return datetime.fromisoformat(stored)
    except ValueError:
        raise altered("time") from None


def date_of(stored: Any) -> date:
    """The date of which this is the text in the database. Raises: RecordAltered."""
    try:
        read = date.fromisoformat(stored)
    except (TypeError, ValueError):
        raise altered("date") from None
    if read.isoformat() != stored:
        raise altered("date")
    return read


def texts_of(stored: Any) -> tuple[str, ...]:
    """The texts of which this is the JSON in the database. Raises: RecordAltered."""
    try:
        read = json.loads(stored)
    except (TypeError, ValueError):
        raise altered("list") from None
    if not isinstance(read, list) or not all(isinstance(one, str) for one in read):
        raise altered("list")
    return tuple(read)


class UtcTime(TypeDecorator[datetime]):
    """An aware UTC time, stored as fixed-width ISO 8601 text: readable by any tool, and exact under a seal."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        return None if value is None else time_text(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else time_of(value)


class Tries(TypeDecorator[int]):
    """A small count that no seal covers: read as one whatever another program wrote, for SQLite keeps any of it."""

    impl = Integer()
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> int:
        return min(max(value, 0), 1000) if isinstance(value, int) else 0


class IsoDate(TypeDecorator[date]):
    """A calendar date as `YYYY-MM-DD` text."""

    impl = String(10)
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> str | None:
        return None if value is None else value.isoformat()

    def process_result_value(self, value: Any, dialect: Dialect) -> date | None:
        return None if value is None else date_of(value)
