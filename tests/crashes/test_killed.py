"""kill -9 at any moment: a command is done with its event, or was never begun."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from desks import Clinic
from processes import PATIENT, copy_of, patient_file, require_whole, rows, run, start, stop_after, stop_at_commit

import engines

KILLS = 17 if engines.ON_SQLITE else 8
AT_COMMIT = 8 if engines.ON_SQLITE else 4
"""Of each command: 25 kills, 50 in all (fewer on a server, where each takes a database). The first spread over the run
time, the others at the first byte written."""


def _unlocked(clinic: Clinic) -> bool:
    """Whether the unlock is done, and whole; half done fails."""
    ((until, failures, permit, changed),) = rows(
        clinic,
        "SELECT locked_until, failed_attempts, permit_id, changed_seq FROM portal_account WHERE mrn = ?",
        PATIENT,
    )
    permits = rows(clinic, "SELECT id, spent_seq, changed_seq FROM permit WHERE action = 'unlock'")
    events = rows(clinic, "SELECT seq FROM audit_event WHERE action = 'unlock' AND outcome = 'done'")
    mails = rows(clinic, "SELECT id FROM outbox_message WHERE kind = 'changed'")
    assert failures == 40
    if until is None:
        assert permits == [(permit, changed, changed)]
        assert events[:1] == [(changed,)]
        assert len(mails) == 1
        return True
    assert (permits, events, mails, permit) == ([], [], [], None)
    return False


def _imported(clinic: Clinic) -> bool:
    """Whether the file is in; part of it fails."""
    ((patients, accounts, names, told),) = rows(
        clinic,
        "SELECT (SELECT count(*) FROM patient), (SELECT count(*) FROM portal_account), "
        "(SELECT count(DISTINCT mrn) FROM patient_name), "
        "(SELECT count(*) FROM audit_event WHERE action = 'import patients')",
    )
    assert (patients, accounts, names) in ((3, 3, 3), (603, 603, 603))
    assert told == 1 or patients == 603
    return bool(patients == 603)


def _kill_again_and_again(
    template: Clinic, folder: Path, args: tuple[str, ...], token: str, done: Callable[[Clinic], bool]
) -> tuple[int, int]:
    """Returns how many were killed before and after the change (a process that ended by itself counts as after)."""
    home = folder / "home"
    whole = run(*args, clinic=copy_of(template, home), token=token)
    assert whole.code == 0, whole.err
    drawn, outcomes = random.Random(20261125), []
    for n in range(KILLS + AT_COMMIT):
        engines.remove(home)
        clinic = copy_of(template, home)
        process = start(*args, clinic=clinic, token=token)
        if n < KILLS:
            ended = stop_after(process, drawn.uniform(0.5, 1.2) * whole.seconds, signal.SIGKILL)
        else:
            ended = stop_at_commit(process, clinic.home, signal.SIGKILL)
        assert ended.code in (-signal.SIGKILL, 0)
        require_whole(clinic)
        outcomes.append(done(clinic))
        assert ended.code != 0 or outcomes[-1]
        # who was interrupted runs it once more, and it ends well
        if n % 12 == 0:
            again = run(*args, clinic=clinic, token=token)
            assert again.code == 0, again.err
            assert done(clinic)
            require_whole(clinic)
    return outcomes.count(False), outcomes.count(True)


@pytest.mark.slow
def test_an_unlock_killed_at_any_moment_is_done_with_its_permit_and_event_or_not_at_all(
    locked_template: Clinic, tmp_path: Path
) -> None:
    args = ("unlock", PATIENT, "--json")
    before, after = _kill_again_and_again(locked_template, tmp_path, args, locked_template.sam_token, _unlocked)
    print(f"unlock: killed before {before}, after {after}")
    assert before > 2


@pytest.mark.slow
def test_an_import_killed_at_any_moment_brought_all_of_its_file_or_nothing(
    locked_template: Clinic, tmp_path: Path
) -> None:
    args = ("import", "patients", str(patient_file(tmp_path / "more.csv", 4, 603)), "--json")
    before, after = _kill_again_and_again(locked_template, tmp_path, args, locked_template.rosa_token, _imported)
    print(f"import: killed before {before}, after {after}")
    assert before > 2


@pytest.mark.slow
def test_ctrl_c_at_any_moment_is_130_and_leaves_nothing_half_done(locked_template: Clinic, tmp_path: Path) -> None:
    args = ("import", "patients", str(patient_file(tmp_path / "more.csv", 4, 603)), "--json")
    home, token = tmp_path / "home", locked_template.rosa_token
    whole = run(*args, clinic=copy_of(locked_template, home), token=token)
    codes = []
    for n in range(8):
        engines.remove(home)
        clinic = copy_of(locked_template, home)
        process = start(*args, clinic=clinic, token=token)
        if n < 6:
            ended = stop_after(process, (0.45 + 0.09 * n) * whole.seconds, signal.SIGINT)
        else:
            ended = stop_at_commit(process, clinic.home, signal.SIGINT)
        require_whole(clinic)
        done = _imported(clinic)
        # -2 is a process that ended before Python listened to signals: to a shell that is 130 as well
        assert ended.code in (130, -2, 0), (n, ended)
        assert "Traceback" not in ended.err
        assert done or ended.code in (130, -2)
        codes.append(ended.code)
    assert 130 in codes
