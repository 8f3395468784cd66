"""Cells of a CSV: harmless in a spreadsheet, and read back as they were."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portaldesk.rules import cells

marks = st.text(st.sampled_from("=+-@'\";, \t\r\n＝＋－＠aé1"))
lines = st.text(st.sampled_from("=+-@'\";, \t＝aé1")) | st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]))


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "'=1", '"=1', "＝1", "＋1", "－1", "＠a"]
)
def test_what_a_spreadsheet_would_run_stands_behind_an_apostrophe(text: str) -> None:
    assert cells.guarded(text) == "'" + text
    assert cells.guarded(f"a;{text}") == f"a;'{text}"
    assert cells.guarded(f"{text};{text}") == f"'{text};'{text}"


@pytest.mark.parametrize("text", ["", "Ana", "O'Neill", "1 Elm", "a=b", "a;b", "a-b@c.org", "'Ana'"])
def test_all_else_stands_as_it_is(text: str) -> None:
    assert cells.guarded(text) == text == cells.unguarded(text)


@given(marks | st.text())
def test_the_guard_comes_off_again_without_doubt(text: str) -> None:
    assert cells.unguarded(cells.guarded(text)) == text


@given(st.lists(lines.map(str.strip), min_size=1, max_size=4).filter(lambda texts: texts != [""]))
def test_several_texts_in_one_cell_are_read_back(texts: list[str]) -> None:
    assert cells.parted(cells.joined(texts)) == texts


def test_texts_are_parted_by_semicolons_and_keep_their_own_in_quotes() -> None:
    assert cells.joined(["Ana", "de; la Cruz", 'Bo "B"']) == 'Ana;"de; la Cruz";"Bo ""B"""'
    assert cells.parted("Ana; Bo") == ["Ana", "Bo"]
    assert cells.parted("Ana;\nBo") == ["Ana", "Bo"]
    assert cells.parted("") == []


def test_quotes_that_quote_nothing_are_marks_like_any_other() -> None:
    assert cells.parted('"Ana;Bo') == ['"Ana', "Bo"]
    assert cells.parted('"Ana" B;Bo') == ['"Ana" B', "Bo"]
