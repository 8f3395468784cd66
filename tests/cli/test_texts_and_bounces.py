"""From the command line: a clinic that texts, and mails that came back."""

from __future__ import annotations

import sys
from pathlib import Path

from desks import Clinic

sys.path.insert(0, str(Path(__file__).parents[1] / "services"))
from gateways import SECRET, Gateway, running

PATIENT = """mrn,given_name,family_name,birth_date,sex,phone,email,address,city,postal_code
MRN-7,Ana,Reyes,1952-07-15,female,+15559078526,ana@example.org,1 Oak Street,Pratt,67124
"""


def test_a_code_is_texted_and_a_new_number_answers_by_one(clinic: Clinic, tmp_path: Path) -> None:
    (tmp_path / "patients.csv").write_text(PATIENT)
    assert clinic.rosa("import", "patients", str(tmp_path / "patients.csv")).code == 0
    facts = ("--birth-date", "1952-07-15", "--postal-code", "67124", "--email", "ana@example.org", "--json")
    assert clinic.sam("verify-identity", "MRN-7", *facts).document["level"] == "basic"
    refused = clinic.sam("verify-identity", "MRN-7", "--send-code", "phone", "--json")
    assert (refused.code, refused.error["code"]) == (6, "no-transport")
    with running(Gateway(secret=SECRET[:24]), None) as gateway:
        assert clinic.rosa("settings", "set", "sms_url", gateway.url).code == 0
        secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"
        assert clinic.rosa("settings", "set", "sms_secret", "-", input=f"{secret}\n").code == 0
        weak = clinic.sam("update-contact", "MRN-7", "--email", "-", input="ana@example.net\n")
        assert "--send-code phone" in weak.err
        sent = clinic.sam("verify-identity", "MRN-7", "--send-code", "phone")
        words = sent.out.split("The text with the code shows two words; yours are: ")[1].splitlines()[0]
        (text,) = gateway.texts
        assert (text["to"], words in text["text"]) == ("+15559078526", True)
        said = ("verify-identity", "MRN-7", "--code", "-", "--json")
        assert clinic.sam(*said, input=text["text"][:9] + "\n").document["level"] == "strong"
        by_phone = clinic.sam("update-contact", "MRN-7", "--phone", "-", "--json", input="555 333 4444\n")
        assert by_phone.error["code"] == "check-too-weak"  # never by the channel that changes
        photo = ("--birth-date", "1952-07-15", "--photo-id", "passport")
        assert clinic.sam("verify-identity", "MRN-7", *photo).code == 0
        asked = clinic.sam("update-contact", "MRN-7", "--phone", "-", "--json", input="555 333 4444\n").document
        (text,) = (one for one in gateway.texts if one["kind"] == "confirm-code-text")
        assert (asked["kind"], text["to"]) == ("phone", "+15553334444")
        code = text["text"][:9]
        confirmed = clinic.sam("confirm", asked["request_id"], "--code", "-", "--json", input=f"{code}\n")
        assert confirmed.document["state"] == "awaiting-approval"


def test_reports_are_fed_by_an_admin_and_what_is_none_is_usage(clinic: Clinic, tmp_path: Path) -> None:
    fed = clinic.rosa("outbox", "bounces", "-", "--json", input="Subject: out of office\n\nI am away.\n")
    assert (fed.code, fed.document["read"], fed.document["not_reports"]) == (0, 1, 1)
    refused = clinic.rosa("outbox", "bounces", str(tmp_path), "--json")
    assert (refused.code, refused.error["code"]) == (2, "bad-file")
    assert clinic.sam("outbox", "bounces", "-", input="Subject: x\n\n").code == 3
