"""A letter in its envelope: the headers of one mail, safe whatever a name or an address holds.

Text and HTML are the two alternatives of one mail (RFC 2046 §5.1.4), the text first.
"""

from __future__ import annotations

import binascii
import re
import secrets
import unicodedata
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage, MIMEPart
from ipaddress import ip_address
from urllib.parse import urlsplit

from portaldesk.mail import headers
from portaldesk.mail.stationery import Letter
from portaldesk.mail.transport import Refused
from portaldesk.settings import ClinicSettings

_BOUNDARY = f"=_{secrets.token_hex(12)}"
"""Of this process, so that no name or template can know it; "=_" cannot stand in quoted-printable (RFC 2045 §6.7)."""

_MESSAGE_ID = re.compile(r"<([0-9]{8}T[0-9]{12})Z\.([0-9a-f]{12})@[^<>\s]+>")


def envelope(
    letter: Letter, *, to: str, message_id: str, created_at: datetime, settings: ClinicSettings, now: datetime
) -> EmailMessage:
    """The mail for one address.

    Message-ID is made of the outbox row's creation (UTC) and id (cut, to stay on one line), so that a mail sent again
    after a crash is known as the same. `Auto-Submitted` keeps answering machines from answering (RFC 3834 §5). To holds
    the address alone: a name there would tell every mail server on the way who is a patient.

    Raises: Refused (permanent) for an address that cannot stand in a header.
    """
    host = mail_host(settings)
    mail = EmailMessage(policy=headers.POLICY)
    mail["Date"] = headers.date(now.astimezone(UTC).replace(microsecond=0))
    mail["Message-ID"] = f"<{created_at.astimezone(UTC):%Y%m%dT%H%M%S%fZ}.{message_id[:12]}@{host}>"
    mail["From"] = headers.sender(_one_line(settings.clinic_name)[:120], "no-reply", host)
    mail["To"] = _recipient(to)
    mail["Subject"] = headers.header("Subject", _one_line(letter.subject))
    mail["Auto-Submitted"] = headers.header("Auto-Submitted", "auto-generated")
    mail["MIME-Version"] = headers.header("MIME-Version", "1.0")
    if not letter.html:
        _fill(mail, "text/plain", letter.text)
        return mail
    mail["Content-Type"] = headers.header("Content-Type", f'multipart/alternative; boundary="{_BOUNDARY}"')
    # characters outside ASCII as references: the page then goes over any server as it is
    page = letter.html.encode("ascii", "xmlcharrefreplace").decode("ascii")
    mail.set_payload([_part("text/plain", letter.text), _part("text/html", page)])
    return mail


def row_named(message_id: str) -> tuple[datetime, str] | None:
    """From a Message-ID as `envelope` makes it, when its outbox row was created and how that row's id begins."""
    found = _MESSAGE_ID.fullmatch(message_id)
    if found is None:
        return None
    try:
        return datetime.strptime(found[1], "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC), found[2]
    except ValueError:
        return None


def _part(kind: str, text: str) -> MIMEPart:
    part = MIMEPart(policy=headers.POLICY)
    _fill(part, kind, text)
    return part


def _fill(part: MIMEPart, kind: str, text: str) -> None:
    """7bit keeps a long link on one line for whoever reads the raw mail; what is outside ASCII needs quoted-printable,
    for a server need not offer 8BITMIME."""
    part["Content-Type"] = headers.header("Content-Type", f'{kind}; charset="utf-8"')
    part["Content-Transfer-Encoding"] = headers.header(
        "Content-Transfer-Encoding", "7bit" if text.isascii() else "quoted-printable"
    )
    if not text.isascii():
        text = binascii.b2a_qp(text.encode("utf-8"), istext=True).decode("ascii")
    part.set_payload(text)


def mail_host(settings: ClinicSettings) -> str:
    """The portal's host as it stands in addresses: ASCII, an IP address in brackets (RFC 5321 §4.1.3)."""
    host = urlsplit(settings.portal_url).hostname or "localhost"
    try:
        ip = ip_address(host)
    except ValueError:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    return f"[IPv6:{ip}]" if ip.version == 6 else f"[{ip}]"


def _recipient(to: str) -> Address:
    """The address, its domain in ASCII, so that only a local part outside ASCII needs SMTPUTF8 (RFC 6531)."""
    local, at, domain = to.rpartition("@")
    if not (local and at and domain) or "=?" in to or any(unicodedata.category(c)[0] in "CZ" for c in to):
        raise Refused(True, "the address cannot be written in a mail")
    if not domain.isascii():
        from email_validator import EmailNotValidError, validate_email

        try:
            domain = validate_email(f"x@{domain}", check_deliverability=False, test_environment=True).ascii_domain or ""
        except EmailNotValidError:
            raise Refused(True, "the address cannot be written in a mail") from None
    try:
        return Address(username=local, domain=domain)
    except (ValueError, MessageError):
        raise Refused(True, "the address cannot be written in a mail") from None


def _one_line(text: str) -> str:
    """One line for a header, with nothing that the library takes for an encoded word: it would decode line ends, and
    with them headers, out of it (RFC 2047)."""
    kept = "".join(c if unicodedata.category(c)[0] not in ("C", "Z") else " " for c in text)
    return " ".join(kept.replace("=?", "= ?").split())
