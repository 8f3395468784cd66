"""Whether two given names may be one: a nickname, a slip of the hand, or two names that only look alike."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from portaldesk.rules.matching.levels import Given

if TYPE_CHECKING:
    from nicknames import NickNamer

_VOWELS = frozenset("aeiou")
NOT_FAR = 6  # letters from which two names that nobody knows may be one with a slip: short ones are a letter away
TWO_SLIPS_FROM = 7  # letters
FAR_APART = 0.7  # Jaro-Winkler; ours
ALIKE_ADDRESSES = 85  # per cent of the letters of both

# Listed as nicknames, but given to sisters and brothers side by side: twins, until other evidence says otherwise. Ours.
_TWO_NAMES = frozenset(
    {
        ("amelia", "emily"),
        ("anna", "hannah"),
        ("carol", "caroline"),
        ("ella", "ellen"),
        ("ella", "gabriella"),
        ("emily", "emma"),
        ("eva", "evelyn"),
        ("ian", "john"),
        ("jane", "jean"),
        ("joan", "joanna"),
        ("marie", "mary"),
        ("micah", "michael"),
    }
)


@lru_cache(maxsize=65_536)
def likeness(first: str, second: str) -> Given:
    """NICKNAME, SLIP, ALIKE or DIFFERENT, for two different names, the one that sorts first given first.

    Digits at the end that both have (sample data: Robert854, Bob854) are set aside, for they change no meaning.
    """
    if _stem(first) and _stem(second) and first[len(_stem(first)) :] == second[len(_stem(second)) :]:
        first, second = _stem(first), _stem(second)
    if (first, second) in _TWO_NAMES:
        return Given.ALIKE
    if one_spelling(first, second):
        return Given.SLIP
    # Julia and Julie, Mario and Maria; Daniel and Daniela: a last vowel makes another name of it.
    shorter, longer = sorted((first, second), key=len)
    if len(first) == len(second) and first[:-1] == second[:-1] and {first[-1], second[-1]} <= _VOWELS:
        return Given.ALIKE
    if longer[:-1] == shorter and longer[-1] in _VOWELS and not _are_nicknames(first, second):  # Ann and Anne are one
        return Given.ALIKE
    if _are_nicknames(first, second):
        return Given.NICKNAME
    if not slips(first, second, shortest=3, most=1):
        return Given.DIFFERENT
    # Jayden and Hayden: twins rhyme, while hands rarely miss the first letter but by changing it with the second.
    return Given.SLIP if first[0] == second[0] or sorted(first) == sorted(second) else Given.ALIKE


@lru_cache(maxsize=65_536)
def written_otherwise(first: str, second: str, first_known: bool, second_known: bool) -> Given:
    """As `likeness`, with what it says of two words that one, both or neither is known as a name.

    Two names are two people sooner than a slip (Maria and Marie); where one alone is a name, the other is that name, or
    a short form of it, gone wrong (Virgini, Jacqtuline; Magrie, for Margie, Marjorie). Ours, measured.
    """
    level = likeness(first, second)
    names = first_known + second_known
    if level is Given.SLIP and not one_spelling(first, second):
        unsure = names == 2 or (names == 0 and min(len(first), len(second)) < NOT_FAR)
        return Given.ALIKE if unsure else Given.SLIP
    if level not in (Given.ALIKE, Given.DIFFERENT) or names == 2:
        return level
    if names == 1:
        name, word = (first, second) if first_known else (second, first)
        # a letter lost at the end is a slip (Virgini), while Camila, where Camilo is known, is a name nobody listed
        if level is Given.DIFFERENT or len(word) < len(name):
            if name[0] == word[0] and slips(first, second, shortest=TWO_SLIPS_FROM):
                return Given.SLIP
            if any(slips(*sorted((word, form)), shortest=4, most=1) for form in _forms(name)):
                return Given.NICKNAME
    return level if far_apart(first, second) else Given.ALIKE


def one_spelling(first: str, second: str) -> bool:
    """Two spellings of one name: neighbours changed about (Michael, Micheal) or a letter doubled (Jenifer, Jennifer).

    Both may be names, but not of twins. The first letter is the same, or it is Amy and May.
    """
    if _undoubled(first) == _undoubled(second):
        return True
    return first[0] == second[0] and sorted(first) == sorted(second) and slips(first, second, shortest=3, most=1)


def far_apart(first: str, second: str) -> bool:
    """Whether no slips and no short form make one name of the other: Kaylin and Deborah, not Stepen and Steve."""
    from rapidfuzz.distance import JaroWinkler

    return JaroWinkler.similarity(first, second) < FAR_APART


def _undoubled(word: str) -> str:
    return re.sub(r"(.)\1+", r"\1", word)


def slips(first: str, second: str, *, shortest: int = 5, most: int = 2) -> bool:
    """One letter more, less, other, or two neighbours changed about; two such from 7 letters on. Ours, measured.

    The distance is optimal string alignment's. `shortest`: letters that the longer name must have.
    """
    shorter, longest = sorted((len(first), len(second)))
    most = most if longest >= TWO_SLIPS_FROM else 1
    if longest < shortest or longest - shorter > most:
        return False
    distance: int = _distance()(first, second, score_cutoff=most)
    return distance <= most


@cache
def _distance() -> Callable[..., int]:
    from rapidfuzz.distance import OSA

    return OSA.distance


def alike_addresses(first: str, second: str) -> bool:
    """Whether two addresses are one written otherwise: the same words in any order, but for slips and words left out.

    A house number that differs by more than figures changed about is another house. Ours, measured.
    """
    from rapidfuzz import fuzz

    numbers = [sorted(next((word for word in text.split() if word.isdigit()), "")) for text in (first, second)]
    if numbers[0] != numbers[1] and all(numbers):
        return False
    return (
        fuzz.token_set_ratio(first, second) >= ALIKE_ADDRESSES
        or fuzz.ratio(first.replace(" ", ""), second.replace(" ", "")) >= ALIKE_ADDRESSES
    )


@lru_cache(maxsize=65_536)
def is_name(word: str) -> bool:
    """Whether a folded word is known as a given name: to the US census of 1990, or to the list of nicknames."""
    stem = _stem(word)
    return stem in _given_names() or bool(_nicknames().nicknames_of(stem) or _nicknames().canonicals_of(stem))


@cache
def _given_names() -> frozenset[str]:
    """The Census Bureau's 5,163 commonest (dist.female.first and dist.male.first of 1990; public domain)."""
    packed = files("portaldesk.rules").joinpath("data", "given-names.txt.gz").read_bytes()
    return frozenset(gzip.decompress(packed).decode("ascii").split())


@lru_cache(maxsize=65_536)
def of_one_name(first: str, second: str) -> bool:
    """Whether both are short for one name: Joey and Jos, for Joseph."""
    return not short_for(first).isdisjoint(short_for(second))


@lru_cache(maxsize=65_536)
def short_for(word: str) -> frozenset[str]:
    """The name itself, and what it is short for: Bob is bob and robert. Two of one name have one of these in common."""
    name = _stem(word)
    return frozenset({name, *_nicknames().canonicals_of(name)})


def _forms(name: str) -> set[str]:
    """What a name is short for, and what is short for it."""
    namer = _nicknames()
    return namer.nicknames_of(name) | namer.canonicals_of(name)


def _stem(word: str) -> str:
    return word.rstrip("0123456789")


def _are_nicknames(first: str, second: str) -> bool:
    # Only one of the other: Maria and Marie both stand for Mary, and are two children.
    return second in _nicknames().nicknames_of(first) or first in _nicknames().nicknames_of(second)


@cache
def _nicknames() -> NickNamer:
    from nicknames import NickNamer

    return NickNamer()
