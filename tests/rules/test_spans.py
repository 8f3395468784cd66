"""Spans of time as they are typed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portaldesk.rules.spans import read_span


@pytest.mark.parametrize(
    ("said", "span"),
    [
        ("30m", timedelta(minutes=30)),
        ("24h", timedelta(hours=24)),
        (" 7D ", timedelta(days=7)),
        ("0h", timedelta()),
        ("99999d", timedelta(days=99999)),
    ],
)
def test_minutes_hours_and_days_are_read(said: str, span: timedelta) -> None:
    assert read_span(said) == span


@pytest.mark.parametrize("said", ["", "7", "d", "7w", "-7d", "1.5h", "7 d", "7d1h", "100000d", "7days"])
def test_anything_else_is_no_span(said: str) -> None:
    assert read_span(said) is None
