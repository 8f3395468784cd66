"""What a clerk sees on a real terminal: lines broken between words, unreadable answers asked again."""

from __future__ import annotations

import os
import select
import sys
from contextlib import suppress
from pathlib import Path

import pexpect
import pytest
from desks import Clinic, environment, run, run_process
from hypothesis import given
from hypothesis import strategies as st

from portaldesk.render import folding, progress

SAMPLES = Path(__file__).parents[2] / "src" / "portaldesk" / "samples" / "patients.csv"


def on_a_terminal(*args: str, clinic: Clinic, columns: int = 80) -> pexpect.spawn:
    return pexpect.spawn(
        sys.executable, ["-m", "portaldesk", *args], encoding="utf-8", timeout=30, dimensions=(24, columns),
        env=environment(clinic.home, clinic.sam_token, None),
    )  # fmt: skip


def finished(child: pexpect.spawn) -> tuple[int, str]:
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus, child.before


def test_an_answer_that_cannot_be_read_is_asked_again_and_is_no_try(clinic: Clinic) -> None:
    assert clinic.rosa("import", "patients", str(SAMPLES)).code == 0
    child = on_a_terminal("verify-identity", "MRN-1019", clinic=clinic)
    for said in ("13/45/2020", "yesterday", "1988-15-08"):
        child.expect("Birth date: ")
        child.sendline(said)
        child.expect("nothing was tried")
    child.expect("Birth date: ")
    child.sendline("August 15, 1988")
    child.expect("matched")
    child.expect("(Postal code|Phone|Email|Last visit): ")
    child.sendline("")
    code, said = finished(child)
    assert code == 0
    assert "one wrong answer is left" in said


def test_the_end_of_input_at_a_question_is_one_clear_sentence(clinic: Clinic) -> None:
    assert clinic.rosa("import", "patients", str(SAMPLES)).code == 0
    child = on_a_terminal("verify-identity", "MRN-1019", clinic=clinic)
    child.expect("Birth date: ")
    child.sendeof()
    code, said = finished(child)
    assert code == 2
    assert said.startswith("\r\n")
    assert "Birth date was not entered." in said


@pytest.mark.parametrize("columns", [80, 120])
def test_lines_on_a_terminal_are_broken_between_words(clinic: Clinic, columns: int) -> None:
    assert clinic.rosa("import", "patients", str(SAMPLES)).code == 0
    code, said = finished(on_a_terminal("diagnose", "MRN-1019", clinic=clinic, columns=columns))
    assert code == 0
    assert all(len(line) <= columns for line in said.splitlines())
    assert "\"You haven't set up your portal account yet; I can send you an" in said


def test_a_command_to_run_next_can_be_pasted_back() -> None:
    line = "→ Ask the caller; then: portaldesk verify-identity MRN-1019 --birth-date - --postal-code -; or (now)"
    assert folding.folded(line, 70).split("\n") == [
        "→ Ask the caller; then:",
        "  portaldesk verify-identity MRN-1019 --birth-date - --postal-code -;",
        "  or (now)",
    ]
    assert folding.folded(line, 50).split("\n") == [
        "→ Ask the caller; then:",
        "  portaldesk verify-identity MRN-1019 \\",
        "    --birth-date - --postal-code -; or (now)",
    ]


@given(st.text(st.characters(codec="utf-8", categories=("L", "Nd", "P", "Zs")), max_size=300), st.integers(20, 120))
def test_folding_loses_no_word(line: str, columns: int) -> None:
    folded = folding.folded(line, columns)
    assert folded.split() == line.split()


def test_a_temporary_login_is_asked_for_its_birth_date_before_a_new_password(clinic: Clinic) -> None:
    assert clinic.rosa("import", "patients", str(SAMPLES)).code == 0
    seen = ("--birth-date", "1988-08-15", "--photo-id", "passport")
    assert clinic.sam("verify-identity", "MRN-1019", *seen).code == 0
    made = clinic.sam("issue-temp-login", "MRN-1019", "--username", "priya", "--json").document
    child = on_a_terminal("portal", "sign-in", "priya", clinic=clinic)
    child.expect("Password: ")
    child.sendline(made["temporary_password"])
    assert "portaldesk portal change-password priya --birth-date -" in finished(child)[1]
    child = on_a_terminal("portal", "change-password", "priya", clinic=clinic)
    for prompt, said in (
        ("Old password: ", made["temporary_password"]),
        ("Birth date: ", "15 August 1988"),
        ("New password: ", "gravel tulip ninety moth 7"),
        ("New password again: ", "gravel tulip ninety moth 7"),
    ):
        child.expect(prompt)
        child.sendline(said)
    assert finished(child)[0] == 0


def test_a_decision_without_a_reason_is_wrong_usage_before_anything_else(clinic: Clinic) -> None:
    for command in (("approve", "R-NOPE"), ("reject", "R-NOPE"), ("hold", "release", "NOPE")):
        assert clinic.rosa(*command, "--json").code == 2


def test_a_clerk_with_a_wrong_reference_is_sent_where_a_clerk_may_look(clinic: Clinic) -> None:
    refused = clinic.sam("confirm", "R-NOPE", "--code", "1111 2222", "--json")
    assert (refused.code, "update-contact showed it" in refused.error["hint"]) == (5, True)


def test_an_auditor_with_a_slip_in_the_question_is_not_told_that_nothing_happened(clinic: Clinic) -> None:
    assert clinic.rosa("list-resets", "--staff", "smam", "--json").error["code"] == "no-such-staff"
    assert clinic.rosa("list-resets", "--staff", "Sam", "--json").document == {"resets": []}
    assert clinic.rosa("list-resets", "--since", "1d", "--until", "2d").code == 2
    assert clinic.rosa("list-resets", "--json", "--format", "csv").code == 2


@pytest.mark.sqlite_only("it plays at a store of its own, a file")
def test_a_bar_is_drawn_by_itself_and_takes_nothing_of_what_goes_to_a_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ours, terminal = os.openpty()
    monkeypatch.setattr(progress, "AFTER_SECONDS", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    shown = b""
    with os.fdopen(terminal, "w") as stderr:
        monkeypatch.setattr(sys, "stderr", stderr)
        with progress.steps() as told:
            told("Patients", 1, None)  # and no more: it is drawn by itself in a step that tells nothing
            while b"Patients" not in shown:
                assert select.select([ours], [], [], 30)[0], "no bar within 30 seconds"
                shown += os.read(ours, 1_000)
            print("MRN-1019,Priya")
    with suppress(OSError):  # so a terminal that nobody writes to any more ends
        while some := os.read(ours, 10_000):
            shown += some
    os.close(ours)
    assert b"MRN-1019" not in shown
    assert capsys.readouterr().out == "MRN-1019,Priya\n"


_WORKS_WITH_A_BAR = """
import sys, threading
from portaldesk.cli import main
from portaldesk.render import progress

def works(args):
    with progress.bar("Working") as move:
        move(1, 2)
        threading.Event().wait(30)

progress.AFTER_SECONDS, main._dispatch = 0.0, works
sys.exit(main.run([]))
"""


def test_a_terminal_that_cannot_move_its_cursor_gets_no_bar_and_no_signs_for_one() -> None:
    until_drawn = "[one.join() for one in threading.enumerate() if isinstance(one, threading.Timer)]"
    works = _WORKS_WITH_A_BAR.replace("threading.Event().wait(30)", until_drawn)
    child = pexpect.spawn(
        sys.executable, ["-c", works], encoding="utf-8", timeout=30, env=os.environ | {"TERM": "dumb"}
    )
    assert finished(child)[1] == ""


def test_a_ctrl_c_at_a_bar_leaves_the_cursor_where_it_can_be_seen() -> None:
    child = pexpect.spawn(
        sys.executable, ["-c", _WORKS_WITH_A_BAR], encoding="utf-8", timeout=30, env=os.environ | {"TERM": "xterm"}
    )
    child.expect("Working")
    child.sendintr()
    code, said = finished(child)
    assert code == 130
    assert said.rstrip().endswith("\x1b[?25h")


def test_the_demo_plays_to_its_end_within_80_columns() -> None:
    ran = run_process("demo", home=None)
    assert (ran.code, ran.err) == (0, "")
    assert all(len(line) <= 80 for line in ran.out.splitlines())
    assert "no identity check, no change" in ran.out
    assert "The record is NOT whole" in ran.out
    assert "verify-\n" not in ran.out


def test_the_help_shows_a_switch_as_a_switch_and_no_value_to_type() -> None:
    for args in ((), ("portal",), ("verify-identity",)):
        said = run(*args, "--help").out
        assert "--json" in said
        assert "<bool>" not in said
