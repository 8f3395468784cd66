"""When a mail that was put off is tried again, and when it is given up."""

from __future__ import annotations

from datetime import timedelta

from portaldesk.rules import retries


def test_the_waits_grow_from_a_minute_to_four_hours_and_after_five_tries_it_is_given_up() -> None:
    waits = [retries.wait_after(tries) for tries in range(1, 7)]
    assert waits[:4] == [
        timedelta(minutes=1), timedelta(minutes=6, seconds=13), timedelta(minutes=38, seconds=37), timedelta(hours=4),
    ]  # fmt: skip
    assert waits[4:] == [None, None]


def test_a_mail_that_was_never_tried_waits_as_after_its_first() -> None:
    assert retries.wait_after(0) == timedelta(minutes=1)


def test_no_wait_is_longer_than_four_hours() -> None:
    assert max(wait for wait in map(retries.wait_after, range(9)) if wait is not None) == retries.LONGEST_WAIT
