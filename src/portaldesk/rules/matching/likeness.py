"""Whether two given names may be one: a nickname, a slip of the hand, or two names that only look alike."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from portaldesk.rules.matching.levels import Given

if TYPE_CHECKING:
    from nicknames import NickNamer

_VOWELS = frozenset("aeiou")

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
    # Julia and Julie, Mario and Maria; Daniel and Daniela: a last vowel makes another name of it.
    shorter, longer = sorted((first, second), key=len)
    if len(first) == len(second) and first[:-1] == second[:-1] and {first[-1], second[-1]} <= _VOWELS:
        return Given.ALIKE
    if longer[:-1] == shorter and longer[-1] in _VOWELS and not _are_nicknames(first, second):  # Ann and Anne are one
        return Given.ALIKE
    if _are_nicknames(first, second):
        return Given.NICKNAME
    if not one_slip(first, second):
        return Given.DIFFERENT
    # Jayden and Hayden: twins rhyme, while hands rarely miss the first letter. Short names are mostly a letter away
    # from other names (Maria, Marta, Mara), but seldom by two letters changed about.
    changed_about = sorted(first) == sorted(second)
    return Given.SLIP if first[0] == second[0] and len(longer) >= (5 if changed_about else 6) else Given.ALIKE


def one_slip(first: str, second: str) -> bool:
    """One letter more, less, other, or two neighbours changed about (optimal string alignment distance 1)."""
    from rapidfuzz.distance import OSA

    return OSA.distance(first, second, score_cutoff=1) == 1


def is_name(word: str) -> bool:
    """Whether a folded word is known as a given name, by the list of names and nicknames."""
    listed = _nicknames().nicknames_of(_stem(word)) or _nicknames().canonicals_of(_stem(word))
    return bool(listed)


def _stem(word: str) -> str:
    return word.rstrip("0123456789")


def _are_nicknames(first: str, second: str) -> bool:
    # Only one of the other: Maria and Marie both stand for Mary, and are two children.
    return second in _nicknames().nicknames_of(first) or first in _nicknames().nicknames_of(second)


@cache
def _nicknames() -> NickNamer:
    from nicknames import NickNamer

    return NickNamer()
