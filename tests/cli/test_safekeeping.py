"""Backups, restores and saved keys from the command line: who may, what is asked and printed, what is in the record.

Here passphrases are worked out as they are for a clinic (scrypt, a second or more each); tests/services has the rest.
"""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pexpect
import pytest
from desks import ROSA_PASSWORD, Clinic, environment, run

import engines
from raw_stores import raw

PASSPHRASE = "heron slate willow 9 anchor"
LINE = PASSPHRASE + "\n"
ANYWHERE = f"9999:{'0' * 64}"


@dataclass(frozen=True, slots=True)
class Burnt:
    """What is left of a clinic whose desk burnt: its backup, its keys, and the head of the backup."""

    backup: Path
    keys: Path
    head: str

    def home(self, folder: Path) -> Path:
        """A new home with the keys."""
        loaded = run(
            "secrets", "load", str(self.keys), "--secrets", "file", "--passphrase-stdin", "--json", input=LINE,
            home=folder,
        )  # fmt: skip
        assert loaded.code == 0, loaded.err
        assert loaded.document["secrets"] == "file"
        return folder


@pytest.fixture(scope="module")
def burnt(clinic_template: Clinic, tmp_path_factory: pytest.TempPathFactory) -> Burnt:
    """Made by the commands, and held to what they say on the way."""
    folder = tmp_path_factory.mktemp("burnt")
    engines.copy(clinic_template.home, folder / "home")
    clinic = Clinic(folder / "home", clinic_template.rosa_token, clinic_template.sam_token)

    first = clinic.rosa("backup", str(folder / "first"), "--passphrase-stdin", input=LINE)
    assert first.code == 0, first.err
    assert "it proved whole" in first.out
    assert "secrets save FILE" in first.err

    saved = clinic.rosa("secrets", "save", str(folder / "keys"), "--passphrase-stdin", input=LINE)
    assert saved.code == 0, saved.err
    assert "can act as portaldesk" in saved.out

    second = clinic.rosa("backup", str(folder / "second"), "--passphrase-stdin", "--json", input=LINE)
    assert second.code == 0, second.err
    assert "Note" not in second.err  # the keys are safe by now
    told = [event[4] for event in clinic.events() if event[0] == "backup" and event[1] == "done"]
    assert [set(one) for one in told] == [{"head", "bytes"}] * 2
    assert told[1]["head"] == second.document["head"]
    assert told[1]["bytes"] == second.document["bytes"] == (folder / "second").stat().st_size
    assert [event[:3] for event in clinic.events() if event[0] == "secrets save"] == [("secrets save", "done", "rosa")]
    for name in ("first", "second", "keys"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    assert clinic.rosa("audit", "verify").code == 0
    return Burnt(folder / "second", folder / "keys", second.document["head"])


def test_after_a_fire_the_desk_works_again_with_the_backup_and_the_keys(
    burnt: Burnt, clinic_template: Clinic, tmp_path: Path
) -> None:
    home = burnt.home(tmp_path / "new")
    done = run("restore", str(burnt.backup), "--passphrase-stdin", "--json", input=LINE, home=home)
    assert done.code == 0, done.err
    assert (done.document["head"], done.document["lost"]) == (burnt.head, None)
    assert done.document["ended"]["staff tokens"] == 2
    token = run("find", "ana", "--json", home=home, token=clinic_template.rosa_token)
    assert (token.code, token.error["code"]) == (3, "bad-token")
    assert run("login", "rosa", "--password-stdin", input=ROSA_PASSWORD + "\n", home=home).code == 0
    assert run("audit", "verify", "--against", burnt.head, home=home).code == 0
    assert run("doctor", home=home).code == 0
    events = Clinic(home, "", "").events()
    assert PASSPHRASE not in json.dumps(events) + done.out + done.err
    assert next(event[4]["backup"] for event in events if event[0] == "restore") == burnt.head


def test_an_older_backup_is_9_until_the_loss_is_accepted_with_a_reason(burnt: Burnt, tmp_path: Path) -> None:
    home = burnt.home(tmp_path / "new")
    anchors = tmp_path / "anchors.txt"
    anchors.write_text(f"{burnt.head}\n{ANYWHERE}\n")
    asked = ("restore", str(burnt.backup), "--passphrase-stdin", "--anchor", str(anchors))
    ran = run(*asked, "--json", input=LINE, home=home)
    assert (ran.code, ran.error["code"], ran.out) == (9, "older-than-anchor", "")
    assert "--accept-loss --reason" in ran.error["hint"]
    assert run("whoami", "--json", home=home).code == 8
    assert run(*asked, "--accept-loss", input=LINE, home=home).code == 2
    done = run(*asked, "--accept-loss", "--reason", "the desk burnt", input=LINE, home=home)
    assert done.code == 0, done.err
    assert "up to event 9999 and beyond, is lost" in done.out
    assert "begin a new one" in done.out
    assert "staff list" in done.out


def test_a_restore_over_a_store_is_6_before_anything_is_asked_or_read(clinic: Clinic) -> None:
    head = clinic.rosa("audit", "anchor", "--quiet").out
    ran = clinic.anyone("restore", "/nowhere", "--passphrase-stdin", "--accept-loss", "--reason", "x", "--json")
    assert (ran.code, ran.error["code"]) == (6, "already-there")
    assert clinic.rosa("audit", "anchor", "--quiet").out == head


@pytest.mark.parametrize(
    ("file", "input", "code", "word"),
    [
        ("nowhere", LINE, 2, "bad-file"),
        ("keys", LINE, 2, "bad-file"),
        ("second", "not the passphrase\n", 3, "wrong-passphrase"),
        ("second", "", 2, "usage"),
    ],
)
def test_what_cannot_be_brought_back_is_said_and_no_store_is_there(
    burnt: Burnt, tmp_path: Path, file: str, input: str, code: int, word: str
) -> None:
    ran = run(
        "restore", str(burnt.backup.parent / file), "--passphrase-stdin", "--json", input=input, home=tmp_path / "new"
    )
    assert (ran.code, ran.error["code"]) == (code, word)
    assert ran.out == ""
    assert run("whoami", "--json", home=tmp_path / "new").error["code"] in ("no-store", "not-ours")


def test_only_an_admin_backs_up_and_saves_keys(clinic: Clinic, tmp_path: Path) -> None:
    for args in (("backup", str(tmp_path / "b")), ("secrets", "save", str(tmp_path / "b"))):
        ran = clinic.sam(*args, "--passphrase-stdin", "--json", input=LINE)
        assert (ran.code, ran.error["code"]) == (3, "not-your-role")
        ran = clinic.anyone(*args, "--passphrase-stdin", "--json", input=LINE)
        assert (ran.code, ran.error["code"]) == (3, "not-signed-in")
        assert [event[:3] for event in clinic.events()][-1] == (" ".join(args[:-1]), "refused", "sam")
    assert not (tmp_path / "b").exists()


def test_a_file_that_is_there_is_6_before_the_passphrase_is_asked(clinic: Clinic, tmp_path: Path) -> None:
    (tmp_path / "b").write_text("mine")
    for args in (("backup",), ("secrets", "save")):
        ran = clinic.rosa(*args, str(tmp_path / "b"), "--json")
        assert (ran.code, ran.error["code"]) == (6, "already-there")
        ran = clinic.rosa(*args, str(tmp_path / "nowhere" / "b"), "--json")
        assert (ran.code, ran.error["code"]) == (2, "bad-file")
    assert (tmp_path / "b").read_text() == "mine"


def test_without_a_terminal_nothing_is_asked(clinic: Clinic, tmp_path: Path) -> None:
    for args in (("backup", "b"), ("secrets", "save", "b"), ("secrets", "load", "b")):
        ran = clinic.rosa(*args[:-1], str(tmp_path / "b"), "--json")
        assert (ran.code, ran.error["code"]) == (2, "no-terminal")
    assert not (tmp_path / "b").exists()


def test_a_weak_passphrase_is_6_with_every_rule_it_fails(clinic: Clinic, tmp_path: Path) -> None:
    ran = clinic.rosa("backup", str(tmp_path / "b"), "--passphrase-stdin", "--json", input="backup\n")
    assert (ran.code, ran.error["code"]) == (6, "password-policy")
    assert "15" in ran.error["message"]
    assert not (tmp_path / "b").exists()


def _on_a_terminal(clinic: Clinic, *args: str, typed: tuple[str, str]) -> tuple[int, str]:
    child = pexpect.spawn(
        sys.executable, ["-m", "portaldesk", *args], encoding="utf-8", timeout=90,
        env=environment(clinic.home, clinic.rosa_token, None),
    )  # fmt: skip
    for question, said in zip(("Passphrase: ", "Passphrase again: "), typed, strict=True):
        child.expect(question)
        child.sendline(said)
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus, child.before


def test_on_a_terminal_the_passphrase_is_asked_twice_and_never_shown(clinic: Clinic, tmp_path: Path) -> None:
    file = tmp_path / "b"
    code, said = _on_a_terminal(clinic, "backup", str(file), typed=(PASSPHRASE, PASSPHRASE + "x"))
    assert (code, "The two entries differ" in said) == (6, True)
    assert not file.exists()
    code, said = _on_a_terminal(clinic, "backup", str(file), typed=(PASSPHRASE, PASSPHRASE))
    assert code == 0
    assert "proved whole" in said
    assert PASSPHRASE not in said
    assert file.exists()


def test_guards_that_were_dropped_are_told_with_the_backup(clinic: Clinic, tmp_path: Path) -> None:
    with raw(clinic.home, autocommit=True) as connection:
        connection.drop_guards()
    ran = clinic.rosa("backup", str(tmp_path / "b"), "--passphrase-stdin", "--json", input=LINE)
    assert ran.code == 0, ran.err
    assert ran.document["guards_whole"] is False
    assert "guards of the database are missing or altered" in ran.err
    assert clinic.events()[-1][:3] == ("backup", "done", "rosa")
    assert clinic.rosa("upgrade", "--reinstall-triggers", "--reason", "lost").code == 0
    assert clinic.rosa("audit", "verify").code == 0


def test_a_call_loads_nothing_of_backups(clinic: Clinic) -> None:
    script = (
        "import sys; from portaldesk.cli.main import run; run(['find', 'ana']); "
        "print([m for m in ('pyrage', 'cryptography', 'portaldesk.services.backing_up') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment(clinic.home, clinic.sam_token, None), capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "[]"
