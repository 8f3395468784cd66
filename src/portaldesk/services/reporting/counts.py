"""What happened at the desk, counted as events come by: days, actions, staff, refusals, checks, holds, hours."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta

from portaldesk.errors import CODES
from portaldesk.gate import holds
from portaldesk.rules.opening_hours import OpeningHours
from portaldesk.services.reporting.checks import Followed
from portaldesk.services.reporting.events import Seen
from portaldesk.services.reporting.results import (
    ActionCount,
    ActionLine,
    Checks,
    DayLine,
    Holds,
    HourLine,
    RefusalLine,
    StaffLine,
)
from portaldesk.services.resets_listing import LISTED
from portaldesk.words import Action, CheckOutcome, Ground, Level, Outcome

MAILED = frozenset({Action.RESEND_INVITE, Action.SEND_RESET, Action.RECOVER_USERNAME})
TAKEN = frozenset({Action.SECURE_ACCOUNT, Action.DISABLE, Action.DECLINE, Action.CREDENTIALS_REVOKE})
_RESETS = frozenset(LISTED)
_SIGN_IN_WHY = {
    "wrong": "a patient's sign-in: wrong password",
    "unknown": "a patient's sign-in: no such username",
    "locked": "a patient's sign-in while the account is locked",
    "state": "a patient's sign-in: right password, but the account may not be opened now",
}


def action_of(event: Seen) -> str | None:
    """The action of the gate's table that this event is an attempt at; None for any other event."""
    if event.action not in _RESETS:
        return None
    by_decision = event.action == Action.UPDATE_CONTACT and event.told.get("ground") in (Ground.APPROVAL, Ground.TIME)
    return Action.APPLY_CONTACT if by_decision else event.action


def by_patient(event: Seen) -> bool:
    """Whether it came from the patient's side: no staff member, and not by time alone."""
    return event.staff is None and event.told.get("ground") != Ground.TIME


@dataclass(slots=True)
class _Day:
    groups: Counter[str] = field(default_factory=Counter)
    actions: Counter[str] = field(default_factory=Counter)


class DeskCounts:
    """Counters of a bounded size: one a day, an action, a staff member, a refusal's word, an hour.

    A patient is held in memory for two days after a failed check.
    """

    def __init__(self, hours: OpeningHours) -> None:
        self._hours = hours
        self._days: dict[date, _Day] = defaultdict(_Day)
        self._actions: dict[str, Counter[str]] = defaultdict(Counter)
        self._staff: dict[str, Counter[str]] = defaultdict(Counter)
        self._refusals: dict[str, Counter[str]] = defaultdict(Counter)
        self._checks: Counter[str] = Counter()
        self._hour: dict[int, Counter[bool]] = defaultdict(Counter)
        self._holds = _HoldCounts()

    def see(self, event: Seen) -> None:
        """Count an event."""
        self._holds.see(event)
        if not event.counts:
            return
        action = action_of(event)
        if action is not None:
            self._attempt(event, action)
        if event.outcome in (Outcome.REFUSED, Outcome.FAILED):
            self._refused(event)
        if event.staff is not None and '"flag' in event.details:
            self._staff[event.staff]["flags"] += len(event.told.get("flags") or [event.told.get("flag")])

    def ended(self, check: Followed) -> None:
        """Count a check that can no longer change, on the day it began."""
        if check.failed and self._holds.failed(check) and check.begun.counts:
            self._days[check.begun.local.date()].groups["holds"] += 1
        if not check.begun.counts:
            return
        if check.failed:
            self._days[check.begun.local.date()].groups["failed_checks"] += 1
        if check.staff is None:
            return
        passed = check.outcome == CheckOutcome.PASSED
        held = check.outcome == CheckOutcome.HELD
        mine = {
            "checks": True, "failed": check.failed, "passed": passed, "attested": check.attested,
        }  # fmt: skip
        self._staff[check.staff].update(name for name, true in mine.items() if true)
        word = "failed" if check.failed else "held" if held else check.level if passed else "unfinished"
        told = {
            "made": True, word: True, "abandoned": check.abandoned, "photo_id": check.photo_id,
            "callback": check.callback,
        }  # fmt: skip
        self._checks.update(name for name, true in told.items() if true)

    def days(self, first: date, last: date) -> tuple[DayLine, ...]:
        """Every day from the first to the last, also those on which nothing happened."""
        every = (first + timedelta(days=n) for n in range((last - first).days + 1))
        return tuple(_day_line(day, self._days.get(day, _Day())) for day in every)

    def actions(self) -> tuple[ActionLine, ...]:
        """Actions that were attempted, the most frequent first."""
        lines = (
            ActionLine(action, n["desk"], n["patients"], n["already"], n[Outcome.REFUSED], n[Outcome.FAILED])
            for action, n in self._actions.items()
        )
        return tuple(sorted(lines, key=lambda one: (-(one.by_desk + one.by_patients), one.action)))

    def staff(self) -> tuple[StaffLine, ...]:
        """Who did anything that counts, by name."""
        return tuple(
            StaffLine(
                name, n["checks"], n["passed"], n["failed"], n["attested"], n["changes"], n[Action.ISSUE_TEMP_LOGIN],
                n["refused"], n["off_hours"], n["flags"],
            )
            for name, n in sorted(self._staff.items())
        )  # fmt: skip

    def refusals(self) -> tuple[RefusalLine, ...]:
        """Why attempts came to nothing, the most frequent first."""
        lines = (
            RefusalLine(code, CODES.get(code) or _SIGN_IN_WHY.get(code.removeprefix("sign-in-"), ""), n["desk"],
                        n["portal"])
            for code, n in self._refusals.items()
        )  # fmt: skip
        return tuple(sorted(lines, key=lambda one: (-(one.desk + one.portal), one.code)))

    def checks(self) -> Checks:
        n = self._checks
        return Checks(
            n["made"], n[Level.BASIC], n[Level.STRONG], n["failed"], n["abandoned"], n["held"], n["unfinished"],
            n["photo_id"], n["callback"],
        )  # fmt: skip

    def holds(self) -> Holds:
        return Holds(self._holds.begun, self._holds.released, len(self._holds.patients))

    def by_hour(self) -> tuple[HourLine, ...]:
        """All 24 hours."""
        return tuple(HourLine(hour, self._hour[hour][True], self._hour[hour][False]) for hour in range(24))

    def _attempt(self, event: Seen, action: str) -> None:
        day, mine = self._days[event.local.date()], self._actions[action]
        if event.outcome in (Outcome.REFUSED, Outcome.FAILED):
            mine[event.outcome] += 1
            day.groups["refused"] += 1
            if event.staff is not None:
                self._staff[event.staff]["refused"] += 1
            return
        if not event.carried_out:
            mine["already"] += 1
            return
        patients = by_patient(event)
        mine["patients" if patients else "desk"] += 1
        day.groups["by_patients" if patients else _group(action, event)] += 1
        day.actions[action] += 1
        if event.staff is None:
            return
        within = self._hours.hold(event.local)
        self._hour[event.local.hour][within] += 1
        self._staff[event.staff].update(("changes", action, *(() if within else ("off_hours",))))

    def _refused(self, event: Seen) -> None:
        code = event.told.get("code")
        if code is None and (why := event.told.get("why")) is not None:
            code = f"sign-in-{why}"
        if isinstance(code, str):
            self._refusals[code]["desk" if event.staff is not None else "portal"] += 1


class _HoldCounts:
    """Holds as gate/holds.py derives them, from failures and releases as they come by."""

    def __init__(self) -> None:
        self.begun, self.released, self.patients = 0, 0, set[str]()
        self._failures: dict[str, list[Followed]] = {}

    def see(self, event: Seen) -> None:
        if event.action == holds.RELEASED and event.outcome == Outcome.DONE and event.patient:
            self._failures.pop(event.patient, None)
            self.released += event.counts

    def failed(self, check: Followed) -> bool:
        """Count a failed check; whether a hold began by it."""
        self._forget(check)
        mine = self._failures.setdefault(check.patient, [])
        times = sorted(one.at for one in mine)
        before = holds.held_until(times)
        mine.append(check)
        after = holds.held_until(sorted([*times, check.at]))
        begins = after is not None and (before is None or before <= check.at)
        if begins and check.begun.counts:
            self.begun += 1
            self.patients.add(check.patient)
        return begins

    def _forget(self, newest: Followed) -> None:
        """Let go of patients whose failures are too old to matter: a hold grows by failures within it alone."""
        for patient in list(self._failures):
            if self._failures[patient][-1].at + holds.WINDOW > newest.at:
                break
            del self._failures[patient]
        self._failures[newest.patient] = self._failures.pop(newest.patient, [])  # the newest stand last


def _group(action: str, event: Seen) -> str:
    if action in TAKEN:
        return "taken"
    return "mailed" if action in MAILED or event.outcome == Outcome.LINK_SENT else "given"


def _day_line(day: date, told: _Day) -> DayLine:
    n = told.groups
    actions = tuple(ActionCount(action, count) for action, count in sorted(told.actions.items()))
    return DayLine(
        day, n["mailed"], n["given"], n["taken"], n["by_patients"], n["refused"], n["failed_checks"], n["holds"],
        actions,
    )  # fmt: skip
