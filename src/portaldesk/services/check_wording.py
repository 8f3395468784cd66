"""What a clerk is told of a check: which facts to ask for, what to say, what it allows. Never what is on file."""

from __future__ import annotations

from portaldesk.gate.actions import ACTIONS, desk_actions
from portaldesk.rules import assurance
from portaldesk.rules.assurance import Evidence
from portaldesk.words import Action, CheckOutcome, Level, Method, MethodOutcome


def allowed(evidence: list[Evidence], spoiled: list[Method], outcome: CheckOutcome, level: Level) -> list[Action]:
    """What this check allows, from the gate's table."""
    if outcome not in (CheckOutcome.PASSED, CheckOutcome.HELD):
        return []
    without_mail = assurance.level_of([e for e in evidence if e.method is not Method.CODE_EMAIL], spoiled)
    return [
        action
        for action in desk_actions()
        if level.reaches(ACTIONS[action].level)
        and (ACTIONS[action].emailed_code_is_enough or without_mail.reaches(ACTIONS[action].level))
        and (outcome is CheckOutcome.PASSED or ACTIONS[action].on_hold)
    ]


ASKED_FOR = {
    Method.BIRTH_DATE: "your date of birth",
    Method.POSTAL_CODE: "the postal code of your home address",
    Method.PHONE: "the phone number we have for you",
    Method.EMAIL: "the email address we have for you",
    Method.LAST_VISIT: "the date of your last visit with us",
}


def say(outcome: CheckOutcome, ask: list[Method], evidence: list[Evidence]) -> str:
    """One neutral sentence to read out: it never tells which answer was wrong."""
    if outcome is CheckOutcome.FAILED:
        return (
            "I'm sorry, I can't confirm your details on the phone. Please come in with photo ID, "
            "or use 'Forgot password' on the portal."
        )
    if outcome is CheckOutcome.HELD:
        return "I'm sorry, I can't make changes by phone today. Please come in with photo ID."
    if ask:
        return f"Thank you. Could you tell me {ASKED_FOR[ask[0]]}?"
    if any(e.method is Method.CODE_EMAIL and e.outcome is MethodOutcome.SENT for e in evidence):
        return "I've sent a code to the email on file. Please read me the eight digits."
    if outcome is CheckOutcome.PENDING:
        return "Thank you. I need one more thing to confirm who you are; do you have photo ID with you?"
    return "Thank you, that's all I need."
