"""What is said aloud on a call: passwords, codes, references and usernames made to be spoken, spelled and typed.

Random sources are handed in (`secrets.SystemRandom()` in the services), so nothing here is random by itself. Of letters
and digits that look alike in print (0 O o, 1 l I i, 2 Z z, 5 S s, 8 B, 6 G, 9 q, u v, m n) at most one is drawn.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from typing import Protocol

from portaldesk.errors import WrongUsage
from portaldesk.rules.passwords import Policy, faults

SMALL = "abcdefghjkmprtwxy"
"""17 small letters without look-alikes."""
CAPITALS = "ADEFHLMRT"
"""9 capitals that cannot be taken for their small form in print, nor for a digit."""
DIGITS = "34679"
"""5 digits without look-alikes."""
REFERENCE_LETTERS = "ACDEFHJKLMPRTWXY"
"""16 letters for references: none that looks or sounds much like another here or like a digit."""

_GROUP = 4
_LEAST_CHARACTERS = 16
_RECOVERY_GROUPS = 5
_MOST_DRAWS = 100
"""Whoever draws that often in vain has a policy without room, or a broken source of chance (ours)."""
_DIGIT_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
# The spelling alphabet of ICAO Annex 10 Vol II, as plain English words.
_NATO = {
    word[0]: word
    for word in (
        *("Alfa", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot", "Golf", "Hotel", "India", "Juliett", "Kilo", "Lima"),
        *("Mike", "November", "Oscar", "Papa", "Quebec", "Romeo", "Sierra", "Tango", "Uniform", "Victor", "Whiskey"),
        *("X-ray", "Yankee", "Zulu"),
    )
}
_CODE_LENGTH = 8


class Chooser(Protocol):
    """A source of chance: `secrets.SystemRandom()`, or a seeded `random.Random` in tests."""

    def choice(self, seq: str, /) -> str: ...


class Drawing:
    """Chance from bytes that are fetched by the thousand, for who draws by the thousand; `source`: gives so many."""

    def __init__(self, source: Callable[[int], bytes]) -> None:
        self._source, self._left = source, iter(b"")

    def choice(self, seq: str, /) -> str:
        """One of at most 256, all alike: a byte that would favour the first ones is passed by."""
        fair = 256 - 256 % len(seq)
        while True:
            for byte in self._left:
                if byte < fair:
                    return seq[byte % len(seq)]
            self._left = iter(self._source(4096))


def temporary_password(policy: Policy, *, rng: Chooser) -> str:
    """A one-time password that meets the policy, in groups of four joined by "-": at least 64 bits.

    Without composition rules: 16 characters out of 22 are 16 * log2(22) = 71.3 bits. Where capitals are asked: out of
    31, 79.3 bits; drawing again until every class is there costs 0.1 of a bit (6 in 100 draws lack a digit). The dashes
    are marks, and add nothing. NIST SP 800-63B-4 §3.1.1.2 would be content with less; design §4 asks for 64.
    Raises: ValueError for a policy whose longest password is too short for 64 bits.
    """
    alphabet = SMALL + DIGITS + (CAPITALS if policy.needs_upper else "")
    groups = max(_LEAST_CHARACTERS // _GROUP, -(-(policy.min_length + 1) // (_GROUP + 1)))
    for _ in range(_MOST_DRAWS):
        drawn = "-".join("".join(rng.choice(alphabet) for _ in range(_GROUP)) for _ in range(groups))
        if not faults(drawn, policy):
            return drawn
    raise ValueError("the policy leaves no room for a temporary password of 64 bits")


def recovery_code(rng: Chooser) -> str:
    """A code to be kept on paper, "kxfp-7mtc-…": five groups of four out of 22, 20 * log2(22) = 89 bits."""
    return "-".join("".join(rng.choice(SMALL + DIGITS) for _ in range(_GROUP)) for _ in range(_RECOVERY_GROUPS))


def recovery_code_read(said: str) -> str:
    """A recovery code in its one form, whatever stands between its letters and however they are written."""
    kept = "".join(char for char in said.casefold() if char.isalnum())
    return "-".join(kept[at : at + _GROUP] for at in range(0, len(kept), _GROUP))


def spelled(password: str) -> str:
    """The spell-aloud line: "K as in Kilo, capital T as in Tango, seven, dash"."""
    return ", ".join(_spoken(char) for char in password)


def _spoken(char: str) -> str:
    if char.upper() in _NATO:
        said = f"{char.upper()} as in {_NATO[char.upper()]}"
        return f"capital {said}" if char.isupper() else said
    if char in "0123456789":
        return _DIGIT_WORDS[int(char)]
    return {"-": "dash", ".": "dot"}.get(char) or unicodedata.name(char, "unknown character").lower()


def reference(rng: Chooser) -> str:
    """A short public reference such as "K7-42": no secret, to tell two mails apart on the phone (design §2).

    Digits need no weeding: where a digit stands is fixed. There are 16,000, enough within one patient's mails, not
    within a clinic's: whoever stores one draws again when it is already in use for that account.
    """
    digits = "".join(rng.choice("0123456789") for _ in range(3))
    return f"{rng.choice(REFERENCE_LETTERS)}{digits[0]}-{digits[1:]}"


@cache
def word_list() -> tuple[str, ...]:
    """256 plain English words, none offensive or medical, in the order that `two_words` relies on."""
    from importlib.resources import files

    return tuple(files("portaldesk").joinpath("rules/data/two-words.txt").read_text("utf-8").split())


def two_words(digest: bytes) -> str:
    """Two different words made from the first two bytes, by which a patient can check the desk: "amber kite".

    Raises: ValueError for fewer than two bytes.
    """
    if len(digest) < 2:
        raise ValueError("two words need two bytes")
    words = word_list()
    first, second = digest[0], digest[1]
    if first == second:  # the same word twice sounds like a slip
        second = (second + 1) % len(words)
    return f"{words[first]} {words[second]}"


def code_digits(digest: bytes) -> str:
    """Eight digits made from a digest of 16 bytes or more; the bias of the remainder is below 2**-100.

    Raises: ValueError for fewer than 16 bytes.
    """
    if len(digest) < 16:
        raise ValueError("a code needs a digest of 16 bytes")
    return f"{int.from_bytes(digest, 'big') % 10**_CODE_LENGTH:0{_CODE_LENGTH}d}"


def code_shown(code: str) -> str:
    """A code as mails and screens write it: "1234 5678" (contract, "Mails")."""
    return f"{code[: _CODE_LENGTH // 2]} {code[_CODE_LENGTH // 2 :]}"


def code_read(said: str) -> str:
    """The eight digits of a code as somebody typed or read it; spaces and dashes between them do not matter.

    Raises: WrongUsage `unreadable`, which is no try of the code.
    """
    kept = [char for char in said if not char.isspace() and unicodedata.category(char) not in ("Pd", "Cf")]
    if len(kept) != _CODE_LENGTH or not all(char.isdecimal() for char in kept):
        raise WrongUsage("unreadable", "That is not a code of eight digits.", "Read it again as it stands in the mail.")
    return "".join(str(unicodedata.decimal(char)) for char in kept)


def username(given: str, family: str, *, rng: Chooser, taken: Callable[[str], bool]) -> str:
    """A username such as "sreynolds482": first initial, family name, digits that are neither 0 nor 1.

    Lower-case ASCII, 5 to 29 characters, and never an email, for it has no "@". `taken` says whether a name is in use,
    as a username or as an MRN (design: contract, "Manners"). After twenty taken ones a digit more is drawn.
    Raises: RuntimeError where `taken` says yes to everything.
    """
    from anyascii import anyascii

    def letters(name: str) -> str:
        return re.sub(r"[^a-z]", "", anyascii(name).lower())

    stem = (letters(given)[:1] + letters(family)[:20]) or "user"
    if len(stem) == 1:
        stem = f"{stem}user"
    for digits in range(3, 9):
        for _ in range(20):
            made = stem + "".join(rng.choice("23456789") for _ in range(digits))
            if not taken(made):
                return made
    raise RuntimeError("every username that was drawn is taken")


def read_username(said: str) -> str:
    """A username that somebody chose, as it is stored: 3 to 32 of a-z, 0-9, dot, underscore, dash; a letter first.

    Capitals are taken as small letters. Without an "@" it can never equal an email (contract, "Manners").
    Raises: WrongUsage `usage`.
    """
    name = said.strip().casefold()
    if not re.fullmatch(r"[a-z][a-z0-9._-]{2,31}", name):
        raise WrongUsage(
            "usage",
            "That cannot be a username.",
            "Use 3 to 32 letters a to z, digits, dots, dashes or underscores, beginning with a letter.",
        )
    return name
