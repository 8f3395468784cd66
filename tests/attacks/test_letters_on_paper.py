"""Attacks on letters: codes guessed, a letter read by whoever shares the home, rows planted, the address turned."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from attackers import Town

from portaldesk.rules import hashing
from portaldesk.secret_keys import FileSecrets, load_keys
from raw_stores import raw

EVE = """mrn,given_name,family_name,birth_date,sex,phone,email,address,city,postal_code,last_visit
MRN-5,Eve,Stone,1961-09-09,female,,,{street},Pratt,66012,
"""
KNOWS = ("--birth-date", "1961-09-09", "--postal-code", "66012")


def brought(town: Town, folder: Path, street: str = "5 Fir Street") -> None:
    file = folder / "eve.csv"
    file.write_text(EVE.format(street=street), encoding="utf-8")
    assert town.rosa("import", "patients", str(file)).code == 0


@pytest.fixture
def code(town: Town, tmp_path: Path) -> str:
    """What stands on Eve's letter, as whoever opens the envelope reads it."""
    brought(town, tmp_path)
    assert town.sam("verify-identity", "MRN-5", *KNOWS).code == 0
    assert town.sam("resend-invite", "MRN-5", "--letter").code == 0
    done = town.rosa("outbox", "letters", "--print", str(tmp_path / "letters"), "--json").document
    (page,) = [tmp_path / "letters" / one["file"] for one in done["letters"] if one["patient"] == "MRN-5"]
    return re.findall(r"L\d+(?:-[A-Z0-9]{4}){3}", page.read_text(encoding="utf-8"))[0]


def test_a_code_is_not_guessed_five_tries_kill_the_letter_and_say_nothing(town: Town, code: str) -> None:
    number = code.partition("-")[0]
    other = f"{number}-ACDE-FHJK-LMPR"
    unknown = f"L{(int(number[1:]) + 1) % 100000:05d}-ACDE-FHJK-LMPR"
    answers = {
        (ran.code, ran.err) for ran in [town.redeem(unknown, *KNOWS), *(town.redeem(other, *KNOWS) for _ in "12345")]
    }
    assert len(answers) == 1
    assert next(iter(answers))[0] == 4
    assert town.redeem(code, *KNOWS).code == 6
    assert town.query("SELECT password_hash, username FROM portal_account WHERE mrn = 'MRN-5'") == [(None, None)]
    assert town.query("SELECT count(*) FROM identity_check WHERE patient = 'MRN-5' AND failed_at IS NOT NULL") == [(1,)]
    assert town.is_whole()


def test_a_letter_read_by_a_housemate_is_inert_without_the_facts(town: Town, code: str) -> None:
    assert town.redeem(code).code == 2
    assert town.redeem(code, "--postal-code", "66012").code == 2  # it stands on the envelope
    assert town.redeem(code, "--birth-date", "1961-09-08", "--postal-code", "66012").code == 4
    assert town.redeem(code, *KNOWS).code == 0


def test_a_letter_follows_no_import_to_another_address(town: Town, code: str, tmp_path: Path) -> None:
    brought(town, tmp_path, "9 Thief Street")
    assert town.redeem(code, *KNOWS).code == 6  # whoever opens the old letter box
    assert town.sam("end-call").code == 0
    assert town.sam("verify-identity", "MRN-5", *KNOWS).code == 0
    refused = town.sam("resend-invite", "MRN-5", "--letter", "--json")
    assert (refused.code, refused.error["code"]) == (6, "contact-unconfirmed")
    assert "Thief" not in refused.err


def test_a_front_desk_sees_no_code(town: Town, tmp_path: Path) -> None:
    brought(town, tmp_path)
    assert town.sam("verify-identity", "MRN-5", *KNOWS).code == 0
    done = town.sam("resend-invite", "MRN-5", "--letter")
    assert not re.search(r"L\d+-[A-Z0-9]{4}", done.out + done.err)
    refused = town.sam("outbox", "letters", "--print", str(tmp_path / "mine"), "--json")
    assert (refused.code, refused.error["code"], (tmp_path / "mine").exists()) == (3, "not-your-role", False)


def test_a_planted_letter_or_a_check_turned_by_hand_gives_nothing(town: Town, code: str) -> None:
    keys = load_keys(FileSecrets(town.home))
    mine = hashing.code_hashed("ACDEFHJKLMPR", pepper=keys.pepper.key, key_id=keys.pepper.current, bound_to="planted")
    with town.guards_down(put_back=True) as db:
        row = db.row("recovery_credential", "kind = 'letter'")
        db.insert("recovery_credential", row | {"id": "planted", "reference": "L77777", "permit_id": None,
                                                "secret_hash": mine})  # fmt: skip
    assert town.redeem("L77777-ACDE-FHJK-LMPR", *KNOWS).code == 9
    assert town.sam("verify-identity", "MRN-2", "--birth-date", "1947-01-14", "--postal-code", "66533").code == 0
    with town.guards_down(put_back=True) as db:
        assert db.execute("UPDATE identity_check SET all_there_is = TRUE WHERE patient = 'MRN-2'").rowcount == 1
    assert town.sam("resend-invite", "MRN-2", "--letter").code == 9


def test_raw_sql_turns_neither_the_check_nor_the_letter(town: Town, code: str) -> None:
    for statement in (
        "UPDATE identity_check SET all_there_is = TRUE, level = 'basic'",
        "UPDATE recovery_credential SET sent_to = '9 Thief Street' WHERE kind = 'letter'",
        "UPDATE recovery_credential SET tries = 0, expires_at = '2099-01-01T00:00:00.000000Z' WHERE kind = 'letter'",
        "UPDATE outbox_message SET to_address = '9 Thief Street' WHERE kind = 'invitation-letter'",
        "UPDATE patient SET address = '9 Thief Street', address_evidence_from = NULL",
    ):
        with raw(town.home) as shell, pytest.raises(Exception, match="portaldesk: "):
            shell.execute(statement)
    assert town.is_whole()
