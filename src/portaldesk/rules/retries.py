"""When a mail that was put off is tried again (issue 6: 1 minute … 4 hours, 5 tries, then it is given up).

A greylisting server takes a mail after some minutes, a full or busy one after hours (RFC 5321 §4.5.4.1 asks for a wait
that grows). The whole of it ends after five hours: links live no longer than a day, and the clerk who asked is told.
"""

from __future__ import annotations

from datetime import timedelta

TRIES = 5
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=4)
_GROWTH = (LONGEST_WAIT / FIRST_WAIT) ** (1 / (TRIES - 2))
"""From wait to wait, so that the last of the four is the longest: 1 min, 6 min, 39 min, 4 h."""


def wait_after(tries: int) -> timedelta | None:
    """How long to wait after this many tries that a server put off; None: it is given up."""
    from tenacity import RetryCallState, Retrying, stop_after_attempt, wait_exponential  # slow to load, seldom needed

    state = RetryCallState(Retrying(), None, (), {})
    state.attempt_number = max(1, tries)
    if stop_after_attempt(TRIES)(state):
        return None
    seconds = wait_exponential(multiplier=FIRST_WAIT.total_seconds(), exp_base=_GROWTH, max=LONGEST_WAIT)(state)
    return timedelta(seconds=round(seconds))
