"""A patient file in whatever clothes it comes: packed, piped, in another encoding, with another delimiter."""

from __future__ import annotations

import gzip
import io
import os
import sys
import threading
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portaldesk.errors import WrongUsage
from portaldesk.rules.cells import guarded, unguarded
from portaldesk.services.intake import sources
from portaldesk.services.intake.facts import Reading
from portaldesk.services.intake.reading import read_patients

HEADER = "mrn,given_name,family_name,birth_date,sex,phone,email,address,city,postal_code"
ROWS = (
    "A-1,José,Núñez,1952-07-15,m,,,Calle Ñuñoa 3,Coruña,15001",
    "A-2,Ana,Reynolds,1960-01-02,f,,,1 Elm Street,Pratt,67124",
)
TEXT = "\r\n".join([HEADER, *ROWS, ""])
PATIENT = (
    '{"resourceType":"Patient","identifier":[{"type":{"coding":[{"code":"MR"}]},"value":"A-1"}],'
    '"name":[{"family":"Núñez","given":["José"]}]}'
)
BUNDLE = f'{{"resourceType":"Bundle","entry":[{{"resource":{PATIENT}}}]}}'


def read(path: Path, *, locale: str = "en_US", **more: Any) -> Reading:
    options: dict[str, Any] = {"format": None, "mapping": {}} | more
    return read_patients(path, locale=locale, today=date(2026, 11, 25), **options)


def names(reading: Reading) -> list[str]:
    assert not reading.skipped
    return [f"{row.given_name} {row.family_name}".strip() for row in reading.rows]


@pytest.mark.parametrize(
    ("codec", "told"),
    [
        ("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("utf-16", "UTF-16"), ("utf-32", "UTF-32"),
        ("cp1252", "Windows-1252"), ("latin-1", "Windows-1252"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encoding_and_delimiter_are_found(tmp_path: Path, codec: str, told: str, delimiter: str) -> None:
    path = tmp_path / "patients"
    path.write_bytes(TEXT.replace(",", delimiter).encode(codec))
    reading = read(path)
    assert names(reading) == ["José Núñez", "Ana Reynolds"]
    assert (reading.encoding, reading.format) == (told, "csv")


@pytest.mark.parametrize(
    ("locale", "codec", "name"),
    [
        ("es_ES", "cp1252", "Iñaki Peña"), ("pl_PL", "cp1250", "Łukasz Wójcik"), ("en_US", "cp1251", "Анна Иванова"),
        ("ru_RU", "cp1251", "Анна Иванова"),
    ],
)  # fmt: skip
def test_the_clinics_own_encoding_comes_first_and_others_where_it_makes_no_sense(
    tmp_path: Path, locale: str, codec: str, name: str
) -> None:
    path = tmp_path / "p.csv"
    given, family = name.split()
    path.write_bytes(f"{HEADER}\nA-1,{given},{family},1952-07-15,f,,,,,\n".encode(codec))
    assert names(read(path, locale=locale)) == [name]


def test_an_encoding_that_is_named_is_taken_and_one_that_there_is_not_refused(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_bytes(TEXT.encode("mac_roman"))
    assert names(read(path, encoding="mac_roman"))[0] == "José Núñez"
    for encoding, message in (
        ("klingon", "no such encoding"),
        ("undefined", "no such encoding"),
        ("ascii", "throughout"),
    ):
        with pytest.raises(WrongUsage, match=message):
            read(path, encoding=encoding)


def test_the_line_by_which_excel_is_told_the_delimiter_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("sep=;\n" + TEXT.replace(",", ";"), encoding="utf-8")
    assert len(names(read(path))) == 2


@pytest.mark.parametrize("document", [PATIENT, f"{PATIENT}\n", BUNDLE, f"[{PATIENT}]"])
def test_packed_documents_are_read_as_they_are(tmp_path: Path, document: str) -> None:
    path = tmp_path / "patients.json.gz"
    path.write_bytes(gzip.compress(document.encode()))
    reading = read(path)
    assert (names(reading), reading.format) == (["José Núñez"], "fhir")


@pytest.mark.parametrize("packed", [False, True])
def test_a_pipe_and_standard_input_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packed: bool) -> None:
    content = TEXT.encode("utf-16")
    content = gzip.compress(content) if packed else content
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(content,))
    writer.start()
    assert len(names(read(pipe))) == 2
    writer.join()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert len(names(read(sources.STDIN))) == 2


def test_a_small_file_that_unpacks_to_a_huge_one_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "_HURTS_BYTES", 1_000_000)
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress((HEADER + "\n").encode() + b"\n" * 20_000_000))
    with pytest.raises(WrongUsage, match="more than 100 times its size"):
        read(path)


@settings(deadline=None)
@given(st.text() | st.text("'\"= +-@\t\r\n＝a"))
def test_a_guard_against_formulas_comes_off_again(text: str) -> None:
    cell = guarded(text)
    assert unguarded(cell) == text
    assert guarded(f"x;{text}") == f"x;{cell}"  # parts a cell where the decimal mark is a comma
    assert unguarded(f"x;{cell}") == f"x;{text}"
    assert not cell.lstrip("\"' ").startswith(tuple("=+-@\t\r\n＝＋－＠")) or cell.startswith("'")
