"""Holes planted into the gate, one at a time, each with the shortest sequence of steps that shows it.

`python tests/exhaustive/planted_holes.py` prints the table of docs/mutation.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from unittest import mock

import oracle
import pure_desk as desk
from exploration import Explored, Explorer
from pure_desk import NOW, Patient

from portaldesk.gate import checks, holds, recoveries, requests, roles
from portaldesk.gate.checks import CheckFacts, Refusal
from portaldesk.rules import assurance
from portaldesk.words import Action, Level, Method, RequestState, Role

_HOUR = timedelta(hours=1)
TWO_FAILED = Patient(failed=((NOW - _HOUR, ""),) * 2, file=oracle.File(lapses=(-60, -60)))
EMAIL_MOVED = Patient(
    email=recoveries.AddressFacts(NOW + 23 * _HOUR), changed_at=NOW - _HOUR, file=oracle.File(email_moved=-60)
)
WAITS = Patient(
    requests=(
        (
            desk.KINDS[0],
            requests.RequestFacts("cara", RequestState.AWAITING_APPROVAL, NOW + _HOUR, True, NOW - 167 * _HOUR, NOW),
        ),
    ),
    file=oracle.File(asks=(("email", oracle.Ask("cara", -167 * 60, True, answered=True)),)),
)


@dataclass(frozen=True)
class Planted:
    """`where`: what is patched, by name; `instead`: made from what stood there; `patient`: where it begins."""

    name: str
    where: tuple[Any, str]
    instead: Callable[[Any], Any]
    patient: Patient | None = None

    @contextmanager
    def planted(self) -> Iterator[None]:
        with ExitStack() as stack:
            there = getattr(*self.where)
            stack.enter_context(mock.patch.object(*self.where, self.instead(there)))
            yield

    def explored(self, steps: int) -> Explored:
        """What an exploration finds, step by step deeper until it finds something."""
        with self.planted():
            for n in range(1, steps + 1):
                found = Explorer().run(n, self.patient)
                if found.hole:
                    break
        return found


def _row(action: Action, **values: Any) -> tuple[tuple[Any, str], Callable[[Any], Any]]:
    return (checks, "ACTIONS"), lambda table: {**table, action: replace(table[action], **values)}


def _live_but_for(refusal: Refusal) -> Callable[[Any], Any]:
    return lambda decide: lambda check, **how: None if decide(check, **how) is refusal else decide(check, **how)


def _as_if(**values: Any) -> Callable[[Any], Any]:
    """A decision about a credential, an address or a request that does not look at some of its facts."""
    return lambda decide: lambda facts, *more, **how: decide(replace(facts, **values), *more, **how)


def _told(**values: Any) -> Callable[[Any], Any]:
    """A decision that is told something else than what is so."""
    return lambda decide: lambda *facts, **how: decide(*facts, **(how | values))


def _anybodys(decide: Callable[..., Any]) -> Callable[..., Any]:
    def why_not_live(check: CheckFacts | None, **how: Any) -> Refusal | None:
        return decide(check and replace(check, patient=how["patient"]), **how)

    return why_not_live


def _any_staffs(decide: Callable[..., Any]) -> Callable[..., Any]:
    def why_not_live(check: CheckFacts | None, **how: Any) -> Refusal | None:
        return decide(check and replace(check, staff=how["staff"], session=how["session"]), **how)

    return why_not_live


def _any_calls(decide: Callable[..., Any]) -> Callable[..., Any]:
    def why_not_live(check: CheckFacts | None, **how: Any) -> Refusal | None:
        return decide(check and replace(check, session=how["session"]), **how)

    return why_not_live


def _weaker_photo(decide: Callable[..., Any]) -> Callable[..., Any]:
    def level_of(evidence: Any, spoiled: Any = ()) -> Level:
        listed = list(evidence)
        return Level.STRONG if any(e.method is Method.PHOTO_ID for e in listed) else decide(listed, spoiled)

    return level_of


def _knowledge_is_strong(decide: Callable[..., Any]) -> Callable[..., Any]:
    def level_of(evidence: Any, spoiled: Any = ()) -> Level:
        level = decide(evidence, spoiled)
        return Level.STRONG if level is Level.BASIC else level

    return level_of


def _without_birth_date(decide: Callable[..., Any]) -> Callable[..., Any]:
    def level_of(evidence: Any, spoiled: Any = ()) -> Level:
        listed = list(evidence)
        matched = [e for e in listed if e.outcome == "match" and e.method not in spoiled]
        return max(decide(listed, spoiled), Level.BASIC if len(matched) >= 3 else Level.NONE, key=lambda one: one.rank)

    return level_of


def _own_request(decide: Callable[..., Any]) -> Callable[..., Any]:
    return lambda request, approver, **how: decide(request, f"not {approver}", **how)


HOLES = [
    Planted("a temporary login at basic", *_row(Action.ISSUE_TEMP_LOGIN, level=Level.BASIC)),
    Planted("disabling at basic", *_row(Action.DISABLE, level=Level.BASIC)),
    Planted("a reset without any level", *_row(Action.SEND_RESET, level=Level.NONE)),
    Planted("enabling by an emailed code", *_row(Action.ENABLE, emailed_code_is_enough=True)),
    Planted("another phone by an emailed code", *_row(Action.UPDATE_CONTACT, emailed_code_is_enough=True)),
    Planted("a reset for a patient on hold", *_row(Action.SEND_RESET, on_hold=True), TWO_FAILED),
    Planted("two temporary logins by one check", *_row(Action.ISSUE_TEMP_LOGIN, times=2)),
    Planted("two sends at once", (checks, "SEND_PAUSE_SECONDS"), lambda _: 0),
    Planted("knowledge alone is strong", (assurance, "level_of"), _knowledge_is_strong),
    Planted("photo ID without the birth date", (assurance, "level_of"), _weaker_photo),
    Planted("three facts without the birth date", (assurance, "level_of"), _without_birth_date),
    Planted("two facts are basic", (assurance, "BASIC_FACTS"), lambda n: n - 1),
    Planted(
        "a fact counts by which the patient was found", (assurance, "level_of"), lambda f: lambda e, spoiled=(): f(e)
    ),
    Planted("a third wrong answer", (assurance, "WRONG_ALLOWED"), lambda n: n + 1),
    Planted(
        "a failed check recovers",
        (checks, "why_not_live"),
        lambda f: lambda c, **h: None if c and c.wrong > 1 else f(c, **h),
    ),
    Planted("a check outlives its call", (checks, "why_not_live"), _live_but_for(Refusal.ENDED)),
    Planted("a check outlives its 15 minutes", (checks, "why_not_live"), _live_but_for(Refusal.EXPIRED)),
    Planted("the check of another patient", (checks, "why_not_live"), _anybodys),
    Planted("the check of another staff member", (checks, "why_not_live"), _any_staffs),
    Planted("the check of another call of one's own", (checks, "why_not_live"), _any_calls),
    Planted("a hold stops nothing", (checks, "why_not_enough"), _told(on_hold=False), TWO_FAILED),
    Planted("the channel that changes proves itself", (requests, "NOT_BY"), lambda kinds: dict.fromkeys(kinds, ())),
    Planted("a call-back before basic", (checks, "why_no_callback"), lambda _: lambda check: None),
    Planted("a code before basic", (checks, "why_no_code"), lambda _: lambda check: None),
    Planted("a sixth try of a code", (checks, "CODE_TRIES"), lambda n: n + 1),
    Planted(
        "guess and hang up is free", (checks, "closed"), lambda _: lambda check: replace(check, ended=True), TWO_FAILED
    ),
    Planted("guess and wait is free", (holds, "failed_at"), lambda _: lambda check, now: None, TWO_FAILED),
    Planted("a hold by four failures", (holds, "FAILED_CHECKS"), lambda n: n + 1, TWO_FAILED),
    Planted("a hold of ten minutes", (holds, "WINDOW"), lambda _: timedelta(minutes=10), TWO_FAILED),
    Planted(
        "a hold released by whose check failed", (holds, "may_release"), lambda _: lambda state, admin: True, TWO_FAILED
    ),
    Planted("a link to an address of an hour", (recoveries, "may_be_mailed"), _told(photo_id=True), EMAIL_MOVED),
    Planted("a code to an address of an hour", (recoveries, "is_evidence"), _as_if(evidence_from=NOW), EMAIL_MOVED),
    Planted(
        "a temporary login right after another contact",
        (requests, "is_paused"),
        lambda _: lambda *a, **h: False,
        EMAIL_MOVED,
    ),
    Planted("the requester approves", (requests, "why_not_approved"), _own_request),
    Planted("approved before the new address answered", (requests, "why_not_approved"), _as_if(confirmed_at=NOW)),
    Planted("approved after seven days", (requests, "why_not_approved"), _as_if(expires_at=NOW + _HOUR), WAITS),
    Planted("a clerk approves", (roles, "MAY"), lambda may: {**may, "approve": frozenset(Role)}),
    Planted("time decides though an admin could", (requests, "after_confirmation"), _told(other_admins=())),
    Planted("time decides without photo ID", (requests, "after_confirmation"), _as_if(rests_on_photo_id=True)),
    Planted("time decides at once", (requests, "PAUSE"), lambda _: timedelta()),
    Planted("a link after its life", (recoveries, "is_dead"), _as_if(expires_at=NOW + _HOUR)),
    Planted("a link after five wrong tries", (recoveries, "FACT_TRIES"), lambda n: n + 1),
    Planted("a link used twice", (recoveries, "is_dead"), _as_if(redeemed=False)),
    Planted("a superseded link", (recoveries, "is_dead"), _as_if(superseded=False)),
    Planted("a revoked link", (recoveries, "is_dead"), _as_if(revoked=False)),
    Planted("a link after another password or email", (recoveries, "is_dead"), _as_if(bound=True)),
    Planted("a stolen link without the facts", (recoveries, "facts_are_missing"), lambda _: lambda *a, **h: False),
    Planted("a stolen link and the email on file", (recoveries, "SECOND_FACTS"), lambda some: some | {Method.EMAIL}),
]


STARTS = {TWO_FAILED: "two checks failed an hour ago", EMAIL_MOVED: "the email changed an hour ago",
          WAITS: "asked for 167 hours ago, answered now"}  # fmt: skip


def table() -> str:
    """The table of docs/mutation.md."""
    lines = ["| Planted | Shortest sequence that shows it | What is wrong with its last step |", "| --- | --- | --- |"]
    for one in HOLES:
        *way, hole = one.explored(6).hole or ("", "not found")
        start = f"({STARTS[one.patient]}) " if one.patient else ""
        lines.append(f"| {one.name} | {start}{'; '.join(way)} | {hole} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(table(), end="")
