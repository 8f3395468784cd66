"""Patients in and out at the command line: what is shown, what is written down, and what a slip leaves behind."""

from __future__ import annotations

import gzip
import json
import stat
from importlib.resources import files
from pathlib import Path
from unittest.mock import patch

import pytest
from desks import Clinic, run

import engines
from portaldesk.services import duplicates

SAMPLES = files("portaldesk") / "samples" / "patients.csv"
HEADER = "mrn;given_name;family_name;birth_date;sex;phone;email;address;city;postal_code"
ANA = "{};Ana;Núñez;1952-07-15;f;(415) 555-2671;ana@example.org;1 Elm Street;Pratt;67124"


def sheet(*mrns: str) -> str:
    return "\n".join([HEADER, *(ANA.format(mrn) for mrn in mrns), ""])


def test_a_clinic_goes_out_and_comes_back_unchanged(clinic: Clinic, tmp_path: Path) -> None:
    assert clinic.rosa("import", "patients", str(SAMPLES)).code == 0
    packed = tmp_path / "all.ndjson.gz"
    out = clinic.rosa("export", "patients", str(packed), "--json")
    count = out.document["patients"]
    assert (out.code, out.document["format"], stat.S_IMODE(packed.stat().st_mode)) == (0, "fhir", 0o600)
    printed = clinic.rosa("export", "patients")
    assert (printed.code, len(printed.out.splitlines())) == (0, count + 1)
    for args, given in (((str(packed),), ""), (("-",), printed.out)):
        back = clinic.rosa("import", "patients", *args, "--json", input=given).document
        assert (back["read"], back["unchanged"], back["updated"], back["added"]) == (count, count, 0, 0)
    told = [event for event in clinic.events() if event[0] == "export patients"]
    assert told == [
        ("export patients", "done", "rosa", None, {"patients": count, "format": kind}) for kind in ("fhir", "csv")
    ]


def test_what_would_change_is_shown_and_duplicates_are_told_after_the_commit(clinic: Clinic) -> None:
    first = clinic.rosa("import", "patients", "-", input=sheet("A-1"))
    assert (first.code, "duplicate" in first.out) == (0, False)
    latin = sheet("A-1", "A-2").replace("1952", "1953", 1).encode("latin-1")
    dry = run("import", "patients", "-", "--dry-run", input=latin, home=clinic.home, token=clinic.rosa_token)
    assert "Would change: birth_date 1." in dry.out
    assert "Read as Windows-1252" in dry.out
    assert ["2", "A-1", "birth_date", "1952-07-15", "1953-07-15"] in [line.split() for line in dry.out.splitlines()]
    assert "1953" not in repr(clinic.events())
    with patch.object(duplicates, "likely_duplicates_of", side_effect=KeyboardInterrupt):
        done = clinic.rosa("import", "patients", "-", input=sheet("A-2"))
    assert (done.code, "added 1" in done.out, "Nobody looked for duplicates" in done.out) == (0, True, True)
    told = clinic.rosa("import", "patients", "-", "--json", input=sheet("A-3"))
    assert sorted(told.document["likely_duplicates"]) == [["A-3", "A-1"], ["A-3", "A-2"]]
    assert "likely duplicates of new patients" in clinic.rosa("import", "patients", "-", input=sheet("A-4")).out


def test_a_slip_is_one_sentence_and_leaves_nothing_behind(clinic: Clinic, tmp_path: Path) -> None:
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(gzip.compress(sheet("A-1").encode())[:-3])
    there = tmp_path / "there.csv"
    there.write_text("mine")
    link = tmp_path / "link"
    link.symlink_to(clinic.home)
    slips = [
        (("import", "patients", str(cut)), 2, "bad-file"),
        (("import", "patients", "-"), 2, "bad-file"),
        (("import", "patients", "-", "--encoding", "klingon"), 2, "usage"),
        (("export", "patients", str(there)), 6, "already-there"),
        (("export", "patients", str(tmp_path / "no" / "p.csv")), 2, "bad-file"),
        (("export", "patients", "--json"), 2, "usage"),
        (("export", "patients", str(link / "secrets.json"), "--force"), 6, "already-there"),
    ]
    if engines.ON_SQLITE:
        database = (clinic.home / "portaldesk.db", link / "portaldesk.db-wal")
        slips += [(("export", "patients", str(path), "--force"), 6, "already-there") for path in database]
    for args, code, word in slips:
        ran = clinic.rosa(*args)
        assert (ran.code, ran.error["code"] if "--json" in args else word) == (code, word)
        assert ran.err.count("Refused: ") == 1
    assert clinic.sam("export", "patients").code == 3
    assert clinic.rosa("import", "patients", "-", "--skip-bad", input=sheet("A-1", "", "A-1 2")).code == 7
    assert there.read_text() == "mine"
    assert sorted(path.name for path in tmp_path.glob("*.csv*")) == ["cut.csv.gz", "there.csv"]
    assert json.loads(clinic.rosa("find", "Ana", "--json").out)["patients"][0]["mrn"] == "A-1"


@pytest.mark.parametrize("command", ["import", "export"])
def test_only_an_admin_brings_patients_in_or_takes_them_out(clinic: Clinic, command: str) -> None:
    ran = clinic.sam(command, "patients", "-", input=sheet("A-1"))
    assert (ran.code, ran.out) == (3, "")
