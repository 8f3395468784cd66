"""The triggers are those of the gate's one table, to the letter, on both engines."""

from __future__ import annotations

import pytest

from portaldesk.gate import guards
from portaldesk.gate.triggers import expected_triggers
from portaldesk.store import schema


@pytest.mark.parametrize("engine", list(guards.DIGEST))
def test_no_letter_of_a_guard_changes_unless_its_digest_is_written_down_anew(engine: str) -> None:
    made_anew = expected_triggers.__wrapped__(engine)  # not the ones made earlier in this process
    assert schema.digest_of(made_anew) == guards.DIGEST[engine], "the guards changed: run make guards"


def test_without_a_word_about_it_the_guards_are_sqlites() -> None:
    assert expected_triggers.__wrapped__() == expected_triggers("sqlite")
