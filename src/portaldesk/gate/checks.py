"""What an identity check is worth: how it grows, how it ends, and what it allows (design §3.1 to §3.4). Pure.

permits.py and services/identity_checks.py decide by these functions and by no others, so that every sequence of steps
can be explored without a database (tests/exhaustive).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from portaldesk.gate.actions import ACTIONS, SEND_PAUSE_SECONDS
from portaldesk.rules import assurance
from portaldesk.rules.assurance import Evidence
from portaldesk.words import Action, Caller, CheckOutcome, Level, Method, MethodOutcome

CODE_TRIES = 5
"""Wrong tries of one code; the fifth fails the check (design §3.2)."""


class Refusal(StrEnum):
    """Why a check does not allow what is asked."""

    NONE_MADE = "none-made"
    FAILED = "failed"
    ENDED = "ended"
    EXPIRED = "expired"
    ON_HOLD = "on-hold"
    NOT_THIS_CALLER = "not-this-caller"
    TOO_WEAK = "too-weak"
    NO_NUMBER = "no-number"


@dataclass(frozen=True, slots=True)
class CheckFacts:
    """All that decides what a check is worth. `spoiled`: methods by which the patient was looked up in this call;
    `all_there_is`: every fact on file matched, where fewer than three are (assurance.all_there_is)."""

    patient: str
    staff: str | None
    session: str
    expires_at: datetime
    evidence: tuple[Evidence, ...] = ()
    spoiled: frozenset[Method] = frozenset()
    wrong: int = 0
    level: Level = Level.NONE
    outcome: CheckOutcome = CheckOutcome.PENDING
    ended: bool = False
    all_there_is: bool = False
    caller: Caller = Caller.PATIENT

    @property
    def held(self) -> frozenset[Method]:
        """The methods that speak for the caller."""
        good = (MethodOutcome.MATCH, MethodOutcome.ATTESTED)
        return frozenset(e.method for e in self.evidence if e.outcome in good)

    @property
    def photo_id(self) -> bool:
        """Whether it rests on photo ID seen in person, together with the birth date."""
        return Method.PHOTO_ID in self.held and self.level is Level.STRONG


@dataclass(frozen=True, slots=True)
class Uses:
    """How often a check may still be used for an action. `recent`: the same was sent moments ago."""

    left: int
    recent: bool


def why_not_live(
    check: CheckFacts | None, *, patient: str, staff: str | None, session: str, now: datetime
) -> Refusal | None:
    """Why this check is no ground in this call: a check belongs to one patient, one staff member and one call."""
    if check is None or (check.patient, check.staff, check.session) != (patient, staff, session):
        return Refusal.NONE_MADE
    if check.outcome is CheckOutcome.FAILED:
        return Refusal.FAILED
    if check.ended:
        return Refusal.ENDED
    if check.expires_at <= now:
        return Refusal.EXPIRED
    return None


def why_not_enough(
    check: CheckFacts, action: Action, *, on_hold: bool, not_by: Collection[Method] = ()
) -> Refusal | None:
    """Why a live check does not allow this action.

    Args:
        not_by: methods that do not count as the possession part here ("never by the channel that changes").
    """
    rule = ACTIONS[action]
    if check.caller not in rule.callers:
        return Refusal.NOT_THIS_CALLER
    if (check.outcome is CheckOutcome.HELD or (on_hold and not check.photo_id)) and not rule.on_hold:
        return Refusal.ON_HOLD
    if not check.level.reaches(rule.level) and not (rule.few_facts_are_enough and check.all_there_is):
        return Refusal.TOO_WEAK
    if rule.level is Level.STRONG:
        counted = [
            e for e in check.evidence
            if e.method not in not_by and (rule.emailed_code_is_enough or e.method is not Method.CODE_EMAIL)
        ]  # fmt: skip
        if assurance.level_of(counted, check.spoiled) is not Level.STRONG:
            return Refusal.TOO_WEAK
    return None


def uses(action: Action, spent_at: Sequence[datetime], *, now: datetime) -> Uses:
    """What is left of a check for this action, from when it was used for it."""
    rule = ACTIONS[action]
    recent = rule.times > 1 and bool(spent_at) and now - max(spent_at) < timedelta(seconds=SEND_PAUSE_SECONDS)
    return Uses(rule.times - len(spent_at), recent)


def grown(
    check: CheckFacts,
    heard: Iterable[Evidence] = (),
    *,
    wrong: int = 0,
    spoiled: Collection[Method] = (),
    on_hold: bool = False,
    failed: bool = False,
    on_file: Collection[Method] | None = None,
) -> CheckFacts:
    """The check after one more step of the caller: `heard`, with so many wrong answers in it.

    Args:
        on_file: the facts on file now, where this step asked for facts.
        failed: whether it fails whatever was heard (the fifth wrong code).
    """
    evidence = tuple(assurance.with_evidence(check.evidence, heard))
    spoilt = check.spoiled | frozenset(spoiled)
    level = assurance.level_of(evidence, spoilt)
    photo = any(e.method is Method.PHOTO_ID for e in evidence)
    outcome = assurance.outcome_of(level, wrong=check.wrong + wrong, on_hold=on_hold, photo_id=photo)
    if failed:
        outcome = CheckOutcome.FAILED
    all_there_is = check.all_there_is if on_file is None else assurance.all_there_is(evidence, spoilt, on_file)
    return replace(
        check, evidence=evidence, spoiled=spoilt, wrong=check.wrong + wrong, level=level, outcome=outcome,
        ended=check.ended or outcome is CheckOutcome.FAILED, all_there_is=all_there_is,
    )  # fmt: skip


def closed(check: CheckFacts) -> CheckFacts:
    """The check at the end of its call; with an uncorrected wrong answer it counts as failed (design §3.2).

    One that reached its level by other answers was not abandoned, also where a hold kept it from passing.
    """
    abandoned = check.wrong > 0 and check.level is Level.NONE and not check.all_there_is
    return replace(check, ended=True, outcome=CheckOutcome.FAILED if abandoned else check.outcome)


def why_no_callback(check: CheckFacts) -> Refusal | None:
    """A call-back needs basic, and goes to the number that the caller gave and that matched."""
    if check.level is Level.NONE:
        return Refusal.TOO_WEAK
    matched = {e.method for e in check.evidence if e.outcome is MethodOutcome.MATCH}
    return Refusal.NO_NUMBER if Method.PHONE not in matched - check.spoiled else None


def why_no_code(check: CheckFacts) -> Refusal | None:
    """A one-time code needs basic: it is sent for nobody who knows nothing."""
    return Refusal.TOO_WEAK if check.level is Level.NONE else None


def code_tried(
    check: CheckFacts, *, right: bool, tries: int, on_hold: bool = False, method: Method = Method.CODE_EMAIL
) -> CheckFacts:
    """The check after a one-time code was read back, for the `tries`-th time; the fifth wrong one fails it.

    `method`: how the code went out.
    """
    seen = Evidence(method, MethodOutcome.MATCH if right else MethodOutcome.NO_MATCH)
    return grown(check, [seen], on_hold=on_hold, failed=not right and tries >= CODE_TRIES)
