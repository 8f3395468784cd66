"""Authenticator apps and recovery codes as staff meet them: on a terminal, in scripts, at sign-in."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import pexpect
import pyotp
import pytest
from desks import ROSA_PASSWORD, SAM_PASSWORD, Clinic, environment, run

import engines
from authenticators import App, enrolled
from portaldesk.gate.actors import Actor
from portaldesk.services import opening
from portaldesk.words import Role


def code(app: App, steps: int = 0) -> str:
    return app.code(datetime.now(UTC), steps)


def has_enrolled(clinic: Clinic, name: str, role: Role = Role.ADMIN) -> App:
    store = opening.open_store(engines.place(clinic.home))
    with store.session() as session:
        app = enrolled(session, Actor(name, role, "S-x"), now=datetime.now(UTC))
        session.commit()
    store.engine.dispose()
    return app


def test_a_script_is_shown_the_secret_once_and_gives_its_first_code_in_a_second_call(clinic: Clinic) -> None:
    begun = clinic.rosa("staff", "totp", "--password-stdin", "--json", input=ROSA_PASSWORD + "\n").document
    assert (begun["state"], begun["name"]) == ("waiting", "rosa")
    app = App.scanned(begun["address"])
    assert begun["secret"].replace(" ", "") == app.secret
    again = clinic.rosa("staff", "totp", "--code", "-", "--json", input=code(app, -1) + "\n").document
    assert (again["state"], again["secret"], again["address"]) == ("enrolled", None, None)
    assert [one["second_factor"] for one in clinic.rosa(
        "staff", "list", "--json").document["staff"]] == [True, False]  # fmt: skip
    assert clinic.rosa("settings", "set", "clinic_phone", "555", "--json").error["code"] == "second-factor-required"
    assert clinic.rosa("settings", "set", "clinic_phone", "555", "--totp", "-", input=code(app) + "\n").code == 0


def test_the_secret_is_in_no_event_and_no_file_of_the_home_in_clear(clinic: Clinic) -> None:
    begun = clinic.rosa("staff", "totp", "--password-stdin", "--json", input=ROSA_PASSWORD + "\n").document
    secret = App.scanned(begun["address"]).secret.encode()
    assert all(secret not in path.read_bytes() for path in clinic.home.rglob("*") if path.is_file())


def on_a_terminal(*args: str, clinic: Clinic, rows: int = 24) -> pexpect.spawn:
    env = environment(clinic.home, clinic.rosa_token, {"PYTHONIOENCODING": "utf-8"})
    return pexpect.spawn(
        sys.executable, ["-m", "portaldesk", *args], encoding="utf-8", timeout=30, dimensions=(rows, 80), env=env
    )


@pytest.mark.parametrize(("rows", "drawn"), [(24, True), (20, False)])
def test_on_a_terminal_a_qr_code_is_drawn_where_it_fits_and_the_first_code_is_asked_for(
    clinic: Clinic, rows: int, drawn: bool
) -> None:
    child = on_a_terminal("staff", "totp", clinic=clinic, rows=rows)
    child.expect("Password: ")
    child.sendline(ROSA_PASSWORD)
    child.expect("Code of your authenticator app: ")
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in child.before.splitlines()]
    blocks = [line for line in lines if line[:1] in ("█", "▀")]
    assert bool(blocks) == drawn
    assert len(blocks) <= 22
    secret = re.search(r"(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}", child.before)
    assert secret is not None
    for typed in ("12", pyotp.TOTP(secret[0].replace(" ", "")).now()):
        child.sendline(typed)
        child.expect("not a code of six digits|has an authenticator app now")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    child = on_a_terminal("settings", "set", "clinic_phone", "555", clinic=clinic)
    child.expect("Code of your authenticator app: ")
    child.sendline("x")
    child.expect("not a code of six digits")


def test_where_all_must_the_login_takes_a_code_and_who_has_none_can_only_enrol(clinic: Clinic) -> None:
    assert clinic.rosa("settings", "set", "staff_second_factor", "all").code == 0
    signed = clinic.anyone("login", "sam", "--password-stdin", input=SAM_PASSWORD + "\n")
    assert signed.code == 0
    for words in (("find", "Reyes"), ("unlock", "MRN-1")):
        assert clinic.anyone(*words, "--json").error["code"] == "second-factor-required"
    assert clinic.anyone("whoami").code == 0
    assert clinic.sam("find", "Reyes").code == 0, "a token goes on"
    app = has_enrolled(clinic, "sam", Role.FRONT_DESK)
    assert clinic.anyone("find", "Reyes").code == 0
    login = ("login", "sam", "--password-stdin", "--json")
    assert clinic.anyone(*login, input=SAM_PASSWORD + "\n").error["code"] == "second-factor-required"
    assert clinic.anyone(*login, "--totp", "-", input=f"{code(app)}\n{SAM_PASSWORD}\n").code == 0


def test_an_admin_takes_a_colleagues_lost_app_away_with_a_code_of_their_own(clinic: Clinic) -> None:
    has_enrolled(clinic, "sam", Role.FRONT_DESK)
    app = has_enrolled(clinic, "rosa")
    reset = ("staff", "totp", "--reset", "sam", "--reason", "lost the phone", "--json")
    assert clinic.sam(*reset).error["code"] == "not-your-role"
    assert clinic.rosa(*reset).error["code"] == "second-factor-required"
    done = clinic.rosa(*reset, "--code", "-", input=code(app) + "\n").document
    assert (done["name"], done["state"]) == ("sam", "none")
    assert clinic.rosa(*reset, "--remove").error["code"] == "usage"


def test_init_prints_two_recovery_codes_and_one_brings_the_admin_back(tmp_path: Path) -> None:
    home, new = tmp_path / "home", SAM_PASSWORD
    init = ("init", "--admin", "rosa", "--secrets", "file", "--password-stdin", "--json")
    recover = ("init", "--recover", "--admin", "rosa", "--code", "-", "--password-stdin", "--json")
    assert run(*recover, input=f"x\n{new}\n", home=home).error["code"] == "no-store"
    codes = run(*init, input=ROSA_PASSWORD + "\n", home=home).document["recovery_codes"]
    assert len(set(codes)) == 2
    assert run("init", "--code", "-", "--json", input="x\n", home=home).error["code"] == "usage"
    assert run(*recover, input=f"{codes[0]}\nshort\n", home=home).error["code"] == "password-policy"
    done = run(*recover, input=f"{codes[0]}\n{new}\n", home=home)
    assert (done.code, done.document["name"], done.document["codes_left"]) == (0, "rosa", 1)
    assert run("login", "rosa", "--password-stdin", input=new + "\n", home=home).code == 0
    made = run("staff", "recovery-codes", "--password-stdin", "--json", input=new + "\n", home=home).document
    assert (len(made["codes"]), made["voided"]) == (2, 1)
