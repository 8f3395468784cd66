"""How long it took patients to get back in after a call, and how many got back in without one."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from portaldesk.services.reporting.checks import OpenChecks
from portaldesk.services.reporting.events import Seen
from portaldesk.services.reporting.results import CallTimes, Recoveries, Span
from portaldesk.words import Action, CredentialKind, Outcome

GIVE_UP = timedelta(days=7)
"""The longest life of a mailed link (settings.py, invitation_life_hours): whoever comes later came by another way."""
_HELPS = frozenset({
    Action.RESEND_INVITE, Action.SEND_RESET, Action.RECOVER_USERNAME, Action.UNLOCK, Action.ISSUE_TEMP_LOGIN,
    Action.ENABLE, Action.CHANGE_USERNAME,
})  # fmt: skip
_IN = frozenset({"sign-in", "redeem", "change-password"})
_SENDS = frozenset({Action.RESEND_INVITE, Action.SEND_RESET, Action.UNLOCK})
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_SPANS = (
    ("5 minutes", 5 * _MINUTE), ("15 minutes", 15 * _MINUTE), ("1 hour", _HOUR), ("4 hours", 4 * _HOUR),
    ("1 day", _DAY), ("7 days", 7 * _DAY),
)  # fmt: skip


@dataclass(slots=True)
class _Call:
    """The first call of a patient who is not yet in; `check_id`: of the last one."""

    begun: datetime
    counts: bool
    check_id: str
    again: bool = False


class RecoveryCounts:
    """Patients on their way in, and the links they may come by; both are let go of after `GIVE_UP`."""

    def __init__(self) -> None:
        self._calls: dict[str, _Call] = {}
        self._links: dict[str, tuple[datetime, str]] = {}  # credential → sent at, by whom
        self._seconds = array("I")  # four bytes a patient helped
        self._times: Counter[str] = Counter()
        self._ways: Counter[str] = Counter()

    def see(self, event: Seen, checks: OpenChecks) -> None:
        """Count an event; `checks` knows when the call began."""
        if event.patient is None:
            return
        if event.action in _HELPS and event.carried_out:
            self._helped(event, checks)
        elif event.action in _IN and event.outcome == Outcome.DONE:
            self._in(event)

    def times(self, until: datetime) -> CallTimes:
        """Times from call to sign-in; who was helped within seven days of `until` may still be on the way."""
        self._forget(until)
        n, found = self._times, sorted(self._seconds)
        waiting = sum(call.counts for call in self._calls.values())
        ends = [bisect_left(found, seconds + 1) for _, seconds in _SPANS]
        spans = tuple(
            Span(words, seconds, end - start)
            for (words, seconds), start, end in zip(_SPANS, [0, *ends], ends, strict=False)
        )
        return CallTimes(
            n["helped"], len(found), n["again"], n["never"], waiting, quantile(found, 0.5), quantile(found, 0.9), spans
        )

    def recoveries(self) -> Recoveries:
        n = self._ways
        desk = n["desk"] + n["temporary login"] + n["unlock"]
        all_ = n["own"] + desk
        share = n["own"] / all_ if all_ else None
        return Recoveries(n["own"], n["desk"], n["temporary login"], n["unlock"], n["bulk"], n["other"], share)

    def _helped(self, event: Seen, checks: OpenChecks) -> None:
        assert event.patient is not None
        self._forget(event.at)
        link = event.told.get("credential")
        if event.action in _SENDS and event.outcome == Outcome.LINK_SENT and isinstance(link, str):
            by = "own" if event.staff is None else "desk" if event.check_id else "bulk"
            self._links[link] = (event.at, by)
        if event.staff is None or event.check_id is None:
            return
        if event.action == Action.UNLOCK and event.outcome == Outcome.DONE:
            self._ways["unlock"] += event.counts
        known = self._calls.get(event.patient)
        if known is not None:
            self._times["again"] += known.counts and not known.again and known.check_id != event.check_id
            known.again = known.again or known.check_id != event.check_id
            known.check_id = event.check_id
            return
        check = checks.began(event.check_id)
        begun = check.begun if check is not None else event
        self._calls[event.patient] = _Call(begun.at, begun.counts, event.check_id)
        self._times["helped"] += begun.counts

    def _in(self, event: Seen) -> None:
        assert event.patient is not None
        self._forget(event.at)
        call = self._calls.pop(event.patient, None)
        if call is not None and call.counts:
            self._seconds.append(int((event.at - call.begun).total_seconds()))
        link, temporary = event.told.get("credential"), event.told.get("kind") == CredentialKind.TEMP_LOGIN
        by = self._links.pop(link, (event.at, "other"))[1] if isinstance(link, str) else None
        if by is not None and event.counts:
            self._ways["temporary login" if temporary else by] += 1

    def _forget(self, at: datetime) -> None:
        """Let go of what is older than `GIVE_UP`: both stand in the order in which they began."""
        while self._calls and (first := next(iter(self._calls.values()))).begun + GIVE_UP < at:
            self._times["never"] += first.counts
            del self._calls[next(iter(self._calls))]
        while self._links and next(iter(self._links.values()))[0] + GIVE_UP < at:
            del self._links[next(iter(self._links))]


def quantile(ordered: list[int], share: float) -> int | None:
    """The smallest value that at least this share does not exceed (nearest rank); None where there is none."""
    if not ordered:
        return None
    return ordered[max(0, -int(-len(ordered) * share // 1) - 1)]
