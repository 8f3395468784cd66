"""How evidence becomes an assurance level (design §3.1, §3.2). Pure.

basic: at least three knowledge methods matched, birth date among them; a method by which the patient was looked up in
this call is spoiled and never counts. Where fewer than three are on file, all of them are enough for a letter alone.
strong: basic plus one possession method, or photo ID seen in person plus birth date. Knowledge alone never reaches
strong (OWASP ASVS 5.0 6.4.2; NIST SP 800-63A-4).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from portaldesk.words import KNOWLEDGE, POSSESSION, PROXY_KNOWLEDGE, CheckOutcome, Level, Method, MethodOutcome

WRONG_ALLOWED = 1
BASIC_FACTS = 3
_KNOWN = frozenset({*KNOWLEDGE, *PROXY_KNOWLEDGE})


@dataclass(frozen=True, slots=True)
class Evidence:
    """One method and where it stands. `note` is what kind of photo ID was seen; never an answer."""

    method: Method
    outcome: MethodOutcome
    note: str = ""


def with_evidence(evidence: Sequence[Evidence], newer: Iterable[Evidence]) -> list[Evidence]:
    """The evidence with newer outcomes in place of older ones of the same method. A match is never unsaid."""
    found = {e.method: e for e in evidence}
    for e in newer:
        if found.get(e.method, e).outcome not in (MethodOutcome.MATCH, MethodOutcome.ATTESTED) or e.method not in found:
            found[e.method] = e
    return list(found.values())


def level_of(evidence: Iterable[Evidence], spoiled: Collection[Method] = ()) -> Level:
    """The level this evidence reaches."""
    held = {e.method for e in evidence if e.outcome in (MethodOutcome.MATCH, MethodOutcome.ATTESTED)}
    known = {m for m in held if m in _KNOWN and m not in spoiled}
    basic = len(known) >= BASIC_FACTS and Method.BIRTH_DATE in known
    if Method.PHOTO_ID in held and Method.BIRTH_DATE in held:
        return Level.STRONG
    if basic and any(m in held for m in POSSESSION):
        return Level.STRONG
    return Level.BASIC if basic else Level.NONE


def all_there_is(evidence: Iterable[Evidence], spoiled: Collection[Method], on_file: Collection[Method]) -> bool:
    """Whether fewer than three facts are on file, birth date and postal code among them, and all of them matched."""
    there = {m for m in on_file if m in KNOWLEDGE}
    matched = {e.method for e in evidence if e.outcome is MethodOutcome.MATCH} - set(spoiled)
    return len(there) < BASIC_FACTS and {Method.BIRTH_DATE, Method.POSTAL_CODE} <= there <= matched


def outcome_of(level: Level, *, wrong: int, on_hold: bool, photo_id: bool) -> CheckOutcome:
    """Where the check stands: failed for good after two wrong answers; held while the patient is on hold."""
    if wrong > WRONG_ALLOWED:
        return CheckOutcome.FAILED
    if on_hold and not (photo_id and level is Level.STRONG):
        return CheckOutcome.HELD
    return CheckOutcome.PASSED if level is not Level.NONE else CheckOutcome.PENDING


def facts_to_ask(
    order: Sequence[Method], evidence: Iterable[Evidence], spoiled: Collection[Method], on_file: Collection[Method]
) -> list[Method]:
    """Which facts to ask next, in the drawn order, until basic is reached; birth date always among them."""
    outcomes = {e.method: e.outcome for e in evidence}
    matched = {m for m, o in outcomes.items() if o is MethodOutcome.MATCH and m in _KNOWN and m not in spoiled}
    missing = max(BASIC_FACTS - len(matched), 0 if Method.BIRTH_DATE in matched else 1)
    open_ = [m for m in order if m not in matched and m not in spoiled and m in on_file]
    fresh = [m for m in open_ if outcomes.get(m) is not MethodOutcome.NO_MATCH]
    ranked = [*fresh, *(m for m in open_ if m not in fresh)]
    if Method.BIRTH_DATE in ranked:
        ranked.remove(Method.BIRTH_DATE)
        ranked.insert(0, Method.BIRTH_DATE)
    return ranked[:missing]


def to_text(evidence: Iterable[Evidence]) -> str:
    """As the store keeps it; the gate's triggers read this form."""
    return json.dumps(
        [{"method": e.method, "outcome": e.outcome} | ({"note": e.note} if e.note else {}) for e in evidence]
    )


def from_text(text: str) -> list[Evidence]:
    return [Evidence(Method(e["method"]), MethodOutcome(e["outcome"]), e.get("note", "")) for e in json.loads(text)]
