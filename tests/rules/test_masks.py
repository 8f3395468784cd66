"""A mask gives no answer away, and data cannot steer a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portaldesk.rules import masks
from portaldesk.words import LETTERS, TEXTS, Message

any_text = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("value", "mask"),
    [
        ("donya@example.com", "d…@….com"),
        ("d@e.com", "d…@….com"),
        ("Ana@mail.clinic.co.uk", "A…@….uk"),
        ("ana@localhost", "a…@…"),
        ("ana@.com", "a…@…"),
        ("@na@example.com", "@…@….com"),
        ("ana", "…"),
        ("@example.com", "…"),
        ("", "…"),
        ("\x1bna@example.com", "\\x1b…@….com"),
    ],
)
def test_an_email_shows_its_first_character_and_last_label(value: str, mask: str) -> None:
    assert masks.email(value) == mask


@given(st.text("abc", min_size=1), st.text("abc", min_size=1), st.text("xyz", min_size=2), st.text("xyz", min_size=2))
def test_all_addresses_of_one_beginning_and_end_look_alike(
    one: str, other: str, domain: str, other_domain: str
) -> None:
    assert masks.email(f"a{one}@{domain}.org") == masks.email(f"a{other}@{other_domain}.org")


@pytest.mark.parametrize(
    ("given_name", "family_name", "mask"),
    [
        ("Silvana620 Rosa", "Reynolds644", "S… Reynolds644"),
        ("", "Reynolds644", "Reynolds644"),
        ("Silvana620", "", "S…"),
        (" ", "", "…"),
        ("Ana", "Ro\u202esa", "A… Ro\\u202esa"),
    ],
)
def test_a_name_keeps_what_tells_namesakes_apart(given_name: str, family_name: str, mask: str) -> None:
    assert masks.name(given_name, family_name) == mask


@given(st.text())
def test_nothing_of_a_phone_is_shown_before_it_matched(value: str) -> None:
    assert masks.phone(False, value) == "…"


def test_a_phone_that_matched_shows_two_figures() -> None:
    assert masks.phone(True, "+15559078526") == "…26"
    assert masks.phone(True, "555-907-85 ext. x26y") == "…26"
    assert masks.phone(True, "123-45") == "…45"
    for short in ("1234", "26", "", "١٢٣٤٥"):
        assert masks.phone(True, short) == "…", "two figures of four are half of it"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\u202eb", "a\\u202eb"),
        ("a\u2066b\u200f", "a\\u2066b\\u200f"),
        ("a\r\nb\x00", "a\\r\\nb\\x00"),
        ("a\u200bb\ufeff", "a\\u200bb\\ufeff"),
        ("a\x9bb\x85\u2028", "a\\x9bb\\x85\\u2028"),
        ("a\U000e0041", "a\\U000e0041"),
        ("a\ud800", "a\\ud800"),
        ("a\u3164", "a\\u3164"),
    ],
)
def test_what_steers_or_hides_is_written_out(text: str, shown: str) -> None:
    assert masks.shown(text) == shown


@pytest.mark.parametrize("text", ["Zoë O'Neill-Müller", "דניאל", "محمد", "王小明", "❤️ 🎉", "[red]a\\b"])
def test_letters_of_every_direction_and_emoji_stay(text: str) -> None:
    assert masks.shown(text) == text


@given(any_text)
def test_anything_shown_is_printable_and_shown_once(text: str) -> None:
    shown = masks.shown(text)
    assert shown.isprintable()
    assert masks.shown(shown) == shown


@pytest.mark.parametrize("kind", Message)
def test_where_a_message_goes_is_told_without_a_postal_address_or_a_phone(kind: Message) -> None:
    shown = masks.recipient(kind, "ana@example.org")
    if kind in LETTERS:
        assert shown == "postal address"
    elif kind in TEXTS:
        assert shown == "phone"
    else:
        assert shown == masks.email("ana@example.org") != "ana@example.org"
