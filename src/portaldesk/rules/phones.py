"""Phone numbers as people type them, in the one form they are compared and dialled by (E.164).

Read means *possible* in the clinic's region, as the contract says; whether a number is in use (valid) is never asked:
numbering plans change faster than records do, and a clinic's file holds numbers like 555-907-8526.
"""

from __future__ import annotations

import unicodedata

from portaldesk.errors import WrongUsage


def read_phone(said: str, *, locale: str) -> str:
    """The number that was said, as "+15559078526"; an extension is left out, so it is never compared.

    Args:
        said: what was typed.
        locale: the clinic's locale; its region decides how a number without "+" is read.

    Raises:
        WrongUsage: `unreadable`: not a possible phone number.
    """
    number = normalised(said, locale=locale)
    if number is None:
        raise WrongUsage(
            "unreadable",
            "That cannot be read as a phone number; nothing was tried.",
            "Write it with its area code, and with + and the country code where it is from abroad.",
        )
    return number


def normalised(value: str | None, *, locale: str) -> str | None:
    """A phone of an import in E.164, or None where it cannot be read: then it is neither evidence nor an address."""
    import phonenumbers

    if value is None or any(unicodedata.category(character) in ("Cc", "Cs") for character in value):
        return None
    try:
        number = phonenumbers.parse(value, _region(locale))
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _region(locale: str) -> str | None:
    """The locale's region, or the likeliest one of a bare language (CLDR likelySubtags: en → US)."""
    from babel import Locale
    from babel.core import get_global

    parsed = Locale.parse(locale.replace("-", "_"))
    if parsed.territory is None:
        parsed = Locale.parse(get_global("likely_subtags").get(str(parsed), str(parsed)))
    return parsed.territory
