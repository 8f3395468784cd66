"""Every sequence of up to six steps by two clerks, an admin and whoever calls: no change without a valid ground."""

from __future__ import annotations

from pathlib import Path

import oracle
import pytest
from exploration import Explorer
from planted_holes import HOLES, Planted
from pure_desk import ALIKE

from portaldesk.gate.actions import ACTIONS
from portaldesk.words import Caller

DOCS = Path(__file__).parents[2] / "docs"
STEPS = 6


@pytest.fixture(scope="module")
def six() -> object:
    return Explorer().run(STEPS)


def test_no_sequence_of_four_steps_leads_to_a_change_without_a_valid_ground() -> None:
    assert Explorer().run(4).hole is None


@pytest.mark.slow
def test_no_sequence_of_six_steps_leads_to_a_change_without_a_valid_ground(six) -> None:
    assert six.hole is None
    assert len(six.states) == STEPS
    assert six.let_through >= {"issue-temp-login for A", "enable for A", "update-contact email for A"}


@pytest.mark.parametrize("action", ALIKE, ids=str)
def test_an_action_that_is_left_out_is_judged_as_the_one_that_is_explored(action) -> None:
    told = ("level", "times", "emailed_code_is_enough", "on_hold", "at_desk")
    one, other = ACTIONS[action], ACTIONS[ALIKE[action]]
    assert [getattr(one, name) for name in told] == [getattr(other, name) for name in told]
    assert (action in oracle.BASIC) == (ALIKE[action] in oracle.BASIC)
    assert Caller.PATIENT in one.callers & other.callers


@pytest.mark.slow
def test_the_docs_say_how_many_states_were_explored(six) -> None:
    design = " ".join((DOCS / "design.md").read_text("utf-8").split())
    assert f"{six.states[-1]:,} states" in design
    assert f"{six.pairs:,} pairs" in design


@pytest.mark.slow
def test_a_caller_who_only_knows_things_changes_nothing_but_takes_access_away_or_mails_the_address_on_file() -> None:
    known = Explorer(never=("photo ID", "reads the right code", "calls A back")).run(STEPS)
    assert known.hole is None
    assert known.let_through == {
        "resend-invite for A", "resend-invite --letter for A", "send-reset for A", "recover-username for A",
        "unlock for A", "secure-account for A", "decline for A", "contacts mark for A",
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("hole", HOLES, ids=lambda hole: hole.name)
def test_a_hole_planted_into_the_gate_is_found(hole: Planted) -> None:
    assert hole.explored(STEPS).hole is not None


def test_the_docs_list_every_planted_hole() -> None:
    listed = (DOCS / "mutation.md").read_text("utf-8")
    assert [one.name for one in HOLES if f"| {one.name} |" not in listed] == []
