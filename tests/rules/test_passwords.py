"""Passwords: every fault at once, in words that can be read out, and nothing common or expected gets through."""

from __future__ import annotations

import gzip
import unicodedata
from importlib.resources import files

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from portaldesk.rules import passwords
from portaldesk.rules.passwords import PRESETS, Policy, faults

NIST, PORTAL = PRESETS["nist-800-63b-4"], PRESETS["portal"]
PERSON = ("Silvana620", "Reynolds644", "O'Neil", "1952", "sreynolds482", "Green Valley Clinic")
GOOD = "velvet anchor pickle"


def broken(password: str, policy: Policy = NIST, context: tuple[str, ...] = ()) -> str:
    return " ".join(faults(password, policy, context=context))


def as_people_write_it(entry: str, policy: Policy) -> str:
    """An entry of the list as somebody would type it to get past the policy."""
    return entry.capitalize() + "1!" if policy is PORTAL else entry


def test_the_presets_are_what_the_design_says() -> None:
    assert Policy("nist-800-63b-4", 15, 128, False, False, False, False, 10) == NIST
    assert Policy("portal", 12, 128, True, True, True, True, 10) == PORTAL


@pytest.mark.parametrize("password", [GOOD, "8346192750361947", "зелёный якорь огурец", "🦊🐢🦉 seven quiet animals"])
def test_a_long_password_of_any_script_needs_no_kinds_of_characters(password: str) -> None:
    assert faults(password, NIST, context=PERSON) == ()


@pytest.mark.parametrize(("length", "fine"), [(14, False), (15, True), (128, True), (129, False)])
def test_the_length_is_counted_to_the_character(length: int, fine: bool) -> None:
    password = (GOOD + " xq7 lamp otter " * 8)[:length]
    assert (faults(password, NIST) == ()) is fine


def test_the_length_is_counted_in_nfc_code_points() -> None:
    decomposed = unicodedata.normalize("NFD", "éàîüö-kwz-pfgtx")
    assert len(decomposed) > 15
    assert faults(decomposed, NIST) == ()
    assert "too short" in broken(decomposed[:-1])


def test_every_fault_is_told_at_once() -> None:
    told = broken("abc", PORTAL)
    for words in ("too short", "a capital letter", "a digit", "a mark such as", "sequences"):
        assert words in told


@pytest.mark.parametrize(
    ("password", "missing"),
    [
        ("velvet-anchor-7", "a capital letter"),
        ("VELVET-ANCHOR-7", "a small letter"),
        ("Velvet-anchor-x", "a digit"),
        ("Velvetanchor7pickle", "a mark such as ! or #"),
    ],
)
def test_the_portal_preset_asks_for_each_kind_and_nist_for_none(password: str, missing: str) -> None:
    assert faults(password, PORTAL) == (f"It needs {missing}.",)
    assert faults(password, NIST) == ()


@pytest.mark.parametrize("char", ["\x00", "\t", "\n", "\x1b", "\x7f", "\x85", "\u2028", "\u2029", "\ud800"])
def test_control_characters_are_refused(char: str) -> None:
    assert "cannot be typed" in broken(f"velvet anchor{char} pickle")


@pytest.mark.parametrize("policy", PRESETS.values(), ids=PRESETS)
def test_three_thousand_passwords_that_would_pass_are_refused_for_being_common(policy: Policy) -> None:
    entries = sorted(passwords.blocklist())[::8]
    found = [faults(as_people_write_it(entry, policy), policy) for entry in entries]
    only_common = [told for told in found if len(told) == 1 and "used too often" in told[0]]
    assert len(only_common) >= 3000  # of an eighth of the list
    assert all(found)


@pytest.mark.parametrize(
    "password",
    [
        "Password12345!!",
        "passwordpassword",
        "CorrectHorseBatteryStaple",
        "!!correct horse battery staple 2024",
        "ILoveYouJessica1",
        "Summer2024!Summer",
        "letmeinletmein99",
        "1q2w3e4r5t6y7u8i",
        "Pässwördpässwörd",
        "MyPatientPortal#1",
        "dragonmonkey2024!!",
        "Sunflower!!!!!!!12345",
    ],
)
def test_a_common_password_is_found_in_any_dress(password: str) -> None:
    assert "used too often" in broken(password)


@given(st.sampled_from(["dragon", "correct horse battery staple", "iloveyoujessica"]), st.data())
def test_digits_and_marks_around_it_do_not_hide_a_common_password(word: str, data: st.DataObject) -> None:
    dress = st.text(alphabet="0123456789!?.-_# ", max_size=20)
    cased = "".join(data.draw(st.sampled_from([char, char.upper()])) for char in word)
    assert "used too often" in broken(data.draw(dress) + cased + data.draw(dress))


@pytest.mark.parametrize("password", ["velvet dragon pickle", "password otter kettle", "I love my purple otter lamp"])
def test_a_common_word_within_a_longer_password_is_allowed(password: str) -> None:
    assert faults(password, NIST) == ()


@pytest.mark.parametrize(
    "password",
    [
        "SilvanaReynolds",
        "silvana.reynolds.1952",
        "Reynolds644Reynolds644!",
        "oneil1952oneil1952",
        "O'Neil-1952-O'Neil",
        "sreynolds482-sreynolds482",
        "greenvalleyclinic",
        "Green Valley 2024!!",
        "reynolds portal password",
        "1952!1952!1952!1952?",
        "portal-portal-1-portal",
    ],
)
def test_a_password_made_of_what_anybody_knows_of_the_person_is_refused(password: str) -> None:
    assert "personal details" in broken(password, context=PERSON)


@pytest.mark.parametrize("password", ["silvana eats pickles", "reynolds otter lamp 3", "quiet valley anchors"])
def test_a_name_within_a_longer_password_is_allowed(password: str) -> None:
    assert faults(password, NIST, context=PERSON) == ()


def test_a_word_with_a_figure_in_it_is_a_context_word_and_two_figures_are_no_year() -> None:
    assert "personal details" in broken("suite7b-lane-suite7b", context=("Suite7b Lane",))
    assert faults("suite7x-lane-suite7x", NIST, context=("Suite7b Lane",)) == ()
    assert faults("8346275036194762", NIST, context=("62",)) == ()
    assert "personal details" in broken("8346195236194762", context=("1952",))


@given(st.lists(st.sampled_from(["silvana", "REYNOLDS", "Valley", "-", "1952", "7", " "]), min_size=3, max_size=12))
def test_no_way_of_joining_personal_details_gets_through(parts: list[str]) -> None:
    assume(any(part.isalpha() for part in parts))
    assert "personal details" in broken("".join(parts)[:128], context=PERSON) or len("".join(parts)) > 128


@given(st.text(alphabet="abkqx7!é", min_size=1, max_size=8), st.integers(2, 20))
def test_a_short_piece_repeated_is_refused(unit: str, times: int) -> None:
    assume(len(unicodedata.normalize("NFC", unit * times)) <= 128)
    assert "repeats" in broken(unit * times)


@pytest.mark.parametrize(
    "password", ["aaaaaaaaaaaaaaa", "abcabcabcabcabc", "Abcabcabcabcabc1!", "xq7!xq7!xq7!xq7", "🦊" * 15]
)
def test_repetition_is_seen(password: str) -> None:
    assert "repeats" in broken(password)


@pytest.mark.parametrize(
    "password",
    [
        "abcdefghijklmno",
        "123456789012345",
        "987654321098765",
        "qwertyuiopasdfgh",
        "!QAZ2wsx#EDC4rfv",
        "abc-def-ghi-jkl-mno",
        "ab-cd-ef-gh-ij-kl",
        "aaabbbcccdddeee",
        "zyxwvutsrqponml",
        "QWERTY123456asdf",
    ],
)
def test_sequences_are_seen(password: str) -> None:
    assert "sequences" in broken(password)


LIMITS = [
    ("love8203-5571-6094", "kxz8203-5571-6094", "used too often"),  # a core of four letters, and of three
    ("ann-1952-ann-73-ann", "jo-8347-61025-jo-jo", "personal details"),  # a context word of three, and of two
    ("kxqvbzmw" * 2, "kxqvbzmwp" * 2, "repeats"),  # a piece of eight, and of nine
    ("83461927abababab", "834619275abababa", "repeats"),  # in a core that is half of it, and less
    ("abc4rfv-hjk-9876", "ab4rfv-hjk-98765", "sequences"),  # a run of three, and of two
    ("abcdefghijklwxy", "abcdefghijklmwx", "sequences"),  # a run of three at the end, and of two
    ("abcdexyz-4rfv-321", "abcde-xkqzwmvtpj", "sequences"),  # only runs, and one run alone
]


@pytest.mark.parametrize(("refused", "fine", "why"), LIMITS)
def test_each_rule_begins_where_it_says_and_not_before(refused: str, fine: str, why: str) -> None:
    context = ("Ann", "Jo", "1952")
    (only,) = faults(refused, NIST, context=context)
    assert why in only
    assert faults(fine, NIST, context=context) == ()


@given(st.text(max_size=200), st.lists(st.text(max_size=20), max_size=4), st.sampled_from(list(PRESETS.values())))
def test_any_text_is_judged_without_an_exception(password: str, context: list[str], policy: Policy) -> None:
    told = faults(password, policy, context=context)
    assert told == faults(password, policy, context=context)
    assert len(set(told)) == len(told)


@given(st.text(alphabet="qzjxvkw479#", min_size=4, max_size=140), st.sampled_from(list(PRESETS.values())))
def test_no_sentence_repeats_the_password_or_a_context_word(password: str, policy: Policy) -> None:
    told = broken(password, policy, context=(password, *PERSON)).casefold()
    assert password not in told
    assert not any(word.casefold() in told for word in PERSON)


def test_a_megabyte_is_refused_at_once_and_not_searched() -> None:
    assert faults("ab" * 500_000, NIST) == ("It is too long: it may have at most 128 characters.",)


def test_an_empty_password_is_too_short_and_nothing_odd() -> None:
    assert faults("", NIST) == ("It is too short: it needs at least 15 characters.",)


@pytest.mark.parametrize("policy", PRESETS.values(), ids=PRESETS)
def test_the_policy_explains_itself(policy: Policy) -> None:
    told = " ".join(passwords.explained(policy))
    assert f"{policy.min_length} to {policy.max_length} characters" in told
    assert f"last {policy.history}" in told
    assert ("a capital letter, a small letter, a digit" in told) is policy.needs_upper


@given(st.text())
def test_a_core_is_its_own_core(text: str) -> None:
    once = passwords.core(text)
    assert passwords.core(once) == once


def test_the_list_holds_nothing_but_cores_and_digits_and_says_where_it_comes_from() -> None:
    packed = files("portaldesk").joinpath("rules/data/common-passwords.txt.gz").read_bytes()
    lines = gzip.decompress(packed).decode("utf-8").splitlines()
    assert "tools/make_blocklist.py" in lines[0]
    assert all(passwords.core(line) == line or not passwords.core(line) for line in lines[1:])
