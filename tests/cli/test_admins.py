"""Staff, settings, outages, outbox, upgrade and doctor."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from desks import SAM_PASSWORD, Clinic

from portaldesk.cli import outbox
from portaldesk.render import times
from portaldesk.services.outbox_listing import MessageLine
from portaldesk.words import MessageState
from raw_stores import everything, raw


def test_a_token_works_before_the_first_login_and_dies_when_revoked(clinic: Clinic) -> None:
    added = clinic.rosa("staff", "add", "kim", "--role", "auditor", "--with-token", "--json").document
    assert {"token", "token_id", "expires_at"} <= added.keys()
    assert added["expires_at"].endswith("Z")
    assert clinic.anyone("whoami", "--json", PORTALDESK_TOKEN=added["token"]).document["name"] == "kim"
    assert clinic.rosa("staff", "revoke", added["token_id"]).code == 0
    assert clinic.anyone("whoami", PORTALDESK_TOKEN=added["token"]).code == 3
    assert clinic.rosa("staff", "revoke", added["token_id"], "--json").document["already"] is True


def test_a_token_limited_to_a_command_runs_no_other(clinic: Clinic) -> None:
    made = clinic.rosa("staff", "token", "rosa", "--days", "1", "--only", "whoami", "--json").document
    assert clinic.anyone("whoami", PORTALDESK_TOKEN=made["token"]).code == 0
    ran = clinic.anyone("staff", "list", "--json", PORTALDESK_TOKEN=made["token"])
    assert (ran.code, ran.error["code"]) == (3, "token-limited")
    assert clinic.rosa("staff", "token", "rosa", "--days", "91").code == 2


def test_who_is_disabled_is_out_at_once(clinic: Clinic) -> None:
    clinic.anyone("login", "sam", "--password-stdin", input=SAM_PASSWORD + "\n")
    assert clinic.rosa("staff", "disable", "sam").code == 0
    assert clinic.anyone("whoami").code == 3
    assert clinic.sam("whoami").code == 3


def test_a_staff_password_comes_from_stdin_or_is_shown_once(clinic: Clinic) -> None:
    given = clinic.rosa(
        "staff", "password", "sam", "--password-stdin", "--json", input="willow basket tundra 64 comet\n"
    )
    assert given.document["password"] is None
    made = clinic.rosa("staff", "password", "sam", "--json").document["password"]
    assert made
    assert all(made not in json.dumps(told) for *_, told in clinic.events())


def test_a_setting_is_an_event_with_old_and_new_value(clinic: Clinic) -> None:
    assert clinic.rosa("settings", "set", "clinic_phone", "-", input="555-0100\n").code == 0
    *_, told = clinic.events()[-1]
    assert told == {"key": "clinic_phone", "old": "", "new": "555-0100"}
    assert clinic.rosa("settings", "set", "code_life_minutes", "11", "--json").error["code"] == "bad-setting"
    assert clinic.sam("settings", "set", "clinic_phone", "1").code == 3


def test_the_mail_password_goes_into_the_secret_store_and_nowhere_else(clinic: Clinic) -> None:
    ran = clinic.rosa("settings", "set", "smtp_password", "-", "--json", input="orchid-hunter2\n")
    assert ran.code == 0
    assert json.loads((clinic.home / "secrets.json").read_text())["smtp-password"] == "orchid-hunter2"
    assert b"orchid-hunter2" not in everything(clinic.home)
    assert "orchid-hunter2" not in ran.out + ran.err
    assert clinic.events()[-1] == ("settings set", "done", "rosa", None, {"key": "smtp_password"})
    assert clinic.rosa("settings", "set", "smtp_password", "-", input="\n").out == "smtp_password is empty now.\n"
    ran = clinic.rosa("settings", "set", "sms_secret", "-", "--json", input="orchid-hunter2\n")
    assert (ran.error["code"], "orchid" in ran.err) == ("bad-setting", False)


def test_an_outage_is_told_and_ended(clinic: Clinic) -> None:
    assert clinic.rosa("outage", "start", "The portal is down until noon").code == 0
    assert clinic.rosa("settings", "show", "--json").document["outage"] == "The portal is down until noon"
    assert clinic.rosa("outage", "start", "  ").code == 2
    assert clinic.rosa("outage", "end").code == 0
    assert clinic.rosa("settings", "show", "--json").document["outage"] == ""


def test_the_policy_is_shown_in_sentences(clinic: Clinic) -> None:
    shown = clinic.rosa("policy", "show", "--json").document
    assert shown["policy"] == "nist-800-63b-4"
    assert all(rule.endswith(".") for rule in shown["rules"])


def test_the_doctor_finds_nothing_in_a_new_store_and_6_with_a_guard_missing(clinic: Clinic) -> None:
    well = clinic.rosa("doctor", "--json")
    assert (well.code, all(one["ok"] for one in well.document["findings"])) == (0, True)
    with raw(clinic.home, autocommit=True) as database:
        database.drop_guards(next(iter(database.guards())))
    ill = clinic.rosa("doctor", "--json")
    assert (ill.code, ill.error["code"]) == (6, "findings")
    assert [one["subject"] for one in ill.document["findings"] if not one["ok"]] == ["guards"]
    assert clinic.rosa("upgrade", "--reinstall-triggers").code == 2
    assert clinic.rosa("upgrade", "--reinstall-triggers", "--reason", "lost in a copy").code == 0
    assert clinic.rosa("doctor").code == 0


def test_only_admins_mend(clinic: Clinic) -> None:
    token = clinic.rosa("staff", "add", "kim", "--role", "auditor", "--with-token", "--json").document["token"]
    assert clinic.anyone("doctor", PORTALDESK_TOKEN=token).code == 0
    for args in (
        ("doctor", "--accept-clock", "--reason", "x"),
        ("doctor", "--renew", "1", "--reason", "x"),
        ("upgrade",),
    ):
        ran = clinic.anyone(*args, "--json", PORTALDESK_TOKEN=token)
        assert (ran.code, ran.error["code"]) == (3, "not-your-role")


def test_upgrade_of_a_store_of_this_version_has_nothing_to_do(clinic: Clinic) -> None:
    assert clinic.rosa("upgrade", "--json").document["already"] is True


def test_an_empty_outbox_is_listed_and_sent(clinic: Clinic) -> None:
    assert clinic.rosa("outbox", "list", "--json").document == {"messages": []}
    done = clinic.rosa("outbox", "send", "--json").document
    assert [done[key] for key in ("sent", "put_off", "failed", "dropped", "waiting")] == [0] * 5
    assert clinic.sam("outbox", "send").code == 3


def test_a_line_of_the_outbox_says_in_few_words_why_a_mail_waits_and_how_long() -> None:
    at = datetime(2026, 11, 30, 12, tzinfo=UTC)
    why = "the server refused the mail (452 4.3.1)"
    line = MessageLine(
        "4077e9f9", "invitation", "P-7", "", "K0-23", at, None, 1, MessageState.WAITING, at + timedelta(hours=1), why
    )
    local = [one.astimezone() for one in (at, at + timedelta(hours=1))]
    assert outbox.standing(line, at) == f"waiting until {local[1]:%H:%M}: {why}"
    assert outbox.standing(line, at + timedelta(hours=2)) == f"waiting: {why}"
    assert times.recent(at, at + timedelta(days=2)) == f"{local[0]:%d %b %H:%M}"
    assert times.recent(at, at + timedelta(days=99)) == f"{local[0]:%d %b %Y %H:%M}"


def test_every_session_command_leaves_an_event_so_that_idle_time_can_be_read(clinic: Clinic) -> None:
    from desks import ROSA_PASSWORD

    clinic.anyone("login", "rosa", "--password-stdin", input=ROSA_PASSWORD + "\n")
    for args in (("whoami",), ("staff", "list"), ("settings", "show")):
        clinic.anyone(*args)
        assert clinic.events()[-1][:3] == (" ".join(args), "done", "rosa")


def test_what_a_token_lists_or_exports_is_in_the_record(clinic: Clinic) -> None:
    for args in (("list-resets", "--format", "csv"), ("audit", "show"), ("staff", "list"), ("outbox", "list")):
        assert clinic.rosa(*args).code == 0
        words = " ".join(args[:1] if args[0] == "list-resets" else args)
        assert clinic.events()[-1][:3] == (words, "done", "rosa")


def test_letters_are_never_printed_into_a_folder_without_a_name(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here := clinic.home.parent / "here").mkdir()
    monkeypatch.chdir(here)
    for empty in ("", "  "):
        refused = clinic.rosa("outbox", "letters", "--print", empty, "--json")
        assert (refused.code, refused.error["hint"]) == (2, "Like --print letters")
    assert not list(here.iterdir())


def test_who_may_not_run_a_command_is_told_so_in_words_that_can_be_read_out(clinic: Clinic) -> None:
    assert clinic.sam("outbox", "letters", "--json").error["message"] == "A front-desk may not run outbox letters."
    assert clinic.rosa("incidents", "close", "I-0000", "--outcome", "x", "--json").error["message"] == (
        "An admin may not run incidents close."
    )


def test_letters_are_listed_and_printed_by_admins_and_one_that_is_unknown_is_said_so(clinic: Clinic) -> None:
    folder = clinic.home.parent / "letters"
    assert clinic.rosa("outbox", "letters", "--json").document["letters"] == []
    assert clinic.rosa("outbox", "letters", "--again", "L12345", "--json").error["code"] == "usage"
    ran = clinic.rosa("outbox", "letters", "--print", str(folder), "--again", "L12345", "--json")
    assert (ran.code, ran.error["code"], folder.exists()) == (5, "no-such-letter", False)
    assert clinic.rosa("outbox", "letters", "--print", str(folder), "--json").document["printed"] == 0
    assert clinic.sam("outbox", "letters").code == 3
