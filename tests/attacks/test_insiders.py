"""Attacks from behind the desk: mail redirected, a screen left open, a colleague as accomplice, a race."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from attackers import ANA, ANA_PASSWORD, BEN, FILE, PHOTO, SETTINGS, Time, Town
from desks import ROSA_PASSWORD, SAM_PASSWORD, environment, run_process

import engines
from portaldesk.errors import NotAllowed
from portaldesk.services import sessions


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PORTALDESK_PORTAL_URL", "https://portal.evil.example"),
        ("PORTALDESK_SMTP_URL", "smtp://127.0.0.1:2525?tls=none"),
    ],
)
def test_a_clerk_cannot_redirect_mail_by_the_environment(town: Town, variable: str, value: str) -> None:
    town.checked("MRN-1", *ANA)
    ran = town.sam("send-reset", "MRN-1", "--json", **{variable: value})
    assert (ran.code, ran.error["code"]) == (8, "settings-differ")
    portal = town.anyone("portal", "forgot-password", "ana.r", "--json", **{variable: value})
    assert portal.code == 8
    assert town.query("SELECT count(*) FROM recovery_credential WHERE kind = 'reset'") == [(0,)]
    assert town.mails() == []


def test_a_clerk_cannot_redirect_mail_by_the_settings_or_a_display_file(town: Town) -> None:
    for key, value in (("portal_url", "https://evil.example"), ("smtp_url", "smtp://evil.example:25?tls=starttls"),
                       ("password_policy", "portal"), ("clinic_name", "Evil")):  # fmt: skip
        ran = town.sam("settings", "set", key, value, "--json")
        assert (ran.code, ran.error["code"]) == (3, "not-your-role")
    file = town.home.parent / "display.toml"
    file.write_text('portal_url = "https://evil.example"\nsmtp_url = "smtp://evil.example:25"\n')
    town.checked("MRN-1", *ANA)
    town.sam("send-reset", "MRN-1", PORTALDESK_CONFIG=str(file))
    assert "evil.example" not in "".join(town.mails())


def test_a_clerk_cannot_bring_a_database_of_the_own(town: Town, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other") / "home"
    assert run_process("init", "--admin", "mallory", "--secrets", "file", "--password-stdin", home=other,
                       input=SAM_PASSWORD + "\n").code == 0  # fmt: skip
    ran = town.sam("find", "ana", "--json", PORTALDESK_DATABASE_URL=engines.url(other))
    assert (ran.code, ran.error["code"]) == (9, "record-altered")


def test_what_an_admin_sets_is_in_the_record_with_the_old_value(town: Town) -> None:
    assert town.rosa("settings", "set", "portal_url", "https://new.example").code == 0
    action, _, who, _, told = town.clinic.events()[-1]
    assert (action, who, told["old"], told["new"]) == (
        "settings set", "rosa", "http://localhost:8000", "https://new.example",
    )  # fmt: skip


def test_a_shared_workstation_left_open_closes_after_15_minutes_and_its_check_with_it(town: Town) -> None:
    signed = town.anyone("login", "sam", "--password-stdin", input=SAM_PASSWORD + "\n")
    assert signed.code == 0, signed
    assert town.anyone("verify-identity", "MRN-2", *BEN, *PHOTO).code == 0
    with town.open() as store, store.session() as session:
        (secret,) = [path.read_text() for path in (town.home / "sessions").iterdir()]
        time = Time(session)
        actor = sessions.by_secret(session, secret, settings=SETTINGS, now=time.after(minutes=14, seconds=59))
        assert actor.name == "sam"
        with pytest.raises(NotAllowed) as refused:
            sessions.by_secret(session, secret, settings=SETTINGS, now=time.after(seconds=2))
        assert refused.value.code == "not-signed-in"


def test_who_signs_in_at_a_shared_workstation_ends_the_session_and_the_check_left_there(town: Town) -> None:
    assert town.anyone("login", "sam", "--password-stdin", input=SAM_PASSWORD + "\n").code == 0
    assert town.anyone("verify-identity", "MRN-2", *BEN, *PHOTO).code == 0
    (left,) = [path.read_text() for path in (town.home / "sessions").iterdir()]
    assert town.anyone("login", "rosa", "--password-stdin", input=ROSA_PASSWORD + "\n").code == 0
    ran = town.anyone("issue-temp-login", "MRN-2", "--json")
    assert (ran.code, ran.error["code"]) == (4, "check-required")
    with town.open() as store, store.session() as session, pytest.raises(NotAllowed):
        sessions.by_secret(session, left, settings=SETTINGS, now=Time(session).now)
    assert town.query("SELECT ended_why FROM identity_check WHERE patient = 'MRN-2'") == [("new sign-in",)]


def test_of_two_processes_racing_on_one_check_exactly_one_gets_the_temporary_login(town: Town) -> None:
    town.checked("MRN-1", *ANA, *PHOTO)
    env = environment(town.home, town.clinic.sam_token, None)
    command = [sys.executable, "-m", "portaldesk", "issue-temp-login", "MRN-1", "--json"]

    def race(_: int) -> tuple[int, str]:
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout + done.stderr

    with ThreadPoolExecutor(3) as pool:
        ended = sorted(pool.map(race, range(3)))
    assert [code for code, _ in ended] == [0, 4, 4], ended
    assert all('"check-spent"' in said for code, said in ended if code)
    assert sum("temporary_password" in said for _, said in ended) == 1
    assert town.query("SELECT count(*) FROM permit WHERE action = 'issue-temp-login'") == [(1,)]
    assert town.is_whole()


def test_of_two_staff_racing_on_one_account_the_later_login_ends_the_earlier(town: Town) -> None:
    logins = []
    for run in (town.sam, town.rosa):
        assert run("verify-identity", "MRN-1", *ANA, *PHOTO).code == 0
        logins.append(run("issue-temp-login", "MRN-1", "--json").document["temporary_password"])
    assert [town.signs_in("ana.r", password) for password in logins] == [3, 0]


def _asked(town: Town, run: object = None) -> str:
    command = run or town.sam
    assert command("verify-identity", "MRN-1", *ANA, *PHOTO).code == 0  # type: ignore[operator]
    asked = command("update-contact", "MRN-1", "--email", "new@example.net", "--json")  # type: ignore[operator]
    assert asked.code == 0, asked
    request: str = asked.document["request_id"]
    assert command("confirm", request, "--code", town.code()).code == 0  # type: ignore[operator]
    return request


def test_collusion_nobody_approves_the_own_request(town: Town) -> None:
    request = _asked(town, town.rosa)
    ran = town.rosa("approve", request, "--reason", "seen", "--json")
    assert (ran.code, ran.error["code"]) == (3, "own-request")
    assert town.query("SELECT email FROM portal_account WHERE mrn = 'MRN-1'") == [("ana@example.org",)]


def test_collusion_the_front_desk_approves_nothing_and_an_unconfirmed_request_is_not_approved(town: Town) -> None:
    assert town.sam("verify-identity", "MRN-1", *ANA, *PHOTO).code == 0
    request = town.sam("update-contact", "MRN-1", "--email", "new@example.net", "--json").document["request_id"]
    assert town.sam("approve", request, "--reason", "x").code == 3
    ran = town.rosa("approve", request, "--reason", "x", "--json")
    assert (ran.code, ran.error["code"]) == (4, "approval-required")


def test_collusion_who_made_the_requester_is_refused_where_another_admin_exists_and_marked_where_not(
    town: Town,
) -> None:
    request = _asked(town)  # by sam, whom rosa made
    paula = town.rosa("staff", "add", "paula", "--role", "admin", "--with-token", "--json").document["token"]
    ran = town.rosa("approve", request, "--reason", "seen", "--json")
    assert (ran.code, ran.error["code"]) == (3, "not-independent")
    assert town.rosa("staff", "disable", "paula").code == 0
    assert town.anyone("approve", request, "--reason", "x", PORTALDESK_TOKEN=paula).code == 3
    done = town.rosa("approve", request, "--reason", "seen", "--json").document
    assert (done["state"], done["independent"]) == ("effective", False)


def test_collusion_an_approver_whom_the_requester_just_made_is_marked_not_independent(town: Town) -> None:
    request = _asked(town, town.rosa)
    mule = town.rosa("staff", "add", "mule", "--role", "admin", "--with-token", "--json").document["token"]
    done = town.anyone("approve", request, "--reason", "seen", "--json", PORTALDESK_TOKEN=mule)
    assert (done.code, done.document["independent"]) == (0, False)
    lines = town.rosa("list-resets", "--json").document["resets"]
    assert [line["independent"] for line in lines if line["outcome"] == "done" and line["approver"] == "mule"] == [
        False
    ]


def test_an_admin_cannot_release_a_hold_that_the_own_failed_checks_made(town: Town) -> None:
    for _ in range(3):
        town.rosa("verify-identity", "MRN-2", "--birth-date", "1947-02-02", "--postal-code", "1")
    ran = town.rosa("hold", "release", "MRN-2", "--reason", "x", "--json")
    assert (ran.code, ran.error["code"]) == (3, "own-request")
    assert town.sam("hold", "release", "MRN-2", "--reason", "x").code == 3


def test_a_clerk_who_calls_two_strangers_one_person_closes_nobodys_account(town: Town) -> None:
    town.checked("MRN-2", *BEN, *PHOTO)  # a friend of the clerk
    ran = town.sam("duplicates", "resolve", "MRN-1", "MRN-2", "--same", "--keep", "MRN-2", "--reason", "one", "--json")
    assert (ran.code, ran.document["effect"], ran.document["survivor"]) == (0, "waiting", "MRN-2")
    assert town.query("SELECT count(*) FROM permit WHERE action = 'disable'") == [(0,)]
    assert town.signs_in("ana.r", ANA_PASSWORD) == 0
    assert town.mails() == []


def test_a_clerk_learns_no_fact_from_duplicates_and_an_admin_reads_them_on_the_record(town: Town) -> None:
    file, page = town.home.parent / "twice.csv", town.home.parent / "page.html"
    head, ana = FILE.splitlines()[:2]
    file.write_text(f"{head}\n{ana.replace('MRN-1', 'MRN-77')}\n", encoding="utf-8")
    assert town.rosa("import", "patients", str(file)).code == 0
    ran = town.sam("find-duplicates", "--explain", "--json")
    (pair,) = ran.document["pairs"]
    assert (pair["a"], pair["b"], pair["steps"][-1]["leaves"]) == ("MRN-1", "MRN-77", pair["grade"])
    facts = [value for value in ana.split(",") if len(value) > 1 and value not in ("MRN-1", "female", "male")]
    assert [value for value in facts if value.casefold() in ran.out.casefold()] == []
    refused = town.sam("find-duplicates", "--report", str(page), "--json")
    assert (refused.code, refused.error["code"], page.exists()) == (3, "not-your-role", False)
    assert town.rosa("find-duplicates", "--report", str(page)).code == 0
    assert page.stat().st_mode & 0o777 == 0o600
    assert [value for value in facts if value[-4:] not in page.read_text(encoding="utf-8")] == []
    (told,) = town.query("SELECT details FROM audit_event WHERE action = 'find-duplicates report' AND outcome = 'done'")
    assert (json.loads(told[0])["pairs"], json.loads(told[0])["records"]) == (1, 2)


def test_an_import_that_merges_a_patient_into_an_attackers_record_lets_nobody_into_the_account(town: Town) -> None:
    file = town.home.parent / "merges.csv"
    head, ana = FILE.splitlines()[:2]
    file.write_text(f"{head},status,merged_into\n{ana},merged,MRN-2\n", encoding="utf-8")
    assert town.rosa("import", "patients", str(file)).code == 0
    assert town.signs_in("ana.r", ANA_PASSWORD) == 3
    sent_on = town.sam("verify-identity", "MRN-1", *ANA, "--json")
    assert (sent_on.code, sent_on.error["code"]) == (6, "patient-merged")
    town.checked("MRN-2", *BEN, *PHOTO)
    for words in (("issue-temp-login",), ("update-contact", "--email", "thief@example.net"), ("send-reset",)):
        ran = town.sam(words[0], "MRN-1", *words[1:], "--json")
        assert (ran.code, ran.error["code"]) == (4, "check-required"), words
    file.write_text(f"{head}\n{ana}\n", encoding="utf-8")
    assert town.rosa("import", "patients", str(file)).code == 0
    assert town.signs_in("ana.r", ANA_PASSWORD) == 0


def test_a_clerk_who_tries_birth_dates_opens_an_incident_that_neither_clerk_nor_admin_can_close(town: Town) -> None:
    for day in range(1, 6):
        assert town.sam("find", "reyes", "--birth-date", f"1980-01-0{day}").code == 0
    for _ in range(2):
        ran = town.sam("find", "reyes", "--birth-date", "1952-07-15", "--json")
        assert (ran.code, ran.error["code"]) == (6, "too-many")
    (incident,) = town.rosa("incidents", "list", "--json").document["incidents"]
    assert (incident["kind"], incident["staff"], incident["closed_at"]) == ("many-birth-dates", "sam", None)
    ((told,),) = town.query("SELECT details FROM audit_event WHERE seq = ?", incident["opened_seq"])
    assert incident["id"] in told
    close = ("incidents", "close", incident["id"], "--outcome", "a slip", "--json")
    assert [town.sam(*close).code, town.rosa(*close).code, town.sam("incidents", "list").code] == [3, 3, 3]
    kim = town.rosa("staff", "add", "kim", "--role", "auditor", "--with-token", "--json").document["token"]
    done = town.anyone(*close, PORTALDESK_TOKEN=kim)
    assert (done.code, done.document["closed_by"], done.document["outcome"]) == (0, "kim", "a slip")
    again = town.anyone(*close, PORTALDESK_TOKEN=kim)
    assert (again.code, again.error["code"]) == (6, "incident-closed")
    assert town.anyone("incidents", "close", "I-0000", "--outcome", "x", PORTALDESK_TOKEN=kim).code == 5
    assert town.is_whole()
