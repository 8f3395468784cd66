"""What is said aloud: strong enough, readable back, and never taken for something else."""

from __future__ import annotations

import math
import random
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portaldesk.errors import WrongUsage
from portaldesk.rules import speech
from portaldesk.rules.passwords import PRESETS, Policy, faults

seeds = st.integers(0, 2**32).map(random.Random)
policies = st.sampled_from(list(PRESETS.values()))


@given(policies, seeds)
def test_a_temporary_password_always_meets_the_policy(policy: Policy, rng: random.Random) -> None:
    made = speech.temporary_password(policy, rng=rng)
    assert faults(made, policy) == ()
    assert all(len(group) == 4 for group in made.split("-"))


@given(policies, seeds)
def test_a_temporary_password_has_no_look_alikes(policy: Policy, rng: random.Random) -> None:
    assert not set(speech.temporary_password(policy, rng=rng)) & set("0Oo1lIi2Zz5Ss8BGquvUVn")


@pytest.mark.parametrize("policy", PRESETS.values(), ids=PRESETS)
def test_a_temporary_password_has_64_bits(policy: Policy) -> None:
    rng = random.Random(7)
    drawn = [speech.temporary_password(policy, rng=rng).replace("-", "") for _ in range(2000)]
    seen = set("".join(drawn))
    # Uniform over what the alphabet gives, less what is drawn again because a class is missing (below one bit).
    assert min(map(len, drawn)) * math.log2(len(seen)) - 1 >= 64
    assert all(len({word[at] for word in drawn}) == len(seen) for at in range(16)), "every place takes every character"


@pytest.mark.parametrize("policy", PRESETS.values(), ids=PRESETS)
def test_capitals_are_drawn_where_the_policy_asks_for_them_and_nowhere_else(policy: Policy) -> None:
    drawn = set("".join(speech.temporary_password(policy, rng=random.Random(n)) for n in range(200)))
    assert drawn == set(speech.SMALL + speech.DIGITS + "-" + (speech.CAPITALS if policy.needs_upper else ""))


def test_a_source_of_chance_that_is_broken_is_no_endless_wait() -> None:
    class Stuck:
        def choice(self, seq: str, /) -> str:
            return seq[0]

    with pytest.raises(ValueError, match="no room"):
        speech.temporary_password(PRESETS["nist-800-63b-4"], rng=Stuck())


def test_a_longer_policy_gets_more_groups_and_one_without_room_is_refused() -> None:
    long = Policy("long", 40, 128, False, False, False, False, 10)
    assert len(speech.temporary_password(long, rng=random.Random(1))) >= 40
    for least, characters in ((8, 19), (19, 19), (20, 24), (24, 24)):
        asked = Policy("asked", least, 128, False, False, False, False, 10)
        assert len(speech.temporary_password(asked, rng=random.Random(1))) == characters
    with pytest.raises(ValueError, match="no room"):
        speech.temporary_password(Policy("short", 8, 12, False, False, False, False, 10), rng=random.Random(1))


def test_a_password_is_spelled_so_that_it_can_be_typed_from_hearing() -> None:
    assert speech.spelled("kT7-x!") == (
        "K as in Kilo, capital T as in Tango, seven, dash, X as in X-ray, exclamation mark"
    )


def test_marks_of_a_typed_password_have_names_too() -> None:
    assert speech.spelled(". \x01") == "dot, space, unknown character"


@given(st.text(alphabet=speech.SMALL + speech.CAPITALS + speech.DIGITS + "-", max_size=30))
def test_what_is_spelled_is_the_password_and_nothing_else(password: str) -> None:
    def heard(part: str) -> str:
        if " as in " in part:
            letter = part.removeprefix("capital ")[0]
            return letter if part.startswith("capital ") else letter.lower()
        words = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
        return "-" if part == "dash" else str(words.index(part))

    line = speech.spelled(password)
    assert "".join(heard(part) for part in line.split(", ") if part) == password


@given(seeds)
def test_a_reference_looks_like_the_design_says(rng: random.Random) -> None:
    assert re.fullmatch(r"[ACDEFHJKLMPRTWXY]\d-\d\d", speech.reference(rng))


def test_a_reference_is_drawn_letter_by_letter() -> None:
    class Drawn:
        left = iter("429K")

        def choice(self, seq: str, /) -> str:
            return next(self.left)

    assert speech.reference(Drawn()) == "K4-29"


def test_the_words_are_256_plain_ones() -> None:
    words = speech.word_list()
    assert len(words) == len(set(words)) == 256
    assert all(re.fullmatch(r"[a-z]{3,10}", word) for word in words)


@given(st.binary(min_size=2, max_size=64))
def test_two_words_are_two_different_words_and_always_the_same_for_one_digest(digest: bytes) -> None:
    one, two = speech.two_words(digest).split(" ")
    assert one != two
    assert {one, two} <= set(speech.word_list())
    assert speech.two_words(digest) == f"{one} {two}"


@pytest.mark.parametrize(("digest", "at"), [(b"\x03\x05\x07", (3, 5)), (b"\x07\x07", (7, 8)), (b"\xff\xff", (255, 0))])
def test_two_words_stand_for_the_first_two_bytes_and_a_word_said_twice_for_its_next(
    digest: bytes, at: tuple[int, int]
) -> None:
    assert speech.two_words(digest) == " ".join(speech.word_list()[place] for place in at)


@given(st.binary(min_size=16, max_size=64))
def test_a_code_survives_being_shown_and_read_back(digest: bytes) -> None:
    code = speech.code_digits(digest)
    assert re.fullmatch(r"[0-9]{8}", code)
    assert speech.code_read(speech.code_shown(code)) == code


@pytest.mark.parametrize(
    ("number", "code"), [(5, "00000005"), (10**8 + 12_345_678, "12345678"), (2**127, "84105728"), (256, "00000256")]
)
def test_a_code_is_the_last_eight_digits_of_its_digest(number: int, code: str) -> None:
    assert speech.code_digits(number.to_bytes(16, "big")) == code


def test_a_code_is_shown_in_two_groups() -> None:
    assert speech.code_shown("12345678") == "1234 5678"


def test_a_digest_that_is_too_short_makes_no_code_and_no_words() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        speech.code_digits(b"x" * 15)
    with pytest.raises(ValueError, match="two bytes"):
        speech.two_words(b"x")


@pytest.mark.parametrize(
    "said", ["12345678", " 1234 5678\n", "1234-5678", "12 34 56 78", "1234–5678", "1234\u200b5678", "１２３４５６７８"]
)
def test_a_code_is_read_however_it_was_typed(said: str) -> None:
    assert speech.code_read(said) == "12345678"


@pytest.mark.parametrize("said", ["", "1234567", "123456789", "1234 567a", "1234\x005678", "²2345678", "1" * 100_000])
def test_what_is_no_code_is_unreadable_and_not_repeated(said: str) -> None:
    with pytest.raises(WrongUsage) as refused:
        speech.code_read(said)
    assert refused.value.code == "unreadable"
    assert not said or said not in refused.value.message + refused.value.hint


@given(st.text(max_size=40), st.text(max_size=40), seeds)
def test_a_generated_username_can_always_be_used(given_name: str, family: str, rng: random.Random) -> None:
    made = speech.username(given_name, family, rng=rng, taken=lambda name: False)
    assert speech.read_username(made) == made
    assert "@" not in made


def test_a_generated_username_reads_like_the_person() -> None:
    made = speech.username("Silvana620", "Reynolds644", rng=random.Random(1), taken=lambda name: False)
    assert re.fullmatch(r"sreynolds[2-9]{3}", made)
    assert speech.username("Élodie", "Müller", rng=random.Random(1), taken=lambda name: False).startswith("emuller")


@pytest.mark.parametrize(
    ("given_name", "family", "stem"),
    [
        ("Ana", "A" * 30, "a" * 21),
        ("A", "", "auser"),
        ("", "王", "wang"),
        ("", "Y", "yuser"),
        ("A", "B", "ab"),
        ("1", "?", "user"),
    ],
)
def test_a_username_begins_with_the_first_initial_and_twenty_letters_of_the_family_name(
    given_name: str, family: str, stem: str
) -> None:
    made = speech.username(given_name, family, rng=random.Random(1), taken=lambda name: False)
    assert re.fullmatch(rf"{stem}[2-9]{{3}}", made)


def test_after_twenty_taken_usernames_a_digit_more_is_drawn_up_to_eight() -> None:
    asked: list[str] = []
    with pytest.raises(RuntimeError, match="every username"):
        speech.username("A", "Bee", rng=random.Random(1), taken=lambda name: asked.append(name) or True)  # type: ignore[func-returns-value]
    assert [len(name) - len("abee") for name in asked] == [digits for digits in range(3, 9) for _ in range(20)]


def test_a_taken_username_is_never_given() -> None:
    asked: list[str] = []

    def taken(name: str) -> bool:
        asked.append(name)
        return len(name) < len("sreynolds") + 4

    made = speech.username("Silvana", "Reynolds", rng=random.Random(1), taken=taken)
    assert made not in asked[:-1]
    assert not taken(made)
    with pytest.raises(RuntimeError):
        speech.username("Silvana", "Reynolds", rng=random.Random(1), taken=lambda name: True)


@pytest.mark.parametrize("said", ["SReynolds482", " sreynolds482 ", "s.reynolds-4_8"])
def test_a_chosen_username_is_taken_as_small_letters(said: str) -> None:
    assert speech.read_username(said) == said.strip().lower()


@pytest.mark.parametrize(
    "said", ["", "ab", "a" * 33, "4abc", "a b c", "someone@example.org", "abc\n\x00", "аbcd", "jos\u00e9", "-abc"]
)
def test_a_username_that_could_mislead_is_refused(said: str) -> None:
    with pytest.raises(WrongUsage) as refused:
        speech.read_username(said)
    assert refused.value.code == "usage"


@given(st.text())
def test_a_username_is_read_or_refused_and_never_anything_else(said: str) -> None:
    try:
        name = speech.read_username(said)
    except WrongUsage:
        return
    assert re.fullmatch(r"[a-z][a-z0-9._-]{2,31}", name)


@example(22, bytes(range(256)))
@given(st.integers(2, 256), st.binary(min_size=1, max_size=40))
def test_chance_by_the_thousand_favours_no_character(many: int, given_bytes: bytes) -> None:
    """Each byte below the largest multiple draws its remainder, and others are passed by."""
    fair = [byte for byte in given_bytes if byte < 256 - 256 % many]
    asked: list[int] = []

    def source(count: int) -> bytes:
        asked.append(count)
        return given_bytes if len(asked) == 1 else b"\0"

    drawing, alphabet = speech.Drawing(source), "".join(map(chr, range(1000, 1000 + many)))
    assert [drawing.choice(alphabet) for _ in fair] == [alphabet[byte % many] for byte in fair]
    assert drawing.choice(alphabet) == alphabet[0]
    assert asked == [4096, 4096]
