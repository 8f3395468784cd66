"""Reading patient CSV files (contract "Mails, files and tables")."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import portaldesk
from portaldesk.errors import WrongUsage
from portaldesk.services.intake.csv_file import NEEDED, OPTIONAL
from portaldesk.services.intake.facts import PatientFacts, Reading
from portaldesk.services.intake.reading import read_patients
from portaldesk.words import PatientStatus

TODAY = date(2026, 11, 25)
SAMPLES = Path(portaldesk.__file__).parent / "samples"
ANA = {
    "mrn": "A-1",
    "given_name": "Ana",
    "family_name": "Brandt",
    "birth_date": "1952-07-15",
    "sex": "female",
    "phone": "(913) 555-0101",
    "email": "ana@example.org",
    "address": "1 Elm",
    "city": "Derby",
    "postal_code": "67037",
}


def text_of(*rows: Mapping[str, str], delimiter: str = ",") -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(dict.fromkeys(name for row in rows for name in row)), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def read_bytes(folder: Path, content: bytes, mapping: Mapping[str, str] | None = None) -> Reading:
    path = folder / "patients.csv"
    path.write_bytes(content)
    return read_patients(path, format=None, mapping=mapping or {}, locale="en_US", today=TODAY)


def read(folder: Path, *rows: Mapping[str, str]) -> Reading:
    return read_bytes(folder, text_of(*rows).encode())


def one(folder: Path, **cells: str) -> PatientFacts:
    return read(folder, ANA | cells).rows[0]


@pytest.mark.parametrize(("name", "patients"), [("patients.csv", 25), ("patients.ndjson", 5)])
def test_the_samples_we_ship_are_read_without_a_word(name: str, patients: int) -> None:
    reading = read_patients(SAMPLES / name, format=None, mapping={}, locale="en_US", today=TODAY)
    assert (len(reading.rows), reading.skipped, reading.warnings) == (patients, [], [])


def test_every_column_comes_through(tmp_path: Path) -> None:
    facts = one(
        tmp_path,
        other_names="Ana Keller; Ana Moor;",
        status="Inactive",
        language="en-US",
        last_visit="3/4/2025",
        username="ana.b",
        merged_into="",
    )
    assert facts == PatientFacts(
        line=2,
        mrn="A-1",
        given_name="Ana",
        family_name="Brandt",
        other_names=("Ana Keller", "Ana Moor"),
        birth_date=date(1952, 7, 15),
        sex="female",
        phone="+19135550101",
        phone_as_written="(913) 555-0101",
        email="ana@example.org",
        address="1 Elm",
        city="Derby",
        postal_code="67037",
        status=PatientStatus.INACTIVE,
        language="en",
        last_visit=date(2025, 3, 4),
        username="ana.b",
        merged_into=None,
    )


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_header_may_have_any_order_case_spacing_and_delimiter(tmp_path: Path, delimiter: str) -> None:
    turned = {name.upper().replace("_", " ") + " ": value for name, value in reversed(ANA.items())} | {"Notes": "x"}
    content = b"\xef\xbb\xbf" + text_of(turned, delimiter=delimiter).encode()
    assert read_bytes(tmp_path, content).rows[0] == one(tmp_path)


def test_map_names_the_column_of_a_field(tmp_path: Path) -> None:
    renamed = {{"mrn": "Chart No", "birth_date": "DOB"}.get(name, name): value for name, value in ANA.items()}
    content = text_of(renamed).encode()
    mapped = read_bytes(tmp_path, content, {"mrn": "chart no", "birth_date": "DOB"})
    assert mapped.rows == [one(tmp_path)]
    with pytest.raises(WrongUsage, match="lacks the columns for: mrn") as absent:
        read_bytes(tmp_path, content, {"mrn": "Chart", "birth_date": "DOB"})
    assert absent.value.code == "bad-file"
    with pytest.raises(WrongUsage, match="names a field that there is not: 'Chart No'") as turned:
        read_bytes(tmp_path, content, {"Chart No": "mrn"})
    assert turned.value.hint == "It is FIELD=COLUMN, so: --map 'mrn=Chart No'"
    with pytest.raises(WrongUsage, match="names a field that there is not"):
        read_bytes(tmp_path, content, {"shoe_size": "DOB"})


@pytest.mark.parametrize("column", NEEDED)
def test_a_header_without_a_needed_column_is_refused_and_not_repeated(tmp_path: Path, column: str) -> None:
    cells = {name: value for name, value in ANA.items() if name != column} | {"Silvia": "x"}
    with pytest.raises(WrongUsage, match=f"line 1 lacks the columns for: {column}\\.") as refusal:
        read(tmp_path, cells)
    assert "Silvia" not in refusal.value.message + refusal.value.hint


def test_a_column_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match="more than one column for: email"):
        read(tmp_path, ANA | {"EMAIL": "other@example.org"})


def test_rows_that_share_a_record_number_are_all_skipped(tmp_path: Path) -> None:
    reading = read(tmp_path, ANA, ANA | {"mrn": "a-1"}, ANA | {"mrn": " A-1 ", "birth_date": "unknown"}, ANA)
    assert [row.mrn for row in reading.rows] == ["a-1"]
    assert [(skipped.line, skipped.reason) for skipped in reading.skipped] == [
        (2, "mrn: the same in lines 2, 4 and 5"),
        (4, "birth_date: not a date"),
        (5, "mrn: the same in lines 2, 4 and 5"),
    ]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"mrn": ""}, "mrn: missing"),
        ({"mrn": "А-1"}, "mrn: must be 1 to 64 letters, digits and . _ - / :"),  # a Cyrillic A
        ({"birth_date": "15.7."}, "birth_date: not a date"),
        ({"birth_date": "1952-02-30"}, "birth_date: not a date"),
        ({"birth_date": "2026-11-26"}, "birth_date: in the future"),
        ({"sex": "2"}, "sex: not one of female, male, other, unknown"),
        ({"given_name": " ", "family_name": "\u200b"}, "given_name, family_name: missing"),
        ({"status": "gone"}, "status: not one of active, inactive, deceased, merged"),
        ({"status": "active", "merged_into": "B-1"}, "merged_into: given for a record whose status is not merged"),
        ({"merged_into": "A-1"}, "merged_into: the record is replaced by itself"),
    ],
)
def test_a_faulty_row_is_skipped_with_a_reason_that_holds_no_value(
    tmp_path: Path, cells: dict[str, str], expected: str
) -> None:
    reading = read(tmp_path, ANA | cells, ANA | {"mrn": "Z-9"})
    assert [row.mrn for row in reading.rows] == ["Z-9"]
    assert [(skipped.line, skipped.reason) for skipped in reading.skipped] == [(2, expected)]


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ({"phone": "ask"}, "phone"),
        ({"phone": "913-555\x07-0101"}, "phone"),
        ({"email": "ana at example"}, "email"),
        ({"email": "ana@exam\x00ple.org".replace("\x00", "\x1b")}, "email"),
        ({"last_visit": "2027-01-01"}, "last_visit"),
        ({"language": "the usual"}, "language"),
        ({"username": "ana\u202eb"}, "username"),
    ],
)
def test_a_value_that_cannot_be_read_is_a_warning_and_none(tmp_path: Path, cells: dict[str, str], field: str) -> None:
    reading = read(tmp_path, ANA | cells)
    assert not getattr(reading.rows[0], field)
    assert [(warned.line, warned.reason.split(":")[0]) for warned in reading.warnings] == [(2, field)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"B-1,Bo", "2 cells where the header has 10"),
        (b"B-1,,,,,,,,,,", "11 cells where the header has 10"),
        (b"B-1,B\0o,Li,1952-07-15,male,,,,,", "holds NUL bytes"),
        (b'B-1,"Bo,Li,1952-07-15,male,,,,,', "a quote is wrong or not closed"),
        (b'B-1,"Bo"x,Li,1952-07-15,male,,,,,', "a quote is wrong or not closed"),
        (b"B-1," + b"x" * 3_000_000, "the line is longer than 1 MB and was not read"),
    ],
)
def test_a_broken_line_costs_only_itself(tmp_path: Path, line: bytes, expected: str) -> None:
    good = [text_of(ANA | {"mrn": f"C-{n}", "address": 'Unit "B", 2'}).splitlines()[1].encode() for n in range(20)]
    content = b"\n".join([",".join(ANA).encode(), good[0], line, *good[1:]])
    reading = read_bytes(tmp_path, content)
    assert [row.mrn for row in reading.rows] == [f"C-{n}" for n in range(20)]
    assert [(skipped.line, skipped.reason) for skipped in reading.skipped] == [(3, expected)]


def test_a_line_break_in_quotes_belongs_to_the_cell(tmp_path: Path) -> None:
    reading = read(tmp_path, ANA | {"address": "1 Elm\nApt 2"}, ANA | {"mrn": "A-2"})
    assert [(row.line, row.address) for row in reading.rows] == [(2, "1 Elm Apt 2"), (4, "1 Elm")]


@pytest.mark.parametrize("written", ["'=SUM(A1)", "'+1 Elm", "'-1 Elm", "'@Elm"])
def test_the_guard_of_our_own_export_is_taken_off(tmp_path: Path, written: str) -> None:
    assert one(tmp_path, address=written).address == written[1:]
    assert one(tmp_path, family_name="'t Hart").family_name == "'t Hart"


def test_rows_of_empty_cells_are_what_a_spreadsheet_leaves(tmp_path: Path) -> None:
    reading = read_bytes(tmp_path, text_of(ANA).encode() + b",,,,,,,,,\n" * 3)
    assert (len(reading.rows), reading.skipped) == (1, [])


CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=15)


@settings(max_examples=300, deadline=None)
@given(cells=st.dictionaries(st.sampled_from(NEEDED + OPTIONAL), CELLS, max_size=6))
def test_no_cell_ever_ends_in_a_traceback(tmp_path_factory: pytest.TempPathFactory, cells: dict[str, str]) -> None:
    reading = read(tmp_path_factory.getbasetemp(), ANA | {"mrn": "Y-2"}, ANA | cells)
    assert len(reading.rows) + len(reading.skipped) >= 2
    for row in reading.rows:
        for value in (row.given_name, row.family_name, row.address, row.city, row.postal_code, row.username or ""):
            assert not {unicodedata.category(mark) for mark in value} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


@settings(max_examples=200, deadline=None)
@given(content=st.binary(max_size=300))
def test_bytes_after_the_header_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    try:
        reading = read_bytes(tmp_path_factory.getbasetemp(), text_of(ANA).encode() + content)
    except WrongUsage:
        return
    assert len(reading.rows) + len(reading.skipped) >= 1


@pytest.mark.parametrize("value", ["mrn:7", "User:ana", "email:ana@example.org"])
def test_an_mrn_cannot_look_like_the_words_that_settle_at_the_desk_who_is_meant(tmp_path: Path, value: str) -> None:
    reading = read(tmp_path, ANA, ANA | {"mrn": value})
    assert ([row.mrn for row in reading.rows], len(reading.skipped)) == (["A-1"], 1)
