"""`-` reads the next line of stdin, in the order of the command line; prompts only where a person is."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Annotated
from unittest.mock import patch

import pexpect
import pytest
import typer
from desks import ROSA_PASSWORD, SAM_PASSWORD, Clinic, environment, run
from hypothesis import given
from hypothesis import strategies as st
from typer.main import get_command

from portaldesk.cli import inputs
from portaldesk.cli.commands import command
from portaldesk.errors import WrongUsage

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), max_size=20)
OPTIONS = ("--birth-date", "--phone", "--note")


def parsed(args: list[str], lines: bytes) -> dict[str, object]:
    """What a command with an argument, options, a repeatable option, a file and a flag makes of its command line."""
    app, seen = typer.Typer(), {}

    @command(app, "try")
    def attempt(
        token: Annotated[str | None, typer.Argument()] = None,
        birth_date: Annotated[str | None, typer.Option("--birth-date")] = None,
        phone: Annotated[str | None, typer.Option("--phone")] = None,
        note: Annotated[list[str] | None, typer.Option("--note")] = None,
        file: Annotated[Path | None, typer.Option("--file")] = None,
        flag: Annotated[bool, typer.Option("--flag")] = False,
    ) -> None:
        seen.update(token=token, birth_date=birth_date, phone=phone, note=note, file=file, flag=flag)

    with patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines), encoding="utf-8")):
        get_command(app).main(args, standalone_mode=False)
    return seen


@given(
    st.permutations(["TOKEN", "--birth-date", "--phone", "--note", "--note"]), st.lists(TEXT, min_size=5, max_size=5)
)
def test_each_dash_gets_the_line_of_its_place(order: list[str], lines: list[str]) -> None:
    args = [part for name in order for part in (["-"] if name == "TOKEN" else [name, "-"])]
    seen = parsed(args, "\n".join(lines).encode() + b"\n")
    meant: dict[str, list[str]] = {}
    for name, line in zip(order, lines, strict=True):
        meant.setdefault(name, []).append(line)
    assert [seen["token"]] == meant["TOKEN"]
    assert [seen["birth_date"]] == meant["--birth-date"]
    assert [seen["phone"]] == meant["--phone"]
    assert seen["note"] == meant["--note"]


@given(TEXT, st.sampled_from(["", "--flag", "--json", "--phone", "-", "--", "--birth-date=1"]))
def test_a_line_is_never_taken_for_an_option(line: str, before: str) -> None:
    whole = before + line
    seen = parsed(["-", "--phone", "-"], f"{whole}\n{whole}\n".encode())
    assert (seen["token"], seen["phone"], seen["flag"]) == (whole, whole, False)


def test_dash_works_behind_an_equals_sign_and_after_a_double_dash() -> None:
    seen = parsed(["--phone=-", "--", "-"], b"one\ntwo\n")
    assert (seen["phone"], seen["token"]) == ("one", "two")


def test_a_file_named_dash_is_left_to_its_command() -> None:
    seen = parsed(["--file", "-", "--phone", "-"], b"one\n")
    assert (seen["file"], seen["phone"]) == (Path("-"), "one")


def test_a_carriage_return_is_no_part_of_a_line() -> None:
    assert parsed(["--phone", "-"], b"one\r\n")["phone"] == "one"


@pytest.mark.parametrize(
    ("lines", "code"),
    [(b"", "usage"), (b"\xff\xfe\n", "unreadable"), (b"x" * 70_000, "unreadable"), (b"a\n", "usage")],
)
def test_a_missing_or_unreadable_line_is_wrong_usage(lines: bytes, code: str) -> None:
    with pytest.raises(WrongUsage) as refusal:
        parsed(["--phone", "-", "--birth-date", "-"], lines)
    assert refusal.value.code == code
    assert "xx" not in refusal.value.message


@pytest.mark.parametrize("args", [["--phone"], ["--phone", "--flag"], ["--flag", "--phone", "--birth-date", "x"]])
def test_a_value_left_out_is_never_asked_for_without_a_terminal(args: list[str]) -> None:
    with pytest.raises(WrongUsage) as refusal:
        parsed(args, b"a line\n")
    assert refusal.value.code == "no-terminal"


@pytest.mark.parametrize(
    "args", [("find", "a\udcff"), ("unlock", "a\udcff"), ("settings", "set", "clinic_name", "a\udcff")]
)
def test_bytes_that_are_no_text_are_unreadable_and_change_nothing(clinic: Clinic, args: tuple[str, ...]) -> None:
    refused = clinic.rosa(*args, "--json")  # as the interpreter hands them in
    assert (refused.code, refused.error["code"]) == (2, "unreadable")


def test_help_reads_nothing() -> None:
    with patch.object(inputs, "next_line", side_effect=AssertionError):
        assert parsed(["--phone", "-", "--help"], b"") == {}


def on_a_terminal(*args: str, home: Path, token: str | None = None) -> pexpect.spawn:
    return pexpect.spawn(
        sys.executable, ["-m", "portaldesk", *args], encoding="utf-8", timeout=30, env=environment(home, token, None)
    )


def finished(child: pexpect.spawn) -> tuple[int, str]:
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus, child.before


def test_init_and_login_ask_on_a_terminal_without_echo(tmp_path: Path) -> None:
    child = on_a_terminal("init", "--secrets", "file", home=tmp_path / "home")
    child.expect("first admin: ")
    child.sendline("rosa")
    for prompt in ("Password: ", "Password again: "):
        child.expect(prompt)
        child.sendline(ROSA_PASSWORD)
    code, said = finished(child)
    assert code == 0
    assert ROSA_PASSWORD not in said
    child = on_a_terminal("login", "rosa", home=tmp_path / "home")
    child.expect("Password: ")
    child.sendline(ROSA_PASSWORD)
    code, said = finished(child)
    assert (code, ROSA_PASSWORD in said) == (0, False)
    assert run("whoami", "--json", home=tmp_path / "home").document["name"] == "rosa"


def test_two_different_new_passwords_change_nothing(tmp_path: Path) -> None:
    child = on_a_terminal("init", "--admin", "rosa", "--secrets", "file", home=tmp_path / "home")
    child.expect("Password: ")
    child.sendline(ROSA_PASSWORD)
    child.expect("Password again: ")
    child.sendline(SAM_PASSWORD)
    assert finished(child)[0] == 6
    assert not (tmp_path / "home").exists()


def test_a_first_password_is_replaced_at_the_first_login_on_a_terminal(clinic: Clinic) -> None:
    first = clinic.rosa("staff", "password", "sam", "--json").document["password"]
    child = on_a_terminal("login", "sam", home=clinic.home)
    child.expect("Password: ")
    child.sendline(first)
    for prompt in ("New password: ", "New password again: "):
        child.expect(prompt)
        child.sendline("willow basket tundra 64 comet")
    assert finished(child)[0] == 0
    assert clinic.anyone("whoami", "--json").document["name"] == "sam"


@pytest.mark.parametrize(
    ("args", "answers"),
    [
        (("init", "--secrets", "file"), []),
        (("init", "--secrets", "file"), ["rosa"]),
        (("init", "--secrets", "file"), ["rosa", ROSA_PASSWORD]),
        (("policy", "check"), []),
    ],
)
def test_ctrl_c_at_any_prompt_is_130_and_leaves_nothing_behind(
    args: tuple[str, ...], answers: list[str], tmp_path: Path
) -> None:
    child = on_a_terminal(*args, home=tmp_path / "home")
    for answer in answers:
        child.expect(": ")
        child.sendline(answer)
    child.expect(": ")
    child.sendintr()
    code, said = finished(child)
    assert code == 130
    assert "Traceback" not in said
    assert not (tmp_path / "home").exists()


def test_ctrl_c_at_login_and_at_a_mail_password_is_130(clinic: Clinic) -> None:
    for args in (("login", "rosa"), ("settings", "set", "smtp_password")):
        child = on_a_terminal(*args, home=clinic.home, token=clinic.rosa_token)
        child.expect(": ")
        child.sendintr()
        code, said = finished(child)
        assert (code, "Refused" in said) == (130, False)


def test_end_of_input_at_a_prompt_is_wrong_usage(tmp_path: Path) -> None:
    child = on_a_terminal("policy", "check", home=tmp_path)
    child.expect("Password: ")
    child.sendeof()
    assert finished(child)[0] == 2
