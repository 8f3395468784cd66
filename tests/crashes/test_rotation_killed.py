"""kill -9 in the middle of a rotation: the store works, the doctor says so, and the same command goes on."""

from __future__ import annotations

import json
import random
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from desks import Clinic
from processes import (
    Ended,
    copy_of,
    end,
    patient_file,
    require_whole,
    rows,
    run,
    start,
    stop_after,
    stop_at_commit,
    stop_when,
)

import engines
from raw_stores import raw

PATIENTS = 200


@pytest.fixture(scope="module")
def full_template(clinic_template: Clinic, tmp_path_factory: pytest.TempPathFactory) -> Clinic:
    folder = tmp_path_factory.mktemp("full")
    clinic = copy_of(clinic_template, folder / "home")
    assert clinic.rosa("import", "patients", str(patient_file(folder / "first.csv", 1, PATIENTS))).code == 0
    return clinic


def _begun(clinic: Clinic, key: str) -> Any:
    args = ("secrets", "rotate", key, "--reason", "every year", "--json")
    return start(*args, clinic=clinic, token=clinic.rosa_token)


def _generations(clinic: Clinic, key: str) -> dict[str, Any]:
    keys = json.loads(json.loads((clinic.home / "secrets.json").read_text())["keys"])
    return dict(keys.get(key, {"current": f"{key[0]}1", "generations": {}}))


def _goes_on(clinic: Clinic, key: str) -> int:
    """After the kill: whole, and a desk works; the doctor says what is open; the same command ends it. How often."""
    require_whole(clinic)
    assert clinic.sam("find", "Reynolds7").code == 0
    doctor = clinic.rosa("doctor", "--json")
    open_ = [f for f in doctor.document["findings"] if f["subject"] == "keys" and not f["ok"]]
    assert doctor.code == (6 if open_ else 0), doctor
    times = 0
    while open_ or _generations(clinic, key)["current"] == f"{key[0]}1":
        again = run(
            "secrets", "rotate", key, "--reason", "every year", "--json", clinic=clinic, token=clinic.rosa_token
        )
        assert again.code == 0, again.err
        assert json.loads(again.out)["generation"] == f"{key[0]}2"
        open_, times = [], times + 1
    require_whole(clinic)
    assert clinic.rosa("doctor").code == 0
    told = rows(clinic, "SELECT details FROM audit_event WHERE action = 'secrets rotate' ORDER BY seq")
    assert [json.loads(one)["to"] for (one,) in told if '"to"' in one] == [f"{key[0]}2"]
    assert _generations(clinic, key)["current"] == f"{key[0]}2"
    return times


@pytest.mark.parametrize("key", ["pepper", "audit", "seal", "outbox"])
def test_a_rotation_killed_at_any_moment_is_gone_on_with(full_template: Clinic, tmp_path: Path, key: str) -> None:
    home = tmp_path / "home"
    whole = end(_begun(copy_of(full_template, home), key))
    assert whole.code == 0, whole.err
    since = run("secrets", "rotate", key, clinic=copy_of(full_template, tmp_path / "usage"), token=None).seconds
    drawn = random.Random(f"20261125 {key}")
    ways: list[Callable[[Any, Clinic], Ended]] = [
        lambda process, clinic: stop_at_commit(process, clinic.home, signal.SIGKILL),
        _stop_at_secrets,
        *(lambda process, clinic: stop_after(process, drawn.uniform(0.5, 1.3) * since, signal.SIGKILL),) * 2,
    ]
    killed = 0
    for stop in ways:
        engines.remove(home)
        clinic = copy_of(full_template, home)
        killed += stop(_begun(clinic, key), clinic).code == -signal.SIGKILL
        _goes_on(clinic, key)
    assert killed >= 2


def _stop_at_secrets(process: Any, clinic: Clinic) -> Ended:
    """As soon as the new key is kept: before, or just after, anything was made with it."""
    secrets = clinic.home / "secrets.json"
    before = secrets.stat().st_ino
    stop_when(process, lambda: secrets.stat().st_ino != before, signal.SIGKILL)
    return end(process)


@pytest.mark.parametrize("turns", [1, 3])
def test_sealing_anew_killed_between_two_turns_goes_on_with_what_is_left(
    full_template: Clinic, tmp_path: Path, turns: int
) -> None:
    clinic = copy_of(full_template, tmp_path / "home")
    process = _begun(clinic, "seal")
    with raw(clinic.home, autocommit=True) as watching:
        counted = "SELECT count(*) FROM audit_event WHERE action = 'reseal'"
        stop_when(process, lambda: watching.execute(counted).fetchall()[0][0] >= turns, signal.SIGKILL)
    assert end(process).code == -signal.SIGKILL
    ((before, left),) = _sealed(clinic)
    assert before > 0
    assert left > 0
    assert _goes_on(clinic, "seal") == 1
    ((after, left),) = _sealed(clinic)
    assert (after, left) == (PATIENTS, 0)


def _sealed(clinic: Clinic) -> list[tuple[Any, ...]]:
    """How many patients are sealed by the new key, and how many by the old."""
    return rows(
        clinic,
        "SELECT count(*) FILTER (WHERE seal LIKE 's2.%'), count(*) FILTER (WHERE seal NOT LIKE 's2.%') FROM patient",
    )


def test_two_who_rotate_at_once_and_a_desk_that_works_lose_nothing(full_template: Clinic, tmp_path: Path) -> None:
    clinic = copy_of(full_template, tmp_path / "home")
    processes = [_begun(clinic, "seal"), _begun(clinic, "audit")]
    found = [clinic.sam("find", f"Reynolds{n}").code for n in range(12)]
    ended = [end(process) for process in processes]
    assert found == [0] * 12
    assert [one.code for one in ended] == [0, 0], [one.err for one in ended]
    require_whole(clinic)
    assert clinic.rosa("doctor").code == 0
