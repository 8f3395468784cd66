"""What scripts rely on: the fields of every JSON document, and which refusal comes first (the contract)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from desks import ROSA_PASSWORD, SAM_PASSWORD, Clinic, run_process

import engines
from portaldesk.render import documents
from raw_stores import everything, guards_down, raw

SILVIA, FACTS = "MRN-1001", ("--birth-date", "January 14, 1947", "--postal-code", "66603", "--phone", "(913) 555-0101")
PASSWORD, NEWER = "gravel tulip ninety moth 7", "willow anchor sixty 3 brick"
CHANGE = {
    "action", "patient", "account_status", "check_id", "audit_seq", "already", "reference", "notified", "expires_at",
    "effect",
}  # fmt: skip
DOCUMENTS: Mapping[str, set[str]] = {
    "import": {"read", "added", "updated", "unchanged", "skipped"},
    "staff add": {"token", "token_id", "expires_at"},
    "staff token": {"token", "token_id", "expires_at"},
    "find": {"patients"},
    "diagnose": {"patient", "causes"},
    "verify-identity": {
        "check_id", "patient", "caller", "outcome", "level", "methods", "ask", "say", "expires_at", "wrong_left",
        "allows",
    },
    "resend-invite": CHANGE, "send-reset": CHANGE, "recover-username": CHANGE, "unlock": CHANGE, "disable": CHANGE,
    "enable": CHANGE, "secure-account": CHANGE,
    "issue-temp-login": CHANGE | {"username", "temporary_password", "spelled"},
    "update-contact": CHANGE | {"request_id", "state", "effective_at"},
    "confirm": {"request_id", "state", "effective_at", "action", "patient", "already", "audit_seq"},
    "approve": {"request_id", "state", "effective_at", "action", "patient", "already", "audit_seq"},
    "portal sign-in": {"outcome"},
    "find-duplicates": {"pairs", "clusters"},
    "list-resets": {"resets"},
    "audit verify": {"whole", "events", "head", "first_fault"},
}  # fmt: skip
LISTS: Mapping[tuple[str, str], set[str]] = {
    ("find", "patients"): {"mrn", "name", "status", "account_status"},
    ("diagnose", "causes"): {"cause", "found", "detail", "say", "next"},
    ("verify-identity", "methods"): {"method", "outcome"},
    ("find-duplicates", "pairs"): {"a", "b", "grade", "reasons"},
    ("list-resets", "resets"): {
        "seq", "at", "staff", "action", "patient", "check_id", "level", "methods", "attested", "caller", "reason",
        "approver", "independent", "outcome", "delivered", "redeemed_at",
    },
}  # fmt: skip


def newest(home: Path, pattern: str) -> str:
    """What the newest mail that has such a thing holds."""
    mails = sorted((home / "outbox").glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
    return str(re.findall(pattern, "".join(path.read_text(encoding="utf-8") for path in mails))[-1])


@pytest.fixture(scope="module")
def day(clinic_template: Clinic, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Every command of a day on the packaged samples, each with its document."""
    home = tmp_path_factory.mktemp("day") / "home"
    engines.copy(clinic_template.home, home)
    clinic = Clinic(home, clinic_template.rosa_token, clinic_template.sam_token)
    seen: dict[str, Any] = {}

    def types(who: Any, *words: str, name: str = "", ends: int = 0, stdin: str = "") -> Any:
        ran = who(*words, "--json", input=stdin)
        assert ran.code == ends, (words, ran)
        return seen.setdefault(name or words[0], ran.document)

    sam, rosa, anyone = clinic.sam, clinic.rosa, clinic.anyone
    for sample in ("patients.csv", "patients.ndjson"):
        path = str(files("portaldesk") / "samples" / sample)
        done = types(rosa, "import", "patients", path, name="import" if sample.endswith("csv") else sample)
        assert done["added"] == done["read"] > 0
    types(rosa, "staff", "add", "kim", "--role", "auditor", "--with-token", name="staff add")
    types(rosa, "staff", "token", "rosa", "--days", "1", name="staff token")
    types(sam, "find", "brandt", "--birth-date", "1947-01-14")
    types(sam, "diagnose", SILVIA)
    types(sam, "verify-identity", SILVIA, *FACTS, "--reason", "wants access")
    types(sam, "resend-invite", SILVIA)
    token = newest(home, r"/redeem/([A-Za-z0-9_-]{43})")
    facts = ("--birth-date", "1947-01-14", "--postal-code", "66603", "--username", "silvia")
    redeem = ("portal", "redeem", token, *facts, "--password-stdin")
    types(anyone, *redeem, name="portal redeem", stdin=f"{PASSWORD}\n")
    sign_in = ("portal", "sign-in", "silvia", "--password-stdin")
    types(anyone, *sign_in, name="portal sign-in", stdin=f"{PASSWORD}\n")
    types(anyone, *sign_in, name="refused", ends=3, stdin="never it\n")
    types(anyone, "portal", "sign-in", "nobody", "--password-stdin", name="unknown", ends=3, stdin="never it\n")
    types(sam, "send-reset", SILVIA)
    types(sam, "recover-username", SILVIA)
    types(sam, "verify-identity", SILVIA, "--photo-id", "passport", name="strong")
    for command in ("unlock", "disable", "enable", "issue-temp-login", "secure-account"):
        types(sam, command, SILVIA)
    asked = types(sam, "update-contact", SILVIA, "--email", "brandt@example.net")
    code = newest(home, r"(?m)^\s*(\d{4} \d{4})\s*$")
    types(sam, "confirm", asked["request_id"], "--code", "-", stdin=f"{code}\n")
    types(rosa, "approve", asked["request_id"], "--reason", "seen")
    types(sam, "find-duplicates", "--min-grade", "possible")
    types(rosa, "list-resets", "--since", "1d")
    types(rosa, "audit", "verify", name="audit verify")
    return seen


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_has_its_fields(day: dict[str, Any], name: str) -> None:
    assert DOCUMENTS[name] <= set(day[name])


@pytest.mark.parametrize(("name", "rows"), LISTS)
def test_every_row_of_a_document_has_its_fields(day: dict[str, Any], name: str, rows: str) -> None:
    assert day[name][rows], "nothing to look at"
    for row in day[name][rows]:
        assert LISTS[name, rows] <= set(row)


def test_only_a_temporary_login_shows_a_secret(day: dict[str, Any]) -> None:
    secret = {"temporary_password", "spelled"}
    assert [name for name, seen in day.items() if secret & set(seen)] == ["issue-temp-login"]
    password = day["issue-temp-login"]["temporary_password"]
    assert [name for name, seen in day.items() if password in repr(seen)] == ["issue-temp-login"]


def test_a_refused_sign_in_never_says_why(day: dict[str, Any]) -> None:
    assert day["refused"] == day["unknown"]
    assert day["refused"]["outcome"] == "refused"


def test_words_of_a_document_are_the_contracts(day: dict[str, Any]) -> None:
    check = day["verify-identity"]
    assert (check["caller"], check["outcome"], check["level"], check["ask"]) == ("patient", "passed", "basic", [])
    assert {one["outcome"] for one in check["methods"]} == {"match"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", check["expires_at"])
    effects = {name: seen["effect"] for name, seen in day.items() if "effect" in seen and "action" in seen}
    assert effects["resend-invite"] == effects["send-reset"] == effects["recover-username"] == "link-sent"
    assert effects["disable"] == effects["enable"] == effects["issue-temp-login"] == "done"
    assert (effects["update-contact"], day["update-contact"]["state"]) == ("waiting", "awaiting-confirmation")
    assert (day["confirm"]["state"], day["approve"]["state"]) == ("awaiting-approval", "effective")
    assert day["unlock"]["already"] is True
    assert all("brandt@" not in one for seen in day.values() for one in seen.get("notified", ()))


def test_resets_are_listed_newest_first_every_attempt_and_nothing_else(day: dict[str, Any]) -> None:
    resets = day["list-resets"]["resets"]
    assert [one["seq"] for one in resets] == sorted((one["seq"] for one in resets), reverse=True)
    actions = {one["action"] for one in resets}
    assert actions >= {"resend-invite", "send-reset", "recover-username", "unlock", "issue-temp-login", "redeem"}
    assert actions.isdisjoint({"find", "verify-identity", "sign-in", "diagnose"})
    (strong,) = [one for one in resets if one["action"] == "issue-temp-login"]
    assert (strong["level"], strong["attested"], strong["staff"]) == ("strong", ["photo-id"], "sam")


def test_duplicates_and_clusters_name_records_that_are_there(day: dict[str, Any]) -> None:
    seen = day["find-duplicates"]
    assert {pair["grade"] for pair in seen["pairs"]} <= {"certain", "probable", "possible"}
    assert all(pair["steps"] for pair in seen["pairs"]), "the document holds the evidence without --explain"
    assert any(pair["differ"] for pair in seen["pairs"])
    paired = {mrn for pair in seen["pairs"] for mrn in (pair["a"], pair["b"])}
    assert {mrn for cluster in seen["clusters"] for mrn in cluster} <= paired


# which refusal comes first: 2, 8, 3, 5, 9, 4, 6


@pytest.fixture
def town(clinic: Clinic) -> Clinic:
    assert clinic.rosa("import", "patients", str(files("portaldesk") / "samples" / "patients.csv")).code == 0
    return clinic


def altered(clinic: Clinic) -> None:
    """Somebody edits Silvia's account past the guards, and puts the guards back."""
    with guards_down(clinic.home, put_back=True) as connection:
        connection.execute("UPDATE portal_account SET email = 'thief@example.net' WHERE mrn = ?", (SILVIA,))


def test_2_wrong_words_before_8_no_store(tmp_path: Path) -> None:
    nowhere = Clinic(tmp_path / "nowhere", "", "")
    assert nowhere.anyone("update-contact", "MRN-1").code == 2
    assert nowhere.anyone("find", "ana").code == 8


def test_2_an_answer_that_cannot_be_read_before_3_nobody_signed_in(town: Clinic) -> None:
    assert town.anyone("verify-identity", "MRN-1", "--birth-date", "the ides of March").code == 2
    assert town.anyone("verify-identity", "MRN-1", "--birth-date", "1947-01-14").code == 3


def test_8_a_store_of_another_version_before_3_nobody_signed_in(town: Clinic) -> None:
    with raw(town.home, autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0000'")
    assert town.anyone("find", "ana").code == 8


def test_3_who_may_not_before_5_nobody_known_by_that(town: Clinic) -> None:
    assert town.anyone("unlock", "MRN-0").code == 3
    assert town.sam("hold", "release", "MRN-0", "--reason", "x").code == 3
    assert town.rosa("hold", "release", "MRN-0", "--reason", "x").code == 5


def test_5_nobody_known_by_that_before_9_an_altered_row(town: Clinic) -> None:
    altered(town)
    assert town.sam("resend-invite", "MRN-0").code == 5
    assert town.sam("resend-invite", SILVIA).code == 9


def test_9_an_altered_row_before_4_no_check(town: Clinic) -> None:
    assert town.sam("unlock", SILVIA).code == 4
    altered(town)
    ran = town.sam("unlock", SILVIA, "--json")
    assert (ran.code, ran.error["code"]) == (9, "record-altered")
    assert "thief" not in ran.out + ran.err


def test_4_no_check_before_6_what_the_record_forbids(town: Clinic) -> None:
    assert town.sam("send-reset", SILVIA, "--json").error["code"] == "check-required"
    assert town.sam("verify-identity", SILVIA, *FACTS).code == 0
    never = town.sam("send-reset", SILVIA, "--json")
    assert (never.code, never.error["code"]) == (6, "never-activated")


# secrets in a keyring


PLAIN = "keyrings.alt.file.PlaintextKeyring"
LOCKED = """from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

class Keyring(KeyringBackend):
    priority = 1
    def get_password(self, service, username): raise KeyringLocked("locked")
    def set_password(self, service, username, password): raise KeyringLocked("locked")
    def delete_password(self, service, username): raise KeyringLocked("locked")
"""


def test_a_keyring_that_is_locked_or_gone_stops_the_desk_and_nothing_falls_back_to_a_file(tmp_path: Path) -> None:
    (tmp_path / "locked_keyring.py").write_text(LOCKED, encoding="utf-8")
    home, data = tmp_path / "home", {"XDG_DATA_HOME": str(tmp_path / "data"), "PYTHONPATH": str(tmp_path)}
    opened = data | {"PYTHON_KEYRING_BACKEND": PLAIN}
    locked = data | {"PYTHON_KEYRING_BACKEND": "locked_keyring.Keyring"}
    init = ("init", "--admin", "rosa", "--password-stdin", "--json")
    refused = run_process(*init, input=f"{ROSA_PASSWORD}\n", home=home, env=locked)
    assert (refused.code, refused.error["code"]) == (8, "no-keyring")
    made = run_process(*init, input=f"{ROSA_PASSWORD}\n", home=home, env=opened)
    assert (made.code, made.document["secrets"]) == (0, "keyring")
    login = ("login", "rosa", "--password-stdin")
    assert run_process(*login, input=f"{ROSA_PASSWORD}\n", home=home, env=opened).code == 0
    assert run_process("whoami", home=home, env=opened).code == 0
    for words in (("whoami",), login, ("find", "ana")):
        ran = run_process(*words, "--json", input=f"{ROSA_PASSWORD}\n", home=home, env=locked)
        assert (ran.code, ran.error["code"]) == (8, "no-keyring"), words
    elsewhere = opened | {"XDG_DATA_HOME": str(tmp_path / "other")}
    gone = run_process("whoami", "--json", home=home, env=elsewhere)
    assert (gone.code, gone.error["code"]) == (8, "no-secrets")
    assert not (home / "secrets.json").exists()
    assert not (home / "sessions").exists()


@pytest.mark.parametrize("backend", ["no.such.Backend", "keyring.backends.fail.NoSuch", "odd_keyring.Keyring"])
def test_a_keyring_that_cannot_be_loaded_or_fails_in_its_own_way_is_no_fault_of_ours(
    tmp_path: Path, backend: str
) -> None:
    odd = LOCKED.replace('KeyringLocked("locked")', 'ValueError("torn")')
    (tmp_path / "odd_keyring.py").write_text(odd, encoding="utf-8")
    env = {"PYTHON_KEYRING_BACKEND": backend, "PYTHONPATH": str(tmp_path)}
    init = ("init", "--admin", "rosa", "--password-stdin", "--json")
    ran = run_process(*init, input=f"{ROSA_PASSWORD}\n", home=tmp_path / "home", env=env)
    assert (ran.code, ran.error["code"]) == (8, "no-keyring")
    assert not (tmp_path / "home" / "secrets.json").exists()


def test_a_home_with_its_secrets_in_a_keyring_holds_no_secret(tmp_path: Path) -> None:
    env = {"XDG_DATA_HOME": str(tmp_path / "data"), "PYTHON_KEYRING_BACKEND": PLAIN}
    home = tmp_path / "home"
    init = ("init", "--admin", "rosa", "--password-stdin")
    assert run_process(*init, input=f"{ROSA_PASSWORD}\n", home=home, env=env).code == 0
    kept = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert kept
    assert {path.name for path in home.iterdir()} <= {
        "outbox",
        "portaldesk.db",
        "portaldesk.db-wal",
        "portaldesk.db-shm",
    }
    stored = everything(home) + b"".join(path.read_bytes() for path in home.iterdir() if path.is_file())
    for secret in (ROSA_PASSWORD, SAM_PASSWORD):
        assert secret.encode() not in stored


def test_of_a_long_list_each_entry_stands_on_one_line_and_the_document_says_the_same() -> None:
    shared = ("same birth date", "née\n'Ünal'")
    entries = [{"mrn": f"M{n}", "reasons": shared} for n in range(1000)]
    told = documents.as_text({"pairs": tuple(entries), "few": [1, {"a": ()}], "none": None})
    assert json.loads(told) == documents.document({"pairs": entries, "few": [1, {"a": []}], "none": None})
    assert told.isascii()
    lines = told.splitlines()
    assert [json.loads(line.rstrip(",")) for line in lines if line.lstrip().startswith('{"mrn"')] == json.loads(told)[
        "pairs"
    ]
    assert documents.as_text({"pairs": entries[:999]}) == json.dumps({"pairs": entries[:999]}, indent=2)
