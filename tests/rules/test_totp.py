"""Codes of authenticator apps: those of RFC 6238, a step early or late, and no other; their secrets bound to one."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portaldesk.errors import WrongUsage
from portaldesk.rules import encryption, speech, totp

SECRET = base64.b32encode(b"12345678901234567890").decode()  # of RFC 6238, appendix B
PEPPERS = {"p1": b"p" * 32, "p2": b"q" * 32}


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037"), (20000000000, "353130")],
)
def test_a_code_of_rfc_6238_is_taken_a_step_early_or_late_and_not_two(seconds: int, code: str) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    for steps, taken in ((-2, False), (-1, True), (0, True), (1, True), (2, False)):
        now = at + timedelta(seconds=steps * totp.STEP_SECONDS)
        assert totp.step_of(code, SECRET, now=now) == (seconds // 30 if taken else None)


def test_a_new_secret_has_160_bits_and_its_address_fits_a_small_qr_code() -> None:
    secret = totp.new_secret()
    assert len(base64.b32decode(secret)) == 20
    assert secret != totp.new_secret()
    assert totp.address(secret, "rosa") == f"otpauth://totp/portaldesk:rosa?secret={secret}&issuer=portaldesk"
    assert totp.shown(secret).replace(" ", "") == secret


@pytest.mark.parametrize("said", ["123 456", "123-456", " 123456 ", "123\u200b456", "\u0661\u0662\u0663456"])
def test_a_code_is_read_however_it_is_grouped(said: str) -> None:
    assert totp.read(said) == "123456"


@pytest.mark.parametrize("said", ["", "12345", "1234567", "12345a", "-"])
def test_what_is_no_code_is_no_try(said: str) -> None:
    with pytest.raises(WrongUsage) as refused:
        totp.read(said)
    assert refused.value.code == "unreadable"


def test_a_secret_is_read_again_only_under_its_pepper_and_for_whom_it_was_encrypted() -> None:
    kept = encryption.encrypted(SECRET, pepper=PEPPERS["p1"], key_id="p1", bound_to="rosa")
    assert SECRET not in kept
    assert kept != encryption.encrypted(SECRET, pepper=PEPPERS["p1"], key_id="p1", bound_to="rosa")
    assert (encryption.is_under(kept, "p1"), encryption.is_under(kept, "p2")) == (True, False)
    assert encryption.decrypted(kept, peppers=PEPPERS, bound_to="rosa") == SECRET
    assert encryption.decrypted(kept, peppers=PEPPERS, bound_to="kim") is None
    assert encryption.decrypted(kept, peppers={"p2": PEPPERS["p2"]}, bound_to="rosa") is None
    assert encryption.decrypted(kept.replace("p1$", "p2$"), peppers=PEPPERS, bound_to="rosa") is None


def test_what_an_earlier_version_has_encrypted_is_still_read() -> None:
    kept = "p1$XXgjO2yjXqifgA27dNzDietsFlOgVaMLevS24VjhODEhgdUhH1QxHuTsNbdTQqgjTdmM2b9IsQKuScdK"
    assert encryption.decrypted(kept, peppers=PEPPERS, bound_to="rosa") == SECRET


@given(st.text(max_size=80))
def test_what_is_not_encrypted_by_us_is_nothing_and_no_fault(stored: str) -> None:
    assert encryption.decrypted(stored, peppers=PEPPERS, bound_to="rosa") is None
    assert encryption.decrypted(f"p1${stored}", peppers=PEPPERS, bound_to="rosa") is None


@given(st.randoms(use_true_random=False))
def test_a_recovery_code_has_80_bits_or_more_and_is_read_however_it_is_typed(chance: object) -> None:
    code = speech.recovery_code(chance)  # type: ignore[arg-type]
    letters = code.replace("-", "")
    assert (len(letters), set(letters) <= set(speech.SMALL + speech.DIGITS)) == (20, True)
    assert 22**20 > 2**80
    for typed in (code, code.upper(), code.replace("-", " "), letters, f" {code} "):
        assert speech.recovery_code_read(typed) == code
