"""A record in the form two of them are compared in: folded, and without placeholders, which are no evidence.

Folding takes case, accents, other scripts (as Latin letters) and punctuation away; digits stay part of a name.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from portaldesk.rules import postal
from portaldesk.rules.dates import is_placeholder
from portaldesk.rules.matching.demographics import Demographics


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text))


# How newborns without a name are written: "BABY BOY", "Babygirl A", "Judys Girl" (Joint Commission NPSG.01.01.01 EP 3
# is about the mix-ups that come of it); and what else is filled in where no name is known. Na and Null are families.
_NO_GIVEN_NAME = _words(
    "baby babyboy babygirl newborn infant neonate unborn boy girl bb bg twin triplet unknown unk none null test"
)
_NEWBORN = _words("baby babyboy babygirl newborn infant neonate unborn boy girl bb bg twin triplet")
_NO_FAMILY_NAME = _words("unknown unk none test")
_NO_ADDRESS = _words("unknown homeless none declined refused transient test")
_NO_MAILBOX = re.compile(
    r"(un(k|known)|no(ne|mail|email|reply)?|na|null|test(ing)?|declined?|refused?|not(provided|given|onfile))[0-9]*"
)
_SUFFIXES = {"jr": "jr", "junior": "jr", "sr": "sr", "senior": "sr", "ii": "ii", "iii": "iii", "iv": "iv"}
_PARTICLES = _words("van von der den de del della di da do dos la le al el bin ben ibn st mc mac o y")

# USPS Publication 28, appendix C1 and §213: the commonest suffixes, directions and unit designators.
_SHORT = {
    "street": "st", "avenue": "ave", "av": "ave", "road": "rd", "drive": "dr", "lane": "ln", "boulevard": "blvd",
    "court": "ct", "place": "pl", "highway": "hwy", "parkway": "pkwy", "circle": "cir", "terrace": "ter",
    "square": "sq", "trail": "trl", "north": "n", "south": "s", "east": "e", "west": "w",
}  # fmt: skip
_LONGEST = 300  # characters of a name or an address that are looked at; ours, for who has a file of a megabyte a name
_WORD = re.compile(r"[a-z0-9]+")
_NOT_PLAIN = re.compile(r"[^a-z0-9]")
_NOBODY: frozenset[str] = frozenset()
_UNITS = _words("apt apartment unit suite ste flat room rm")


class Profile(NamedTuple):
    """One record, folded. Empty text, empty tuples and None are no evidence. (A tuple: a million of them are held.)

    `given` holds the given names word by word, `family` the family name as one word, `family_parts` its words without
    particles, `others` every word of other names and each such name as one word.
    """

    mrn: str
    given: tuple[str, ...]
    given_joined: str
    newborn: bool
    family: str
    family_parts: frozenset[str]
    suffix: str
    others: frozenset[str]
    birth_date: date | None
    sex: str
    phone: str
    email: str
    street: str
    unit: str
    city: str
    postal_code: str

    @property
    def home(self) -> str:
        """Street and unit in one text."""
        return f"{self.street} {self.unit}".rstrip()

    @property
    def words(self) -> frozenset[str]:
        """Every word of every name: what records born on one crowded day are parted by."""
        return self.others.union(self.family_parts, self.given, (self.family,)) - {""}


def profile(person: Demographics) -> Profile:
    """What of a record is evidence, folded."""
    given, given_joined, newborn, suffix = _given(person.given_name)
    family, family_parts, family_suffix = _family(person.family_name)
    street, unit = _street(person.address)
    born = person.birth_date
    return Profile(
        person.mrn,
        given,
        given_joined,
        newborn,
        family,
        family_parts,
        family_suffix or suffix,
        _others(person.other_names) if person.other_names else _NOBODY,
        _born(born),
        _sex(person.sex),
        _phone(person.phone) if person.phone else "",
        _email(person.email) if person.email else "",
        street,
        unit,
        _town(person.city),
        _postal_code(person.postal_code),
    )


def folded(text: str) -> tuple[str, ...]:
    """The words of a text in lower-case Latin letters and digits: "D'Amore-Peña" is ("damore", "pena")."""
    text = text[:_LONGEST]
    if not text.isascii():
        from anyascii import anyascii

        text = anyascii(unicodedata.normalize("NFC", text))
    return tuple(_WORD.findall(text.casefold().replace("'", "").replace("`", "")))


# What many records share is folded once.


@lru_cache(maxsize=1 << 17)
def _given(name: str) -> tuple[tuple[str, ...], str, bool, str]:
    given, suffix = _without_suffix(folded(name))
    newborn = not _NEWBORN.isdisjoint(given)
    if not _NO_GIVEN_NAME.isdisjoint(given) or given == ("n", "a"):
        given = ()
    return given, "".join(given), newborn, suffix


@lru_cache(maxsize=1 << 17)
def _family(name: str) -> tuple[str, frozenset[str], str]:
    family, suffix = _without_suffix(folded(name))
    if _NO_FAMILY_NAME.issuperset(family) or family == ("n", "a"):
        family = ()
    return "".join(family), frozenset(family) - _PARTICLES or frozenset(family), suffix


def _others(names: tuple[str, ...]) -> frozenset[str]:
    parts = [folded(name) for name in names]
    return frozenset(word for name in parts for word in (*name, "".join(name)) if word) - _PARTICLES


@lru_cache(maxsize=1 << 16)
def _born(born: date | None) -> date | None:
    return None if born is None or is_placeholder(born) else born


@lru_cache(maxsize=1024)
def _sex(said: str) -> str:
    word = said.strip().casefold()
    return word[:1] if word in ("f", "female", "m", "male") else ""


@lru_cache(maxsize=1 << 14)
def _town(city: str) -> str:
    return "".join(folded(city))


@lru_cache(maxsize=1 << 14)
def _postal_code(code: str) -> str:
    return postal.key(code) or ""


def _without_suffix(words: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    if len(words) > 1 and words[-1] in _SUFFIXES:
        return words[:-1], _SUFFIXES[words[-1]]
    return words, ""


def _phone(phone: str) -> str:
    """The number, or nothing where its last seven figures are one figure repeated or counted up: filled in."""
    number = phone.lstrip("+")
    if not (number.isascii() and number.isdigit()):
        number = re.sub(r"[^0-9]", "", number)
    return "" if not number[-7:].strip(number[-1:]) or number.endswith("1234567890") else number


def _email(email: str) -> str:
    """The address without case, or nothing for unknown@…, none@… and their like.

    Unlike `emails.key` it asks for no well-formed address: 100,000 of those take five seconds, and one that is not
    well-formed is as good a sign of the same hand.
    """
    text = email if email.isascii() else unicodedata.normalize("NFC", email)
    local, at, domain = text.strip().casefold().partition("@")
    bare = local if local.isalnum() and local.isascii() else _NOT_PLAIN.sub("", local)
    return f"{local}@{domain}" if at and bare and domain and not _NO_MAILBOX.fullmatch(bare) else ""


def _street(address: str) -> tuple[str, str]:
    """Street with house number, and the unit in it: "718 D'Amore Byway Apt 11" is ("718 damore byway", "11").

    One word alone names no house, and "general delivery" or "no fixed abode" no household.
    """
    words = [_SHORT.get(word, word) for word in folded(address.replace("#", " unit "))]
    unit = ""
    at = None if _UNITS.isdisjoint(words) else next(place for place, word in enumerate(words) if word in _UNITS)
    if at == 0:  # Flat 3, 10 High Street
        unit, words = "".join(words[1:2]), words[2:]
    elif at is not None:
        unit, words = "".join(word for word in words[at + 1 :] if word not in _UNITS), words[:at]
    street = " ".join(words)
    if len(words) < 2 or not _NO_ADDRESS.isdisjoint(words) or "general delivery" in street or "fixed" in words:
        return "", ""
    return street, unit
