"""Hashing: every code point counts, a pepper can be replaced, and what the store holds never raises."""

from __future__ import annotations

import re
import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portaldesk.rules import hashing

PEPPER = b"p" * 32
PEPPERS = {"k1": PEPPER, "k2": b"q" * 32}
CHEAP = 4  # bcrypt's lowest cost: the rule is the same, the test is fast


def test_a_password_verifies_and_another_does_not() -> None:
    stored = hashing.hashed("correct horse battery", pepper=PEPPER, key_id="k1", cost=CHEAP)
    assert stored.startswith("k1$$2b$04$")
    assert hashing.verify("correct horse battery", stored, peppers=PEPPERS)
    assert not hashing.verify("correct horse batterx", stored, peppers=PEPPERS)


def test_two_passwords_of_128_characters_that_differ_in_the_last_are_two_passwords() -> None:
    stored = hashing.hashed("a" * 127 + "b", pepper=PEPPER, key_id="k1", cost=CHEAP)
    assert hashing.verify("a" * 127 + "b", stored, peppers=PEPPERS)
    assert not hashing.verify("a" * 127 + "c", stored, peppers=PEPPERS)


@settings(max_examples=60)
@given(st.text(min_size=1, max_size=128), st.integers(0, 127))
def test_every_code_point_counts(password: str, at: int) -> None:
    at %= len(password)
    other = password[:at] + ("x" if password[at] != "x" else "y") + password[at + 1 :]
    stored = hashing.hashed(password, pepper=PEPPER, key_id="k1", cost=CHEAP)
    assert hashing.verify(password, stored, peppers=PEPPERS)
    same = unicodedata.normalize("NFC", other) == unicodedata.normalize("NFC", password)
    assert hashing.verify(other, stored, peppers=PEPPERS) is same


def test_composed_and_decomposed_letters_are_one_password() -> None:
    stored = hashing.hashed("jos\u00e9 jos\u00e9 jos\u00e9", pepper=PEPPER, key_id="k1", cost=CHEAP)
    assert hashing.verify("jose\u0301 jose\u0301 jose\u0301", stored, peppers=PEPPERS)


def test_a_stolen_database_without_the_pepper_is_no_help() -> None:
    stored = hashing.hashed("correct horse battery", pepper=PEPPER, key_id="k1", cost=CHEAP)
    assert not hashing.verify("correct horse battery", stored, peppers={"k1": b"another" * 5})
    assert not hashing.verify("correct horse battery", stored, peppers={})
    assert not hashing.verify("correct horse battery", stored, peppers={"k1": b""})


def test_a_hash_put_under_another_key_id_does_not_verify() -> None:
    stored = hashing.hashed("correct horse battery", pepper=PEPPER, key_id="k1", cost=CHEAP)
    assert not hashing.verify("correct horse battery", stored.replace("k1$", "k2$", 1), peppers=PEPPERS)


malformed = ["", "x", "k1$", "k1$$2b$04$short", "k1$$2b$99$" + "." * 53, "k1$$2b$04$" + "é" * 53, "$2b$04$" + "." * 53]


@pytest.mark.parametrize("stored", malformed)
def test_a_malformed_hash_is_refused_without_an_exception(stored: str) -> None:
    assert not hashing.verify("anything at all", stored, peppers=PEPPERS)
    assert not hashing.code_verify("12345678", stored, peppers=PEPPERS, bound_to="check-1")


@given(st.text())
def test_whatever_the_store_holds_verify_answers_false(stored: str) -> None:
    assert hashing.verify("anything at all", stored, peppers=PEPPERS) is False


def test_a_password_that_cannot_be_encoded_is_a_wrong_password_and_no_crash() -> None:
    stored = hashing.hashed("correct horse battery", pepper=PEPPER, key_id="k1", cost=CHEAP)
    assert not hashing.verify("\ud800 lone surrogate", stored, peppers=PEPPERS)


def test_a_hash_is_made_anew_when_cost_or_pepper_changes_and_only_then() -> None:
    stored = hashing.hashed("correct horse battery", pepper=PEPPER, key_id="k1", cost=CHEAP)
    assert not hashing.needs_rehash(stored, key_id="k1", cost=CHEAP)
    assert hashing.needs_rehash(stored, key_id="k2", cost=CHEAP)
    assert hashing.needs_rehash(stored, key_id="k1", cost=CHEAP + 1)
    assert hashing.needs_rehash("damaged", key_id="k1", cost=CHEAP)


@pytest.mark.parametrize("password", ["", "password", "." * 53])
def test_nobody_signs_in_with_the_dummy_hash_though_it_is_well_formed(password: str) -> None:
    import bcrypt

    dummy = hashing.dummy_hash(CHEAP)
    assert not hashing.needs_rehash(dummy, key_id="none", cost=CHEAP)
    assert bcrypt.checkpw(b"x", dummy.removeprefix("none$").encode()) is False  # bcrypt does its full work on it
    assert not hashing.verify(password, dummy, peppers=PEPPERS)


def test_a_missing_account_costs_the_work_of_a_real_one(monkeypatch: pytest.MonkeyPatch) -> None:
    import bcrypt

    work: list[bytes] = []
    real = bcrypt.checkpw

    def watched(password: bytes, salt: bytes) -> bool:
        work.append(salt[:7])
        return real(password, salt)

    monkeypatch.setattr(bcrypt, "checkpw", watched)
    hashing.verify("anything", hashing.hashed("x", pepper=PEPPER, key_id="k1", cost=CHEAP), peppers=PEPPERS)
    hashing.verify("anything", hashing.dummy_hash(CHEAP), peppers=PEPPERS)
    assert work == [b"$2b$04$", b"$2b$04$"]


def test_a_code_is_good_only_for_the_check_it_was_sent_for() -> None:
    stored = hashing.code_hashed("12345678", pepper=PEPPER, key_id="k1", bound_to="check-1", cost=CHEAP)
    assert hashing.code_verify("12345678", stored, peppers=PEPPERS, bound_to="check-1")
    assert not hashing.code_verify("12345678", stored, peppers=PEPPERS, bound_to="check-2")
    assert not hashing.code_verify("12345679", stored, peppers=PEPPERS, bound_to="check-1")
    assert not hashing.verify("12345678", stored, peppers=PEPPERS)


def test_a_code_that_cannot_be_encoded_is_a_wrong_code_and_no_crash() -> None:
    stored = hashing.code_hashed("12345678", pepper=PEPPER, key_id="k1", bound_to="check-1", cost=CHEAP)
    assert not hashing.code_verify("1234\ud8005678", stored, peppers=PEPPERS, bound_to="check-1")


@settings(max_examples=30)
@given(st.text(max_size=6), st.text(max_size=6), st.text(max_size=6), st.text(max_size=6))
def test_no_code_of_one_check_is_a_code_of_another(code: str, bound: str, other: str, other_bound: str) -> None:
    stored = hashing.code_hashed(code, pepper=PEPPER, key_id="k1", bound_to=bound, cost=CHEAP)
    matches = hashing.code_verify(other, stored, peppers=PEPPERS, bound_to=other_bound)
    assert matches is ((code, bound) == (other, other_bound))


@pytest.mark.parametrize(("pepper", "key_id"), [(b"", "k1"), (PEPPER, ""), (PEPPER, "k$1")])
def test_an_empty_pepper_or_a_key_id_that_cannot_be_read_back_is_refused(pepper: bytes, key_id: str) -> None:
    with pytest.raises(ValueError, match=r"pepper|key id"):
        hashing.hashed("correct horse battery", pepper=pepper, key_id=key_id, cost=CHEAP)


def test_a_program_of_its_own_hashes_at_the_cost_that_the_design_names() -> None:
    made = (
        "from portaldesk.rules import hashing as h; "
        "print(h.hashed('correct horse', pepper=b'p', key_id='k1'), h.dummy_hash(), "
        "h.code_hashed('1234', pepper=b'p', key_id='k1', bound_to='C-1'))"
    )
    ran = subprocess.run([sys.executable, "-c", made], capture_output=True, text=True, check=True)
    assert re.findall(r"\$2b\$(\d\d)\$", ran.stdout) == ["12", "12", "10"]
