"""What is refused of a patient file as a whole, and what it may cost to find out."""

from __future__ import annotations

import gzip
import os
import tracemalloc
from datetime import date
from pathlib import Path

import pytest

from portaldesk.errors import WrongUsage
from portaldesk.services.intake.facts import Reading
from portaldesk.services.intake.reading import read_patients

HEADER = "mrn,given_name,family_name,birth_date,sex,phone,email,address,city,postal_code\n"
ROW = "A-1,Zoë,Brandt,1952-07-15,f,,,,,\n"
FHIR = (
    '{"resourceType":"Patient","identifier":[{"type":{"coding":[{"code":"MR"}]},"value":"A-1"}],'
    '"name":[{"family":"Brandt"}]}\n'
)


def read(path: Path, format: str | None = None, mapping: dict[str, str] | None = None) -> Reading:
    return read_patients(path, format=format, mapping=mapping or {}, locale="en_US", today=date(2026, 11, 25))


def written(folder: Path, content: bytes, name: str) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (b"", "p.csv", "The file is empty."),
        (b"\xef\xbb\xbf\n \n", "p.ndjson", "The file is empty."),
        (HEADER.encode(), "p.csv", "The file has a header, but no rows."),
        (HEADER.encode() + b"\n,,,,,,,,,\n", "p.csv", "The file has a header, but no rows."),
        ((HEADER + ROW).encode() + b"A-2,Jos\xe9,,,,,,,,\n", "p.csv", "Line 3 is not UTF-8."),
        ((HEADER + ROW).encode("utf-16") + b"\n", "p.csv", "The file is not UTF-16 throughout."),
        (gzip.compress((HEADER + ROW).encode())[:-9], "p.csv.gz", "The gzip file is cut short or damaged."),
        (gzip.compress((HEADER + ROW).encode()) + b"junk", "p.csv", "The gzip file is cut short or damaged."),
        (b"\x1f\x8b\x08\x00 not gzip after all", "p.gz", "The gzip file is cut short or damaged."),
        (b"PK\x03\x04\x14\x00\x06\x00", "p.xlsx", "That is a workbook or a zip archive."),
        (FHIR.encode() + b"{\xff}", "p.ndjson", "Line 2 is not UTF-8."),
        (b'{"resourceType":"Observation"}\n', "p.ndjson", "Nothing in the file is a FHIR Patient resource. Line 1: "),
        (ROW.encode(), "p.csv", "The header in line 1 lacks the columns for: mrn, "),
        (FHIR.encode(), "p.csv", "The header in line 1 lacks the columns for: mrn, "),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_by_line(
    tmp_path: Path, content: bytes, name: str, message: str
) -> None:
    with pytest.raises(WrongUsage) as refusal:
        read(written(tmp_path, content, name))
    assert refusal.value.code == "bad-file"
    assert refusal.value.message.startswith(message)
    assert "Brandt" not in refusal.value.message + refusal.value.hint


def test_what_is_not_a_readable_file_is_refused(tmp_path: Path) -> None:
    for path, message in [
        (tmp_path / "absent.csv", "The file is not there."),
        (tmp_path, "That is a folder, not a file."),
        (Path("/dev/null"), "That is a device, not a file."),
        (tmp_path / "a\0b.csv", "The file cannot be read."),
        (tmp_path / ("x" * 5000), "The file cannot be read."),
    ]:
        with pytest.raises(WrongUsage) as refusal:
            read(path)
        assert (refusal.value.code, refusal.value.message) == ("bad-file", message)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_read_permission_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, b"x", "p.csv")
    path.chmod(0)
    with pytest.raises(WrongUsage, match="cannot be read"):
        read(path)


@pytest.mark.parametrize("name", ["export", "export.txt", "export.dat"])
def test_without_a_telling_extension_the_first_character_decides(tmp_path: Path, name: str) -> None:
    assert read(written(tmp_path, b"\xef\xbb\xbf" + FHIR.encode(), name)).rows[0].family_name == "Brandt"
    assert read(written(tmp_path, (HEADER + ROW).encode(), name)).rows[0].given_name == "Zoë"


def test_format_overrules_the_extension(tmp_path: Path) -> None:
    assert read(written(tmp_path, FHIR.encode(), "p.csv"), format="fhir").rows[0].mrn == "A-1"
    assert read(written(tmp_path, (HEADER + ROW).encode(), "p.json"), format="csv").rows[0].mrn == "A-1"


def test_a_format_or_mapping_that_there_is_not_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match="no such format"):
        read(written(tmp_path, b"x", "p.csv"), format="xml")
    with pytest.raises(WrongUsage, match="--map is for CSV"):
        read(written(tmp_path, FHIR.encode(), "p.ndjson"), mapping={"mrn": "id"})


@pytest.mark.parametrize("start", [FHIR, HEADER + ROW, "[", '{"a":"', ""])
def test_one_endless_line_costs_bounded_memory(tmp_path: Path, start: str) -> None:
    path = written(tmp_path, start.encode(), "export")
    with path.open("r+b") as file:  # a hole of 200 MB that takes no room on the disk
        file.truncate(200_000_000)
    read(written(tmp_path, FHIR.encode(), "warm.json"))  # so that imports are not counted
    tracemalloc.start()
    said = outcome(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "longer than 1 MB" in said
    assert peak < 20_000_000


def outcome(path: Path) -> str:
    try:
        return " ".join(skipped.reason for skipped in read(path).skipped)
    except WrongUsage as refusal:
        return refusal.message
