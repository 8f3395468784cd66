"""How passwords and codes are kept: keyed with the pepper, then bcrypt (design §4, "Passwords").

bcrypt reads 72 bytes and stops; NIST SP 800-63B-4 §3.1.1.2 wants every character of a long password to count. So the
password is first keyed with HMAC-SHA-256 under the pepper, a secret outside the database (the "keyed hashing" of the
same section): 32 bytes whatever the length, base64 so that bcrypt never meets a NUL byte.

Stored as `"{key_id}${bcrypt hash}"`, so that a pepper can be replaced while old hashes still verify.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import unicodedata
from collections.abc import Mapping

PASSWORD_COST = 12
"""bcrypt's work factor for passwords (design §4): about a quarter of a second."""
CODE_COST = 10
"""bcrypt's work factor for codes that live minutes, or weeks behind five tries (design §4)."""

_STORED = re.compile(r"([^$]+)\$(\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53})")


def hashed(password: str, *, pepper: bytes, key_id: str, cost: int = PASSWORD_COST) -> str:
    """A password as it is stored; the salt is bcrypt's own, so two hashes of one password differ.

    Raises: ValueError for an empty pepper, or a key id that is empty or holds "$".
    """
    return _bcrypt(_password_message(password), pepper=pepper, key_id=key_id, cost=cost)


def verify(password: str, stored: str, *, peppers: Mapping[str, bytes]) -> bool:
    """Whether the password is the stored one; anything unreadable in the store is False, never an exception.

    A hash under an unknown key id costs the same time as any other before it is False: that is what makes
    `dummy_hash` a fair stand-in for an account that does not exist.
    """
    return _matches(_password_message(password), stored, peppers=peppers)


def needs_rehash(stored: str, *, key_id: str, cost: int = PASSWORD_COST) -> bool:
    """Whether a hash was made under another pepper or cost than today's, and should be made anew at sign-in."""
    parts = _STORED.fullmatch(stored)
    return parts is None or parts[1] != key_id or int(parts[3]) != cost


def dummy_hash(cost: int = PASSWORD_COST) -> str:
    """A well-formed hash that no password has, to be verified where no account is, so that both take equally long.

    It stands under the key id "none", which is never a pepper's.
    """
    return f"none$$2b${cost:02d}${'.' * 53}"


def code_hashed(code: str, *, pepper: bytes, key_id: str, bound_to: str, cost: int = CODE_COST) -> str:
    """A one-time or letter code as it is stored, bound to the check or credential it was made for (ASVS 5.0 6.5.2).

    The code is taken as it is: callers bring it into its one form first (`speech.code_read`).
    Raises: ValueError for an empty pepper, or a key id that is empty or holds "$".
    """
    return _bcrypt(_code_message(code, bound_to), pepper=pepper, key_id=key_id, cost=cost)


def code_verify(code: str, stored: str, *, peppers: Mapping[str, bytes], bound_to: str) -> bool:
    """Whether the code is the stored one *and* was made for `bound_to`; unreadable in the store is False."""
    return _matches(_code_message(code, bound_to), stored, peppers=peppers)


def _password_message(password: str) -> bytes:
    # NFC: the same letters from another keyboard are the same password (NIST SP 800-63B-4 §3.1.1.2). Lone surrogates
    # cannot be chosen (`passwords.faults`), but typing them must be a wrong password and no crash.
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


def _code_message(code: str, bound_to: str) -> bytes:
    # The length in front keeps the two parts apart, so that no code of one check is also a code of another.
    return f"code:{len(bound_to)}:{bound_to}:{code}".encode("utf-8", "surrogatepass")


def _keyed(message: bytes, pepper: bytes) -> bytes:
    return base64.b64encode(hmac.new(pepper, message, hashlib.sha256).digest())


def _bcrypt(message: bytes, *, pepper: bytes, key_id: str, cost: int) -> str:
    import bcrypt

    if not pepper:
        raise ValueError("the pepper is empty")
    if not key_id or "$" in key_id:
        raise ValueError("a key id is a word without '$'")
    return f"{key_id}${bcrypt.hashpw(_keyed(message, pepper), bcrypt.gensalt(cost)).decode('ascii')}"


def _matches(message: bytes, stored: str, *, peppers: Mapping[str, bytes]) -> bool:
    import bcrypt

    parts = _STORED.fullmatch(stored)
    if parts is None:
        return False
    pepper = peppers.get(parts[1])
    try:
        same = bcrypt.checkpw(_keyed(message, pepper or b"no such pepper"), parts[2].encode("ascii"))
    except ValueError:  # a salt or cost that bcrypt does not take
        return False
    return same and bool(pepper)
