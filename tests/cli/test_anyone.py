"""Setting up, signing in and out, trying a password."""

from __future__ import annotations

from pathlib import Path

import pytest
from desks import ROSA_PASSWORD, SAM_PASSWORD, Clinic, run

INIT = ("init", "--admin", "rosa", "--secrets", "file", "--password-stdin")


def test_init_says_plainly_who_can_read_the_links_and_the_secrets(tmp_path: Path) -> None:
    made = run(*INIT, "--json", input=ROSA_PASSWORD + "\n", home=tmp_path)
    assert made.code == 0
    assert made.document["mail"] == "folder"
    assert "reads the links" in made.err
    assert "reads this folder" in made.err


def test_init_takes_mail_server_and_portal_and_then_they_may_not_differ(tmp_path: Path) -> None:
    env = {
        "PORTALDESK_SMTP_URL": "smtp://desk@mail.example:587?tls=starttls",
        "PORTALDESK_PORTAL_URL": "https://portal.example.org",
    }
    made = run(*INIT, input=ROSA_PASSWORD + "\n", home=tmp_path, env=env)
    assert made.code == 0
    assert "smtp_password" in made.err
    login = run("login", "rosa", "--password-stdin", input=ROSA_PASSWORD + "\n", home=tmp_path, env=env)
    assert login.code == 0
    assert run("settings", "show", "--json", home=tmp_path).document["portal_url"] == "https://portal.example.org"
    other = env | {"PORTALDESK_SMTP_URL": "smtp://evil.example:587"}
    assert run("whoami", "--json", home=tmp_path, env=other).error["code"] == "settings-differ"


@pytest.mark.parametrize(
    ("more", "input", "env", "code"),
    [
        ((), "password\n", {}, "password-policy"),
        ((), "", {}, "usage"),
        ((), ROSA_PASSWORD + "\n", {"PORTALDESK_PORTAL_URL": "http://portal.example.org"}, "bad-setting"),
        (("--admin", "not a name"), ROSA_PASSWORD + "\n", {}, "usage"),
    ],
)
def test_a_refused_init_leaves_nothing_and_the_next_one_works(
    more: tuple[str, ...], input: str, env: dict[str, str], code: str, tmp_path: Path
) -> None:
    ran = run(*INIT, *more, "--json", input=input, home=tmp_path / "home", env=env)
    assert ran.error["code"] == code
    assert not (tmp_path / "home").exists()
    assert run(*INIT, input=ROSA_PASSWORD + "\n", home=tmp_path / "home").code == 0


def test_a_second_init_is_refused_before_anything_is_asked(clinic: Clinic) -> None:
    ran = clinic.anyone("init", "--json")
    assert (ran.code, ran.error["code"]) == (6, "already-there")


def test_init_without_a_keyring_is_an_error_and_never_falls_back_to_a_file(tmp_path: Path) -> None:
    args = [word for word in INIT if word not in ("--secrets", "file")]
    env = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    from desks import run_process

    ran = run_process(*args, "--json", input=ROSA_PASSWORD + "\n", home=tmp_path / "home", env=env)
    assert (ran.code, ran.error["code"]) == (8, "no-keyring")
    assert not (tmp_path / "home" / "secrets.json").exists()
    assert not (tmp_path / "home" / "portaldesk.db").exists()


def test_login_whoami_logout(clinic: Clinic) -> None:
    signed = clinic.anyone("login", "rosa", "--password-stdin", "--json", input=ROSA_PASSWORD + "\n")
    assert (signed.code, signed.document["role"]) == (0, "admin")
    assert "secret" not in signed.document
    assert clinic.anyone("whoami", "--json").document["name"] == "rosa"
    assert clinic.anyone("logout", "--json").document == {"name": "rosa", "already": False}
    assert clinic.anyone("whoami").code == 3
    assert clinic.anyone("logout", "--json").document == {"name": None, "already": True}


def test_a_login_under_another_name_signs_the_first_out(clinic: Clinic) -> None:
    clinic.anyone("login", "rosa", "--password-stdin", input=ROSA_PASSWORD + "\n")
    clinic.anyone("login", "sam", "--password-stdin", input=SAM_PASSWORD + "\n")
    assert clinic.anyone("whoami", "--json").document["name"] == "sam"
    clinic.anyone("logout")
    assert clinic.anyone("whoami").code == 3


def test_a_session_belongs_to_who_came_by_sudo(clinic: Clinic) -> None:
    clinic.anyone("login", "rosa", "--password-stdin", input=ROSA_PASSWORD + "\n", SUDO_UID="4001")
    assert clinic.anyone("whoami", SUDO_UID="4001").code == 0
    assert clinic.anyone("whoami", SUDO_UID="4002").code == 3
    assert clinic.anyone("whoami", SUDO_UID="../4001").code == 3
    assert clinic.anyone("whoami").code == 3


def test_a_wrong_password_is_3_and_counted(clinic: Clinic) -> None:
    for _ in range(5):
        ran = clinic.anyone("login", "sam", "--password-stdin", "--json", input="a wrong guess at it\n")
        assert (ran.code, ran.error["code"]) == (3, "wrong-login")
    locked = clinic.anyone("login", "sam", "--password-stdin", "--json", input=SAM_PASSWORD + "\n")
    assert (locked.code, locked.error["code"]) == (6, "staff-locked")
    assert clinic.rosa("staff", "unlock", "sam").code == 0
    assert clinic.anyone("login", "sam", "--password-stdin", input=SAM_PASSWORD + "\n").code == 0


def test_a_first_password_needs_a_second_line(clinic: Clinic) -> None:
    first = clinic.rosa("staff", "add", "kim", "--role", "auditor", "--json").document["password"]
    alone = clinic.anyone("login", "kim", "--password-stdin", "--json", input=first + "\n")
    assert (alone.code, alone.error["code"]) == (6, "must-change-password")
    weak = clinic.anyone("login", "kim", "--password-stdin", "--json", input=f"{first}\nshort\n")
    assert (weak.code, weak.error["code"]) == (6, "password-policy")
    both = clinic.anyone("login", "kim", "--password-stdin", input=f"{first}\nwillow basket tundra 64 comet\n")
    assert both.code == 0


def test_policy_check_needs_no_store_and_says_every_fault(tmp_path: Path) -> None:
    bad = run("policy", "check", "-", "--policy", "portal", "--json", input="aaaa\n", home=tmp_path / "none")
    assert (bad.code, bad.error["code"], bad.document["good"]) == (6, "password-policy", False)
    assert len(bad.document["faults"]) >= 4
    good = run("policy", "check", "--password-stdin", "--json", input=ROSA_PASSWORD + "\n", home=tmp_path / "none")
    assert (good.code, good.document) == (0, {"policy": "nist-800-63b-4", "good": True, "faults": []})
    assert not (tmp_path / "none").exists()


def test_a_password_is_never_taken_from_the_command_line(clinic: Clinic) -> None:
    for ran in (run("policy", "check", ROSA_PASSWORD), clinic.rosa("settings", "set", "smtp_password", "hunter2")):
        assert ran.code == 2
        assert ROSA_PASSWORD not in ran.err
        assert "hunter2" not in ran.err
