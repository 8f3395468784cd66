"""An answer matches what is on file, and nothing else does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portaldesk.rules import answers

any_text = st.text(st.characters(exclude_categories=()))  # lone surrogates too, as a terminal can send them


@given(any_text.filter(bool))
def test_a_key_equals_itself(key: str) -> None:
    assert answers.same(key, key)


@given(any_text, any_text)
def test_only_equal_keys_are_the_same(said: str, on_file: str) -> None:
    assert answers.same(said, on_file) == (said == on_file != "")


@pytest.mark.parametrize("key", ["\ud800", "a\udfffb"])
def test_what_a_terminal_can_send_and_no_file_holds_is_compared_like_any_text(key: str) -> None:
    assert answers.same(key, key)
    assert not answers.same(key, "a?b")


def test_nothing_on_file_is_matched_by_nothing_said() -> None:
    assert not answers.same("", "")
