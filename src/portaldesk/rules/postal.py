"""Postal codes: what two of them are compared by, and which of them say nothing."""

from __future__ import annotations

import re
import unicodedata

from portaldesk.errors import WrongUsage

LONGEST = 16  # characters as typed. Ours, with room for spaces: the longest in use have 10 letters and figures.

# What record systems fill in where none is known. Only 0, 9 and X repeated: 44444 and 55555 are towns.
_FILLED_IN = re.compile(r"0+|9{3,}|X+|NA|NONE|NULL|UNK|UNKNOWN")


def read_postal_code(said: str) -> str:
    """The postal code that was said, in the form of `key`.

    A filled-in value is read as well ("00000"): it is an answer, if one that no patient's record can match.

    Raises:
        WrongUsage: `unreadable`: no letter or figure, control characters, or more than 16 characters.
    """
    code = _bare(said)
    if len(said.strip()) > LONGEST or not code or any(unicodedata.category(character) == "Cc" for character in said):
        raise WrongUsage(
            "unreadable",
            "That cannot be read as a postal code; nothing was tried.",
            "Write the postal code alone, with or without its spaces and hyphens.",
        )
    return code


def key(value: str) -> str | None:
    """What two postal codes are compared by: upper case, without spaces and hyphens, a ZIP+4 by its first five figures.

    None where the value stands for "not known" (00000, 99999, XXXXX, nothing): it is no evidence, or every caller
    would know the answer for the patients who have none.
    """
    code = _bare(value)
    return None if not code or _FILLED_IN.fullmatch(code) else code


def _bare(value: str) -> str:
    # ASCII letters and figures only: mail across borders is addressed in roman letters and arabic figures (Universal
    # Postal Union), and NFKC brings the full-width ones of a Japanese keyboard there.
    text = unicodedata.normalize("NFKC", value).upper()
    code = "".join(character for character in text if character.isascii() and character.isalnum())
    # Nine figures are a US ZIP+4. The last four name a side of a street, and few people know theirs.
    return code[:5] if re.fullmatch(r"[0-9]{9}", code) else code
