"""A postal code is compared without its spaces, and a filled-in one is no evidence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portaldesk.errors import WrongUsage
from portaldesk.rules import postal


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("67037-1234", "67037"),
        ("670371234", " 67037 "),
        ("67037 - 1234", "67037"),
        ("67037-", "67037"),
        ("sw1a 1aa", "SW1A1AA"),
        ("1000-001", "1000 001"),
        ("６７０３７", "67037"),
    ],
)
def test_two_spellings_of_one_code_have_one_key(one: str, other: str) -> None:
    assert postal.key(one) == postal.key(other) is not None


@pytest.mark.parametrize(("one", "other"), [("67037", "67038"), ("2139", "02139"), ("SW1A 1AA", "SW1A 1AB")])
def test_two_codes_have_two_keys(one: str, other: str) -> None:
    assert postal.key(one) != postal.key(other)


@pytest.mark.parametrize(
    "value", ["", "  ", "00000", "0", "99999", "00000-0000", "99999-9999", "XXXXX", "xxxxx-xxxx", "N/A", "unknown", "-"]
)
def test_a_filled_in_code_is_no_evidence(value: str) -> None:
    assert postal.key(value) is None


@pytest.mark.parametrize("value", ["44444", "55555", "12345", "HM CX", "10000", "09999"])
def test_a_real_code_is_evidence_however_odd_it_looks(value: str) -> None:
    assert postal.key(value) == value.replace(" ", "")


@pytest.mark.parametrize(
    "said", ["", " ", "---", "…", "67037\x00", "67037\n", "6" * 17, "6" * 10_000, "\ud800", "٦٧٠٣٧"]
)
def test_what_holds_no_code_is_unreadable_and_not_repeated(said: str) -> None:
    with pytest.raises(WrongUsage) as caught:
        postal.read_postal_code(said)
    assert caught.value.code == "unreadable"
    assert not said.strip() or said not in caught.value.message + caught.value.hint


def test_a_code_of_sixteen_characters_is_read() -> None:
    assert postal.read_postal_code(f" {'6' * 8}-{'7' * 7} ") == "6" * 8 + "7" * 7


def test_a_filled_in_code_can_be_said_but_never_matches() -> None:
    assert postal.read_postal_code("00000") == "00000"
    assert postal.key("00000") is None


@given(st.one_of(st.text(), st.text("0123456789 -Xx", max_size=16)))
def test_any_text_is_unreadable_or_read_as_its_key(said: str) -> None:
    key = postal.key(said)
    assert key is None or postal.key(key) == key
    try:
        read = postal.read_postal_code(said)
    except WrongUsage as refusal:
        if refusal.code != "unreadable":
            raise
    else:
        assert key in (read, None)
