"""Identity checks as the record tells them: begun, judged step by step, ended with the call, or run out.

A check that is left with an uncorrected wrong answer writes no event of its own and still counts as failed (design
§3.2), so checks are followed from their first event until they can no longer change. At any time only those of the
last minutes are held.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from portaldesk.gate.recoveries import FACT_TRIES
from portaldesk.services.calls import CALL_ENDS
from portaldesk.services.reporting.events import Seen
from portaldesk.words import CheckOutcome, Level, Method, Outcome


@dataclass(slots=True)
class Followed:
    """One check. `begun`: its first event; `seq`, `at`, `outcome`, `level`: as of its last one.

    `abandoned`: ended with an uncorrected wrong answer. A link that died of five wrong tries is one without `staff`.
    """

    begun: Seen
    patient: str
    staff: str | None
    seq: int
    at: datetime
    outcome: str = CheckOutcome.PENDING
    level: str = Level.NONE
    wrong: bool = False
    photo_id: bool = False
    callback: bool = False
    abandoned: bool = False

    @property
    def failed(self) -> bool:
        return self.outcome == CheckOutcome.FAILED

    @property
    def attested(self) -> bool:
        """Strong by the clerk's own word."""
        return self.level == Level.STRONG and (self.photo_id or self.callback)


class OpenChecks:
    """The checks that can still change. `see` and `rest` return those that no longer can."""

    def __init__(self, life: timedelta) -> None:
        self._life = life
        self._open: dict[str, Followed] = {}  # in the order in which they began

    def began(self, check_id: str | None) -> Followed | None:
        """The open check of this id."""
        return self._open.get(check_id or "")

    def see(self, event: Seen) -> list[Followed]:
        """Take an event; the checks that ended by it or before it, failed ones at the moment they failed."""
        ended = self._run_out(event.at)
        if event.action == "verify-identity" and event.check_id and event.patient and event.outcome in _JUDGED:
            if event.check_id not in self._open:
                ended += self._ended_with(event.session, at=event.at)
                self._open[event.check_id] = Followed(event, event.patient, event.staff, event.seq, event.at)
            check = self._open[event.check_id]
            _judged(check, event)
            if check.failed:
                ended.append(self._open.pop(event.check_id))
        elif event.action in CALL_ENDS:
            ended += self._ended_with(event.session, at=event.at)
        elif _link_died(event) and event.patient:
            ended.append(Followed(event, event.patient, None, event.seq, event.at, CheckOutcome.FAILED))
        return ended

    def rest(self, at: datetime) -> list[Followed]:
        """The checks that ran out by the report's end; those that are still open are counted as they stand."""
        return self._run_out(at) + list(self._open.values())

    def _run_out(self, at: datetime) -> list[Followed]:
        ended = []
        while self._open:
            first, check = next(iter(self._open.items()))
            if check.begun.at + self._life > at:
                break
            ended.append(_left(self._open.pop(first), at=check.begun.at + self._life))
        return ended

    def _ended_with(self, session: str, *, at: datetime) -> list[Followed]:
        mine = [name for name, check in self._open.items() if check.begun.session == session]
        return [_left(self._open.pop(name), at=at) for name in mine]


_JUDGED = frozenset(CheckOutcome)


def _link_died(event: Seen) -> bool:
    """Whether this was the fifth wrong try of a link, which is one failed check (services/redeeming.py)."""
    return event.action == "redeem" and event.outcome == Outcome.FAILED and event.told.get("tries") == FACT_TRIES


def _judged(check: Followed, event: Seen) -> None:
    methods = event.told.get("attested") or ()
    check.seq, check.at = event.seq, event.at
    check.outcome, check.level = event.outcome, event.level or Level.NONE
    check.wrong = bool(event.told.get("wrong"))
    check.photo_id = Method.PHOTO_ID in methods
    check.callback = Method.CALLBACK in methods


def _left(check: Followed, *, at: datetime) -> Followed:
    """The check at its end (calls.ending): one that reached its level by other answers was not abandoned."""
    if check.wrong and check.level == Level.NONE and not check.failed:
        check.outcome, check.abandoned, check.at = CheckOutcome.FAILED, True, at
    return check
