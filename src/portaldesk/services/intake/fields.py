"""The fields that CSV and FHIR have in common: read, cleaned, or refused by a reason that never holds the value."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from portaldesk.errors import WrongUsage
from portaldesk.rules import dates, postal
from portaldesk.rules.emails import read_email
from portaldesk.rules.names import cleaned
from portaldesk.rules.phones import normalised

# ASCII only: two numbers that look alike on the screen must not be two patients. 64 is the most a FHIR id has (R4).
_MRN = re.compile(r"[A-Za-z0-9._\-/:]{1,64}")
_LANGUAGE = re.compile(r"([a-z]{2,3})(?:[-_][a-z0-9]{1,8})*")
_LONGEST_PHONE = 64  # our taste: with an extension and words around it; longer is no phone

SEXES = frozenset({"female", "male", "other", "unknown"})
MOST_OTHER_NAMES = 20  # our taste: enough for a life, too few to fill a store with one row


class RowError(Exception):
    """This row cannot be imported; the text is the reason."""


def text(value: object) -> str:
    """A cleaned text, empty for anything that is not one."""
    return cleaned(value) if isinstance(value, str) else ""


def mrn(value: object, field: str) -> str:
    """A record number: 1 to 64 letters, digits and . _ - / : after stripping.

    Raises: RowError.
    """
    found = value.strip() if isinstance(value, str) else ""
    if not found:
        raise RowError(f"{field}: missing")
    if not _MRN.fullmatch(found):
        raise RowError(f"{field}: must be 1 to 64 letters, digits and . _ - / :")
    if found.casefold().startswith(("mrn:", "user:", "email:", "proxy:")):  # they settle at the desk who is meant
        raise RowError(f"{field}: must not begin with mrn:, user:, email: or proxy:")
    return found


def phone(value: object, *, locale: str) -> str | None:
    """E.164, or None where it cannot be read or holds control characters."""
    if not isinstance(value, str) or len(value) > _LONGEST_PHONE:
        return None
    return normalised(value, locale=locale)


def email(value: object) -> str | None:
    """The address, or None where it cannot be read or holds control characters."""
    try:
        return read_email(value) if isinstance(value, str) else None
    except WrongUsage:
        return None


def language(value: object) -> str:
    """Primary subtag of a BCP 47 tag ("en-US" and "en_US" are "en"), empty where it is none."""
    found = _LANGUAGE.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    return found.group(1) if found else ""


def birth_date(found: date, field: str, warnings: list[str], *, today: date) -> date:
    """A birth date that is not to come; one that stands for "not known" is kept with a warning.

    Raises: RowError.
    """
    if found > today:
        raise RowError(f"{field}: in the future")
    if dates.is_placeholder(found):
        warnings.append(f"{field}: stands for 'not known', so it is no evidence")
    return found


def postal_code(value: object, field: str, warnings: list[str]) -> str:
    """A postal code as written; one that stands for "not known" is kept with a warning."""
    found = text(value)
    if found and postal.key(found) is None:
        warnings.append(f"{field}: stands for 'not known', so it is no evidence")
    return found


def is_plain(value: str) -> bool:
    """Whether there is no control, format (bidi) or surrogate character, nor a line break inside."""
    return not any(unicodedata.category(mark) in ("Cc", "Cf", "Cs", "Zl", "Zp") for mark in value)
