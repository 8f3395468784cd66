"""Attacks by what comes in as a file, and by what goes out as one: imports, spreadsheets, terminals, mail headers."""

from __future__ import annotations

import csv
import io
from email import message_from_bytes, policy

import pytest
from attackers import ANA, ANA_PASSWORD, BEN, CAL, PHOTO, Town

HEAD = "mrn,given_name,family_name,birth_date,sex,phone,email,address,city,postal_code\n"
ANA_ROW = "MRN-1,Ana,Reyes,{born},female,{phone},{email},1 Elm Street,Pratt,{postal}\n"
EVIL = "\x1b]0;owned\x07\x1b[2J\u202egnp.exe\u200b"


def _import(town: Town, text: str, *more: str) -> int:
    file = town.home.parent / "poisoned.csv"
    file.write_text(HEAD + text, encoding="utf-8", newline="")
    return town.rosa("import", "patients", str(file), *more).code


def test_a_poisoned_import_moves_no_contact_of_an_active_account_and_tells_the_old_address(town: Town) -> None:
    row = ANA_ROW.format(born="1952-07-15", phone="5559078526", email="thief@evil.example", postal="67124")
    assert _import(town, row) == 0
    assert town.query("SELECT email FROM portal_account WHERE mrn = 'MRN-1'") == [("ana@example.org",)]
    assert {to for (to,) in town.query("SELECT to_address FROM outbox_message WHERE kind = 'changed'")} >= {
        "ana@example.org"
    }
    town.checked("MRN-1", *ANA)
    assert town.sam("send-reset", "MRN-1").code == 0
    assert "evil.example" not in "".join(mail for mail in town.mails() if "/redeem/" in mail)


@pytest.mark.parametrize(
    ("field", "said"),
    [("born", "--birth-date"), ("phone", "--phone"), ("postal", "--postal-code"), ("email", "--email")],
)
def test_a_fact_of_a_poisoned_import_is_no_answer_for_24_hours(town: Town, field: str, said: str) -> None:
    poison = {"born": "1999-09-09", "phone": "5550001111", "postal": "11111", "email": "thief@evil.example"}
    facts = {"born": "1952-07-15", "phone": "5559078526", "postal": "67124", "email": "ana@example.org"}
    assert _import(town, ANA_ROW.format(**facts | {field: poison[field]})) == 0
    seen = town.sam("verify-identity", "MRN-1", said, poison[field], "--json").document
    assert [m["outcome"] for m in seen["methods"]] != ["match"]


def test_a_poisoned_import_gets_no_invitation_to_an_address_it_brought_for_a_known_patient(town: Town) -> None:
    rows = "MRN-2,Ben,Okafor,1947-01-14,male,5552147733,thief@evil.example,2 Oak Street,Pratt,66533\n"
    rows += "MRN-3,Cal,Nilsson,1988-03-02,male,5553401199,thief@evil.example,3 Ash Street,Pratt,66012\n"
    assert _import(town, rows) == 0
    for mrn, answers in (("MRN-2", BEN), ("MRN-3", CAL)):
        if mrn == "MRN-2":
            town.checked(mrn, *answers)
        else:  # two facts on file and photo ID are what Cal has; without photo ID nothing goes there
            assert town.checked(mrn, *answers).document["level"] == "basic"
        ran = town.sam("resend-invite", mrn, "--json")
        assert (ran.code, ran.error["code"]) == (6, "contact-unconfirmed")
        code = town.sam("verify-identity", mrn, "--send-code", "email", "--json")
        assert (code.code, code.error["code"]) == (6, "contact-unconfirmed")
        town.sam("end-call")
    assert town.anyone("portal", "forgot-password", "thief@evil.example").code == 0
    assert town.query("SELECT count(*) FROM recovery_credential WHERE sent_to LIKE '%evil%'") == [(0,)]


def test_a_poisoned_import_takes_nobodys_username_and_a_bad_row_changes_nothing(town: Town) -> None:
    before = town.query("SELECT * FROM portal_account ORDER BY mrn")
    text = "MRN-9,Eve,Evil,1980-01-01,female,,eve@evil.example,x,y,1,ana.r\n"
    file = town.home.parent / "names.csv"
    file.write_text(HEAD.strip() + ",username\n" + text)
    assert town.rosa("import", "patients", str(file)).code == 6
    assert town.query("SELECT * FROM portal_account ORDER BY mrn") == before
    assert town.signs_in("ana.r", ANA_PASSWORD) == 0


def test_csv_formula_injection_is_defused_in_every_cell(town: Town) -> None:
    for n, reason in enumerate(('=HYPERLINK("http://evil.example")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1",
                                "a\n=1")):  # fmt: skip
        town.sam("verify-identity", "MRN-2", *(BEN if not n else BEN[:2]), *PHOTO, "--reason", reason)
        assert town.sam("secure-account", "MRN-2").code == 0
        town.sam("end-call")
    out = town.rosa("list-resets", "--format", "csv", "--limit", "1000").out
    assert _import(town, "MRN-5,=1+1,@SUM(A1),1970-01-01,female,5552220000,-d@example.org,-2+3,＝1,67124\n") == 0
    rows = [row for text in (out, town.rosa("export", "patients").out) for row in csv.reader(io.StringIO(text))]
    assert len(rows) >= 8
    cells = [cell for row in rows for cell in row]
    assert any("HYPERLINK" in cell for cell in cells)
    assert not [cell for cell in cells if cell.lstrip(" \t\r\n").startswith(("=", "+", "@", "-2"))]


def test_terminal_escapes_in_names_and_reasons_reach_no_screen(town: Town) -> None:
    assert (
        _import(town, f"MRN-5,{EVIL}Dora,Quill{EVIL},1970-01-01,female,5552220000,d@example.org,{EVIL},x,67124\n") == 0
    )
    said = ("--birth-date", "1970-01-01", "--postal-code", "67124", "--phone", "5552220000")
    shown = [town.sam("find", "quill"), town.sam("verify-identity", "MRN-5", *said, *PHOTO, "--reason", EVIL),
             town.sam("resend-invite", "MRN-5"), town.sam("diagnose", "MRN-5", "--username", EVIL),
             town.sam("end-call", "--note", EVIL), town.rosa("audit", "show"), town.rosa("list-resets"),
             town.rosa("outbox", "list"), town.rosa("find-duplicates", "--min-grade", "possible"),
             town.sam("find", EVIL), town.sam("unlock", EVIL),
        town.anyone("portal", "redeem", EVIL, "--birth-date", EVIL)]  # fmt: skip
    for ran in shown:
        text = ran.out + ran.err
        assert not set(text) & {"\x1b", "\x07", "\u202e", "\u200b", "\x00", "\r"}, ran


def test_mail_header_injection_in_names_and_settings_writes_no_header(town: Town) -> None:
    name = "Dora\r\nBcc: thief@evil.example\r\n\r\nhttps://evil.example"
    assert _import(town, f'MRN-5,"{name}",Quill,1970-01-01,female,5552220000,d@example.org,x,y,67124\n') in (0, 2)
    town.rosa("settings", "set", "clinic_name", "Clinic\r\nBcc: thief@evil.example")
    if town.query("SELECT 1 FROM patient WHERE mrn = 'MRN-5'"):
        said = ("--birth-date", "1970-01-01", "--postal-code", "67124", "--phone", "5552220000")
        town.checked("MRN-5", *said)
        assert town.sam("resend-invite", "MRN-5").code == 0
    else:
        town.checked("MRN-2", *BEN)
        assert town.sam("resend-invite", "MRN-2").code == 0
    (path,) = (town.home / "outbox").glob("*.eml")
    mail = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert [header.lower() for header in mail if header.lower() in ("bcc", "cc", "to")] == ["to"]
    assert "evil.example" not in str(mail["to"])
    first = next(word for word in mail.get_body(("plain",)).get_content().split() if "://" in word)  # type: ignore[union-attr]
    assert first.startswith("http://localhost:8000/")


@pytest.mark.parametrize("address", ["d@example.org\nBcc: t@evil.example", "d@example.org, t@evil.example", "<d@x>"])
def test_an_address_that_is_more_than_one_address_is_refused(town: Town, address: str) -> None:
    town.checked("MRN-1", *ANA, *PHOTO)
    ran = town.sam("update-contact", "MRN-1", "--email", address, "--json")
    assert (ran.code, ran.error["code"]) == (2, "unreadable")
    assert "evil" not in ran.out + ran.err
