"""Names: cleaned when they come in, and found by the beginning of any of their parts.

`find` matches a patient when every search term is the beginning of one of the patient's keys (contract: "reynolds"
finds Reynolds644). Keys and terms are folded alike, so that "garcia" finds García and "oneill" finds O'Neill.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import chain

LONGEST = 200  # characters kept of a name. Ours, with room for the longest names of passports and of FHIR samples.

# U+02BB and U+02BC are letters to Unicode (ʻokina), and people type all of these for one another
_APOSTROPHES = dict.fromkeys(map(ord, "'’‘`´ʹʻʼ′＇"), "'")
_TERMINAL_SEQUENCE = re.compile(r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]")  # ECMA-48 §5.4


def cleaned(text: str) -> str:
    """A name fit to be stored: NFC, one space between words, no control, bidi, zero-width or surrogate characters.

    Terminal sequences go as a whole, for without its escape "[31m" would stay; a line end is a space. At most 200
    characters are kept.
    """
    spaced = " ".join(_TERMINAL_SEQUENCE.sub("", text).split())
    kept = "".join(letter for letter in spaced if unicodedata.category(letter) not in ("Cc", "Cf", "Cs"))
    # Split once more: what was removed may have stood between two spaces.
    return " ".join(unicodedata.normalize("NFC", kept).split())[:LONGEST].rstrip()


def keys(given: str, family: str, others: Iterable[str]) -> list[str]:
    """What a patient is found by: each part of each name, each name as one word, and both in Latin letters.

    Args:
        given: given names.
        family: family name.
        others: maiden, former and other names.
    """
    found: list[str] = []
    for name in (given, family, *others):
        # D'Amore is found by "amore" as by "damore", Mary Ann by "maryann", van der Berg by "vanderberg"
        words = _words(name)
        joined = ["".join(word) for word in words]
        for part in (*chain.from_iterable(words), *joined, "".join(joined)):
            found += [part, _latin(part)]
    return [part for part in dict.fromkeys(found) if part]


def search_terms(text: str) -> list[str]:
    """The words of a search, folded as `keys` are; each must be the beginning of some key. Empty: nothing to look for.

    Apostrophes and hyphens bind ("smith-jo" is one term); commas and other marks part ("Reynolds, Silvana").
    """
    return list(dict.fromkeys("".join(word) for word in _words(text[:LONGEST])))


def _words(text: str) -> list[list[str]]:
    """The words of a text without case and accents, each as its parts: "Ana D'Amore" is [["ana"], ["d", "amore"]]."""
    folded = text.translate(_APOSTROPHES)
    for _ in range(2):  # twice: decomposing can bring capitals to light (UAX #15, compatibility caseless matching)
        folded = unicodedata.normalize("NFKD", folded.casefold())
    # Again, for "ŉ" decomposes to one; all marks, for a vowel sign would else part a word of Hindi in two
    folded = folded.translate(_APOSTROPHES)
    plain = "".join(letter for letter in folded if not unicodedata.category(letter).startswith("M"))
    words = (re.findall(r"[^\W_]+", word) for word in re.split(r"[^\w'\-]+", plain))
    return [parts for parts in words if parts]


def _latin(part: str) -> str:
    """Letters that are more than an accent away (ø, ł, 王) as Latin ones: a clerk types what the caller spells."""
    if part.isascii():
        return part
    from anyascii import anyascii

    return "".join(chain.from_iterable(_words(anyascii(part))))
