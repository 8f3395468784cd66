"""A phone number is read however it is typed, and compared without its extension."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portaldesk.errors import WrongUsage
from portaldesk.rules import phones

SAMPLE = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "fhir" / "Patient.000.ndjson"


@pytest.mark.parametrize(
    "said",
    [
        "555-907-8526",
        "(555) 907 8526",
        "5559078526",
        "1-555-907-8526",
        "+1 555 907 8526",
        "555.907.8526 x12",
        "555-907-8526 ext. 12",
        "\u202a555-907-8526\u202c",
    ],
)
def test_a_number_is_read_however_it_is_typed(said: str) -> None:
    assert phones.read_phone(said, locale="en_US") == "+15559078526"


@pytest.mark.parametrize(("locale", "read"), [("en_GB", "+442079460123"), ("en-GB", "+442079460123")])
def test_the_region_is_the_clinics(locale: str, read: str) -> None:
    assert phones.read_phone("020 7946 0123", locale=locale) == read


def test_a_bare_language_stands_for_its_likeliest_region() -> None:
    assert phones.read_phone("555-907-8526", locale="en") == "+15559078526"


def test_a_language_of_no_one_region_reads_numbers_with_their_country_code() -> None:
    assert phones.normalised("+1 555 907 8526", locale="bs_Latn") == "+15559078526"
    assert phones.normalised("555-907-8526", locale="bs_Latn") is None


@pytest.mark.parametrize(
    "said",
    ["", "none", "123", "555-907-85", "5559078526\x00", "5" * 10_000, "+999 1234567", "\ud800", "555-907-8526\ud800"],
)
def test_what_is_no_possible_number_is_unreadable_and_not_repeated(said: str) -> None:
    with pytest.raises(WrongUsage) as caught:
        phones.read_phone(said, locale="en_US")
    assert caught.value.code == "unreadable"
    assert not said or said not in caught.value.message + caught.value.hint


@pytest.mark.parametrize("value", [None, "", "unknown"])
def test_an_import_keeps_no_number_that_cannot_be_read(value: str | None) -> None:
    assert phones.normalised(value, locale="en_US") is None


@settings(deadline=None)  # the first call loads a library
@given(st.one_of(st.text(), st.text("0123456789+-() x#;.")), st.sampled_from(["en_US", "en_GB", "es_ES"]))
def test_any_text_is_a_number_that_reads_as_itself_or_none(value: str, locale: str) -> None:
    number = phones.normalised(value, locale=locale)
    assert number is None or (number[0] == "+" and number[1:].isascii() and number[1:].isdigit())
    assert number is None or phones.normalised(number, locale=locale) == number


def test_every_phone_of_a_real_export_is_readable() -> None:
    if not SAMPLE.exists():
        pytest.skip("the FHIR sample is not beside this checkout")
    patients = [json.loads(line) for line in SAMPLE.read_text(encoding="utf-8").splitlines()]
    values = [point["value"] for patient in patients for point in patient["telecom"] if point["system"] == "phone"]
    assert values
    assert [value for value in values if phones.normalised(value, locale="en_US") is None] == []
