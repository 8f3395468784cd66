"""The code of a letter: `L12345-XXXX-XXXX-XXXX`, a number that is no secret and twelve characters that are (design §4).

It is read from paper and typed by hand, so what a hand or an eye slips at is forgiven where one character alone can be
meant. 12 of 21 characters are 52.7 bits, behind five tries and the facts of the patient.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from portaldesk.errors import WrongUsage
from portaldesk.rules.speech import DIGITS, REFERENCE_LETTERS, Chooser

CHARACTERS = REFERENCE_LETTERS + DIGITS
"""16 letters and 5 digits, none of which can be taken for another of them."""

_LENGTH, _GROUP = 12, 4
_LEAST_DIGITS, _MOST_DIGITS = 5, 8
_LONGEST = 42  # characters as typed: twice as many as a letter has, and fewer than a link's token
_MEANT = str.maketrans({"I": "L", "1": "L", "O": "D", "0": "D", "Q": "D", "G": "6", "N": "M", "V": "Y"})
_DIGIT_MEANT = str.maketrans({"O": "0", "Q": "0", "D": "0", "I": "1", "L": "1", "Z": "2", "S": "5", "G": "6", "B": "8"})


@dataclass(frozen=True, slots=True, repr=False)
class LetterCode:
    """What stands on a letter, in its one form: the number ("L12345") and the twelve characters without hyphens."""

    number: str
    code: str


def drawn(digest: bytes) -> str:
    """Twelve characters made from a digest of 32 bytes; the bias of the remainder is below 2**-200.

    Raises: ValueError for fewer than 32 bytes.
    """
    if len(digest) < 32:
        raise ValueError("a letter's code needs a digest of 32 bytes")
    left, made = int.from_bytes(digest, "big"), ""
    for _ in range(_LENGTH):
        left, at = divmod(left, len(CHARACTERS))
        made += CHARACTERS[at]
    return made


def number(rng: Chooser, *, taken: Callable[[str], bool]) -> str:
    """The number of a new letter, such as "L12345"; after twenty taken ones a digit more is drawn.

    Raises: RuntimeError where `taken` says yes to everything.
    """
    for digits in range(_LEAST_DIGITS, _MOST_DIGITS + 1):
        for _ in range(20):
            made = "L" + "".join(rng.choice("0123456789") for _ in range(digits))
            if not taken(made):
                return made
    raise RuntimeError("every letter number that was drawn is taken")


def shown(number_: str, code: str) -> str:
    """As it stands on the letter: "L12345-ACDE-FHJK-LMPR"."""
    return "-".join([number_, *(code[at : at + _GROUP] for at in range(0, _LENGTH, _GROUP))])


def is_number(reference: str) -> bool:
    """Whether a reference is a letter's number; those of mails have a dash."""
    return re.fullmatch(rf"L\d{{{_LEAST_DIGITS},{_MOST_DIGITS}}}", reference) is not None


def read(said: str) -> LetterCode | None:
    """The code of a letter as somebody typed it; None for what is none, such as the token of a link.

    Capitals, spaces and hyphens do not matter; O for 0 and the like are forgiven.
    Raises: WrongUsage `unreadable` for one with a character too few or too many, or one that stands on no letter:
        that is no try of it.
    """
    text = unicodedata.normalize("NFKC", said).upper()
    kept = "".join(one for one in text if not one.isspace() and unicodedata.category(one) not in ("Pd", "Cf"))
    if len(said.strip()) > _LONGEST or not re.match(r"[LI1|][0-9OQDILZSGB]{3}", kept):
        return None
    number_, code = kept[1:-_LENGTH].translate(_DIGIT_MEANT), kept[-_LENGTH:].translate(_MEANT)
    if not re.fullmatch(rf"[0-9]{{{_LEAST_DIGITS},{_MOST_DIGITS}}}", number_) or not set(code) <= set(CHARACTERS):
        raise WrongUsage(
            "unreadable",
            "That is not the code of a letter.",
            "Type it as it stands there: L and the number, then three groups of four.",
        )
    return LetterCode(f"L{number_}", code)
