"""The contract's manners and exit codes, as the outside sees them."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from desks import Clinic, environment, run, run_process

from portaldesk import __version__
from raw_stores import raw


def test_json_is_one_document_on_stdout_and_the_error_one_last_line_on_stderr(clinic: Clinic) -> None:
    done = clinic.rosa("staff", "list", "--json")
    assert done.code == 0
    assert [line["name"] for line in done.document["staff"]] == ["rosa", "sam"]
    refused = clinic.sam("staff", "list", "--json")
    assert (refused.code, refused.out, refused.error["code"]) == (3, "", "not-your-role")


def test_json_may_stand_before_the_command_or_before_the_subcommand(clinic: Clinic) -> None:
    for args in (("--json", "staff", "list"), ("staff", "--json", "list"), ("staff", "list", "--json")):
        assert len(clinic.rosa(*args).document["staff"]) == 2


@pytest.mark.parametrize(
    "args",
    [("nonsense",), ("staff", "nonsense"), ("staff", "add", "kim"), ("staff", "add", "kim", "--role", "boss"),
     ("whoami", "--nonsense"), ("whoami", "extra"), ("staff", "token", "sam", "--days", "many"), ("staff", "token"),
     ("login", "--password-stdin")],
)  # fmt: skip
def test_wrong_words_are_exit_2_in_the_same_form(args: tuple[str, ...]) -> None:
    ran = run(*args, "--json")
    assert (ran.code, ran.out, ran.error["code"]) == (2, "", "usage")
    assert "--help" in ran.error["hint"]


def test_a_usage_error_never_repeats_what_was_typed() -> None:
    for args in (
        ("1980-01-31",),
        ("whoami", "Reynolds644", "--json"),
        ("whoami", "--1980-01-31"),
        ("staff", "add", "kim", "--role", "Reynolds644"),
        ("staff", "token", "sam", "--days", "Reynolds644"),
    ):
        ran = run(*args)
        assert ran.code == 2
        assert "Reynolds644" not in ran.out + ran.err
        assert "1980" not in ran.out + ran.err


def test_a_fault_of_ours_is_one_sentence_and_its_details_only_on_demand(clinic: Clinic, monkeypatch) -> None:
    from portaldesk.services import staff

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("Reynolds644")

    monkeypatch.setattr(staff, "list_all", broken)
    ran = clinic.rosa("staff", "list", "--json")
    assert (ran.code, ran.error["code"]) == (1, "fault")
    assert "Traceback" not in ran.err
    assert "Reynolds644" not in ran.err
    assert "Traceback" in clinic.rosa("staff", "list", PORTALDESK_DEBUG="1").err


def test_no_store_is_exit_8_and_asks_for_no_password(tmp_path: Path) -> None:
    for args in (("whoami",), ("login", "rosa"), ("logout",), ("staff", "list"), ("doctor",), ("upgrade",)):
        ran = run(*args, "--json", home=tmp_path)
        assert (ran.code, ran.error["code"]) == (8, "no-store")


def test_not_signed_in_is_3_and_a_bad_token_decides_alone(clinic: Clinic) -> None:
    assert clinic.anyone("whoami", "--json").error["code"] == "not-signed-in"
    for bad in ("", "pdt_nonsense"):
        ran = clinic.anyone("whoami", "--json", PORTALDESK_TOKEN=bad)
        assert (ran.code, ran.error["code"]) == (3, "bad-token")


def test_the_store_is_judged_before_the_sign_in_and_the_role_before_the_guards(clinic: Clinic) -> None:
    with raw(clinic.home, autocommit=True) as database:
        database.drop_guards(next(iter(database.guards())))
    assert clinic.sam("staff", "list", "--json").error["code"] == "not-your-role"
    ran = clinic.rosa("staff", "list", "--json")
    assert (ran.code, ran.error["code"]) == (9, "triggers-altered")
    differs = clinic.anyone("whoami", "--json", PORTALDESK_PORTAL_URL="https://evil.example")
    assert (differs.code, differs.error["code"]) == (8, "settings-differ")


def test_a_refusal_changes_nothing_but_is_recorded(clinic: Clinic) -> None:
    before = len(clinic.events())
    assert clinic.rosa("staff", "disable", "rosa").code == 6
    assert clinic.events()[before:] == [("staff disable", "refused", "rosa", None, {"code": "last-admin"})]
    clinic.sam("staff", "list")
    assert clinic.events()[-1] == ("staff list", "refused", "sam", None, {"code": "not-your-role"})


def test_quiet_prints_the_essential_and_keeps_remarks_back(clinic: Clinic) -> None:
    made = clinic.rosa("staff", "token", "sam", "--quiet")
    assert made.out.startswith("pdt_")
    assert made.out.count("\n") == 1
    assert clinic.rosa("settings", "set", "clinic_phone", "555-0100", "--quiet").out == ""
    assert clinic.rosa("settings", "set", "nonsense", "1", "--quiet").err != ""


def test_tables_fit_80_columns(clinic: Clinic) -> None:
    clinic.rosa("settings", "set", "clinic_name", "A very long name of a clinic " * 10)
    for args in (("staff", "list"), ("settings", "show")):
        assert max(map(len, clinic.rosa(*args).out.splitlines())) <= 80


def test_control_characters_and_markup_in_data_are_shown_as_text(clinic: Clinic) -> None:
    clinic.rosa("outage", "start", "down \u202e[red]x[/red]\x1b[2J")
    shown = clinic.rosa("settings", "show").out
    assert "\u202e" not in shown
    assert "\x1b" not in shown
    assert "[red]" in shown
    assert clinic.rosa("settings", "show", "--json").document["outage"] == "down \u202e[red]x[/red]\x1b[2J"


def test_everything_written_is_closed_to_others(clinic: Clinic, tmp_path: Path) -> None:
    home = tmp_path / "fresh"
    password = "umber lattice quarry 52 finch\n"
    assert run("init", "--admin", "kim", "--secrets", "file", "--password-stdin", input=password, home=home).code == 0
    assert run("login", "kim", "--password-stdin", input=password, home=home).code == 0
    for path in (home, *home.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_a_closed_pipe_ends_quietly(clinic: Clinic) -> None:
    for args in (["--help"], ["settings", "show"], ["settings", "show", "--json"]):
        reading, writing = os.pipe()
        os.close(reading)
        done = subprocess.run(
            [sys.executable, "-m", "portaldesk", *args], stdout=writing, stderr=subprocess.PIPE, check=False,
            timeout=60, env=environment(clinic.home, clinic.rosa_token, None),
        )  # fmt: skip
        os.close(writing)
        assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_is_exit_8(clinic: Clinic) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "portaldesk", "staff", "list", "--json"], stdout=full, stderr=subprocess.PIPE,
            env=environment(clinic.home, clinic.rosa_token, None), check=False, timeout=60,
        )  # fmt: skip
    assert done.returncode == 8
    assert json.loads(done.stderr.splitlines()[-1])["error"]["code"] == "disk-full"


def test_help_version_and_completion_never_load_the_store() -> None:
    for line in ("['--help']", "['--version']", "['staff', 'add', '--help']"):
        script = f"import sys; from portaldesk.cli.main import run; run({line}); print('sqlmodel' in sys.modules or 'sqlalchemy' in sys.modules or 'keyring' in sys.modules)"  # noqa: E501
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
        assert done.stdout.splitlines()[-1] == "False"
    env = environment(
        None, None, {"_PORTALDESK_COMPLETE": "complete_bash", "COMP_WORDS": "portaldesk who", "COMP_CWORD": "1"}
    )
    script = "import sys; sys.argv = ['portaldesk']; from portaldesk.cli.main import run; code = run([]); sys.stderr.write(str('sqlmodel' in sys.modules))"  # noqa: E501
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=env, check=True, timeout=60
    )
    assert done.stdout.split() == ["whoami"]
    assert done.stderr == "False"


def test_the_module_runs_like_the_command() -> None:
    ran = run_process("--version", "--json")
    assert (ran.code, list(ran.document)) == (0, ["version"])


def test_without_a_command_help_is_shown() -> None:
    for args in ((), ("staff",)):
        ran = run(*args)
        assert ran.code == 0
        assert "Usage: portaldesk" in ran.out


def test_no_color_leaves_no_escape_sequence_on_a_terminal(clinic: Clinic) -> None:
    import pexpect

    for more, colored in ((["--no-color"], False), ([], True)):
        child = pexpect.spawn(
            sys.executable, ["-m", "portaldesk", "staff", "list", *more], encoding="utf-8", timeout=30,
            env=environment(clinic.home, clinic.rosa_token, {"TERM": "xterm"}),
        )  # fmt: skip
        child.expect(pexpect.EOF)
        assert ("\x1b[" in child.before) is colored


def test_completion_offers_the_options_and_the_choices_of_a_command() -> None:
    for words, at, offered in (
        ("portaldesk unlock --", "2", {"--check", "--no-send", "--json", "--help"}),
        ("portaldesk staff ad", "2", {"add"}),
        ("portaldesk find-duplicates --min-grade ", "3", {"certain", "probable", "possible"}),
    ):
        env = environment(None, None, {"_PORTALDESK_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": at})
        script = "import sys; sys.argv = ['portaldesk']; from portaldesk.cli.main import main; main()"
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, env=env, check=True, timeout=60
        )
        assert offered <= set(done.stdout.split()), words


def test_a_display_file_sets_taste_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "display.toml"
    file.write_text('quiet = true\ncolor = false\nlanguage = "en"\nportal_url = "https://evil.example"\n')
    ran = run_process("--version", env={"PORTALDESK_CONFIG": str(file)})
    assert (ran.code, ran.out) == (0, f"{__version__}\n")
    for text, code in (("quiet = 3", "bad-setting"), ('language = "xx"', "bad-setting"), ("= what", "bad-file")):
        file.write_text(text)
        ran = run_process("--version", "--json", env={"PORTALDESK_CONFIG": str(file)})
        assert (ran.code, ran.error["code"]) == (2, code)
    assert run_process("--version", env={"PORTALDESK_CONFIG": str(tmp_path / "none")}).code == 2
