"""An export that is killed half-way: nothing that looks like a bundle, and the next one goes through."""

from __future__ import annotations

import signal
from pathlib import Path

import processes
import pytest
from desks import Clinic

from portaldesk.services.bundle_checks import check


@pytest.mark.parametrize("name", ["b", "b.zip"])
def test_a_killed_export_leaves_a_whole_bundle_or_none(clinic: Clinic, tmp_path: Path, name: str) -> None:
    patients = processes.patient_file(tmp_path / "patients.csv", 1, 3000)
    assert clinic.rosa("import", "patients", str(patients)).code == 0
    folder = tmp_path / "to"
    folder.mkdir()
    words = ("audit", "export", "--sign", "--out", str(folder / name))
    ends = set()
    for tenths in range(3, 14, 2):
        process = processes.start(*words, clinic=clinic, token=clinic.rosa_token)
        ended = processes.stop_after(process, tenths / 10, signal.SIGKILL)
        ends.add(ended.code)
        there = folder / name
        if there.exists():
            assert check(there).whole
            there.rename(folder / f"whole-{tenths}{there.suffix}")
    left = [path for path in folder.iterdir() if path.name.startswith(".")]
    assert not [path for path in left if path.is_dir() and (path / "manifest.json").exists()]
    assert -signal.SIGKILL in ends
    assert processes.run(*words, clinic=clinic, token=clinic.rosa_token).code == 0
    assert check(folder / name).whole
