"""Reading FHIR R4 Patient resources (design §3.9, contract "Mails, files and tables")."""

from __future__ import annotations

import json
import unicodedata
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portaldesk.errors import WrongUsage
from portaldesk.services.intake.facts import PatientFacts, Reading
from portaldesk.services.intake.reading import read_patients
from portaldesk.words import PatientStatus

TODAY = date(2026, 11, 25)
EXPORT = Path(__file__).parents[3] / "shared" / "data" / "fhir" / "Patient.000.ndjson"


def patient(mrn: str = "A-1", **elements: Any) -> dict[str, Any]:
    whole = {
        "resourceType": "Patient",
        "identifier": [{"value": "999-81-5679"}, {"type": {"coding": [{"code": "MR"}]}, "value": mrn}],
        "name": [{"use": "official", "family": "Brandt", "given": ["Ana", "Eva"]}],
        "gender": "female",
        "birthDate": "1952-07-15",
    }
    return {name: value for name, value in (whole | elements).items() if value is not ...}


def read_text(folder: Path, text: str, name: str = "patients.ndjson") -> Reading:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_patients(path, format=None, mapping={}, locale="en_US", today=TODAY)


def read(folder: Path, *resources: object) -> Reading:
    return read_text(folder, "".join(json.dumps(resource) + "\n" for resource in resources))


def one(folder: Path, **elements: Any) -> PatientFacts:
    return read(folder, patient(**elements)).rows[0]


def reason(folder: Path, **elements: Any) -> str:
    reading = read(folder, patient(**elements), patient("Z-9"))
    assert [row.mrn for row in reading.rows] == ["Z-9"]
    assert [skipped.line for skipped in reading.skipped] == [1]
    return reading.skipped[0].reason


def test_a_real_export_is_read_whole() -> None:
    if not EXPORT.exists():
        pytest.skip("the sample export is not beside this checkout")
    reading = read_patients(EXPORT, format=None, mapping={}, locale="en_US", today=TODAY)
    assert len(reading.rows) == 120
    assert reading.skipped == []
    assert sum(row.status is PatientStatus.DECEASED for row in reading.rows) == 20
    assert sum(bool(row.other_names) for row in reading.rows) == 37
    assert all(row.phone and row.phone.startswith("+1555") and row.email is None for row in reading.rows)
    assert [warned.reason for warned in reading.warnings] == [
        "address.postalCode: stands for 'not known', so it is no evidence"
    ] * 6


def test_the_mrn_is_the_identifier_typed_mr(tmp_path: Path) -> None:
    assert one(tmp_path).mrn == "A-1"
    assert reason(tmp_path, identifier=[{"value": "A-1"}]) == "identifier: no current one is typed MR"


def test_the_official_name_comes_first_and_former_names_are_kept(tmp_path: Path) -> None:
    maiden = {"use": "maiden", "family": "Keller", "given": ["Ana"]}
    ended = {"use": "official", "family": "Moor", "given": ["Ana"], "period": {"end": "2001-05"}}
    official = {"use": "official", "family": "Brandt", "given": ["Ana", "Eva"]}
    facts = one(tmp_path, name=[maiden, ended, official])
    assert (facts.given_name, facts.family_name) == ("Ana Eva", "Brandt")
    assert sorted(facts.other_names) == ["Ana Keller", "Ana Moor"]


def test_one_part_of_a_name_is_enough_and_none_is_not(tmp_path: Path) -> None:
    assert one(tmp_path, name=[{"given": ["Suharto"]}]).given_name == "Suharto"
    assert reason(tmp_path, name=[{"use": "official", "prefix": ["Dr."]}]) == "name: missing"


def test_terminal_and_bidi_marks_do_not_get_into_a_name(tmp_path: Path) -> None:
    facts = one(tmp_path, name=[{"family": "Br\u202eandt\u0000", "given": ["A\x1b[31mna", "\ud800"]}])
    assert (facts.given_name, facts.family_name) == ("Ana", "Brandt")


def test_contacts_are_taken_by_rank_then_use_and_old_ones_never(tmp_path: Path) -> None:
    facts = one(
        tmp_path,
        telecom=[
            {"system": "phone", "value": "913-555-0101", "use": "old", "rank": 1},
            {"system": "phone", "value": "913-555-0102", "use": "home"},
            {"system": "phone", "value": "913-555-0103", "use": "mobile"},
            {"system": "fax", "value": "913-555-0104", "rank": 1},
            {"system": "email", "value": "second@example.org"},
            {"system": "email", "value": "first@example.org", "rank": 2},
            {"system": "email", "value": "ended@example.org", "rank": 1, "period": {"end": "2020-01-01"}},
        ],
    )
    assert (facts.phone, facts.phone_as_written) == ("+19135550103", "913-555-0103")
    assert facts.email == "first@example.org"


def test_an_unreadable_contact_is_a_warning_and_the_row_is_kept(tmp_path: Path) -> None:
    bad = [
        {"system": "phone", "value": "ask the neighbour"},
        {"system": "email", "value": "a@example.org\r\nBcc: b@example.org"},
    ]
    reading = read(tmp_path, patient(telecom=bad))
    assert (reading.rows[0].phone, reading.rows[0].phone_as_written, reading.rows[0].email) == (None, None, None)
    assert [warned.reason for warned in reading.warnings] == [
        "telecom: a phone cannot be read",
        "telecom: an email cannot be read",
    ]


@pytest.mark.parametrize(
    ("elements", "status"),
    [
        ({}, PatientStatus.ACTIVE),
        ({"active": False}, PatientStatus.INACTIVE),
        ({"deceasedBoolean": False}, PatientStatus.ACTIVE),
        ({"deceasedBoolean": True, "active": True}, PatientStatus.DECEASED),
        ({"deceasedDateTime": "2020"}, PatientStatus.DECEASED),
    ],
)
def test_status_is_read_from_deceased_and_active(
    tmp_path: Path, elements: dict[str, Any], status: PatientStatus
) -> None:
    assert one(tmp_path, **elements).status is status


def test_what_blocks_sign_in_is_never_guessed(tmp_path: Path) -> None:
    assert reason(tmp_path, active="false") == "active: neither true nor false"
    assert reason(tmp_path, deceasedBoolean=1) == "deceasedBoolean: neither true nor false"


@pytest.mark.parametrize(
    ("other", "into"),
    [
        ({"identifier": {"value": "B-2"}, "reference": "Patient/xyz"}, "B-2"),
        ({"reference": "https://ehr.example.org/fhir/Patient/xyz/_history/2"}, "xyz"),
        ({"display": "someone"}, None),
    ],
)
def test_a_replaced_record_is_merged_into_the_other(tmp_path: Path, other: dict[str, Any], into: str | None) -> None:
    facts = one(tmp_path, link=[{"type": "seealso"}, {"type": "replaced-by", "other": other}])
    assert (facts.status, facts.merged_into) == (PatientStatus.MERGED, into)


def test_the_home_address_comes_first_and_an_old_one_never(tmp_path: Path) -> None:
    addresses = [
        {"use": "old", "city": "Olathe"},
        {"use": "work", "city": "Newton"},
        {"use": "home", "line": ["1 Elm", "Apt 2"], "city": "Derby", "postalCode": "67037"},
    ]
    facts = one(tmp_path, address=addresses)
    assert (facts.address, facts.city, facts.postal_code) == ("1 Elm, Apt 2", "Derby", "67037")


def test_the_preferred_language_is_kept_as_its_primary_subtag(tmp_path: Path) -> None:
    spoken = [
        {"language": {"coding": [{"code": "en-US"}]}},
        {"language": {"coding": [{"code": "pt-BR"}]}, "preferred": True},
    ]
    assert one(tmp_path, communication=spoken).language == "pt"
    assert one(tmp_path, communication=spoken[:1]).language == "en"


@pytest.mark.parametrize("partial", ["1947", "1947-01", ...])
def test_a_birth_date_without_a_day_is_not_filled_in(tmp_path: Path, partial: object) -> None:
    reading = read(tmp_path, patient(birthDate=partial))
    assert reading.rows[0].birth_date is None
    assert reading.warnings[0].reason.startswith("birthDate: ")


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({"birthDate": "1952-02-30"}, "birthDate: not a date"),
        ({"birthDate": "15.7.1952"}, "birthDate: not a date"),
        ({"birthDate": 1952}, "birthDate: not a date"),
        ({"birthDate": "2026-11-26"}, "birthDate: in the future"),
        ({"gender": "F"}, "gender: not one of female, male, other, unknown"),
        ({"mrn": "A 1; DROP"}, "identifier: must be 1 to 64 letters, digits and . _ - / :"),
        ({"mrn": "x" * 65}, "identifier: must be 1 to 64 letters, digits and . _ - / :"),
        ({"resourceType": "Practitioner"}, "resourceType: not Patient"),
    ],
)
def test_a_faulty_row_is_skipped_with_a_reason_that_holds_no_value(
    tmp_path: Path, elements: dict[str, Any], expected: str
) -> None:
    assert reason(tmp_path, **elements) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (json.dumps(patient())[:90], "not whole, or not valid JSON"),
        ('{"resourceType":"Patient","multipleBirthInteger":NaN}', "not whole, or not valid JSON"),
        ('{"resourceType":"Patient","multipleBirthInteger":' + "9" * 9000 + "}", "not whole, or not valid JSON"),
        ('{"a":' + "[" * 200_000 + "]" * 200_000 + "}", "JSON nested too deeply"),
        ('"Patient"', "not a FHIR resource"),
        ('{"pad":"' + "x" * 3_000_000 + '"}', "the line is longer than 1 MB and was not read"),
    ],
)
def test_a_broken_line_costs_only_itself(tmp_path: Path, line: str, expected: str) -> None:
    good = json.dumps(patient("B-1"))
    reading = read_text(tmp_path, f"{good}\n\n{line}\n{good.replace('B-1', 'B-2')}")
    assert [(row.line, row.mrn) for row in reading.rows] == [(1, "B-1"), (4, "B-2")]
    assert [(skipped.line, skipped.reason) for skipped in reading.skipped] == [(3, expected)]


@pytest.mark.parametrize(
    "document",
    [
        [patient("A-1"), patient("A-2")],
        {"resourceType": "Bundle", "entry": [{"resource": patient("A-1")}, {"resource": patient("A-2")}]},
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_a_bundle_or_array_is_read_as_its_patients(tmp_path: Path, document: object, indent: int | None) -> None:
    reading = read_text(tmp_path, json.dumps(document, indent=indent), "export.json")
    assert [(row.line, row.mrn) for row in reading.rows] == [(1, "A-1"), (2, "A-2")]


def test_what_else_a_bundle_holds_is_left_aside(tmp_path: Path) -> None:
    others = [{"resource": {"resourceType": "Encounter"}}, {"resource": patient("A-1")}, {"resource": {"id": "x"}}]
    reading = read_text(tmp_path, json.dumps({"resourceType": "Bundle", "entry": others}), "export.json")
    assert [(row.line, row.mrn) for row in reading.rows] == [(2, "A-1")]
    assert [(skipped.line, skipped.reason) for skipped in reading.skipped] == [(3, "resourceType: not Patient")]


def test_one_patient_spread_over_lines_is_read(tmp_path: Path) -> None:
    assert [row.mrn for row in read_text(tmp_path, json.dumps(patient(), indent=1)).rows] == ["A-1"]


@pytest.mark.parametrize("text", ['{"a": 1}\n{"a": 2}\n', "[]", "[" * 100_000, '{\n"a": }', "[1, 2]", '{"resourceType'])
def test_json_without_a_patient_is_refused_as_a_whole(tmp_path: Path, text: str) -> None:
    with pytest.raises(WrongUsage, match=r"Patient resource|not valid JSON|nested") as refusal:
        read_text(tmp_path, text)
    assert refusal.value.code == "bad-file"


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=20)
    | st.sampled_from(["old", "phone", "email", "MR", "replaced-by", "official", "2020-13-01", "1947", "Patient/x"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "use",
                    "value",
                    "system",
                    "rank",
                    "period",
                    "end",
                    "type",
                    "coding",
                    "code",
                    "given",
                    "family",
                    "text",
                    "line",
                    "city",
                    "postalCode",
                    "other",
                    "identifier",
                    "reference",
                    "language",
                    "preferred",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)
ELEMENTS = [
    "identifier",
    "name",
    "telecom",
    "gender",
    "birthDate",
    "address",
    "active",
    "deceasedBoolean",
    "deceasedDateTime",
    "communication",
    "link",
]


@settings(max_examples=400, deadline=None)
@given(elements=st.dictionaries(st.sampled_from(ELEMENTS), JSON, max_size=6))
def test_no_value_of_a_patient_ever_ends_in_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, elements: dict[str, Any]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    reading = read(folder, patient("Y-1"), patient("Y-2", **elements))
    assert len(reading.rows) + len(reading.skipped) == 2
    for row in reading.rows:
        for value in (row.given_name, row.family_name, row.address, row.city, row.postal_code, *row.other_names):
            assert not {unicodedata.category(mark) for mark in value} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
