"""Unusual patterns: what was looked for, by which rule and whose, and what was seen.

A pattern accuses nobody. A good clerk who takes the hard calls fails more checks; a clinic that moved house changes
many addresses. It names what was seen, some of the events' numbers, and the command that shows them.
"""

from __future__ import annotations

import shlex
from collections import Counter, deque
from collections.abc import Iterable
from datetime import date, datetime, timedelta, tzinfo

from portaldesk.rules import unusual
from portaldesk.rules.opening_hours import OpeningHours
from portaldesk.services.reporting.bursts import SHOWN, Burst, Some
from portaldesk.services.reporting.checks import Followed
from portaldesk.services.reporting.counts import action_of
from portaldesk.services.reporting.events import Seen, midnight
from portaldesk.services.reporting.pattern_rules import (
    FAILED_CHECKS,
    FEWEST_OFF_HOURS,
    MOST,
    PATIENTS_IN_MINUTES,
    RULES,
    SIGN_INS_IN_MINUTES,
    WINDOW,
    WRONG_PASSWORDS,
)
from portaldesk.services.reporting.results import DayLine, Pattern, RuleLine, StaffLine
from portaldesk.words import Outcome

_MEASURES = (
    ("failed", "checks", "failed checks", "verify-identity"),
    ("attested", "checks", "strong checks by their own word", "verify-identity"),
    ("temporary_logins", "checks", "temporary logins", "issue-temp-login"),
    ("refused", "attempts", "refused attempts", None),
)


class Patterns:
    """Watches events go by. Held in memory: the last 24 hours of failures, ten minutes of changes, `MOST` patterns."""

    def __init__(self, hours: OpeningHours, zone: tzinfo | None) -> None:
        self._hours, self._zone = hours, zone
        self._found: dict[str, list[Pattern]] = {kind: [] for kind in RULES}
        self._counted: Counter[str] = Counter()
        self._failed: dict[str, deque[Followed]] = {}
        self._noted: set[str] = set()
        self._guesses: dict[str, Some] = {}
        self._of_staff: dict[tuple[str, str], Some] = {}
        self._bursts: dict[str | None, Burst] = {}
        self._day: date | None = None

    def see(self, event: Seen) -> None:
        """Look at an event."""
        if event.at.date() != self._day:
            self._forget(event)
        if event.patient is not None and event.action in ("sign-in", "redeem", "change-password"):
            self._sign_in(event)
        if event.action == "sign-in" and event.outcome == Outcome.REFUSED:
            self._in_minutes(None, event, key=str(event.seq))
        if event.staff is None:
            return
        if event.counts and '"flag' in event.details:
            for flag in event.told.get("flags") or [event.told.get("flag")]:
                self._some(event.staff, f"flag {flag}").add(event.seq, event.at)
        action = action_of(event)
        if action is None:
            return
        if event.counts:
            word = "refused" if event.outcome == Outcome.REFUSED else action
            self._some(event.staff, word).add(event.seq, event.at)
            if event.carried_out and not self._hours.hold(event.local):
                self._some(event.staff, "off-hours").add(event.seq, event.at)
        if event.carried_out and event.patient is not None:
            self._in_minutes(event.staff, event, key=event.patient)
            self._failed_before(event)

    def ended(self, check: Followed) -> None:
        """Look at a check that can no longer change."""
        if check.failed:
            self._failed.setdefault(check.patient, deque(maxlen=SHOWN)).append(check)
        if check.staff is not None and check.begun.counts:
            for word, true in (("failed", check.failed), ("attested", check.attested)):
                if true:
                    self._some(check.staff, word).add(check.seq, check.at)

    def note(
        self, kind: str, seen: str, events: Iterable[int], first_at: datetime, last_at: datetime, *,
        staff: str | None = None, patient: str | None = None, action: str | None = None,
    ) -> None:  # fmt: skip
        """Write down what was seen; of each kind the first `MOST` are kept, all are counted."""
        self._counted[kind] += 1
        if len(self._found[kind]) < MOST:
            look = _look(first_at, last_at, staff=staff, patient=patient, action=action)
            self._found[kind].append(
                Pattern(kind, seen, staff, patient, first_at, last_at, tuple(sorted(set(events))), look)
            )

    def found(self, staff: tuple[StaffLine, ...], days: tuple[DayLine, ...]) -> tuple[Pattern, ...]:
        """Everything that was seen, kind by kind in the order of `RULES`, oldest first."""
        for name, burst in self._bursts.items():
            self._told(name, burst.rest())
        self._peers(staff)
        self._days(days)
        for (name, word), some in sorted(self._of_staff.items()):
            if some.first_at is None or some.last_at is None:
                continue
            flag = word.removeprefix("flag ")
            if flag != word:
                seen = f"{name}: {flag} was raised {some.count} time{'s' if some.count > 1 else ''}."
                self.note("flag", seen, some.events, some.first_at, some.last_at, staff=name)
            elif word == "off-hours" and some.count >= FEWEST_OFF_HOURS:
                seen = f"{name} made {some.count} changes outside the opening hours."
                self.note("off-hours", seen, some.events, some.first_at, some.last_at, staff=name)
        return tuple(one for kind in RULES for one in sorted(self._found[kind], key=lambda one: one.first_at))

    def rules(self) -> tuple[RuleLine, ...]:
        """Every rule with how often it was met; after `found`."""
        return tuple(RuleLine(kind, *words, self._counted[kind]) for kind, words in RULES.items())

    def _some(self, staff: str, word: str) -> Some:
        return self._of_staff.setdefault((staff, word), Some())

    def _in_minutes(self, staff: str | None, event: Seen, *, key: str) -> None:
        """Changes by one staff member, or refused sign-ins of all patients (no staff), that crowd in minutes."""
        if staff not in self._bursts:
            self._bursts[staff] = Burst(SIGN_INS_IN_MINUTES if staff is None else PATIENTS_IN_MINUTES)
        self._told(staff, self._bursts[staff].add(event.seq, event.at, key, counts=event.counts))

    def _told(self, staff: str | None, burst: Some | None) -> None:
        if burst is None or burst.first_at is None or burst.last_at is None:
            return
        minutes = max(1, round((burst.last_at - burst.first_at).total_seconds() / 60))
        span = f"in {minutes} minute{'s' if minutes > 1 else ''}"
        if staff is None:
            kind, seen, action = "sign-in-burst", f"{burst.count} refused sign-ins {span}.", "sign-in"
        else:
            kind, action = "many-in-minutes", None
            seen = f"{staff}: {burst.count} changes for {len(burst.keys)} patients {span}."
        self.note(kind, seen, burst.events, burst.first_at, burst.last_at, staff=staff, action=action)

    def _sign_in(self, event: Seen) -> None:
        assert event.patient is not None
        if event.outcome == Outcome.REFUSED:
            if event.told.get("why") in ("wrong", "locked"):
                self._guesses.setdefault(event.patient, Some()).add(event.seq, event.at)
            return
        if event.outcome != Outcome.DONE:
            return
        before = self._guesses.pop(event.patient, None)
        if before is None or before.count < WRONG_PASSWORDS or event.action != "sign-in" or not event.counts:
            return
        assert before.first_at is not None
        seen = f"{before.count} refused sign-ins to one account, then one that succeeded."
        events = (*before.events, event.seq)
        self.note("guesses-then-sign-in", seen, events, before.first_at, event.at, patient=event.patient)

    def _failed_before(self, event: Seen) -> None:
        before = [one for one in self._failed.get(event.patient or "", ()) if one.at + WINDOW > event.at]
        if len(before) < FAILED_CHECKS or event.check_id is None or event.patient in self._noted or not event.counts:
            return
        self._noted.add(event.patient or "")
        who = ", ".join(sorted({one.staff or "the portal" for one in before}))
        seen = f"{len(before)} failed checks of one patient ({who}), then {event.action} by {event.staff}."
        events = (*(one.seq for one in before), event.seq)
        self.note("checks-then-change", seen, events, before[0].begun.at, event.at, patient=event.patient)

    def _forget(self, event: Seen) -> None:
        """Once a day, let go of failures that are too old to matter."""
        self._day, old = event.at.date(), event.at - WINDOW
        self._failed = {mrn: checks for mrn, checks in self._failed.items() if checks[-1].at > old}
        self._guesses = {mrn: one for mrn, one in self._guesses.items() if one.last_at is None or one.last_at > old}
        self._noted.clear()

    def _peers(self, staff: tuple[StaffLine, ...]) -> None:
        for word, of, words, action in _MEASURES:
            amounts = {one.staff: one.checks if of == "checks" else one.changes + one.refused for one in staff}
            cases = {one.staff: getattr(one, word) for one in staff}
            for name, mine in cases.items():
                others, of_others = sum(cases.values()) - mine, sum(amounts.values()) - amounts[name]
                if not unusual.far_above_peers(mine, amounts[name], others, of_others):
                    continue
                some = self._of_staff[name, action if word == "temporary_logins" and action else word]
                assert some.first_at is not None
                assert some.last_at is not None
                seen = (
                    f"{name}: {mine} {words} in {amounts[name]} {of} ({mine / amounts[name]:.0%}); "
                    f"the others: {others} in {of_others} ({others / of_others:.0%})."
                )
                self.note("peers", seen, some.events, some.first_at, some.last_at, staff=name, action=action)

    def _days(self, days: tuple[DayLine, ...]) -> None:
        worked = [one for one in days if one.failed_checks or one.mailed or one.given or one.taken]
        limit = unusual.day_limit([one.failed_checks for one in worked])
        for one in worked:
            if one.failed_checks > limit:
                at = midnight(one.day, self._zone)
                seen = f"{one.failed_checks} failed checks on {one.day:%d %b %Y}; all days together allow {limit:.0f}."
                self.note("busy-day", seen, (), at, at + timedelta(days=1), action="verify-identity")


def _look(first: datetime, last: datetime, *, staff: str | None, patient: str | None, action: str | None) -> str:
    """The command that shows the events from the first to the last, that second included."""
    words = ["portaldesk", "audit", "show"]
    for option, value in (("--staff", staff), ("--patient", patient), ("--action", action)):
        if value is not None:
            words += [option, shlex.quote(value)]
    since, until = (at.replace(microsecond=0, tzinfo=None).isoformat() for at in (first, last + timedelta(seconds=1)))
    return " ".join([*words, "--since", f"{since}Z", "--until", f"{until}Z", "--limit", "1000"])
