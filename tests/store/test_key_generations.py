"""Generations of a key: an older one proves what it made as long as it counts, and no mark passes for another's."""

from __future__ import annotations

import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portaldesk.errors import StoreUnavailable
from portaldesk.key_generations import Generations, number
from portaldesk.secret_keys import KEY_NAMES, SecretKeys

KEY, NEXT = b"k" * 32, b"n" * 32
FIRST = Generations.first("s", KEY)
SECOND = FIRST.followed(NEXT, since="2026-11-25T10:00:00Z").taken_up("s2")


def test_the_first_generation_writes_bare_figures_and_later_ones_their_name() -> None:
    assert FIRST.mark(b"row") == hmac.digest(KEY, b"row", "sha256").hex()
    assert (FIRST.key, SECOND.key) == (KEY, NEXT)
    assert SECOND.mark(b"row") == "s2." + hmac.digest(NEXT, b"row", "sha256").hex()


@pytest.mark.parametrize("generations", [FIRST, SECOND])
@given(texts=st.lists(st.binary(), min_size=1))
def test_marks_by_the_thousand_are_those_made_one_by_one(generations: Generations, texts: list[bytes]) -> None:
    marker = generations.marker()
    assert [marker(text) for text in texts] == [generations.mark(text) for text in texts]


def test_what_an_older_generation_made_still_counts_until_it_ended() -> None:
    old, new = FIRST.mark(b"row"), SECOND.mark(b"row")
    assert SECOND.proves(b"row", old)
    ended = SECOND.ended("s1", until=7)
    assert not ended.proves(b"row", old)
    assert ended.proves(b"row", old, event=7)
    assert not ended.proves(b"row", old, event=8)
    assert ended.made(b"row", old)
    assert ended.proves(b"row", new)
    assert not ended.without("s1").made(b"row", old)


def test_a_generation_that_waits_makes_nothing_yet() -> None:
    waiting = FIRST.followed(NEXT, since="")
    assert (waiting.current, waiting.waiting) == ("s1", "s2")
    assert waiting.mark(b"row") == FIRST.mark(b"row")
    assert (SECOND.current, SECOND.waiting, SECOND.older) == ("s2", None, ("s1",))
    assert waiting.taken_up("s2").current == "s2"
    assert SECOND.taken_up("s1").current == SECOND.taken_up("s2").current == "s2"


def test_generations_are_counted_as_numbers_and_say_when_they_were_made() -> None:
    many = FIRST
    for n in range(2, 12):
        many = many.followed(NEXT, since=f"day {n}").taken_up(f"s{n}")
    assert (many.current, many.all["s10"].since, many.all["s1"].since) == ("s11", "day 10", "")
    assert many.older == tuple(f"s{n}" for n in range(1, 11))
    assert many.followed(KEY, since="").waiting == "s12"
    assert many.followed(KEY, since="").all["s12"].key == KEY
    assert [number(name) for name in ("s2", "a10", "s0", "s", "", "s2x")] == [2, 10, 0, 0, 0, 0]


def test_a_generation_that_ended_says_at_which_event_and_the_last_to_end_is_the_floor() -> None:
    assert SECOND.floor == (-1, "")
    ended = SECOND.ended("s1", until=7)
    assert (ended.all["s1"].until, ended.all["s1"].last_hash, ended.all["s1"].key) == (7, "", KEY)
    both = SECOND.followed(KEY, since="").ended("s1", until=7, last_hash="a").ended("s2", until=9, last_hash="b")
    assert both.floor == (9, "b")
    assert both.ended("s2", until=None).floor == (7, "a")
    assert set(both.without("s1").all) == {"s2", "s3"}


@given(st.binary(max_size=8), st.binary(max_size=8))
def test_a_mark_is_of_one_text_and_one_generation(one: bytes, other: bytes) -> None:
    for name in SECOND.all:
        assert SECOND.made(other, SECOND.mark(one, name)) == (one == other)
    figures = FIRST.mark(one)
    for forged in (f"s1.{figures}", f"s2.{figures}", f"s3.{figures}", f".{figures}", figures.upper(), figures[:-1], ""):
        assert not SECOND.made(one, forged)


def test_a_mark_names_its_generation_before_the_first_dot() -> None:
    assert [SECOND.maker(mark) for mark in ("s2.a", "s2.a.b", "a", "")] == ["s2", "s2", "s1", "s1"]
    assert not SECOND.made(b"row", "s2.\ud800")


@given(st.text(max_size=80))
def test_no_text_that_stands_for_a_mark_is_a_crash(text: str) -> None:
    assert not SECOND.proves(b"row", text)


@pytest.mark.parametrize("names", [("s1", ("s2",)), ("s1", ("s1", "a2")), ("1", ("1",)), ("s0", ("s0",))])
def test_generations_that_cannot_be_are_refused(names: tuple[str, tuple[str, ...]]) -> None:
    current, all_ = names
    with pytest.raises(ValueError, match="generation"):
        Generations(current, dict.fromkeys(all_, FIRST.all["s1"]))


def test_secrets_are_read_back_as_they_were_written() -> None:
    keys = SecretKeys.fresh()
    keys = keys.holding("audit", keys.audit.followed(NEXT, since="2026-11-25T10:00:00Z").taken_up("a2"))
    keys = keys.holding("audit", keys.audit.ended("a1", until=41, last_hash="0" * 64))
    assert SecretKeys.from_text(keys.to_text()) == keys
    assert keys.audit.floor == (41, "0" * 64)


def test_secrets_of_a_store_that_was_made_before_keys_had_generations_are_read_as_first_ones() -> None:
    old = {"peppers": {"p1": "01" * 32}, "pepper_id": "p1", "audit": "02" * 32, "seal": "03" * 32, "outbox": "04" * 32}
    keys = SecretKeys.from_text(json.dumps(old))
    assert [keys.of(name).current for name in KEY_NAMES] == ["p1", "a1", "s1", "o1"]
    assert [keys.of(name).key[0] for name in KEY_NAMES] == [1, 2, 3, 4]


@pytest.mark.parametrize("damage", ["{}", "[]", '{"peppers": {}}', "\u2028", '{"pepper": {"current": "p1"}}'])
def test_secrets_that_cannot_be_read_are_exit_8(damage: str) -> None:
    with pytest.raises(StoreUnavailable) as refused:
        SecretKeys.from_text(damage)
    assert refused.value.code == "no-secrets"


def test_a_key_is_in_no_text_that_a_log_could_show() -> None:
    keys = SecretKeys.fresh()
    shown = f"{keys!r} {keys.seal!r} {keys.seal.all!r}"
    assert keys.seal.key.hex() not in shown
    assert repr(keys.seal.key) not in shown
