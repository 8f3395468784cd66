"""Opening hours as a clinic writes them ("Mon-Fri 8:00-17:30, Sat 9-12"), read so that a time can be asked.

The setting is free text for patients' mails; what cannot be read here is still good there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MINUTES_A_DAY = 24 * 60
_TIME = r"(\d{1,2})(?::(\d\d))?\s*(am|pm)?"
_DASH = r"\s*(?:-|–|—|\bto\b)\s*"
_DAY = rf"({'|'.join(DAYS)})[a-z]*\.?"
_PART = re.compile(rf"{_DAY}(?:{_DASH}{_DAY})?[\s:]*{_TIME}{_DASH}{_TIME}")


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """When the clinic is open. `spans`: weekday (0 is Monday), first and last minute of the day (the last not in)."""

    spans: tuple[tuple[int, int, int], ...]

    def hold(self, at: datetime) -> bool:
        """Whether the clinic is open at this local time."""
        minute = at.hour * 60 + at.minute
        return any(day == at.weekday() and begin <= minute < end for day, begin, end in self.spans)

    def __str__(self) -> str:
        """As "Mon 08:00-17:30, Tue …": each day by itself, so that nothing is left to guess."""
        return ", ".join(f"{DAYS[day].title()} {_clock(begin)}-{_clock(end)}" for day, begin, end in self.spans)


USUAL = OpeningHours(tuple((day, 7 * 60, 19 * 60) for day in range(5)))
"""Monday to Friday, 07:00 to 19:00: what is taken where a clinic said nothing that can be read (ours)."""


def read(text: str) -> OpeningHours | None:
    """The hours of "Mon-Fri 8-17, Sat 9:00 am to 1 pm"; None where any part of the text is something else."""
    spans: list[tuple[int, int, int]] = []
    parts = [part for part in re.split(r"[,;]", text.casefold()) if part.strip()]
    for part in parts:
        found = _PART.fullmatch(part.strip())
        if found is None:
            return None
        first, last = DAYS.index(found[1]), DAYS.index(found[2] or found[1])
        begin, end = _minute(found[3], found[4], found[5]), _minute(found[6], found[7], found[8])
        if begin is None or end is None or end <= begin:
            return None
        spans += [((first + n) % 7, begin, end) for n in range((last - first) % 7 + 1)]
    return OpeningHours(tuple(sorted(spans))) if spans else None


def _minute(hours: str, minutes: str | None, half: str | None) -> int | None:
    hour, minute = int(hours), int(minutes or 0)
    if half is not None:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    found = hour * 60 + minute
    return found if minute < 60 and found <= _MINUTES_A_DAY else None


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
