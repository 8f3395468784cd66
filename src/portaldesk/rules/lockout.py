"""When wrong passwords pause an account, for how long, and when only a recovery helps (design §4, "Lockout").

Every fifth failure since the last success locks: 15 minutes, then 30, 60 and so on, 24 hours at most. An unlock gives
five new tries but forgets nothing: the doubling goes on from where it was, and at 100 failures in a row the password is
shut for good, as NIST SP 800-63B-4 §3.2.2 asks. Patients and staff are treated alike.

Pure arithmetic over the two columns that are stored (`failed_attempts`, `locked_until`). Times are aware UTC datetimes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

TRIES_PER_LOCK = 5
"""Wrong passwords until the account pauses, and after each pause again (design §4)."""
FIRST_LOCK_MINUTES = 15
LONGEST_LOCK_MINUTES = 24 * 60
CEILING = 100
"""Failures in a row after which only a recovery works (NIST SP 800-63B-4 §3.2.2: no more than 100)."""


@dataclass(frozen=True, slots=True)
class Lock:
    """Failures since the last success, and until when (UTC) no password is looked at."""

    failures: int
    until: datetime | None


def cleared() -> Lock:
    """The lock after a successful sign-in or a recovery: nothing counted, nothing paused."""
    return Lock(failures=0, until=None)


def is_locked(lock: Lock, *, now: datetime) -> bool:
    """Whether the account is paused at `now`; at the very second the pause ends it is open again."""
    return lock.until is not None and now < lock.until


def at_ceiling(lock: Lock) -> bool:
    """Whether so many failures are counted that only a recovery works (NIST SP 800-63B-4 §3.2.2)."""
    return lock.failures >= CEILING


def may_try(lock: Lock, *, now: datetime) -> bool:
    """Whether a password may be looked at: neither paused nor at the ceiling. What a sign-in asks."""
    return not is_locked(lock, now=now) and not at_ceiling(lock)


def lock_minutes(failures: int) -> int:
    """Minutes of the pause that the given count brings; 0 where it is no multiple of five."""
    if failures < TRIES_PER_LOCK or failures % TRIES_PER_LOCK:
        return 0
    # The exponent is capped, so that an absurd count in the store costs no huge integer; 2**7 is past 24 hours already.
    doublings = min(failures // TRIES_PER_LOCK - 1, 7)
    return min(FIRST_LOCK_MINUTES << doublings, LONGEST_LOCK_MINUTES)


def failed(lock: Lock, *, now: datetime) -> Lock:
    """Count one wrong password.

    A try while locked, or at the ceiling, was never looked at and is not counted: the same lock comes back, so that
    hammering at a locked account neither lengthens the pause nor brings the ceiling nearer.
    """
    if not may_try(lock, now=now):
        return lock
    failures = lock.failures + 1
    minutes = lock_minutes(failures)
    return Lock(failures=failures, until=now + timedelta(minutes=minutes) if minutes else None)


def released(lock: Lock) -> Lock:
    """End the pause and give five new tries; the count stays, for the doubling and the ceiling.

    An account pauses only at a multiple of five and counts nothing while paused, so keeping the count is what gives
    five new tries. Were a pause ever stored beside another count (7, say, which no path of ours writes), the count is
    rounded up to the pause it stands for: never down, which would give a guesser something back, and never up to the
    ceiling. Without a pause nothing changes: whoever has two tries left keeps two. At the ceiling nothing changes
    either: there only a recovery works.
    """
    if lock.until is None or at_ceiling(lock):
        return lock
    rounded = -(-lock.failures // TRIES_PER_LOCK) * TRIES_PER_LOCK
    return Lock(failures=rounded if rounded < CEILING else lock.failures, until=None)
