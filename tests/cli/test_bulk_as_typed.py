"""`resend-invite` for many at once, as it is typed: files, reports, exit codes, and who may."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from desks import Clinic

PATIENTS = """mrn,given_name,family_name,birth_date,sex,phone,email,address,city,postal_code
MRN-1,Ana,Reynolds,1952-07-15,female,555-907-8526,ana@example.org,1 Elm Street,Pratt,67124
MRN-2,Ben,Okafor,1947-01-14,male,,ben@example.org,2 Elm Street,Pratt,67124
"""


def test_a_file_is_read_however_it_is_written_and_each_row_is_reported_safely(clinic: Clinic, tmp_path: Path) -> None:
    (tmp_path / "patients.csv").write_text(PATIENTS, encoding="utf-8")
    clinic.rosa("import", "patients", str(tmp_path / "patients.csv"))
    wanted, report = tmp_path / "wanted.csv", tmp_path / "report.csv"
    wanted.write_bytes(
        "MRN;E-Mail;Städte\r\n=1+1;;\r\n;ANA@example.org;Ürün\r\n\r\nMRN-2;x@y.org;\r\n".encode("utf-16")
    )
    command = ("resend-invite", "--file", str(wanted), "--report", str(report), "--json")
    done = clinic.rosa(*command)
    assert (done.code, done.error["code"]) == (7, "partly-failed")
    assert [done.document[name] for name in ("read", "sent", "skipped", "failed")] == [3, 2, 0, 1]
    assert report.read_bytes().decode().split("\r\n") == [
        "line,mrn,outcome,reason", "2,'=1+1,failed,no-such-patient", "3,MRN-1,sent,", "5,MRN-2,sent,", "",
    ]  # fmt: skip
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    assert clinic.rosa(*command, "--not-within", "1h").code == 7, "a report takes the place of a report"
    assert ",sent-within" in report.read_text(encoding="utf-8")
    for other in (wanted, tmp_path / "patients.csv"):
        assert clinic.rosa("resend-invite", "--file", str(wanted), "--report", str(other)).code == 6
    piped = clinic.rosa("resend-invite", "--file", "-", "--no-send", "--quiet", input="mrn\nMRN-1\n")
    assert (piped.code, piped.out, piped.err) == (0, "", "")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--all-pending", "--file", "x.csv"), 2),
        (("--dry-run",), 2),
        (("MRN-1", "--all-pending"), 2),
        (("--all-pending", "--letter"), 2),
        (("--all-pending", "--dry-run", "--resume"), 2),
        (("--all-pending", "--rate", "fast"), 2),
        (("--all-pending", "--not-within", "soon"), 2),
        (("--file", "not-there.csv"), 2),
        ((), 2),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(clinic: Clinic, words: tuple[str, ...], code: int) -> None:
    ran = clinic.rosa("resend-invite", *words)
    assert (ran.code, ran.out, ran.err.startswith("Refused: ")) == (code, "", True)


def test_a_file_without_a_column_that_names_patients_is_refused_and_the_front_desk_invites_nobody_in_bulk(
    clinic: Clinic,
) -> None:
    none = clinic.rosa("resend-invite", "--file", "-", input="name,city\nAna,Pratt\n")
    assert (none.code, "no column mrn or email" in none.err) == (2, True)
    assert clinic.sam("resend-invite", "--all-pending", "--json").error["code"] == "not-your-role"
    assert clinic.sam("resend-invite", "--all-pending", "--dry-run").code == 3
