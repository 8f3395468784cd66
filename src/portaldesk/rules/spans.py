"""Spans of time as they are typed: `30m`, `24h`, `7d`."""

from __future__ import annotations

import re
from datetime import timedelta

_SPAN = re.compile(r"(\d{1,5})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def read_span(said: str) -> timedelta | None:
    """The span, None where it is none. Zero is one too."""
    span = _SPAN.fullmatch(said.strip().lower())
    return timedelta(**{_UNITS[span[2]]: int(span[1])}) if span is not None else None
