"""Bringing an older store back is a way to undo what took access away: nothing that lived in the backup lives again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from attackers import ANA, ANA_PASSWORD, BEN, PHOTO, Town
from desks import SAM_PASSWORD, Clinic

LINE = "heron slate willow 9 anchor\n"


def test_links_temporary_logins_tokens_sessions_and_checks_of_a_backup_open_nothing(town: Town, tmp_path: Path) -> None:
    """A thief who held them when the backup was made, and lost them since by their use, end or revocation."""
    assert town.anyone("login", "sam", "--password-stdin", input=SAM_PASSWORD + "\n").code == 0
    town.checked("MRN-2", *BEN)
    assert town.sam("resend-invite", "MRN-2").code == 0
    link = town.token()
    assert town.anyone("portal", "forgot-password", "ana.r").code == 0  # its mail waits
    town.checked("MRN-1", *ANA, *PHOTO)
    lent = town.sam("issue-temp-login", "MRN-1", "--json").document
    assert town.signs_in("ana.r", ANA_PASSWORD) == 3
    session = town.home / "sessions"
    assert town.rosa("backup", str(tmp_path / "b"), "--passphrase-stdin", input=LINE).code == 0

    new = tmp_path / "new"
    new.mkdir(mode=0o700)
    shutil.copy2(town.home / "secrets.json", new)
    shutil.copytree(session, new / "sessions")
    back = Town(Clinic(new, town.clinic.rosa_token, town.clinic.sam_token))
    done = back.anyone("restore", str(tmp_path / "b"), "--passphrase-stdin", "--json", input=LINE)
    assert done.code == 0, done.err
    assert {what for what, count in done.document["ended"].items() if count} >= {
        "staff sessions", "staff tokens", "identity checks", "credentials",
    }  # fmt: skip

    used = back.redeem(link, "--birth-date", "1947-01-14", "--postal-code", "66533", "--username", "ben.o")
    assert (used.code, used.error["code"]) == (6, "link-dead")
    assert back.signs_in("ana.r", lent["temporary_password"]) == 3
    for ran in (back.sam("unlock", "MRN-1", "--json"), back.rosa("staff", "list", "--json")):
        assert (ran.code, ran.error["code"]) == (3, "bad-token")
    whoami = back.anyone("whoami", "--json")
    assert (whoami.code, whoami.error["code"]) == (3, "not-signed-in")

    assert back.anyone("login", "sam", "--password-stdin", input=SAM_PASSWORD + "\n").code == 0
    ran = back.anyone("unlock", "MRN-1", "--json")
    assert (ran.code, ran.error["code"]) == (4, "check-required")
    told = json.dumps(back.clinic.events())
    assert lent["temporary_password"] not in told
    assert link not in told
