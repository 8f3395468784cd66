"""Email addresses: whether one can be read, and what two of them are compared by."""

from __future__ import annotations

import unicodedata

from portaldesk.errors import WrongUsage

LONGEST = 254  # RFC 5321 §4.5.3.1.3: a path has 256 octets at most, two of them its brackets


def read_email(said: str) -> str:
    """The address that was said, in NFC with its domain in lower case; spaces around it are forgiven, within not.

    Nothing is looked up: a caller on the phone cannot wait for DNS, and an answer is compared, not mailed. Control,
    bidi and zero-width characters are refused, for an address ends in the header of a mail.

    Raises:
        WrongUsage: `unreadable`: not an email address.
    """
    address = _read(said)
    if address is None:
        raise WrongUsage(
            "unreadable",
            "That cannot be read as an email address; nothing was tried.",
            "Write it as name@domain, without spaces and without a display name.",
        )
    return address[0]


def key(value: str) -> str:
    """What two addresses are compared by: the local part without case, in NFC; the domain as IDNA writes it.

    RFC 5321 §2.4 lets a host tell "Ana" from "ana", but no caller does. An address that cannot be read has a key too,
    so that what is on file can be looked up; only another of the same spelling equals it.
    """
    address = _read(value)
    if address is None:
        # A database takes neither NUL nor lone surrogates
        plain = (letter if unicodedata.category(letter) not in ("Cc", "Cs") else "\ufffd" for letter in value.strip())
        return _folded("".join(plain))
    local = address[0].rpartition("@")[0]
    return f"{_folded(local)}@{address[1]}"


def mailbox(value: str) -> str:
    """Where a mail to this address ends: what two must have in common to be one mail.

    Not `key`, which forgives a caller more than a server does: it makes one of "strauß" and "strauss".
    """
    return unicodedata.normalize("NFC", value).lower()


def _read(said: str) -> tuple[str, str] | None:
    """The address and its domain in ASCII, or None."""
    from email_validator import EmailNotValidError, validate_email

    address = said.strip(" ")
    if len(address) > LONGEST or any(unicodedata.category(character)[0] in "CZ" for character in address):
        return None
    try:
        # test_environment asks no name server, and admits the reserved .test (RFC 6761), which trial clinics use, and a
        # bare "test"
        read = validate_email(address, test_environment=True)
    except EmailNotValidError:
        return None
    ascii_domain = (read.ascii_domain or "").lower()
    return (read.normalized, ascii_domain) if "." in ascii_domain else None


def _folded(text: str) -> str:
    # Composed before and after: folding can take a composed letter apart ("ǰ"), and a decomposed one is typed as well.
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
