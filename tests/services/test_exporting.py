"""What is exported can be imported again and changes nothing; no spreadsheet runs it, and nobody gets in by it."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.patient import Patient as FhirPatient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import Session
from stores import ADMIN, NOW, activate, bring, facts, new_store

from portaldesk.cli import files
from portaldesk.errors import RecordAltered
from portaldesk.render import patient_files
from portaldesk.services import exporting
from portaldesk.services.intake import fields
from portaldesk.services.intake.facts import PatientFacts, Reading
from portaldesk.services.intake.importing import import_patients
from portaldesk.services.intake.reading import read_patients
from portaldesk.store import schema
from portaldesk.words import PatientStatus

LATER = NOW + timedelta(hours=1)
SAMPLE = Path(__file__).parents[3] / "shared/data/fhir/Patient.000.ndjson"
NASTY = facts(
    "-1/x:y", line=3, given_name="=cmd|' /C calc'!A0", family_name="'@home", other_names=('O"Brien; Jr', "+1", "Ruiz"),
    address="-2+3, Elm Street", city="＝1", username="nasty-1", birth_date=None,
)  # fmt: skip


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with new_store(tmp_path).session() as session:
        yield session


def exported(session: Session, path: Path) -> Path:
    rows = exporting.patients(session, progress=lambda done: None)
    files.write_lines(path, patient_files.LINES[patient_files.format_of(path)](rows), force=False)
    return path


def read(path: Path) -> Reading:
    return read_patients(path, format=None, mapping={}, locale="en_US", today=NOW.date())


@pytest.mark.parametrize("name", ["p.csv", "p.csv.gz", "p.v2.ndjson", "p.json.gz"])
def test_a_round_trip_changes_nothing(session: Session, tmp_path: Path, name: str) -> None:
    rows = [
        facts("M1"), NASTY, facts("M3", line=4, status=PatientStatus.MERGED, merged_into="M1"),
        facts("M4", line=5, status=PatientStatus.MERGED), facts("M5", line=6, status=PatientStatus.DECEASED),
        facts("M6", line=7, status=PatientStatus.INACTIVE, phone=None, email=None, address="", city="", language=""),
    ]  # fmt: skip
    if SAMPLE.exists():
        rows += read(SAMPLE).rows
    bring(session, rows)
    activate(session, "M1", username="ana1", now=NOW)
    bring(session, [facts("M1", email="moved@example.org")], now=LATER)  # the record's, not the active account's
    path = exported(session, tmp_path / name)
    assert path.stat().st_mode & 0o777 == 0o600
    back = import_patients(session, ADMIN, read(path), dry_run=True, skip_bad=False, now=LATER)
    assert (back.read, back.unchanged, back.differences) == (len(rows), len(rows), ())


def test_in_another_store_the_same_patients_come_to_be(session: Session, tmp_path: Path) -> None:
    bring(session, [facts("M1", username="ana1"), NASTY])
    first = exported(session, tmp_path / "a.csv")
    with new_store(tmp_path / "other").session() as other:
        import_patients(other, ADMIN, read(first), dry_run=False, skip_bad=False, now=NOW)
        assert exported(other, tmp_path / "b.csv").read_bytes() == first.read_bytes()


def test_every_line_of_fhir_is_a_patient_and_every_cell_of_csv_harmless(session: Session, tmp_path: Path) -> None:
    rows = [facts("M1"), NASTY, facts("M3", line=4, status=PatientStatus.MERGED)]
    bring(session, rows + (read(SAMPLE).rows if SAMPLE.exists() else []))
    activate(session, "M1", username="ana1", now=NOW)
    for line in gzip.decompress(exported(session, tmp_path / "p.ndjson.gz").read_bytes()).splitlines():
        FhirPatient.model_validate(json.loads(line))
    sheet = exported(session, tmp_path / "p.csv").read_text(encoding="utf-8")
    assert "password" not in sheet
    cells = [cell for row in csv.reader(io.StringIO(sheet)) for cell in row]
    assert not [cell for cell in cells if cell.startswith(tuple("=+-@\t\r＝＋－＠"))]


def test_an_altered_row_stops_the_export_and_leaves_no_file(session: Session, tmp_path: Path) -> None:
    bring(session, [facts(f"M{n:03}", line=n) for n in range(600)])
    schema.drop_triggers(session.connection())
    session.execute(text("UPDATE patient SET birth_date = '1990-01-01' WHERE mrn = 'M599'"))
    session.expunge_all()
    with pytest.raises(RecordAltered):
        exported(session, tmp_path / "p.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["clinic"]


_TEXT = st.text(max_size=30).map(fields.text) | st.sampled_from(
    ["=1", "'+x", "''@", 'a"b', '"', "a;b", ";", "-", "O'N"]
)
_NAMES = st.lists(_TEXT.filter(bool), max_size=4, unique=True).map(tuple)
_DAYS = st.none() | st.dates(date(1, 1, 1), NOW.date())


@st.composite
def _patients(draw: st.DrawFn) -> PatientFacts:
    given, family = draw(st.tuples(_TEXT, _TEXT).filter(any))
    status = draw(st.sampled_from(PatientStatus))
    return facts(
        draw(st.from_regex(r"[A-Za-z0-9._\-/:]{1,64}", fullmatch=True).filter(_is_an_mrn)), given_name=given,
        family_name=family, other_names=draw(_NAMES), birth_date=draw(_DAYS),
        sex=draw(st.sampled_from(sorted(fields.SEXES))),
        phone=draw(st.sampled_from([None, "+15559078526", "+4930901820"])), address=draw(_TEXT), city=draw(_TEXT),
        email=draw(st.sampled_from([None, "ana@example.org", "-x@example.org", "josé@exämple.org"])),
        postal_code=draw(_TEXT), status=status, language=draw(st.sampled_from(["", "en", "es"])),
        last_visit=draw(_DAYS),
        username=draw(st.sampled_from([None, "ana1", "-ana"])),
        merged_into=draw(st.sampled_from([None, "Z-1"])) if status is PatientStatus.MERGED else None,
    )  # fmt: skip


def _is_an_mrn(text: str) -> bool:
    return text != "Z-1" and not text.casefold().startswith(("mrn:", "user:", "email:", "proxy:"))


@settings(deadline=None)
@given(row=_patients())
def test_whatever_is_on_file_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, row: PatientFacts) -> None:
    folder = tmp_path_factory.getbasetemp()
    for name in ("p.csv", "p.ndjson"):
        files.write_lines(folder / name, patient_files.LINES[patient_files.format_of(Path(name))]([row]), force=True)
        lost: dict[str, Any] = {} if name == "p.csv" else {"username": None, "last_visit": None}
        (back,) = read(folder / name).rows
        told = {"line": 0, "phone_as_written": None}
        assert replace(back, **told) == replace(row, **told, **lost)
