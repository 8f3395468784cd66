"""The desk's lists at the command line: links that are out, work lists; closing and renaming an account."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from desks import Clinic, Ran

FILE = """mrn,given_name,family_name,birth_date,sex,phone,email,address,city,postal_code
MRN-1,Ana,Reyes,1952-07-15,female,(555) 907-8526,ana@example.org,1 Elm Street,Pratt,67124
MRN-2,Ben,Okafor,1947-01-14,male,(555) 214-7733,ben@example.org,2 Oak Street,Pratt,66533
"""
ANA = "1952-07-15\n67124\n(555) 907-8526\n"


@pytest.fixture
def desk(clinic: Clinic, tmp_path: Path) -> Clinic:
    """Ana passed a check and was sent an invitation."""
    file = tmp_path / "patients.csv"
    file.write_text(FILE, encoding="utf-8")
    assert clinic.rosa("import", "patients", str(file)).code == 0
    asked = ("--birth-date", "-", "--postal-code", "-", "--phone", "-")
    assert clinic.sam("verify-identity", "MRN-1", *asked, input=ANA).code == 0
    assert clinic.sam("resend-invite", "MRN-1").code == 0
    return clinic


def _fits(ran: Ran) -> bool:
    return ran.code == 0 and all(len(line) <= 80 for line in ran.out.splitlines())


def test_every_link_is_listed_with_its_reference_masked_and_in_80_columns(desk: Clinic) -> None:
    found = desk.sam("credentials", "list", "MRN-1", "--json").document
    (one,) = found["credentials"]
    assert list(one) == ["reference", "kind", "issued_at", "sent", "to", "opened_at", "expires_at", "state"]
    assert (one["kind"], one["sent"], one["to"], one["opened_at"], one["state"]) == (
        "invitation", True, "a…@….org", None, "live",
    )  # fmt: skip
    shown = desk.sam("credentials", "list", "MRN-1")
    assert _fits(shown)
    assert one["reference"] in shown.out
    assert desk.events()[-1][:4] == ("credentials list", "done", "sam", "MRN-1")


def test_who_sends_what_the_mail_server_does_not_take_is_told_so_and_the_patients_side_is_not(desk: Clinic) -> None:
    asked = ("--birth-date", "-", "--postal-code", "-", "--phone", "-")
    assert "left" not in desk.sam("verify-identity", "MRN-2", *asked, input="1947-01-14\n66533\n(555) 214-7733\n").err
    assert desk.rosa("settings", "set", "smtp_url", "smtp://127.0.0.1:9?tls=none").code == 0
    sent = desk.sam("resend-invite", "MRN-2")
    assert (sent.code, "MRN-2: Sent." in sent.out) == (0, True)
    assert sent.err == (
        "But it has not left yet (no connection to the mail server (nothing answers at its host and port)); "
        "the next 'outbox send' tries again. See: portaldesk diagnose MRN-2\n"
    )
    assert desk.anyone("portal", "forgot-password", "ben@example.org").err == ""
    assert desk.sam("whoami").err == "", "it is said once"


def test_a_link_is_revoked_by_its_reference(desk: Clinic) -> None:
    reference = desk.sam("credentials", "list", "MRN-1", "--json").document["credentials"][0]["reference"]
    unknown = desk.sam("credentials", "revoke", "MRN-1", "--reference", "Z0-00", "--json")
    assert (unknown.code, unknown.error["code"]) == (5, "no-such-reference")
    done = desk.sam("credentials", "revoke", "MRN-1", "--reference", reference, "--json").document
    assert (done["action"], done["reference"], done["account_status"]) == ("credentials revoke", reference, "new")
    assert desk.sam("credentials", "revoke", "MRN-1", "--json").document["already"]
    resets = desk.rosa("list-resets", "--action", "credentials revoke", "--json").document["resets"]
    assert [(one["patient"], one["outcome"]) for one in resets] == [
        ("MRN-1", "done"), ("MRN-1", "done"), ("MRN-1", "refused"),
    ]  # fmt: skip


def test_work_lists_are_for_every_role_and_fit_80_columns(desk: Clinic) -> None:
    for who in (desk.rosa, desk.sam):
        assert [one["mrn"] for one in who("accounts", "--state", "new", "--json").document["accounts"]] == ["MRN-2"]
    found = desk.sam("accounts", "--limit", "1", "--json").document
    assert (found["state"], found["more"], list(found["accounts"][0])) == (
        None, 1, ["mrn", "name", "status", "account_status", "at"],
    )  # fmt: skip
    (invited,) = desk.sam("accounts", "--state", "invited", "--json").document["accounts"]
    assert (invited["account_status"], datetime.fromisoformat(invited["at"]).tzinfo is None) == ("invited", False)
    for more in ((), ("--state", "invited"), ("--state", "locked"), ("--limit", "1")):
        assert _fits(desk.sam("accounts", *more))
    assert desk.sam("accounts", "--state", "locked").out == "No account is on this list.\n"
    assert desk.sam("accounts", "--state", "lost").code == 2
    assert desk.events()[-1][:2] == ("accounts", "done")


def test_an_account_is_declined_with_a_reason_and_diagnose_says_so(desk: Clinic) -> None:
    for reason in ((), ("--reason", "  ")):
        refused = desk.sam("decline", "MRN-1", *reason, "--json")
        assert (refused.code, refused.error["code"]) == (2, "usage")
    done = desk.sam("decline", "MRN-1", "--reason", "prefers letters", "--json").document
    assert (done["action"], done["account_status"], done["notified"]) == ("decline", "declined", ["a…@….org"])
    causes = {one["cause"]: one for one in desk.sam("diagnose", "MRN-1", "--json").document["causes"]}
    assert (causes["declined"]["found"], causes["declined"]["next"]) == (True, "portaldesk enable MRN-1")
    (listed,) = desk.rosa("list-resets", "--action", "decline", "--json").document["resets"]
    assert (listed["reason"], listed["outcome"]) == ("prefers letters", "done")


def test_a_username_that_cannot_be_written_is_wrong_usage_before_anything_is_asked(desk: Clinic) -> None:
    refused = desk.sam("change-username", "MRN-2", "--username", "o o", "--json")
    assert (refused.code, refused.error["code"]) == (2, "usage")
    assert desk.sam("change-username", "MRN-2", "--username", "ben.o", "--json").error["code"] == "check-required"
    assert desk.sam("change-username", "MRN-1", "--username", "ana.r", "--json").error["code"] == "check-too-weak"


def test_an_outage_is_what_diagnose_says_first_until_it_ends(desk: Clinic) -> None:
    assert desk.sam("outage", "start", "down").code == 3
    assert desk.rosa("outage", "end", "--json").document["already"]
    assert desk.rosa("outage", "start", "The portal is down until noon").code == 0
    seen = desk.sam("diagnose", "MRN-1")
    assert seen.out.startswith("■ outage: The portal is down until noon\n")
    assert "Next: \n" not in seen.out  # nothing at the desk mends it: no empty line to follow
    again = desk.rosa("outage", "start", "Down until two", "--json").document
    assert (again["old"], again["new"]) == ("The portal is down until noon", "Down until two")
    first = desk.sam("diagnose", "MRN-2", "--json").document["causes"][0]  # before a check, too
    assert (first["cause"], first["found"], first["detail"]) == ("outage", True, "Down until two")
    assert not desk.rosa("outage", "end", "--json").document["already"]
    assert desk.sam("diagnose", "MRN-1", "--json").document["causes"][0]["found"] is False


def test_what_a_proxys_own_login_did_is_found_by_their_id(desk: Clinic) -> None:
    assert desk.sam("verify-identity", "MRN-1", "--birth-date", "-", "--photo-id", "passport", input=ANA).code == 0
    mia = ("--name", "Mia Reyes", "--relation", "daughter", "--birth-date", "1980-01-02", "--email", "mia@example.org")
    proxy = desk.sam("proxy", "grant", "MRN-1", *mia, "--postal-code", "67124", "--json").document["proxy"]
    for command in ("list-resets", "audit show"):
        assert desk.rosa(*command.split(), "--patient", proxy).code == 0
        unknown = desk.rosa(*command.split(), "--patient", "proxy:0", "--json")
        assert (unknown.code, unknown.error["code"]) == (5, "no-such-proxy")
    (sent,) = desk.rosa("list-resets", "--patient", proxy, "--json").document["resets"]
    assert (sent["action"], sent["patient"]) == ("resend-invite", proxy)
