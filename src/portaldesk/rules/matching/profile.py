"""A record in the form two of them are compared in: folded, and without placeholders, which are no evidence.

Folding takes case, accents, other scripts (as Latin letters) and punctuation away; digits stay part of a name.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

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
_UNITS = _words("apt apartment unit suite ste flat room rm")


@dataclass(frozen=True, slots=True)
class Profile:
    """One record, folded. Empty text, empty tuples and None are no evidence.

    `given` holds the given names word by word, `family` the family name as one word, `family_parts` its words without
    particles, `others` every word of other names and each such name as one word.
    """

    mrn: str
    given: tuple[str, ...]
    given_joined: str
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
    def words(self) -> frozenset[str]:
        """Every word of every name: what records born on one crowded day are parted by."""
        return self.others.union(self.family_parts, self.given, (self.family,)) - {""}


def profile(person: Demographics) -> Profile:
    """What of a record is evidence, folded."""
    given, suffix = _without_suffix(folded(person.given_name))
    family, family_suffix = _without_suffix(folded(person.family_name))
    if _NO_GIVEN_NAME.intersection(given) or given == ("n", "a"):
        given = ()
    if _NO_FAMILY_NAME.issuperset(family) or family == ("n", "a"):
        family = ()
    others = [folded(name) for name in person.other_names]
    street, unit = _street(person.address)
    return Profile(
        mrn=person.mrn,
        given=given,
        given_joined="".join(given),
        family="".join(family),
        family_parts=frozenset(family) - _PARTICLES or frozenset(family),
        suffix=family_suffix or suffix,
        others=frozenset(word for name in others for word in (*name, "".join(name)) if word) - _PARTICLES,
        birth_date=None if person.birth_date is None or is_placeholder(person.birth_date) else person.birth_date,
        sex=person.sex.strip().casefold()[:1] if person.sex.strip().casefold() in ("f", "female", "m", "male") else "",
        phone=_phone(person.phone),
        email=_email(person.email),
        street=street,
        unit=unit,
        city="".join(folded(person.city)),
        postal_code=postal.key(person.postal_code) or "",
    )


def folded(text: str) -> tuple[str, ...]:
    """The words of a text in lower-case Latin letters and digits: "D'Amore-Peña" is ("damore", "pena")."""
    if not text.isascii():
        from anyascii import anyascii

        text = anyascii(unicodedata.normalize("NFC", text))
    return tuple(re.findall(r"[a-z0-9]+", re.sub(r"['`]", "", text.casefold())))


def _without_suffix(words: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    if len(words) > 1 and words[-1] in _SUFFIXES:
        return words[:-1], _SUFFIXES[words[-1]]
    return words, ""


def _phone(phone: str | None) -> str:
    """The number, or nothing where its last seven figures are one figure repeated or counted up: filled in."""
    number = re.sub(r"[^0-9]", "", phone or "")
    return "" if len(set(number[-7:])) <= 1 or number.endswith("1234567890") else number


def _email(email: str | None) -> str:
    """The address without case, or nothing for unknown@…, none@… and their like.

    Unlike `emails.key` it asks for no well-formed address: 100,000 of those take five seconds, and one that is not
    well-formed is as good a sign of the same hand.
    """
    local, at, domain = unicodedata.normalize("NFC", email or "").strip().casefold().partition("@")
    bare = re.sub(r"[^a-z0-9]", "", local)
    return f"{local}@{domain}" if at and bare and domain and not _NO_MAILBOX.fullmatch(bare) else ""


def _street(address: str) -> tuple[str, str]:
    """Street with house number, and the unit in it: "718 D'Amore Byway Apt 11" is ("718 damore byway", "11").

    One word alone names no house, and "general delivery" or "no fixed abode" no household.
    """
    words = [_SHORT.get(word, word) for word in folded(address.replace("#", " unit "))]
    unit = ""
    at = next((place for place, word in enumerate(words) if word in _UNITS), None)
    if at == 0:  # Flat 3, 10 High Street
        unit, words = "".join(words[1:2]), words[2:]
    elif at is not None:
        unit, words = "".join(word for word in words[at + 1 :] if word not in _UNITS), words[:at]
    street = " ".join(words)
    if len(words) < 2 or _NO_ADDRESS.intersection(words) or "general delivery" in street or "fixed" in words:
        return "", ""
    return street, unit
