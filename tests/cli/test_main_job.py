"""The main job, from hello to signed in, as a clerk, a patient and an auditor type it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from desks import Ran, found, run_process, text_of

from raw_stores import everything

ROSA, SAM, SILVANA, NEWER = (
    "umber lattice quarry 52 finch",
    "cobalt thimble orchard 71 wren",
    "gravel tulip ninety moth 7",
    "willow anchor sixty 3 brick",
)
SHARED = Path(__file__).parents[3] / "shared" / "data" / "fhir" / "Patient.000.ndjson"
CHANGE = {
    "action", "patient", "account_status", "check_id", "audit_seq", "already", "reference", "notified", "expires_at",
    "effect",
}  # fmt: skip
"""The fields of every change (contract, "JSON documents")."""
REYNOLDS = "01707a0c-9619-ccba-695a-b270744d76c2"
FACTS = ("--birth-date", "January 14, 1947", "--postal-code", "66533", "--phone", "(555) 907-8526")


class Desk:
    """One clinic's terminal; `token` is rosa's, for what she does from her own desk."""

    def __init__(self, home: Path, env: dict[str, str]) -> None:
        self.home, self.env, self.token = home, env, ""

    def types(self, *args: str, stdin: str = "", ends: int = 0, as_rosa: bool = False) -> Ran:
        token = self.token if as_rosa else None
        ran = run_process(*args, input=stdin, home=self.home, token=token, env=self.env)
        assert ran.code == ends, (args[0], ran)
        return ran

    def answers(self, *args: str, **more: Any) -> Any:
        return self.types(*args, "--json", **more).document

    def mail(self) -> str:
        return text_of(max((self.home / "outbox").glob("*.eml")))


@pytest.mark.parametrize(
    "secrets", ["file", pytest.param("keyring", marks=pytest.mark.sqlite_only("a keyring knows of no engine"))]
)
def test_a_call_from_hello_to_signed_in(tmp_path: Path, secrets: str) -> None:
    if not SHARED.exists():
        pytest.skip("the sample export of a record system is not on this machine")
    env = {"PYTHON_KEYRING_BACKEND": "keyrings.alt.file.PlaintextKeyring", "XDG_DATA_HOME": str(tmp_path / "keyring")}
    desk = Desk(tmp_path / "clinic", env)
    desk.types("init", "--admin", "rosa", "--secrets", secrets, "--password-stdin", stdin=f"{ROSA}\n")
    assert (desk.home / "secrets.json").exists() is (secrets == "file")
    desk.types("login", "rosa", "--password-stdin", stdin=f"{ROSA}\n")
    imported = desk.answers("import", "patients", str(SHARED))
    assert (imported["read"], imported["added"], imported["skipped"]) == (120, 120, [])
    desk.token = desk.answers("staff", "token", "rosa")["token"]
    first = desk.types("staff", "add", "sam", "--role", "front-desk", "--quiet").out.strip()
    desk.types("login", "sam", "--password-stdin", stdin=f"{first}\n", ends=6)
    desk.types("login", "sam", "--password-stdin", stdin=f"{first}\n{SAM}\n")

    (patient,) = desk.answers("find", "reynolds", "--birth-date", "1947-01-14")["patients"]
    assert (patient["mrn"], patient["account_status"]) == (REYNOLDS, "new")
    causes = {c["cause"]: c["found"] for c in desk.answers("diagnose", REYNOLDS)["causes"]}
    assert (causes["never-activated"], causes["no-email"], causes["locked"]) == (True, True, None)
    assert "verify-identity" in desk.types("resend-invite", REYNOLDS, ends=4).err
    check = desk.answers("verify-identity", REYNOLDS, *FACTS, "--reason", "wants access")
    assert (check["outcome"], check["level"], check["wrong_left"]) == ("passed", "basic", 1)
    assert "update-contact" in desk.types("resend-invite", REYNOLDS, ends=6).err
    assert "strong" in desk.types("issue-temp-login", REYNOLDS, ends=4).err
    check = desk.answers("verify-identity", REYNOLDS, "--photo-id", "driver licence")
    assert (check["level"], "issue-temp-login" in check["allows"]) == ("strong", True)

    asked = desk.answers("update-contact", REYNOLDS, "--email", "silvana@example.org")
    assert asked["state"] == "awaiting-confirmation"
    code = found(r"(\d{4} \d{4})", desk.mail())
    assert desk.answers("confirm", asked["request_id"], "--code", code)["state"] == "awaiting-approval"
    approved = desk.answers("approve", asked["request_id"], "--reason", "seen", as_rosa=True)
    assert (approved["state"], approved["effect"], CHANGE - approved.keys()) == ("effective", "done", set())
    sent = desk.answers("resend-invite", REYNOLDS)
    mail = desk.mail()
    assert (sent["effect"], sent["reference"] in mail) == ("link-sent", True)

    token = found(r"http://localhost:8000/\S*?([A-Za-z0-9_-]+)\n", mail)
    facts = ("--birth-date", "1947-01-14", "--postal-code", "66533")
    choosing = ("--username", "silvana", "--password-stdin")
    redeemed = desk.answers("portal", "redeem", token, *facts, *choosing, stdin=f"{SILVANA}\n")
    assert (redeemed["account_status"], CHANGE - redeemed.keys()) == ("active", set())
    sign_in = ("portal", "sign-in", "silvana", "--password-stdin")
    assert desk.answers(*sign_in, stdin=f"{SILVANA}\n")["outcome"] == "signed-in"
    for _ in range(5):
        desk.types(*sign_in, stdin="not it\n", ends=3)
    assert desk.answers(*sign_in, stdin=f"{SILVANA}\n", ends=3)["outcome"] == "refused"
    unlocked = desk.answers("unlock", REYNOLDS)
    assert (unlocked["effect"], unlocked["already"], unlocked["account_status"]) == ("done", False, "active")
    temporary = desk.answers("issue-temp-login", REYNOLDS)
    assert (temporary["username"], bool(temporary["spelled"])) == ("silvana", True)
    shown = temporary["temporary_password"]
    assert desk.answers(*sign_in, stdin=f"{shown}\n")["outcome"] == "must-change-password"
    changing = ("portal", "change-password", "silvana", "--birth-date", "1947-01-14")
    assert desk.answers(*changing, stdin=f"{shown}\n{NEWER}\n").keys() >= CHANGE
    assert desk.answers(*sign_in, stdin=f"{NEWER}\n")["outcome"] == "signed-in"

    desk.types("find-duplicates", "--patient", "", ends=5)  # a script's empty variable asks for nobody, not for all
    assert desk.answers("find-duplicates") == {"pairs": [], "clusters": [], "keep": [], "patients": 120}
    resets = desk.answers("list-resets", "--since", "1d", as_rosa=True)["resets"]
    assert [one["action"] for one in resets[:3]] == ["change-password", "issue-temp-login", "unlock"]
    verdict = desk.answers("audit", "verify", as_rosa=True)
    assert (verdict["whole"], verdict["first_fault"]) == (True, None)
    stored = everything(desk.home)
    stored += b"".join(p.read_bytes() for p in desk.home.rglob("*") if p.is_file() and p.suffix != ".eml")
    for secret in (shown, SILVANA, NEWER, token, code.replace(" ", "")):
        assert secret.encode() not in stored


@pytest.mark.parametrize("backend", ["keyring.backends.fail.Keyring", "no.such.Backend"])
def test_a_keyring_that_fails_is_an_error_and_never_a_silent_file(tmp_path: Path, backend: str) -> None:
    env = {"PYTHON_KEYRING_BACKEND": backend}
    ran = run_process(
        "init", "--admin", "rosa", "--secrets", "keyring", "--password-stdin", "--json", input=f"{ROSA}\n",
        home=tmp_path / "clinic", env=env,
    )  # fmt: skip
    assert (ran.code, ran.error["code"]) == (8, "no-keyring")
    assert not (tmp_path / "clinic" / "portaldesk.db").exists()
    assert not (tmp_path / "clinic" / "secrets.json").exists()
