"""Secrets in files: whole or not at all, and what happens where they cannot be written."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from desks import SAM_PASSWORD, Clinic

from portaldesk.secret_keys import FileSecrets


def test_a_session_that_cannot_be_kept_is_said_and_nobody_is_signed_in(clinic: Clinic) -> None:
    (clinic.home / "sessions").write_text("in the way of the folder")
    before = _logins(clinic)
    ran = clinic.anyone("login", "sam", "--password-stdin", "--json", input=SAM_PASSWORD + "\n")
    assert (ran.code, ran.error["code"]) == (8, "store-unwritable")
    assert _logins(clinic) == before


def test_a_session_is_kept_in_a_file_of_its_own_for_this_user_alone(clinic: Clinic) -> None:
    keys = (clinic.home / "secrets.json").read_bytes()
    assert clinic.anyone("login", "sam", "--password-stdin", input=SAM_PASSWORD + "\n").code == 0
    (kept,) = (clinic.home / "sessions").iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert (clinic.home / "secrets.json").read_bytes() == keys


def _logins(clinic: Clinic) -> int:
    return sum(event[:2] == ("login", "done") for event in clinic.events())


def test_secrets_kept_at_the_same_moment_are_all_kept(tmp_path: Path) -> None:
    """Two commands, two secrets: neither writes the file anew as it was before the other."""
    with ThreadPoolExecutor(8) as pool:
        for kept in pool.map(lambda n: FileSecrets(tmp_path).put(f"secret-{n}", str(n)), range(40)):
            assert kept is None
    assert [FileSecrets(tmp_path).get(f"secret-{n}") for n in range(40)] == [str(n) for n in range(40)]
