"""Rotating keys from the command line: who may, what is printed, and what is left behind."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from desks import Clinic, run

from raw_stores import guards_down


def rotate(clinic: Clinic, key: str, *more: str) -> dict[str, object]:
    ran = clinic.rosa("secrets", "rotate", key, "--reason", "every year", *more, "--json")
    assert ran.code == 0, ran.err
    document: dict[str, object] = ran.document
    return document


def test_a_rotation_prints_names_and_numbers_and_leaves_the_record_whole(clinic: Clinic) -> None:
    done = rotate(clinic, "seal")
    assert (done["key"], done["generation"], done["began"], done["altered"]) == ("seal", "s2", True, [])
    assert isinstance(done["resealed"], int)
    assert done["resealed"] > 3
    assert clinic.rosa("audit", "verify").code == 0
    assert clinic.sam("find", "ana").code == 0
    assert stat.S_IMODE((clinic.home / "secrets.json").stat().st_mode) == 0o600


def test_a_rotation_on_a_terminal_says_what_to_do_next(clinic: Clinic) -> None:
    ran = clinic.rosa("secrets", "rotate", "pepper", "--reason", "every year")
    assert ran.code == 0
    assert "p2" in ran.out
    assert "p1 is kept" in ran.out
    assert "copy of the secrets" in ran.out
    keys = json.loads(json.loads((clinic.home / "secrets.json").read_text())["keys"])
    for one in keys["pepper"]["generations"].values():
        assert one["key"] not in ran.out + ran.err


def test_an_anchor_of_after_is_taken_like_one_of_before(clinic: Clinic, tmp_path: Path) -> None:
    anchors = tmp_path / "anchors.txt"
    for _ in range(2):
        with anchors.open("a") as out:
            out.write(clinic.rosa("audit", "anchor", "--quiet").out)
        rotate(clinic, "audit")
    anchors.write_text(anchors.read_text() + clinic.rosa("audit", "anchor", "--quiet").out)
    assert [line.partition(":")[2][:3] for line in anchors.read_text().splitlines()][1:] == ["a2.", "a3."]
    assert clinic.rosa("audit", "verify", "--against", str(anchors)).code == 0
    assert clinic.rosa("audit", "verify", "--against", anchors.read_text().splitlines()[-1]).code == 0


def test_only_an_admin_rotates_and_only_with_a_reason(clinic: Clinic) -> None:
    ran = clinic.sam("secrets", "rotate", "seal", "--reason", "x", "--json")
    assert (ran.code, ran.error["code"]) == (3, "not-your-role")
    ran = run("secrets", "rotate", "seal", "--reason", "x", "--json", home=clinic.home)
    assert (ran.code, ran.error["code"]) == (3, "not-signed-in")
    for args in (("seal",), ("seal", "--reason", " "), ("keyring", "--reason", "x"), ()):
        assert clinic.rosa("secrets", "rotate", *args, "--json").code == 2
    assert '"s2"' not in (clinic.home / "secrets.json").read_text()


def test_a_pepper_that_is_still_needed_is_exit_6_and_another_rotation_is_asked_for_in_words(clinic: Clinic) -> None:
    rotate(clinic, "pepper")
    ran = clinic.rosa("secrets", "rotate", "pepper", "--reason", "again", "--json")
    assert (ran.code, ran.error["code"]) == (6, "rotation-open")
    assert "--again" in ran.error["hint"]
    assert clinic.events()[-1][:3] == ("secrets rotate", "refused", "rosa")
    assert rotate(clinic, "pepper", "--again")["generation"] == "p3"


def test_a_home_with_older_secrets_than_its_store_is_exit_8(clinic: Clinic) -> None:
    before = (clinic.home / "secrets.json").read_text()
    rotate(clinic, "seal")
    (clinic.home / "secrets.json").write_text(before)
    for args in (("find", "ana"), ("audit", "verify"), ("doctor",)):
        ran = clinic.rosa(*args, "--json")
        assert (ran.code, ran.error["code"]) == (8, "older-secrets"), args
        assert "secrets" in ran.error["hint"]


@pytest.mark.parametrize("key", ["audit", "seal", "pepper", "outbox"])
def test_a_row_that_was_altered_is_named_and_exit_9_and_the_rotation_is_done(clinic: Clinic, key: str) -> None:
    with guards_down(clinic.home, put_back=True) as db:
        db.execute("UPDATE staff_member SET role = 'admin' WHERE name = 'sam'")
    ran = clinic.rosa("secrets", "rotate", key, "--reason", "a laptop was lost", "--json")
    assert (ran.code, ran.document["generation"]) == (9 if key == "seal" else 0, f"{key[0]}2")
    assert ran.document["altered"] == (["staff_member:sam"] if key == "seal" else [])
    assert clinic.sam("find", "ana").code == 9
