"""The code of a letter: strong enough, and read as it was meant by whoever types it from paper."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portaldesk.errors import WrongUsage
from portaldesk.rules import letter_codes, speech
from portaldesk.rules.letter_codes import LetterCode

codes = st.binary(min_size=32, max_size=32).map(letter_codes.drawn)
numbers = st.from_regex(r"L[0-9]{5,8}", fullmatch=True)


def test_a_code_has_more_than_fifty_bits_and_no_look_alikes() -> None:
    assert len(letter_codes.drawn(bytes(32))) * math.log2(len(letter_codes.CHARACTERS)) > 52
    for alike in ("0OQD", "1IL", "2Z", "5S", "8B", "6G", "UV", "MN"):
        assert len(set(alike) & set(letter_codes.CHARACTERS)) <= 1


def test_every_place_of_a_code_takes_every_character() -> None:
    rng = random.Random(5)
    drawn = [letter_codes.drawn(rng.randbytes(32)) for _ in range(600)]
    assert all({code[at] for code in drawn} == set(letter_codes.CHARACTERS) for at in range(12))


@given(numbers, codes)
def test_what_stands_on_a_letter_is_read_back(number: str, code: str) -> None:
    assert letter_codes.read(letter_codes.shown(number, code)) == LetterCode(number, code)
    assert letter_codes.is_number(number)


@pytest.mark.parametrize(
    "said",
    [
        "L12345-ACDE-FHLK-6LDR", "l12345 acde fhlk 6ldr", "L12345ACDEFHLK6LDR", " L12345 – ACDE – FHLK – 6LDR\n",
        "112345-ACDE-FHIK-GL0R", "I1234S-acde-fh1k-6lor", "L-12345-ACDE\u200b-FHLK-6LQR", "Ｌ12345-ACDE-FHLK-6LDR",
    ],
)  # fmt: skip
def test_case_spaces_hyphens_and_slips_of_the_eye_are_forgiven(said: str) -> None:
    assert letter_codes.read(said) == LetterCode("L12345", "ACDEFHLK6LDR")


@pytest.mark.parametrize(
    "said", ["L12345", "L12345-ACDE-FHJK", "L12345-ACDE-FHJK-LMPRX", "L12345-ACDE-FHJK-LMP*", "L1234-ACDE-FHJK-LMPR"]
)
def test_a_code_with_too_few_or_strange_characters_is_said_to_be_unreadable_and_costs_no_try(said: str) -> None:
    with pytest.raises(WrongUsage) as refused:
        letter_codes.read(said)
    assert refused.value.code == "unreadable"


@given(st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", min_size=43, max_size=43))
def test_the_token_of_a_link_is_never_taken_for_a_letter(token: str) -> None:
    assert letter_codes.read(token) is None


def test_the_reference_of_a_mail_is_no_letter_number() -> None:
    rng = random.Random(3)
    assert not any(letter_codes.is_number(speech.reference(rng)) for _ in range(500))


def test_a_number_is_drawn_again_where_it_is_taken_and_then_grows() -> None:
    rng = random.Random(1)
    assert len(letter_codes.number(rng, taken=lambda one: False)) == 6
    assert len(letter_codes.number(rng, taken=lambda one: len(one) == 6)) == 7
    drawn: list[str] = []

    def taken(one: str) -> bool:
        drawn.append(one)
        return True

    with pytest.raises(RuntimeError):
        letter_codes.number(rng, taken=taken)
    assert [len(one) for one in drawn] == [6] * 20 + [7] * 20 + [8] * 20 + [9] * 20
    assert all(letter_codes.is_number(one) for one in drawn)


def test_a_digest_that_is_too_short_makes_no_code() -> None:
    assert len(letter_codes.drawn(bytes(32))) == 12
    with pytest.raises(ValueError, match="32 bytes"):
        letter_codes.drawn(bytes(31))
