"""A patient is found by the beginning of any part of any name, and a name cannot carry control characters in."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from portaldesk.rules import names

any_text = st.text(st.characters(exclude_categories=()))


def finds(search: str, given_name: str, family_name: str, *others: str) -> bool:
    terms = names.search_terms(search)
    keys = names.keys(given_name, family_name, others)
    return bool(terms) and all(any(key.startswith(term) for key in keys) for term in terms)


@pytest.mark.parametrize(
    ("search", "given_name", "family_name"),
    [
        ("reynolds", "Silvana620", "Reynolds644"),
        ("Reynolds, Silvana", "Silvana620", "Reynolds644"),
        ("d'amore", "Ana", "D'Amore"),
        ("d’amore", "Ana", "D'Amore"),
        ("amore", "Ana", "D'Amore"),
        ("damore", "Ana", "D'Amore"),
        ("garcia", "Luis", "García"),
        ("GARCÍA", "Luis", "Garcia"),
        ("smith-jo", "Ann Mary", "Smith-Jones"),
        ("smith jones", "Ann Mary", "Smith-Jones"),
        ("jones", "Ann Mary", "Smith-Jones"),
        ("mary", "Ann Mary", "Smith"),
        ("annmary", "Ann Mary", "Smith"),
        ("vanderb", "Jan", "van der Berg"),
        ("van der berg", "Jan", "van der Berg"),
        ("soren", "Søren", "Łukasz"),
        ("łuk", "Søren", "Łukasz"),
        ("lukasz", "Søren", "Łukasz"),
        ("strasse", "Ana", "Straße"),
        ("ʻokina", "Ana", "Okina"),
        ("wang", "小明", "王"),
        ("王", "小明", "王"),
        ("haanii", "Haʔaniiʔ", "Begay"),
    ],
)
def test_a_beginning_finds_the_patient(search: str, given_name: str, family_name: str) -> None:
    assert finds(search, given_name, family_name)


@pytest.mark.parametrize("search", ["eynolds", "reynolds ana", "reynoldson", "", " ,'- ", "\x00"])
def test_what_is_no_beginning_finds_nobody(search: str) -> None:
    assert not finds(search, "Silvana620", "Reynolds644")


def test_maiden_and_former_names_are_found_too() -> None:
    assert finds("pacocha", "Donya787", "Yundt842", "Donya787 Pacocha935")


@settings(deadline=None)  # the first call loads a library
@given(st.text(max_size=30), st.text(max_size=30))
@example("ŉa b", "ǰ")
@example("निशा", "ΌΣΟΣ ς")
def test_every_patient_is_found_by_the_own_name_as_written(given_name: str, family_name: str) -> None:
    search = f"{given_name} {family_name}"
    assert finds(search, given_name, family_name) or not names.search_terms(search)


@settings(deadline=None)  # the first call loads a library
@given(any_text, any_text)
def test_keys_and_terms_are_folded_alike(given_name: str, family_name: str) -> None:
    keys = names.keys(given_name, family_name, [])
    assert len(set(keys)) == len(keys)
    for key in keys:
        assert key
        assert names.search_terms(key) == [key]


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  Ana   Mari\u0301a ", "Ana María"),
        ("Ana\r\nBcc: x", "Ana Bcc: x"),
        ("An\x00a\u202e\u200b", "Ana"),
        ("\x1b[31mAna\x1b[0m", "Ana"),
        ("\x9b2JAna", "Ana"),
        ("An\ud800a", "Ana"),
        ("a \x00 b", "a b"),
        ("דניאל 🎉", "דניאל 🎉"),
        ("a" * 500, "a" * 200),
        ("a" * 199 + " b", "a" * 199),
        ("", ""),
    ],
)
def test_a_name_is_cleaned_as_it_comes_in(text: str, cleaned: str) -> None:
    assert names.cleaned(text) == cleaned


@settings(deadline=None)  # the first call loads a library
@given(any_text)
def test_a_cleaned_name_is_clean(text: str) -> None:
    cleaned = names.cleaned(text)
    assert names.cleaned(cleaned) == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    assert not {unicodedata.category(letter) for letter in cleaned} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert len(cleaned) <= 200
    assert "  " not in cleaned
