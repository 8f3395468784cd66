"""What a clerk is told of a check: which facts to ask for, what to say, what it allows. Never what is on file."""

from __future__ import annotations

from collections.abc import Sequence

from portaldesk.gate import checks
from portaldesk.gate.actions import desk_actions
from portaldesk.gate.checks import CheckFacts
from portaldesk.rules.assurance import Evidence
from portaldesk.words import Action, Caller, CheckOutcome, Method, MethodOutcome


def allowed(check: CheckFacts) -> list[Action]:
    """What this check allows, by the gate's own decision."""
    if check.outcome is CheckOutcome.FAILED:
        return []
    return [action for action in desk_actions() if checks.why_not_enough(check, action, on_hold=False) is None]


_ASKED_FOR = {
    Method.BIRTH_DATE: "your date of birth",
    Method.OWN_BIRTH_DATE: "your own date of birth",
    Method.POSTAL_CODE: "the postal code of your home address",
    Method.PHONE: "the phone number we have for you",
    Method.EMAIL: "the email address we have for you",
    Method.LAST_VISIT: "the date of your last visit with us",
}


def asked_for(method: Method, caller: str) -> str:
    """How a fact is asked for, of the patient or of who calls for them."""
    if method is Method.BIRTH_DATE and caller != Caller.PATIENT:
        return "the patient's date of birth"
    return _ASKED_FOR[method]


def say(
    outcome: CheckOutcome, ask: Sequence[Method], evidence: Sequence[Evidence], caller: str, *, letter: bool = False
) -> str:
    """One neutral sentence to read out: it never tells which answer was wrong.

    `letter`: all there is on file matched, and it is enough for a letter alone.
    """
    if outcome is CheckOutcome.FAILED:
        return (
            "I'm sorry, I can't confirm your details on the phone. Please come in with photo ID, "
            "or use 'Forgot password' on the portal."
        )
    if outcome is CheckOutcome.HELD:
        return "I'm sorry, I can't make changes by phone today. Please come in with photo ID."
    if ask:
        return f"Thank you. Could you tell me {asked_for(ask[0], caller)}?"
    sent = [e.method for e in evidence if e.outcome is MethodOutcome.SENT]
    if sent:
        where = {Method.CODE_EMAIL: " to the email on file", Method.CODE_PHONE: " to the phone number on file"}
        return f"I've sent a code{where[sent[0]] if len(sent) == 1 else ''}. Please read me the eight digits."
    if outcome is CheckOutcome.PENDING and letter:
        return "Thank you. I can send a letter with a code to the address we have for you."
    if outcome is CheckOutcome.PENDING:
        return "Thank you. I need one more thing to confirm who you are; do you have photo ID with you?"
    return "Thank you, that's all I need."
