"""Who may do what: a role, and never to the own record."""

from __future__ import annotations

import pytest

from portaldesk.errors import NotAllowed
from portaldesk.gate import roles
from portaldesk.gate.actions import ACTIONS, desk_actions
from portaldesk.gate.actors import Actor, patient_entry
from portaldesk.words import Action, Role

NAMED = {Role.FRONT_DESK: "A front-desk", Role.ADMIN: "An admin", Role.AUDITOR: "An auditor"}
SAM = Actor("sam", Role.FRONT_DESK, "S-1", frozenset({"MRN-7"}))


def test_a_command_is_for_the_roles_that_its_row_of_the_table_names() -> None:
    for command, may in roles.MAY.items():
        for role in Role:
            if role in may:
                roles.require(role, command)
            else:
                with pytest.raises(NotAllowed) as refused:
                    roles.require(role, command)
                assert refused.value.code == "not-your-role"
                assert str(refused.value) == f"{NAMED[role]} may not run {command}."
                assert refused.value.hint == f"Ask a colleague who is {' or '.join(sorted(may))}."


def test_nobody_handles_the_own_record() -> None:
    SAM.require_not_own("MRN-1")
    Actor("sam", Role.FRONT_DESK, "S-1").require_not_own("MRN-7")
    with pytest.raises(NotAllowed) as refused:
        SAM.require_not_own("MRN-7")
    assert refused.value.code == "own-record"


def test_an_event_says_who_acted_in_which_session_for_which_patient() -> None:
    ours = SAM.entry("find", "done", patient="MRN-1", reason="r", details={"n": 1})
    assert (ours.action, ours.outcome, ours.staff, ours.session) == ("find", "done", "sam", "S-1")
    assert (ours.patient, ours.reason, ours.details) == ("MRN-1", "r", {"n": 1})
    assert SAM.entry("find", "done").patient is None


def test_an_event_of_the_patients_side_names_no_staff_member() -> None:
    theirs = patient_entry("sign-in", "refused", patient="MRN-1", reason="r", details={"n": 1})
    assert (theirs.action, theirs.outcome, theirs.staff, theirs.session) == ("sign-in", "refused", None, "portal")
    assert (theirs.patient, theirs.reason, theirs.details) == ("MRN-1", "r", {"n": 1})
    assert patient_entry("sign-in", "done").details == {}


def test_what_the_desk_may_be_asked_for_is_every_action_that_the_table_puts_there() -> None:
    assert desk_actions() == [action for action in ACTIONS if ACTIONS[action].at_desk]
    assert {Action.UNLOCK, Action.ENABLE} <= set(desk_actions())
    assert Action.REDEEM not in desk_actions()
