"""A clinic's opening hours, as it writes them in its mails."""

from __future__ import annotations

from datetime import datetime

import pytest

from portaldesk.rules import opening_hours

MONDAY, SATURDAY, SUNDAY = "2026-11-23", "2026-11-28", "2026-11-29"


@pytest.mark.parametrize(
    "text",
    [
        "Mon-Fri 8:00-17:30, Sat 9-12",
        "mon–fri 8 – 17:30; saturday 9:00 to 12:00",
        "Monday to Friday: 8 am to 5:30 pm, Sat. 9 am - 12 pm",
    ],
)
def test_hours_are_read_as_clinics_write_them(text: str) -> None:
    hours = opening_hours.read(text)
    assert hours is not None
    open_at = {
        f"{MONDAY}T08:00": True, f"{MONDAY}T17:29": True, f"{MONDAY}T17:30": False, f"{MONDAY}T07:59": False,
        f"{SATURDAY}T09:00": True, f"{SATURDAY}T12:00": False, f"{SUNDAY}T10:00": False,
    }  # fmt: skip
    assert {at: hours.hold(datetime.fromisoformat(at)) for at in open_at} == open_at


@pytest.mark.parametrize(
    "text",
    [
        "",
        "by appointment",
        "Mon-Fri 8-17, closed at noon",
        "Mon 17-8",
        "Mon 8-25",
        "Mon 13 am-15",
        "Mon 8:75-9",
        "Mon 8-8",
        "Mon 8:60-10",
        "Mon 0 am-5",
        "Mon 8-24:01",
    ],
)
def test_what_is_something_else_is_not_half_read(text: str) -> None:
    assert opening_hours.read(text) is None


@pytest.mark.parametrize(
    ("text", "begin", "end"),
    [("Mon 13-17", 13 * 60, 17 * 60), ("Mon 1 pm-12 am", 13 * 60, None), ("Mon 12 am-1 am", 0, 60),
     ("Mon 0-24", 0, 24 * 60), ("Mon 8:59-9", 8 * 60 + 59, 9 * 60), ("Mon 1 am-12:30 pm", 60, 12 * 60 + 30)],
)  # fmt: skip
def test_a_day_has_24_hours_and_each_half_its_twelve(text: str, begin: int, end: int | None) -> None:
    hours = opening_hours.read(text)
    assert (hours.spans if hours else None) == (None if end is None else ((0, begin, end),))


def test_a_week_may_begin_anywhere() -> None:
    hours = opening_hours.read("Sat-Mon 10-11")
    assert hours is not None
    assert [day for day, _, _ in hours.spans] == [0, 5, 6]


def test_hours_say_every_day_and_are_read_back_as_they_were() -> None:
    hours = opening_hours.read("Mon-Tue 8-17:30")
    assert str(hours) == "Mon 08:00-17:30, Tue 08:00-17:30"
    assert opening_hours.read(str(hours)) == hours
