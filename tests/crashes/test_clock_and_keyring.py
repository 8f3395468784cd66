"""A clock a day off, and a keyring that lost its entry: what is refused, in which words, and how it goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from desks import ROSA_PASSWORD, SAM_PASSWORD, Clinic, Ran, run_process
from processes import PATIENT, require_whole, rows

from portaldesk.cli import desk

DAY = timedelta(days=1)
PLAIN = "keyrings.alt.file.PlaintextKeyring"
LINE = "heron slate willow 9 anchor\n"


def _clock(monkeypatch: pytest.MonkeyPatch, off: timedelta) -> None:
    """The machine's clock, where portaldesk reads it."""
    monkeypatch.setattr(desk, "clock", lambda: datetime.now(UTC) + off)


def _clock_back(ran: Ran) -> None:
    assert (ran.code, ran.error["code"]) == (8, "clock-back")
    assert "Set the clock right" in ran.error["hint"]


def test_a_clock_set_back_a_day_stops_everything_and_set_right_the_call_goes_on(
    locked: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = rows(locked, "SELECT * FROM audit_head")
    _clock(monkeypatch, -DAY)
    for args in (("unlock", PATIENT), ("find", "ana"), ("verify-identity", PATIENT, "--birth-date", "1952-07-15")):
        _clock_back(locked.sam(*args, "--json"))
    for args in (("backup", str(locked.home.parent / "b")), ("secrets", "rotate", "seal", "--reason", "x")):
        _clock_back(locked.rosa(*args, "--json"))
    _clock_back(locked.anyone("portal", "forgot-password", "ana.r", "--json"))
    assert rows(locked, "SELECT * FROM audit_head") == head
    findings = {one["subject"]: one for one in locked.rosa("doctor", "--json").document["findings"]}
    assert "minutes behind the last event" in findings["clock"]["message"]
    assert not findings["clock"]["ok"]
    _clock(monkeypatch, timedelta())
    done = locked.sam("unlock", PATIENT, "--no-send", "--json")
    assert (done.code, done.document["effect"]) == (0, "done")  # the check of this call was not spent
    require_whole(locked)


def test_a_clock_a_day_ahead_ends_checks_and_sessions_and_no_way_back_revives_them(
    locked: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    login = ("login", "sam", "--password-stdin")
    assert locked.anyone(*login, input=SAM_PASSWORD + "\n").code == 0
    assert locked.anyone("whoami").code == 0
    _clock(monkeypatch, DAY)
    ran = locked.sam("unlock", PATIENT, "--json")
    assert (ran.code, ran.error["code"]) == (4, "check-expired")
    ran = locked.anyone("whoami", "--json")
    assert ran.code == 3

    _clock(monkeypatch, timedelta())  # the record has events of tomorrow now
    _clock_back(locked.sam("find", "ana", "--json"))
    _clock_back(locked.anyone("whoami", "--json"))
    ran = locked.rosa("doctor", "--accept-clock", "--reason", "the clock ran ahead", "--json")
    assert ran.code == 0, ran
    assert locked.sam("find", "ana").code == 0
    ran = locked.sam("unlock", PATIENT, "--json")
    assert (ran.code, ran.error["code"]) == (4, "check-expired")
    assert locked.anyone("whoami", "--json").code == 3
    times = [at for (at,) in rows(locked, "SELECT at FROM audit_event ORDER BY seq")]
    assert times == sorted(times)
    require_whole(locked)


def test_a_keyring_that_lost_its_entry_stops_the_desk_until_the_saved_keys_are_brought_back(tmp_path: Path) -> None:
    kept = tmp_path / "keyring"
    env = {"PYTHON_KEYRING_BACKEND": PLAIN, "XDG_DATA_HOME": str(kept)}
    home = tmp_path / "home"

    def anyone(*args: str, input: str = "") -> Ran:
        return run_process(*args, "--json", input=input, home=home, env=env)

    asked = ("init", "--admin", "rosa", "--secrets", "keyring", "--password-stdin")
    assert anyone(*asked, input=ROSA_PASSWORD + "\n").code == 0
    login = ("login", "rosa", "--password-stdin")
    assert anyone(*login, input=ROSA_PASSWORD + "\n").code == 0
    assert anyone("secrets", "save", str(tmp_path / "k"), "--passphrase-stdin", input=LINE).code == 0
    for file in kept.rglob("*.cfg"):
        file.unlink()

    for args in (("find", "ana"), ("whoami",), ("audit", "verify"), ("doctor",)):
        ran = anyone(*args)
        assert (ran.code, ran.error["code"]) == (8, "no-secrets"), args
        assert "portaldesk secrets load FILE" in ran.error["hint"]
    assert not (home / "secrets.json").exists()  # nothing falls back to a file

    loaded = anyone("secrets", "load", str(tmp_path / "k"), "--passphrase-stdin", input=LINE)
    assert (loaded.code, loaded.document["secrets"]) == (0, "keyring")
    assert anyone("whoami").code == 3  # the session was in the keyring too
    assert anyone(*login, input=ROSA_PASSWORD + "\n").code == 0
    assert anyone("audit", "verify").document["whole"]
    assert anyone("doctor").code == 0
